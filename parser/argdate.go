package parser

import (
	"time"

	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/wire"
)

// toleratesDate reports whether d tolerates a date that breaks the grammar. It is used for commands and for responses.
func toleratesDate(d *wire.Decoder) bool { return d.Tolerate(RuleDate) }

// date reads a date with or without quotes. It returns midnight UTC of that day (RFC 9051 §9 date).
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
	t, err := imapdate.ParseDate(b)
	if err != nil && toleratesDate(d) {
		t, err = imapdate.ParseRolling(b) // 31-Feb is accepted, and means the 2nd or 3rd of March
	}
	if err != nil || b[0] == ' ' {
		d.Seek(at)
		d.Expected("date")
	}
	return t
}

// dateTime reads a date-time with its quotes (RFC 9051 §9 date-time). In the grammar, the day always has two
// characters, as in " 7-Feb".
func dateTime(d *wire.Decoder) time.Time {
	at := d.Pos()
	b := d.Quoted()
	if d.Err() != nil {
		return time.Time{}
	}
	t, err := imapdate.Parse(b)
	if err != nil || b[2] != '-' && !toleratesDate(d) {
		d.Seek(at)
		d.Expected("date-time")
	}
	return t
}

func encodeDate(e *wire.Encoder, t time.Time) {
	if fourDigits(e, t, "date") {
		e.Append(func(dst []byte) []byte { return imapdate.AppendDate(dst, t) })
	}
}

func encodeDateTime(e *wire.Encoder, t time.Time) {
	if fourDigits(e, t, "date-time") {
		e.Append(func(dst []byte) []byte { return append(imapdate.AppendFormat(append(dst, '"'), t), '"') })
	}
}

// fourDigits reports whether the year of t can be sent. If not, it makes e fail.
func fourDigits(e *wire.Encoder, t time.Time, what string) bool {
	if y := t.Year(); y < 0 || y > 9999 {
		e.Fail(&wire.ArgumentError{What: what, Reason: "has a year that does not have four digits"})
		return false
	}
	return true
}
