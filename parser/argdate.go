package parser

import (
	"time"

	"github.com/imapstack/imapstack/wire"
)

// The layouts of RFC 9051 §9 date and date-time.
const (
	layoutDate     = "_2-Jan-2006"
	layoutDateTime = "_2-Jan-2006 15:04:05 -0700"
)

// date takes a date, in quotes or not, as midnight UTC of that day.
func date(d *wire.Decoder) time.Time {
	at := d.Pos()
	var b []byte
	if d.Is('"') {
		b = d.Quoted()
	} else {
		b = d.Atom()
	}
	if d.Err() != nil {
		return time.Time{}
	}
	if n := len(b); n >= 10 && n <= 11 && b[n-9] == '-' && b[0] != ' ' {
		if t, err := time.Parse(layoutDate, string(b)); err == nil {
			return t
		}
	}
	d.Seek(at)
	d.Expected("date")
	return time.Time{}
}

// dateTime takes a date-time in its quotes.
func dateTime(d *wire.Decoder) time.Time {
	at := d.Pos()
	b := d.Quoted()
	if d.Err() != nil {
		return time.Time{}
	}
	if len(b) == len(layoutDateTime) && b[2] == '-' {
		if t, err := time.Parse(layoutDateTime, string(b)); err == nil {
			_, offset := t.Zone()
			return t.In(time.FixedZone("", offset))
		}
	}
	d.Seek(at)
	d.Expected("date-time")
	return time.Time{}
}

func encodeDate(e *wire.Encoder, t time.Time) {
	if y := t.Year(); y < 0 || y > 9999 {
		e.Fail(&wire.ArgumentError{What: "date", Reason: "has a year of other than four digits"})
		return
	}
	e.Append(func(dst []byte) []byte { return t.AppendFormat(dst, "2-Jan-2006") })
}

func encodeDateTime(e *wire.Encoder, t time.Time) {
	if y := t.Year(); y < 0 || y > 9999 {
		e.Fail(&wire.ArgumentError{What: "date-time", Reason: "has a year of other than four digits"})
		return
	}
	e.Append(func(dst []byte) []byte { return append(t.AppendFormat(append(dst, '"'), layoutDateTime), '"') })
}
