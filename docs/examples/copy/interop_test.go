package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// TestInteropCopy copies an account from Dovecot to Cyrus, which uses another delimiter. The second run copies nothing.
func TestInteropCopy(t *testing.T) {
	dovecot, cyrus := peer.Dovecot(t), peer.Cyrus(t)
	t.Setenv("IMAP_PASSWORD", dovecot.Password)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	// No other test uses carol's mailboxes.
	a := account.New(account.Options{
		Dialer: transport.TCP(dovecot.Addr()), Auth: auth.Options{AllowPlaintext: true},
		Credentials: auth.Credentials{Username: "carol", Password: auth.NewSecret(dovecot.Password)},
	})
	defer a.Close()
	run1 := fmt.Sprint(time.Now().UnixNano())
	date := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	names := []string{"Copied" + run1, "Copied" + run1 + "/Deep", "Copied" + run1 + "/日本 & more"}
	for _, name := range names {
		err := a.Do(ctx, "", func(s *session.Session) error {
			_, err := commands.Create(s, name).Wait(ctx)
			if err != nil && !errors.Is(err, parser.CodeAlreadyExists) {
				return err
			}
			for i := range 20 {
				text := fmt.Sprintf("Message-ID: <%s.%x.%d@example.com>\r\n\r\n%s\r\n", run1, name, i, strings.Repeat("x", i*100))
				_, err := commands.Append(s, name, strings.NewReader(text), -1, commands.WithDate(date), commands.WithFlags(parser.FlagSeen, "mark")).Wait(ctx)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set := settings{}
	set.Insecure, set.Conns = true, 3
	from, to := "imap+insecure://carol@"+dovecot.Addr(), "imap+insecure://"+cyrus.Other+"@"+cyrus.Addr()
	for i := range 2 {
		var out strings.Builder
		err := run(ctx, &out, from, to, set)
		want := fmt.Sprintf("Copied%s/Deep: %d messages to copy, %d already there", run1, 20*(1-i), 20*i)
		if err != nil || !strings.Contains(out.String(), want) || i == 1 && !strings.Contains(out.String(), "\n0 messages copied") {
			t.Fatalf("run %d: got %v\n%s\nwant %s", i+1, err, &out, want)
		}
	}
	b := account.New(account.Options{
		Dialer: transport.TCP(cyrus.Addr()), Auth: auth.Options{AllowPlaintext: true},
		Credentials: auth.Credentials{Username: cyrus.Other, Password: auth.NewSecret(cyrus.Password)},
	})
	defer b.Close()
	boxes, err := b.Mailboxes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, l := range boxes {
		if name := l.Name(); strings.Contains(name, run1) {
			n++
			b.Do(ctx, "", func(s *session.Session) error { _, err := commands.Delete(s, name).Wait(ctx); return err })
		}
	}
	if n != len(names) {
		t.Errorf("got %d mailboxes, want %d", n, len(names))
	}
	for i := range names {
		name := names[len(names)-1-i]
		a.Do(ctx, "", func(s *session.Session) error { _, err := commands.Delete(s, name).Wait(ctx); return err })
	}
}
