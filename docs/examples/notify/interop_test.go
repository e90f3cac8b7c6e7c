package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/docs/examples/internal/exampletest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/session"
)

// TestInteropNotify sends mail to real servers until the program reports a message.
func TestInteropNotify(t *testing.T) {
	for _, env := range []peer.Env{peer.Dovecot(t), peer.Cyrus(t)} {
		url, common := exampletest.Real(t, env, "Subject: there before\r\n\r\n\r\n")
		a, box, err := common.Account(url, "IMAP_PASSWORD")
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		out, errs := newPage(), newPage()
		running, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() {
			done <- run(running, out, errs, []string{url}, settings{Settings: common, command: `echo "ran for $IMAP_SUBJECT"`})
		}()
		for !strings.Contains(out.String(), "ran for news") {
			// The test cannot see when the program begins to watch, and the program does not report earlier mail.
			err := a.Do(ctx, "", func(s *session.Session) error {
				_, err := commands.Append(s, box, strings.NewReader("From: a@example.com\r\nSubject: news\r\n\r\n\r\n"), -1).Wait(ctx)
				return err
			})
			if err != nil {
				t.Fatalf("%s: %v\n%s", env.Name, err, errs)
			}
			select {
			case <-out.written:
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if s := out.String(); strings.Contains(s, "there before") || !strings.Contains(s, "a@example.com: news") {
			t.Errorf("%s: got %q, want a line about the news and none about the earlier message", env.Name, s)
		}
	}
}
