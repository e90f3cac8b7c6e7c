package session_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// news returns a handler that records what it gets, and a pointer to its record. Each entry begins with the mailbox
// that Opened reported last.
func news() (*[]string, session.Handler) {
	var record []string
	box := "none"
	add := func(format string, args ...any) { record = append(record, box+": "+fmt.Sprintf(format, args...)) }
	return &record, session.Handler{
		Opened: func(m *session.Mailbox) {
			if box = "none"; m != nil {
				box = m.Name
			}
			add("opened")
		},
		Exists: func(n uint32) { add("exists %d", n) },
		Gone:   func(g session.Gone) { add("gone %d %v", g.Seq, g.Earlier) },
		Fetch:  func(m *parser.Fetch) { add("fetch %d", m.Seq) },
	}
}

// TestUpdatesOfWhichMailbox selects B while A is open, and the server reports changes of both. The changes concern A
// until [CLOSED] (RFC 7162 §3.2.11) or, if the server does not send [CLOSED], until the first data of B.
func TestUpdatesOfWhichMailbox(t *testing.T) {
	for name, x := range map[string]struct{ caps, during, want string }{
		"CLOSED": {"QRESYNC", "S: * 1 EXPUNGE\nS: * 4 EXISTS\nS: * OK [CLOSED] x\nS: * 9 EXISTS\nS: * 2 FETCH (FLAGS ())\nS: A2 OK x\n",
			"A: opened, A: gone 1 false, A: exists 4, B: opened, B: fetch 2, none: opened"},
		"CLOSED, then NO": {"QRESYNC", "S: * 1 EXPUNGE\nS: * OK [CLOSED] x\nS: A2 NO x\n",
			"A: opened, A: gone 1 false, B: opened, none: opened"},
		"no CLOSED": {"X", "S: * 1 EXPUNGE\nS: * FLAGS ()\nS: * 9 EXISTS\nS: * 2 FETCH (FLAGS ())\nS: A2 OK x\n",
			"A: opened, A: gone 1 false, B: opened, B: fetch 2, none: opened"},
		"no CLOSED, no data": {"X", "S: A2 OK x\n", "A: opened, B: opened, none: opened"},
		"no CLOSED, NO":      {"X", "S: A2 NO x\n", "A: opened, none: opened"},
		"BAD":                {"X", "S: A2 BAD x\n", "A: opened, none: opened"},
		"promised, not said": {"QRESYNC", "S: * 9 EXISTS\nS: * OK [UIDVALIDITY 7] x\nS: A2 OK x\n", "A: opened, A: exists 9, B: opened, none: opened"},
		"VANISHED (EARLIER)": {"QRESYNC", "S: * VANISHED (EARLIER) 7\nS: * 9 EXISTS\nS: A2 OK x\n", "A: opened, B: opened, B: gone 0 true, none: opened"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				record, handler := news()
				s := play(t, &session.Config{Handler: handler}, "S: * PREAUTH [CAPABILITY IMAP4rev1 "+x.caps+"] hi\nC: A1 SELECT A\nS: * 5 EXISTS\nS: A1 OK x\nC: A2 SELECT B\n"+
					x.during+map[bool]string{false: "C: A3 CLOSE\nS: A3 OK x\n"}[strings.Contains(x.during, "A2 NO")])
				opens := func(name string) session.Command {
					cmd := selecting(&session.Mailbox{Name: name})
					cmd.Flow |= session.NoExpunge
					cmd.Answers = []session.Answer{{Response: "EXISTS"}, {Response: "FLAGS"}}
					cmd.Claim = func(r *parser.Response) bool { return r.Name == "EXISTS" || r.Name == "FLAGS" }
					return cmd
				}
				if err := runCommand(t, s, opens("A")); err != nil {
					t.Fatal(err)
				}
				runCommand(t, s, opens("B"))
				if box := s.Mailbox(); box != nil && box.Name == "B" && strings.Contains(x.during, "9 EXISTS") && box.Exists != 9 {
					t.Errorf("the view of B has %d messages, want 9", box.Exists)
				}
				if s.State() == session.Selected {
					runCommand(t, s, session.Command{Name: "CLOSE", In: session.Selected, Then: session.Authenticated, Answers: session.TaggedOnly})
				}
				if got := strings.Join(*record, ", "); got != x.want {
					t.Errorf("got  %s\nwant %s", got, x.want)
				}
			})
		})
	}
}

// TestOtherAnswerDuringSelect answers a STATUS of another mailbox in the middle of the data of a SELECT. The data after
// that answer is still about the selected mailbox.
func TestOtherAnswerDuringSelect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record, handler := news()
		s := play(t, &session.Config{Handler: handler}, preauth+"C: A1 SELECT A\nC: A2 STATUS B (MESSAGES)\nC: A3 FETCH 1:* FLAGS\n"+
			"S: * 3 EXISTS\nS: * STATUS B (MESSAGES 1)\nS: A2 OK x\nS: * 1 FETCH (UID 1)\nS: * OK [UIDVALIDITY 1] x\nS: A1 OK x\nS: A3 OK x\n")
		box := session.Start[struct{}](s, selecting(&session.Mailbox{Name: "A"}), nil)
		status := session.Start[struct{}](s, session.Command{
			Name: "STATUS", Args: func(e *wire.Encoder) { e.Raw(" B (MESSAGES)") }, Answers: []session.Answer{{Response: "STATUS", By: session.ByName, Name: "B"}},
			Claim: func(r *parser.Response) bool { return r.Name == "STATUS" },
		}, nil)
		n := 0
		for _, err := range session.StartStream(s, readsMailbox(), (*parser.Response).Fetch).All(t.Context()) {
			if err != nil {
				t.Error(err)
			}
			n++
		}
		if err := session.WaitAll(t.Context(), box, status); err != nil {
			t.Error(err)
		}
		if got := strings.Join(*record, ", "); n != 1 || got != "A: opened, A: exists 3" {
			t.Errorf("FETCH yields %d responses, want 1; the handler is called with %q, want %q", n, got, "A: opened, A: exists 3")
		}
	})
}

// TestMisplacedCodes sends response codes in answers in which they have no meaning. They change nothing.
func TestMisplacedCodes(t *testing.T) {
	for _, line := range []string{
		"A2 OK [UIDVALIDITY 9] x", "A2 OK [READ-ONLY] x", "A2 OK [NOMODSEQ] x", "A2 OK [MAILBOXID (other)] x", "A2 OK [UIDNEXT 99] x",
		"A2 NO [CAPABILITY X-OTHER] x", "A2 BAD [CAPABILITY X-OTHER] x", "A2 NO [UIDVALIDITY 9] x", "A2 NO [READ-ONLY] x",
		"* NO [READ-ONLY] x\nS: A2 OK x", "* NO [CAPABILITY X-OTHER] x\nS: A2 OK x", "* OK [UIDVALIDITY 9] x\nS: A2 OK x", "* OK [MAILBOXID (other)] x\nS: A2 OK x",
		"A9 OK [READ-ONLY] x\nS: A2 OK x", "A9 OK [CAPABILITY X-OTHER] x\nS: A2 OK x",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, nil, preauth+"C: A1 SELECT A\nS: * OK [UIDVALIDITY 1] x\nS: * OK [MAILBOXID (mine)] x\nS: * OK [UIDNEXT 5] x\nS: A1 OK [READ-WRITE] x\nC: A2 NOOP\nS: "+line+"\n")
			if err := runCommand(t, s, selecting(&session.Mailbox{Name: "A"})); err != nil {
				t.Fatal(err)
			}
			before, caps := fmt.Sprintf("%+v", s.Mailbox().Clone()), s.Caps().String()
			runCommand(t, s, noop())
			if after := fmt.Sprintf("%+v", s.Mailbox().Clone()); after != before || s.Caps().String() != caps {
				t.Errorf("%q: the view is %s, was %s; the capabilities are %v, were %s", line, after, before, s.Caps(), caps)
			}
		})
	}
}

// TestCodesOfAnswers checks the method Code after each kind of answer.
func TestCodesOfAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth+"C: A1 NOOP\nC: A2 NOOP\nC: A3 NOOP\nC: A4 FETCH 1:* FLAGS\nS: A1 OK [MODIFIED 7,9] x\nS: A2 NO [OVERQUOTA] x\nS: A3 OK x\n"+
			"S: * 1 FETCH (UID 1)\nS: A4 OK [EXPUNGEISSUED] x\n")
		var calls []*session.Call[struct{}]
		for range 3 {
			calls = append(calls, session.Start[struct{}](s, noop(), nil))
		}
		stream := session.StartStream(s, fetch(), (*parser.Response).Fetch)
		if c := calls[0].Code(); c.Name != "" || calls[0].Done() {
			t.Errorf("before the answer: got code %v, want none", c)
		}
		err := session.WaitAll(t.Context(), calls[0], stream, calls[1], calls[2])
		expectErr(t, "WaitAll", err, parser.NO)
		expectErr(t, "WaitAll", err, parser.CodeOverQuota)
		for i, want := range []string{"MODIFIED 7,9", "OVERQUOTA ", " "} {
			if c := calls[i].Code(); string(c.Name)+" "+string(c.Args) != want {
				t.Errorf("A%d: got code %q %q, want %q", i+1, c.Name, c.Args, want)
			}
		}
		if c := stream.Code(); c.Name != "EXPUNGEISSUED" {
			t.Errorf("the stream: got code %v, want EXPUNGEISSUED", c)
		}
	})
}

// TestDiscard discards a stream and waits for another command first. The data of the stream is dropped without being
// decoded, and Wait returns the answer.
func TestDiscard(t *testing.T) {
	for _, answer := range []string{"OK", "NO"} {
		synctest.Test(t, func(t *testing.T) {
			s := play(t, &session.Config{MaxKept: 1}, preauth+"C: A1 FETCH 1:* FLAGS\nC: A2 NOOP\n"+strings.Repeat("S: * 1 FETCH (UID x)\n", 100)+
				"S: A2 OK x\nS: * 2 FETCH (UID 2)\nS: A1 "+answer+" x\n")
			stream := session.StartStream(s, fetch(), (*parser.Response).Fetch)
			stream.Discard()
			if err := runCommand(t, s, noop()); err != nil {
				t.Error(err)
			}
			for range 2 {
				if err := stream.Wait(t.Context()); (err != nil) != (answer == "NO") || err != nil && !errors.Is(err, parser.NO) {
					t.Errorf("the server answers %s, and Wait returns %v", answer, err)
				}
			}
		})
	}
}
