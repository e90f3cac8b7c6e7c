package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// TestFlowRules checks that the session sends at once what RFC 9051 §5.5 allows, and no more. The server answers only
// when nothing more arrives.
func TestFlowRules(t *testing.T) {
	named := func(name string, flow session.Flow) session.Command {
		return session.Command{Name: name, Flow: flow, Answers: session.TaggedOnly}
	}
	const seq = session.UsesSeq | session.NoExpunge
	for _, c := range []struct {
		name  string
		cmds  []session.Command
		sends string // how many commands arrive in each batch
	}{
		{"UID FETCH, then FETCH", []session.Command{named("UID FETCH", 0), named("FETCH", seq)}, "[1 1]"},
		{"FETCH, then UID FETCH", []session.Command{named("FETCH", seq), named("UID FETCH", 0)}, "[2]"},
		{"two FETCH", []session.Command{named("FETCH", seq), named("FETCH", seq)}, "[2]"},
		{"two COPY", []session.Command{named("COPY", session.UsesSeq), named("COPY", session.UsesSeq)}, "[1 1]"},
		{"STORE, then FETCH", []session.Command{named("STORE", session.WritesFlags), named("FETCH", session.ReadsFlags)}, "[1 1]"},
		{"FETCH, then STORE", []session.Command{named("FETCH", session.ReadsFlags), named("STORE", session.WritesFlags)}, "[1 1]"},
		{"two STATUS", []session.Command{named("STATUS", 0), named("STATUS", 0)}, "[2]"},
		{"SELECT, then FETCH at once", []session.Command{named("NOOP", 0), named("SELECT", session.Barrier|session.NoExpunge), named("FETCH", seq)}, "[1 2]"},
		{"ID, ENABLE QRESYNC, SELECT", []session.Command{named("ID", session.Leads), named("ENABLE", session.Barrier|session.Leads), named("SELECT", session.Barrier|session.NoExpunge)}, "[3]"},
		{"ENABLE QRESYNC after NOOP", []session.Command{named("NOOP", 0), named("ENABLE", session.Barrier|session.Leads), named("SELECT", session.Barrier)}, "[1 2]"},
		{"ENABLE alone", []session.Command{named("NOOP", 0), named("ENABLE", session.Alone), named("NOOP", 0)}, "[1 1 1]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, srv := imaptest.Pipe(0)
			var sends []int
			go func() {
				io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
				for buf := make([]byte, 4096); ; {
					// In a synctest bubble, time passes only when all goroutines wait. So when this pause ends,
					// everything has arrived.
					time.Sleep(time.Second)
					n, err := srv.Read(buf)
					if err != nil {
						return
					}
					k := 0
					for line := range strings.Lines(string(buf[:n])) {
						tag, _, _ := strings.Cut(line, " ")
						fmt.Fprintf(srv, "%s OK done\r\n", tag)
						k++
					}
					sends = append(sends, k)
				}
			}()
			s, err := session.Open(t.Context(), client, nil)
			if err != nil {
				t.Fatal(err)
			}
			var calls []*session.Call[struct{}]
			for _, cmd := range c.cmds {
				calls = append(calls, session.Start[struct{}](s, cmd, nil))
			}
			for i := len(calls) - 1; i >= 0; i-- {
				if _, err := calls[i].Wait(t.Context()); err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
			}
			s.Close()
			srv.Close()
			time.Sleep(2 * time.Second) // lets the server see that nothing more arrives
			synctest.Wait()
			if fmt.Sprint(sends) != c.sends {
				t.Errorf("%s: got batches of %v commands, want %s", c.name, sends, c.sends)
			}
		})
	}
}

// TestWindowNeverDeadlocks pipelines far more than the buffers hold. The server sends much data with each answer.
func TestWindowNeverDeadlocks(t *testing.T) {
	for _, n := range []int{64, 200, 1000, 16 << 10} {
		synctest.Test(t, func(t *testing.T) {
			c, srv := imaptest.Pipe(n)
			go func() {
				io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
				r := parser.NewCommandReader(wire.NewReader(srv, wire.Limits{}))
				for {
					h, err := r.Next()
					if err != nil {
						return
					}
					fmt.Fprintf(srv, "* OK %s\r\n%s OK done\r\n", strings.Repeat("chatter ", 25), h.Tag)
				}
			}()
			s, err := session.Open(t.Context(), c, &session.Config{Window: n})
			if err != nil {
				t.Fatal(err)
			}
			calls := make([]*session.Call[struct{}], 2000)
			for i := range calls {
				calls[i] = session.Start[struct{}](s, noop(), nil)
			}
			for _, call := range calls {
				if _, err := call.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			s.Close()
			srv.Close()
		})
	}
}

// TestStreams starts a command in the body of a loop, and waits for it there and again after the loop. The loop still
// gets all its data.
func TestStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth+"C: A1 FETCH 1:* FLAGS\nS: * 1 FETCH (FLAGS (\\Seen))\nS: * 2 FETCH (FLAGS (\\Draft))\nC: A2 NOOP\n"+
			"S: * 3 FETCH (FLAGS ())\nS: A1 OK\nS: A2 OK\n")
		var inner *session.Call[struct{}]
		var got []string
		for m, err := range session.StartStream(s, fetch(), (*parser.Response).Fetch).All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(m.Seq, m.Flags))
			if inner == nil {
				inner = session.Start[struct{}](s, noop(), nil)
				if _, err := inner.Wait(t.Context()); err != nil {
					t.Errorf("Wait in the body of the loop: %v", err)
				}
				if got := fmt.Sprint(m.Seq, m.Flags); got != `1 [\Seen]` {
					t.Errorf("after Wait in the body of the loop, the current value is %s, want 1 [\\Seen]", got)
				}
			}
		}
		if want := `[1 [\Seen] 2 [\Draft] 3 []]`; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %v", got, want)
		}
		if _, err := inner.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestAnswerAfterStream waits for an answer that arrives after unread data of a stream. Nothing is lost.
func TestAnswerAfterStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth+"C: A1 FETCH 1:* FLAGS\nC: A2 NOOP\nS: * 1 FETCH (FLAGS (\\Seen))\nS: A1 OK\nS: A2 OK\n")
		stream := session.StartStream(s, fetch(), (*parser.Response).Fetch)
		call := session.Start[struct{}](s, noop(), nil)
		if _, err := call.Wait(t.Context()); err != nil {
			t.Errorf("Wait for the NOOP after the stream: %v", err)
		}
		n := 0
		for _, err := range stream.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 1 {
			t.Errorf("got %d messages, want 1", n)
		}
		if _, err := call.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestMisuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *session.Session
		cfg := &session.Config{Handler: session.Handler{Exists: func(uint32) {
			expectErr(t, "in a handler", runCommand(t, s, noop()), session.ErrBusy)
			expectErr(t, "polling in a handler", s.Poll(t.Context()), session.ErrBusy)
		}}}
		s = play(t, cfg, preauth+"C: A1 NOOP\nS: * 1 EXISTS\nS: A1 OK\nC: A2 IDLE\nS: + idling\nC: DONE\nS: A2 OK\nC: A3 NOOP\nS: A3 OK\n")
		if err := runCommand(t, s, noop()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			for _, err := range session.StartStream(s, idle(), itself).All(ctx) {
				done <- err
				return
			}
		}()
		synctest.Wait()
		expectErr(t, "in another goroutine", runCommand(t, s, noop()), session.ErrConcurrent)
		cancel()
		expectErr(t, "cancelled", <-done, context.Canceled)
		if err := runCommand(t, s, noop()); err != nil {
			t.Errorf("after IDLE: %v", err)
		}
	})
}

func TestRefusedBeforeAnOctetIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth)
		for name, cmd := range map[string]session.Command{
			"state":      {Name: "FETCH", In: session.Selected},
			"capability": {Name: "MOVE", Needs: "MOVE|IMAP4REV2"},
			"argument":   {Name: "X", Args: func(e *wire.Encoder) { e.SP().Atom("a b") }},
			"injection":  {Name: "NOOP\r\nA9 DELETE INBOX"},
		} {
			err := runCommand(t, s, cmd)
			if err == nil || !session.SafeToRetry(err) {
				t.Errorf("%s: got %v, want an error that is safe to retry", name, err)
			}
		}
		var state *session.StateError
		var needs *session.CapabilityError
		if err := runCommand(t, s, session.Command{Name: "FETCH", In: session.Selected}); !errors.As(err, &state) {
			t.Errorf("wrong state: got %v, want a StateError", err)
		}
		if err := runCommand(t, s, session.Command{Name: "MOVE", Needs: "MOVE"}); !errors.As(err, &needs) {
			t.Errorf("missing capability: got %v, want a CapabilityError", err)
		}
	})
}

// TestFetchDoesNotAllocate fetches from a server in memory. The number of allocations does not grow with the number
// of messages.
func TestFetchDoesNotAllocate(t *testing.T) {
	run := func(n int) float64 {
		var b strings.Builder
		b.WriteString("* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
		for i := 1; i <= n; i++ {
			fmt.Fprintf(&b, "* %d FETCH (UID %d FLAGS (\\Seen $Work) RFC822.SIZE %d)\r\n", i, i+7, i*100)
		}
		b.WriteString("A1 OK done\r\n")
		text := b.String()
		return testing.AllocsPerRun(5, func() {
			s, err := session.Open(t.Context(), canned{strings.NewReader(text)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range session.StartStream(s, fetch(), (*parser.Response).Fetch).All(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if few, many := run(100), run(20_000); many > few+10 && !race {
		t.Errorf("got %v allocations for 100 messages, and %v for 20,000; want at most 10 more", few, many)
	}
}
