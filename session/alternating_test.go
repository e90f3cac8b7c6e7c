package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// fetchOne is a FETCH of one message that may be in flight together with others.
func fetchOne(n uint32) session.Command {
	return session.Command{
		Name: "FETCH", Flow: session.Reads, Args: func(e *wire.Encoder) { e.Raw(fmt.Sprintf(" %d FLAGS", n)) },
		Claim:   func(r *parser.Response) bool { return r.Name == "FETCH" && r.Num == n },
		Answers: []session.Answer{{Response: "FETCH", By: session.ByNumbers, Numbers: numset.Of(numset.Seq, n)}},
	}
}

// TestAlternatingLoops reads two streams alternately, and ends the first loop before the second.
func TestAlternatingLoops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, nil, preauth+"C: A1 FETCH 1 FLAGS\nC: A2 FETCH 2 FLAGS\nS: * 1 FETCH (UID 11)\nS: * 2 FETCH (UID 21)\n"+
			"S: A1 OK\nS: * 2 FETCH (UID 22)\nS: A2 OK\nC: A3 NOOP\nS: A3 OK\n")
		a, stopA := iter.Pull2(session.StartStream(s, fetchOne(1), (*parser.Response).Fetch).All(t.Context()))
		b, stopB := iter.Pull2(session.StartStream(s, fetchOne(2), (*parser.Response).Fetch).All(t.Context()))
		defer stopA()
		defer stopB()
		var got []string
		for range 3 {
			for _, next := range []func() (*parser.Fetch, error, bool){a, b} {
				if m, err, ok := next(); err != nil {
					t.Error(err)
				} else if ok {
					got = append(got, fmt.Sprint(m.UID))
				}
			}
		}
		if fmt.Sprint(got) != "[11 21 22]" {
			t.Errorf("the loops yield %v, want [11 21 22]", got)
		}
		if err := runCommand(t, s, noop()); err != nil {
			t.Error(err)
		}
	})
}

// TestAlternatingContexts reads two streams alternately. When the context of one loop ends, only that loop ends.
func TestAlternatingContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		go func() {
			io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
			srv.Read(make([]byte, 1000))
			io.WriteString(srv, "* 1 FETCH (UID 11)\r\n* 2 FETCH (UID 21)\r\n")
			io.Copy(io.Discard, srv)
		}()
		s, err := session.Open(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		begin := time.Now()
		var next [2]func() (*parser.Fetch, error, bool)
		for i := range next {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i*4)*time.Second)
			defer cancel()
			var stop func()
			next[i], stop = iter.Pull2(session.StartStream(s, fetchOne(uint32(i+1)), (*parser.Response).Fetch).All(ctx))
			defer stop()
		}
		for i := range next {
			if _, err, ok := next[i](); !ok || err != nil {
				t.Fatal(err)
			}
		}
		for i := range next {
			_, err, _ := next[i]()
			expectErr(t, fmt.Sprint(i), err, context.DeadlineExceeded)
			if d := time.Since(begin); d != time.Duration(1+i*4)*time.Second {
				t.Errorf("loop %d ends after %v, want %v", i, d, time.Duration(1+i*4)*time.Second)
			}
		}
		if s.Err() != nil {
			t.Error("the session has ended:", s.Err())
		}
	})
}

// TestCancelWhileKeeping lets a context end in the middle of a literal that is being kept, and then reads the stream.
// The rest of the literal arrives after the context has ended, or never.
func TestCancelWhileKeeping(t *testing.T) {
	for _, lost := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, srv := imaptest.Pipe(0)
			go func() {
				io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
				srv.Read(make([]byte, 1000))
				io.WriteString(srv, "* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (BODY[] {400}\r\n"+strings.Repeat("x", 200))
				time.Sleep(10 * time.Second)
				if lost {
					srv.Close()
					return
				}
				io.WriteString(srv, strings.Repeat("y", 200)+")\r\nA1 OK\r\nA2 OK\r\n")
			}()
			s, err := session.Open(t.Context(), c, &session.Config{Limits: wire.Limits{Inline: 64}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			stream := session.StartStream(s, fetch(), (*parser.Response).Fetch)
			call := session.Start[struct{}](s, noop(), nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err = call.Wait(ctx)
			expectErr(t, "the wait", err, context.DeadlineExceeded)
			var got []string
			for m, err := range stream.All(t.Context()) {
				if err != nil {
					if expectErr(t, "the loop", err, session.ErrLost); !lost {
						t.Error("the loop yields an error, although nothing was lost")
					}
					got = append(got, "lost")
					continue
				}
				n := 0
				for sec, err := range m.Sections {
					b, readErr := io.ReadAll(sec)
					if err != nil || readErr != nil {
						t.Error(err, readErr)
					}
					n += len(b)
				}
				got = append(got, fmt.Sprint(m.Seq, " ", n))
			}
			if want := map[bool]string{false: "[1 0 2 400]", true: "[1 0 lost]"}[lost]; fmt.Sprint(got) != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestKeptError sends more data than the session may keep. The stream yields what was kept, and then the error. Every
// later loop yields the error. The session lives on.
func TestKeptError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &session.Config{MaxKept: 100}, preauth+"C: A1 FETCH 1:* FLAGS\nC: A2 NOOP\n"+strings.Repeat("S: * 1 FETCH (FLAGS (\\Seen))\n", 9)+
			"S: A1 OK\nS: A2 OK\nC: A3 NOOP\nS: A3 OK\n")
		stream := session.StartStream(s, fetch(), (*parser.Response).Fetch)
		if err := runCommand(t, s, noop()); err != nil {
			t.Fatal(err)
		}
		var over *session.KeptError
		n := 0
		for _, err := range stream.All(t.Context()) {
			if err == nil {
				n++
			} else if !errors.As(err, &over) {
				t.Error(err)
			}
		}
		if over == nil || over.Responses != n || n == 0 || n == 9 {
			t.Errorf("the loop yields %d values, then %v", n, over)
		}
		if err := stream.Wait(t.Context()); err != error(over) {
			t.Errorf("Wait after the loop: got %v, want %v", err, over)
		}
		if err := runCommand(t, s, noop()); err != nil {
			t.Error(err)
		}
	})
}

// TestKeptSection reads a section after the loop has continued to the next one. The first section is then invalid,
// and its reader returns nothing of the second.
func TestKeptSection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := strings.Repeat("a", 200), strings.Repeat("b", 200)
		s := play(t, &session.Config{Limits: wire.Limits{Inline: 64}}, preauth+"C: A1 FETCH 1:* FLAGS\nS= \"* 1 FETCH (BODY[1] {200}\\r\\n"+a+" BODY[2] {200}\\r\\n"+b+")\\r\\nA1 OK\\r\\n\"\n")
		for m, err := range session.StartStream(s, fetch(), (*parser.Response).Fetch).All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			var first *parser.Section
			for sec, err := range m.Sections {
				if err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = sec
					continue
				}
				if got, err := io.ReadAll(first); len(got) > 0 || !errors.Is(err, wire.ErrLiteralVoid) {
					t.Errorf("reading the first section: got %q, %v; want nothing and %v", got, err, wire.ErrLiteralVoid)
				}
				if got, err := io.ReadAll(sec); string(got) != b || err != nil {
					t.Errorf("reading the second section: got %q, %v; want %q", got, err, b)
				}
			}
		}
	})
}

// TestLoopInterrupted waits for another command in the body of a loop, for each iteration in a loop of its own. The
// loop still gets all its data in order, and the current value stays valid.
func TestLoopInterrupted(t *testing.T) {
	const messages = 6
	for at := 1; at <= messages; at++ {
		for after := range messages + 1 { // how many messages arrive after the other command was sent
			synctest.Test(t, func(t *testing.T) {
				script := preauth + "C: A1 FETCH 1:* FLAGS\n"
				for i := 1; i <= messages; i++ {
					if i == messages-after+1 && i > at {
						script += "C: A2 NOOP\n"
					}
					script += fmt.Sprintf("S: * %d FETCH (UID %d FLAGS (\\Seen k%d))\n", i, 100+i, i)
				}
				if messages-after+1 <= at || after == 0 {
					script += "C: A2 NOOP\n"
				}
				s := play(t, nil, script+"S: * 9 EXISTS\nS: A1 OK\nS: A2 OK\nC: A3 NOOP\nS: A3 OK\n")
				n := 0
				for m, err := range session.StartStream(s, fetch(), (*parser.Response).Fetch).All(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					n++
					if n == at {
						if err := runCommand(t, s, noop()); err != nil {
							t.Fatal(err)
						}
					}
					if got, want := fmt.Sprintf("%d %d %s", m.Seq, m.UID, m.Flags), fmt.Sprintf("%d %d [\\Seen k%d]", n, 100+n, n); got != want {
						t.Errorf("waiting at message %d, with %d messages after the NOOP: got %s, want %s", at, after, got, want)
					}
				}
				if n != messages {
					t.Errorf("waiting at message %d, with %d messages after the NOOP: got %d messages, want %d", at, after, n, messages)
				}
				if err := runCommand(t, s, noop()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
