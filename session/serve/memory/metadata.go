package memory

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// Limits for annotations.
const (
	maxEntries = 100      // in a mailbox
	maxEntry   = 64 << 10 // octets in a value
)

// entries are the annotations of a mailbox or of the server: values by name. The lock of the mailbox or user guards
// them.
type entries map[string][]byte

func (e entries) list() []parser.EntryValue {
	list := make([]parser.EntryValue, 0, len(e))
	for _, name := range slices.Sorted(maps.Keys(e)) {
		list = append(list, parser.EntryValue{Entry: name, Value: e[name]})
	}
	return list
}

// with returns a copy of the entries with the changes in list.
func (e entries) with(list []parser.EntryValue) (entries, error) {
	out := entries{}
	maps.Copy(out, e)
	for _, v := range list {
		switch {
		case v.Value == nil:
			delete(out, v.Entry)
		case len(v.Value) > maxEntry:
			return nil, &serve.Error{Code: parser.CodeMetadata, Args: fmt.Sprintf("MAXSIZE %d", maxEntry), Text: "the value is too long"}
		default:
			out[v.Entry] = bytes.Clone(v.Value)
		}
	}
	if len(out) > maxEntries {
		return nil, &serve.Error{Code: parser.CodeMetadata, Args: "TOOMANY", Text: "there are too many entries"}
	}
	return out, nil
}

// Metadata returns the annotations of a mailbox, or of the server.
func (u *User) Metadata(_ context.Context, mailbox string) ([]parser.EntryValue, error) {
	if mailbox == "" {
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.entries.list(), nil
	}
	b, err := u.store.box(mailbox, parser.CodeNonExistent)
	if err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.entries.list(), nil
}

// SetMetadata changes annotations, all or none.
func (u *User) SetMetadata(_ context.Context, mailbox string, list []parser.EntryValue) error {
	if mailbox == "" {
		u.mu.Lock()
		defer u.mu.Unlock()
		news, err := u.entries.with(list)
		if err == nil {
			u.entries = news
			u.notifyEntries("", list)
		}
		return err
	}
	b, err := u.store.box(mailbox, parser.CodeNonExistent)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	news, err := b.entries.with(list)
	if err == nil {
		b.entries = news
		u.notifyEntries(mailbox, list)
	}
	return err
}

func (u *User) notifyEntries(mailbox string, list []parser.EntryValue) {
	for _, v := range list {
		u.watchers.notify(serve.Event{Kind: serve.EventMetadata, Mailbox: mailbox, Entry: v.Entry})
	}
}
