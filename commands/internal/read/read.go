// Package read has decode functions for the values of extensions' items.
package read

import (
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/wire"
)

// Word reads an nstring.
func Word(d *wire.Decoder) string { return string(d.NString()) }

// Words reads a parenthesized list of astrings.
func Words(d *wire.Decoder) (words []string) {
	for range d.List {
		words = append(words, string(d.AString()))
	}
	return words
}

// MailboxName reads the name of a mailbox.
func MailboxName(d *wire.Decoder) string { return parser.DecodeMailbox(d.AString(), false) }

// MailboxNames reads a list of names of mailboxes.
func MailboxNames(d *wire.Decoder) (names []string) {
	for range d.List {
		names = append(names, MailboxName(d))
	}
	return names
}

// InternalDate reads a date-time, or NIL, for which it returns the zero time.
func InternalDate(d *wire.Decoder) time.Time {
	if d.Nil() {
		return time.Time{}
	}
	t, err := imapdate.Parse(d.String())
	if err != nil {
		d.Expected("date-time")
	}
	return t
}

// InList returns a function that reads a parenthesized list of one value.
func InList[T any](read func(*wire.Decoder) T) func(*wire.Decoder) T {
	return func(d *wire.Decoder) (v T) {
		for range d.List {
			v = read(d)
		}
		return v
	}
}
