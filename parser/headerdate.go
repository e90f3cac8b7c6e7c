package parser

import (
	"strconv"
	"strings"
	"time"

	"github.com/imapstack/imapstack/utils/imapdate"
)

// Received returns the internal date, which is the time when the server received the message. It returns the zero time
// if the server did not send the date, or if the date cannot be read.
func (f *Fetch) Received() time.Time {
	t, err := imapdate.Parse(f.Date)
	if err != nil {
		return time.Time{}
	}
	return t
}

// headerDate reads the date of a header (RFC 5322 §3.3). It accepts what mail programs write: obsolete names of
// zones, years of two digits, and dots in place of colons. The day of the week, the seconds and the zone may be
// missing. It returns the zero time if it cannot read the date.
func headerDate(s string) time.Time {
	if len(s) > 256 {
		return time.Time{}
	}
	f := strings.Fields(strings.NewReplacer(",", " ", "\r", " ", "\n", " ").Replace(withoutComments(s)))
	if len(f) > 0 && len(f[0]) > 0 && f[0][0]-'0' > 9 {
		f = f[1:]
	}
	if len(f) > 0 && strings.IndexByte(f[0], '-') > 0 {
		f = append(strings.Split(f[0], "-"), f[1:]...) // the form of INTERNALDATE: 1-Jan-2020
	}
	if len(f) < 4 {
		return time.Time{}
	}
	day, err := strconv.Atoi(f[0])
	month := monthOf(f[1])
	year, err2 := strconv.Atoi(f[2])
	switch {
	case err != nil || err2 != nil || month == 0 || day < 1 || day > 31 || year < 0 || year > 9999:
		return time.Time{}
	case len(f[2]) == 2 && year < 50:
		year += 2000
	case len(f[2]) <= 3:
		year += 1900
	}
	var clock [3]int
	hms := strings.FieldsFunc(f[3], func(r rune) bool { return r == ':' || r == '.' })
	if len(hms) < 2 || len(hms) > 3 {
		return time.Time{}
	}
	for i, s := range hms {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > 60 {
			return time.Time{}
		}
		clock[i] = n
	}
	t := time.Date(year, month, day, clock[0], clock[1], min(clock[2], 59), 0, zoneOf(f[4:]))
	if t.Day() != day || clock[0] > 23 || clock[1] > 59 {
		// The day or the time does not exist, such as the 31st of June or hour 25.
		return time.Time{}
	}
	return t
}

func withoutComments(s string) string {
	if strings.IndexByte(s, '(') < 0 {
		return s
	}
	var b strings.Builder
	depth := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func monthOf(s string) time.Month {
	if len(s) < 3 {
		return 0
	}
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(s[:3], m.String()[:3]) {
			return m
		}
	}
	return 0
}

// zoneOf returns the zone that f[0] names or gives as an offset. It returns UTC if f is empty, or if it cannot
// understand f[0].
func zoneOf(f []string) *time.Location {
	if len(f) == 0 {
		return time.UTC
	}
	z := strings.ToUpper(f[0])
	switch z {
	case "EDT":
		return time.FixedZone("", -4*3600)
	case "EST", "CDT":
		return time.FixedZone("", -5*3600)
	case "CST", "MDT":
		return time.FixedZone("", -6*3600)
	case "MST", "PDT":
		return time.FixedZone("", -7*3600)
	case "PST":
		return time.FixedZone("", -8*3600)
	}
	if len(z) != 5 || z[0] != '+' && z[0] != '-' {
		return time.UTC
	}
	n, err := strconv.Atoi(z[1:])
	if err != nil || n < 0 || n%100 > 59 {
		return time.UTC
	}
	offset := n/100*3600 + n%100*60
	if z[0] == '-' {
		offset = -offset
	}
	if offset == 0 {
		return time.UTC
	}
	return time.FixedZone("", offset)
}
