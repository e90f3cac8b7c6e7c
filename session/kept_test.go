package session_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// long is a FETCH response of 10 KB, which is more than a reader of kept data reads at a time.
var long = "S: * 1 FETCH (FLAGS (" + strings.Repeat("a", 10<<10) + "))\n"

// TestLoopLeftAfterAnswer leaves a loop whose data was kept, and whose command has been answered. A second loop over
// the same stream then yields nothing, and the session has room again for the data of the next stream.
func TestLoopLeftAfterAnswer(t *testing.T) {
	for name, leave := range map[string]func(){"break": func() {}, "panic": func() { panic(errUser) }} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, &session.Config{MaxKept: 50 << 10}, preauth+"C: A1 FETCH 1:* FLAGS\nC: A2 NOOP\n"+strings.Repeat(long, 4)+"S: A1 OK\nS: A2 OK\n"+
				"C: A3 FETCH 1:* FLAGS\nC: A4 NOOP\n"+strings.Repeat(long, 4)+"S: A3 OK\nS: A4 OK\n")
			kept := func() *session.Stream[parser.Fetch] {
				stream := session.StartStream(s, fetch(), (*parser.Response).Fetch)
				if err := runCommand(t, s, noop()); err != nil {
					t.Fatal(err)
				}
				return stream
			}
			first := kept()
			func() {
				defer func() { recover() }()
				for _, err := range first.All(t.Context()) {
					if err != nil {
						t.Error(err)
					}
					leave()
					break
				}
			}()
			for _, err := range first.All(t.Context()) {
				t.Errorf("%s: a second loop yields a value, with the error %v; want nothing", name, err)
			}
			n := 0
			for _, err := range kept().All(t.Context()) {
				if err != nil {
					t.Errorf("%s: the next stream: got %v, want no error", name, err)
				}
				n++
			}
			if n != 4 {
				t.Errorf("%s: the next stream yields %d values, want 4", name, n)
			}
		})
	}
}

// readsMailbox is a FETCH that may be sent together with the SELECT of its mailbox.
func readsMailbox() session.Command {
	cmd := fetch()
	cmd.In, cmd.Flow = session.Selected, session.Reads|session.NoExpunge
	return cmd
}

// TestKeptDataOfFailedSelect answers a FETCH before the SELECT of its mailbox, and then refuses the SELECT. The data of
// the FETCH is dropped, and the session has room again for the data of the next stream.
func TestKeptDataOfFailedSelect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &session.Config{MaxKept: 50 << 10}, preauth+"C: A1 SELECT x\nC: A2 FETCH 1:* FLAGS\nS: * 1 EXISTS\n"+strings.Repeat(long, 4)+"S: A2 OK\nS: A1 NO x\n"+
			"C: A3 FETCH 1:* FLAGS\nC: A4 NOOP\n"+strings.Repeat(long, 4)+"S: A3 OK\nS: A4 OK\n")
		box := session.Start[struct{}](s, selecting(&session.Mailbox{Name: "x"}), nil)
		stream := session.StartStream(s, readsMailbox(), (*parser.Response).Fetch)
		_, err := box.Wait(t.Context())
		expectErr(t, "SELECT", err, parser.NO)
		var other *session.MailboxError
		for m, err := range stream.All(t.Context()) {
			if m != nil || !errors.As(err, &other) {
				t.Errorf("FETCH yields %v, %v; want a MailboxError", m, err)
			}
		}
		next := session.StartStream(s, fetch(), (*parser.Response).Fetch)
		if err := runCommand(t, s, noop()); err != nil {
			t.Fatal(err)
		}
		if err := next.Wait(t.Context()); err != nil {
			t.Errorf("the next stream: got %v, want no error", err)
		}
	})
}

// TestLostDuringSelect ends the session while a SELECT and a FETCH in its mailbox are in flight. Both end with the
// error of the session, because nobody knows whether the SELECT would have failed.
func TestLostDuringSelect(t *testing.T) {
	for _, fetched := range []string{"", "S: * 1 EXISTS\nS: * 1 FETCH (UID 1)\nS: A2 OK\n"} {
		for end, want := range map[string]error{"": session.ErrLost, "S: * BYE x\n": parser.BYE} {
			synctest.Test(t, func(t *testing.T) {
				s := play(t, nil, preauth+"C: A1 SELECT x\nC: A2 FETCH 1:* FLAGS\n"+fetched+end)
				box := session.Start[struct{}](s, selecting(&session.Mailbox{Name: "x"}), nil)
				stream := session.StartStream(s, readsMailbox(), (*parser.Response).Fetch)
				_, err := box.Wait(t.Context())
				expectErr(t, "SELECT", err, want)
				err = stream.Wait(t.Context())
				expectErr(t, "FETCH", err, want)
				var other *session.MailboxError
				if errors.As(err, &other) || session.SafeToRetry(err) {
					t.Errorf("FETCH: got %v, want an error that is no MailboxError, and for which SafeToRetry returns false", err)
				}
			})
		}
	}
}
