package model

import (
	"reflect"

	"github.com/imapstack/imapstack/session"
)

// discard is Stream.Discard, of a session that has it.
func discard(x any) {
	if d, ok := x.(interface{ Discard() }); ok {
		d.Discard()
	}
}

var hasOpened bool

// opened sets Handler.Opened, of a session that has it.
func opened(h *session.Handler, f func(*session.Mailbox)) {
	if v := reflect.ValueOf(h).Elem().FieldByName("Opened"); v.IsValid() {
		hasOpened = true
		v.Set(reflect.ValueOf(f))
	}
}
