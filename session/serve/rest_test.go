package serve_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/imapstack/imapstack/session/serve"
)

// TestRest sends commands octet by octet, and sometimes pauses for longer than shortWait. The server reads every octet
// once and in order.
func TestRest(t *testing.T) {
	s, _ := newServer(t)
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	text := "B1 APPEND INBOX {5}\r\nhello\r\nB2 NOOP\r\nB3 SELECT INBOX\r\nB4 IDLE\r\nDONE\r\nB5 FETCH 1 BODY[]\r\n"
	for i := range text {
		if _, err := io.WriteString(c.c, text[i:i+1]); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			runtime.Gosched()
		}
		if i%7 == 0 {
			time.Sleep(time.Millisecond) // this is longer than shortWait in the tests
		}
	}
	want := "B1"
	for want != "" {
		l := c.line()
		if len(l) > 2 && l[:2] == want {
			if want = map[string]string{"B1": "B2", "B2": "B3", "B3": "B4", "B4": "B5"}[want]; l[3:5] != "OK" {
				t.Fatalf("got %q, want OK", l)
			}
		}
		if l == "EOF" {
			t.Fatalf("the server has ended the connection before the answer to %s", want)
		}
	}
}

// TestRestEnds wakes a resting connection by changes from a back end, by a shutdown, and by the autologout. Changes do
// not delay the autologout.
func TestRestEnds(t *testing.T) {
	s, b := newServer(t)
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("SELECT INBOX")
	c.ok("NOTIFY SET (selected (MessageNew MessageExpunge))")
	for i := range 3 {
		if _, err := b.Deliver("alice", "INBOX", []byte("x: y\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if l := c.line(); l != fmt.Sprintf("* %d EXISTS\r\n", i+1) {
			t.Fatalf("got %q, want %d EXISTS", l, i+1)
		}
		c.line()
	}

	for _, idle := range []bool{false, true} {
		s, b = newServer(t, func(s *serve.Server) { s.IdleTimeout = time.Second })
		c = dial(t, s)
		c.ok("LOGIN alice secret")
		c.ok("SELECT INBOX")
		c.ok("NOTIFY SET (selected (MessageNew MessageExpunge))")
		if idle {
			c.send("x IDLE")
		}
		began, last := time.Now(), ""
		for last != "* BYE autologout: nothing was sent for too long\r\n" {
			if _, err := b.Deliver("alice", "INBOX", []byte("x: y\r\n\r\n")); err != nil {
				t.Fatal(err)
			}
			if last = c.line(); last == "EOF" || time.Since(began) > 15*time.Second {
				t.Fatalf("no autologout while the server reports changes: after %v, the last line is %q", time.Since(began), last)
			}
		}
	}

	s, _ = newServer(t)
	c = dial(t, s)
	c.ok("LOGIN alice secret")
	time.Sleep(time.Millisecond) // the connection rests now, or soon will
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	if l := c.line(); l != "* BYE the server is shutting down\r\n" {
		t.Errorf("got %q, want BYE", l)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestRestingMemory measures the memory for each of many clients that have logged in and do nothing. It includes the
// sockets of both ends.
func TestRestingMemory(t *testing.T) {
	if raceEnabled {
		t.Log("not measured: everything is larger under the race detector")
		return
	}
	s, _ := newServer(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	const n = 500
	memory := func() uint64 {
		runtime.GC()
		runtime.GC() // the first collection shrinks the stacks, and the second frees memory
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	buf := make([]byte, 1<<10)
	before := memory()
	for range n {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Read(buf); err == nil {
			if _, err := io.WriteString(c, "a LOGIN alice secret\r\n"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Read(buf); err != nil {
			t.Fatal(err)
		}
	}
	each := ^uint64(0)
	for range 3000 { // some connections may not rest yet
		if each = min(each, (memory()-before)/n); each <= 12<<10 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if t.Logf("%d bytes each", each); each > 12<<10 {
		t.Errorf("a resting connection takes %d bytes, want at most 12 KiB", each)
	}
}
