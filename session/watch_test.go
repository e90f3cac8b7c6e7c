package session

import (
	"context"
	"io"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestPanicLeavesNoWatch recovers from a panic in the body of a loop. The session does not keep the loop's context.
func TestPanicLeavesNoWatch(t *testing.T) {
	c, srv := imaptest.Pipe(0)
	io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n* 1 EXISTS\r\n")
	s, err := Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	func() {
		defer func() { recover() }()
		stream := StartStream(s, Command{Name: "X", Claim: func(*parser.Response) bool { return true }}, func(r *parser.Response) (*parser.Response, error) { return r, nil })
		for range stream.All(ctx) {
			panic("a careless program")
		}
	}()
	if s.link.watches != nil || s.currentWatch != nil || s.Err() != nil || s.use.Load() != useFree {
		t.Errorf("after the panic: link.watches %v, currentWatch %v, error %v, use %d; want all zero", s.link.watches, s.currentWatch, s.Err(), s.use.Load())
	}
}
