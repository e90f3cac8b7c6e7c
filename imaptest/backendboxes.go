package imaptest

import (
	"context"

	"github.com/imapstack/imapstack/parser"
)

// Create makes a mailbox.
func (a *account) Create(_ context.Context, name string, use []parser.MailboxAttr) error {
	var names []string
	for _, u := range use {
		names = append(names, string(u))
	}
	_, err := a.u.Create(name, names...)
	return told(err)
}

// Delete removes a mailbox.
func (a *account) Delete(_ context.Context, name string) error { return told(a.u.Delete(name)) }

// Rename renames a mailbox.
func (a *account) Rename(_ context.Context, from, to string) error { return told(a.u.Rename(from, to)) }
