package imapdate

import (
	"errors"
	"time"
)

// ErrSyntax reports text that does not have the form of a date-time or date.
var ErrSyntax = errors.New("imapdate: not a date")

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// Parse parses a date-time without its quotes, such as `17-Jul-1996 02:44:25 -0700`. A day of one digit has a space
// before it. Parse also accepts such a day without the space, because some servers do not send the space. The zone of
// the time has no name, except that +0000 is time.UTC.
func Parse(b []byte) (time.Time, error) {
	y, mo, d, rest, ok := date(b)
	if !ok || len(rest) != len(" 02:44:25 -0700") || rest[0] != ' ' || rest[3] != ':' || rest[6] != ':' || rest[9] != ' ' {
		return time.Time{}, ErrSyntax
	}
	h, ok1 := two(rest[1:])
	m, ok2 := two(rest[4:])
	s, ok3 := two(rest[7:])
	zh, ok4 := two(rest[11:])
	zm, ok5 := two(rest[13:])
	sign := rest[10]
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || h > 23 || m > 59 || s > 60 || zm > 59 || sign != '+' && sign != '-' {
		return time.Time{}, ErrSyntax
	}
	offset := zh*3600 + zm*60
	if sign == '-' {
		offset = -offset
	}
	return time.Date(y, mo, d, h, m, s, 0, zone(offset)), nil
}

// zones has a time.Location for each offset of whole quarters of an hour below a day, so that Parse does not have to
// allocate one.
var zones = func() (t [2*96 - 1]*time.Location) {
	for i := range t {
		t[i] = time.FixedZone("", (i-95)*900)
	}
	t[95] = time.UTC
	return t
}()

func zone(offset int) *time.Location {
	if i := offset/900 + 95; offset%900 == 0 && i >= 0 && i < len(zones) {
		return zones[i]
	}
	return time.FixedZone("", offset)
}

// ParseDate parses a date, such as `1-Feb-1994`, and returns midnight UTC of that day. A day of one digit may have a
// zero or a space before it.
func ParseDate(b []byte) (time.Time, error) {
	y, m, d, rest, ok := date(b)
	if !ok || len(rest) > 0 {
		return time.Time{}, ErrSyntax
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), nil
}

// ParseRolling works like ParseDate, but accepts days up to 31 in every month. It takes 31-Feb for a day in March, as
// servers do.
func ParseRolling(b []byte) (time.Time, error) {
	y, m, d, rest, ok := calendar(b)
	if !ok || len(rest) > 0 || d > 31 {
		return time.Time{}, ErrSyntax
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), nil
}

// date parses a day, a month and a year, and returns the rest of the text.
func date(b []byte) (y int, m time.Month, d int, rest []byte, ok bool) {
	y, m, d, rest, ok = calendar(b)
	return y, m, d, rest, ok && d <= daysIn(m, y)
}

// calendar works like date, but accepts any day except zero.
func calendar(b []byte) (y int, m time.Month, d int, rest []byte, ok bool) {
	if len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	i := 0
	for i < len(b) && i < 2 && b[i]-'0' <= 9 {
		d = d*10 + int(b[i]-'0')
		i++
	}
	b = b[i:]
	if i == 0 || len(b) < len("-Jul-1996") || b[0] != '-' || b[4] != '-' {
		return
	}
	for k := 0; k < len(months); k += 3 {
		if months[k]|0x20 == b[1]|0x20 && months[k+1] == b[2]|0x20 && months[k+2] == b[3]|0x20 {
			m = time.Month(k/3 + 1)
			break
		}
	}
	hi, ok1 := two(b[5:])
	lo, ok2 := two(b[7:])
	y = hi*100 + lo
	if m == 0 || !ok1 || !ok2 || d == 0 {
		return
	}
	return y, m, d, b[9:], true
}

func daysIn(m time.Month, y int) int {
	switch m {
	case time.February:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}

func two(b []byte) (int, bool) {
	if b[0]-'0' > 9 || b[1]-'0' > 9 {
		return 0, false
	}
	return int(b[0]-'0')*10 + int(b[1]-'0'), true
}

// AppendFormat appends t as a date-time without quotes. A day of one digit has a space before it, and the year has four
// digits. The caller must refuse years with more digits. AppendFormat drops the seconds of the zone's offset.
func AppendFormat(dst []byte, t time.Time) []byte {
	return t.AppendFormat(dst, "_2-Jan-2006 15:04:05 -0700")
}

// Format returns t as a date-time without quotes.
func Format(t time.Time) string { return string(AppendFormat(nil, t)) }

// AppendDate appends the day of t, in the zone of t, as a date.
func AppendDate(dst []byte, t time.Time) []byte { return t.AppendFormat(dst, "2-Jan-2006") }

// FormatDate returns the day of t, in the zone of t, as a date.
func FormatDate(t time.Time) string { return string(AppendDate(nil, t)) }
