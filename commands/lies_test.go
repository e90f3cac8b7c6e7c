package commands_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestServersThatLie checks what happens if a server sends data that cannot be true or is in the wrong place. The
// session treats each case in a defined way, and remains usable. docs/security.md lists the cases.
func TestServersThatLie(t *testing.T) {
	then := "C: A3 NOOP\nS: A3 OK\n"
	for name, c := range map[string]struct {
		script string // follows the selection of a mailbox with 9 messages
		run    func(ctx context.Context, t *testing.T, s *session.Session)
	}{
		"a tag that was never used": {"C: A2 NOOP\nS: Z9 OK [CAPABILITY IMAP4rev1 X-EVIL] whose?\nS: A7 BAD no\nS: A2 OK\n" + then, func(ctx context.Context, t *testing.T, s *session.Session) {
			do(ctx, t, call(commands.Noop(s)))
			if s.Caps().Has("X-EVIL") {
				t.Error("the session took capabilities from a response with an unknown tag")
			}
		}},
		"a tagged answer that comes twice": {"C: A2 NOOP\nS: A2 OK\nS: A2 NO again\n" + then, func(ctx context.Context, t *testing.T, s *session.Session) {
			do(ctx, t, call(commands.Noop(s)))
		}},
		"an answer that nobody asked for": {"C: A2 SEARCH ALL\nS: * SEARCH 1 2\nS: * LIST () \"/\" x\nS: * STATUS y (MESSAGES 7)\nS: * SORT 3\nS: A2 OK\n" + then,
			func(ctx context.Context, t *testing.T, s *session.Session) {
				r, err := commands.Search(s, numset.Seq, search.All).Wait(ctx)
				if err != nil || r.Found.String() != "1:2" {
					t.Error(r, err)
				}
			}},
		"UID 0, and UIDs that go down": {"C: A2 FETCH 1:3 (UID FLAGS)\nS: * 1 FETCH (UID 9 FLAGS ())\nS: * 2 FETCH (UID 5 FLAGS ())\nS: * 3 FETCH (UID 0 FLAGS ())\nS: A2 OK\n" + then,
			func(ctx context.Context, t *testing.T, s *session.Session) {
				got := messages(ctx, t, commands.Fetch(s, seqs("1:3"), fetch.UID, fetch.Flags))
				same(t, got, []string{"1 uid 9 []", "2 uid 5 []", "3 []"})
			}},
		"another message in the middle": {"C: A2 UID FETCH 7 (UID BODY.PEEK[])\nS: * 4 FETCH (FLAGS (\\Seen))\nS: * 1 FETCH (UID 7 BODY[] {2}\nS= \"hi)\\r\\n\"\nS: * 2 FETCH (UID 8 FLAGS (\\Deleted))\nS: A2 OK\n" + then,
			func(ctx context.Context, t *testing.T, s *session.Session) {
				// Data about other messages goes to the handler.
				got := messages(ctx, t, commands.Fetch(s, uids("7"), fetch.UID, fetch.Body("").Peek()))
				same(t, got, []string{`1 uid 7 BODY[] 0 "hi"`})
			}},
		"EXPUNGE beyond EXISTS, and EXISTS that shrinks": {"C: A2 NOOP\nS: * 12 EXPUNGE\nS: * 0 EXPUNGE\nS: * 5 EXISTS\nS: A2 OK\n" + then,
			func(ctx context.Context, t *testing.T, s *session.Session) {
				do(ctx, t, call(commands.Noop(s)))
				if m := s.Mailbox(); m.Exists != 5 || !m.Shrunk {
					t.Errorf("the view is %+v", m)
				}
			}},
		"a continuation request without a command": {"C: A2 NOOP\nS: + go on\nS: A2 OK\n" + then, func(ctx context.Context, t *testing.T, s *session.Session) {
			do(ctx, t, call(commands.Noop(s)))
		}},
		"codes in the wrong place": {"C: A2 NOOP\nS: * OK [APPENDUID 1 2] x\nS: * NO [UIDVALIDITY 0] x\nS: A2 OK [COPYUID 1 2 3] x\n" + then, func(ctx context.Context, t *testing.T, s *session.Session) {
			before := s.Mailbox().Clone()
			do(ctx, t, call(commands.Noop(s)))
			same(t, s.Mailbox().UIDValidity, before.UIDValidity)
		}},
		"BYE within a literal is what the literal holds": {"C: A2 FETCH 1 BODY[]\nS: * 1 FETCH (BODY[] {11}\nS= \"* BYE bye\\r\\n)\\r\\n\"\nS: A2 OK\n" + then, func(ctx context.Context, t *testing.T, s *session.Session) {
			same(t, messages(ctx, t, commands.Fetch(s, seqs(1), fetch.Body(""))), []string{"1 BODY[] 0 \"* BYE bye\\r\\n\""})
		}},
		"capabilities without IMAP4rev1": {"C: A2 CAPABILITY\nS: * CAPABILITY IDLE\nS: A2 OK\n" + then, func(ctx context.Context, t *testing.T, s *session.Session) {
			caps, err := commands.Capability(s).Wait(ctx)
			if err != nil || caps.String() != "IDLE" {
				t.Error(caps, err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, ready, selected+c.script, func(ctx context.Context, s *session.Session) {
				do(ctx, t, call(commands.Select(s, "INBOX")))
				c.run(ctx, t, s)
				do(ctx, t, call(commands.Noop(s)))
			})
		})
	}
}

// TestByeInsteadOfALiteral checks what happens if a server hangs up in the middle of a literal. The error is
// io.ErrUnexpectedEOF and not BYE, even if the octets of the literal look like a BYE. Responses that arrived before
// are delivered.
func TestByeInsteadOfALiteral(t *testing.T) {
	on(t, ready, selected+"C: A2 FETCH 1:2 (FLAGS BODY[])\nS: * 1 FETCH (FLAGS (\\Seen) BODY[] {2}\nS= \"hi)\\r\\n\"\nS: * 2 FETCH (FLAGS () BODY[] {5000}\nS: * BYE [UNAVAILABLE] going down\n",
		func(ctx context.Context, s *session.Session) {
			do(ctx, t, call(commands.Select(s, "INBOX")))
			n := 0
			var last error
			for m, err := range commands.Fetch(s, seqs("1:2"), fetch.Flags, fetch.Body("")).All(ctx) {
				if last = err; err == nil {
					if n++; n == 1 && m.Seq != 1 {
						t.Error(m)
					}
				}
			}
			if n < 1 || !errors.Is(last, io.ErrUnexpectedEOF) || errors.Is(last, parser.BYE) || s.Err() == nil {
				t.Errorf("Fetch yielded %d messages and %v; Err of the session is %v", n, last, s.Err())
			}
		})
}
