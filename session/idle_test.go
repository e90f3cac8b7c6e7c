package session_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

// TestIdleNotAccepted starts IDLE on a server that sends no continuation request, or only a part of one. The server
// owes an answer, so its silence ends the session, even after the loop over IDLE has ended.
func TestIdleNotAccepted(t *testing.T) {
	for _, part := range []string{"", "+ id"} {
		for _, leave := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c, srv := imaptest.Pipe(0)
				go func() {
					io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
					srv.Read(make([]byte, 1000))
					io.WriteString(srv, part)
					drain(srv)
				}()
				s, err := session.Open(t.Context(), c, &session.Config{StallTimeout: time.Minute})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				ctx := t.Context()
				if leave {
					short, cancel := context.WithTimeoutCause(ctx, time.Second, errUser)
					defer cancel()
					ctx = short
				}
				begin := time.Now()
				err = session.StartStream(s, idle(), itself).Wait(ctx)
				if leave {
					expectErr(t, "IDLE", err, errUser)
					err = runCommand(t, s, noop())
				}
				expectErr(t, "silence", err, session.ErrStalled)
				if took := time.Since(begin); took > 2*time.Minute {
					t.Errorf("the session ended after %v, want at most 2m", took)
				}
			})
		}
	}
}

// TestStopAfterStop lets the time of StopAfter come when the session has already stopped IDLE to send another command.
// The server has not yet accepted the IDLE, or not yet answered DONE. The loop over IDLE ends only after the answer.
func TestStopAfterStop(t *testing.T) {
	for _, accept := range []time.Duration{0, 10 * time.Second} {
		for _, body := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c, srv := imaptest.Pipe(0)
				go func() {
					in := bufio.NewReader(srv)
					io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
					in.ReadString('\n')
					time.Sleep(accept)
					io.WriteString(srv, "+ idling\r\n* 1 EXISTS\r\n")
					in.ReadString('\n')
					time.Sleep(10 * time.Second)
					io.WriteString(srv, "* 2 EXISTS\r\nA1 OK\r\n")
					in.ReadString('\n')
					io.WriteString(srv, "A2 OK\r\n")
				}()
				s, err := session.Open(t.Context(), c, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				stream := session.StartStream(s, idle(), itself)
				stream.StopAfter(3*time.Second, time.Minute)
				var next *session.Call[struct{}]
				if !body {
					next = session.Start[struct{}](s, noop(), nil)
				}
				var got []string
				for r, err := range stream.All(t.Context()) {
					if r == nil {
						t.Fatalf("accepted after %v, in body %v: the loop yields nil, %v; want only responses", accept, body, err)
					}
					got = append(got, fmt.Sprint(r.Num))
					if next == nil {
						next = session.Start[struct{}](s, noop(), nil)
					}
				}
				if fmt.Sprint(got) != "[1 2]" || !stream.Stopped() {
					t.Errorf("accepted after %v, in body %v: the loop yields %v, and Stopped is %v; want [1 2] and true", accept, body, got, stream.Stopped())
				}
				if _, err := next.Wait(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
