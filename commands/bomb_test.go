package commands_test

import (
	"bufio"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// compressing is a server that accepts COMPRESS and reads one command. It answers with the text in first, and then
// endlessly with the text in more, both compressed.
func compressing(c net.Conn, first, more string) {
	defer c.Close()
	r := bufio.NewReader(c)
	io.WriteString(c, "* PREAUTH [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] ready\r\n")
	r.ReadString('\n')
	io.WriteString(c, "A1 OK now\r\n")
	f, _ := flate.NewWriter(c, flate.BestCompression)
	if _, err := flate.NewReader(r).Read(make([]byte, 64)); err != nil {
		return
	}
	io.WriteString(f, first)
	more = strings.Repeat(more, max(1, (64<<10)/len(more)))
	for range 4 << 30 / len(more) {
		if _, err := io.WriteString(f, more); err != nil {
			return
		}
	}
}

// TestCompressedBombs checks what happens if a server sends some megabytes that inflate to four gigabytes. A limit
// for the inflated octets ends the session, and memory stays within a small multiple of that limit. A program that
// reads a literal itself can read as much of it as it wants.
func TestCompressedBombs(t *testing.T) {
	const limit = 1 << 20
	list := func(ctx context.Context, s *session.Session) error {
		for _, err := range commands.List(s, "", "*").All(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	noop := func(ctx context.Context, s *session.Session) error { return call(commands.Noop(s))(ctx) }
	for _, x := range []struct {
		name, first, more string
		f                 func(context.Context, *session.Session) error
	}{
		{"a line without end", "* LIST () NIL ", "aaaaaaaaaaaaaaaa", list},
		{"text without end", "* OK ", "aaaaaaaaaaaaaaaa", noop},
		{"a literal", "* LIST () NIL {4294967296}\r\n", "aaaaaaaaaaaaaaaa", list},
		{"a literal nobody asked for", "* 1 FETCH (BODY[] {4294967296}\r\n", "aaaaaaaaaaaaaaaa", noop},
		{"untagged responses", "* 1 EXISTS\r\n", "* 1 EXISTS\r\n", noop},
		{"numbers", "* SEARCH", " 1234567", func(ctx context.Context, s *session.Session) error {
			return call(commands.Status(s, "x", status.Messages))(ctx)
		}},
		{"mailboxes", "", "* LIST () NIL aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", func(ctx context.Context, s *session.Session) error {
			return call(commands.ListDetails(s, "", []string{"*"}))(ctx)
		}},
		{"depth", "* LIST (", strings.Repeat("(", 1000), list},
	} {
		t.Run(x.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			c, srv := imaptest.Pipe(0)
			go compressing(srv, x.first, x.more)
			s, err := session.Open(ctx, c, &session.Config{Limits: wire.Limits{Message: limit, Inline: limit, Literal: 16 * limit, Skip: 16 * limit}, MaxUntagged: 100_000, MaxResult: 4 * limit})
			if err != nil {
				t.Fatal(err)
			}
			if err := commands.Compress(ctx, s); err != nil {
				t.Fatal(err)
			}
			peak := peakMemory(func() { err = x.f(ctx, s) })
			for err == nil || s.Err() == nil && ctx.Err() == nil {
				_, err = commands.Noop(s).Wait(ctx) // a response over a limit is skipped, until the limit for skipped data is exceeded too
			}
			var over *wire.LimitError
			if !errors.As(err, &over) || ctx.Err() != nil {
				t.Errorf("got error %v, want a LimitError", err)
			}
			if peak > 40*limit {
				t.Errorf("the heap grew by %d bytes, want at most %d", peak, 40*limit)
			}
			t.Logf("%v, with %d KiB of memory", err, peak>>10)
			s.Close()
			c.Close()
		})
	}
	t.Run("a literal that the caller reads", func(t *testing.T) {
		size := int64(256 << 20)
		if raceEnabled {
			size >>= 3
		}
		c, srv := imaptest.Pipe(0)
		go compressing(srv, fmt.Sprintf("* 1 FETCH (BODY[] {%d}\r\n", size), "aaaaaaaaaaaaaaaa")
		s, err := session.Open(t.Context(), c, &session.Config{Limits: wire.Limits{Message: limit, Literal: 1 << 40}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := commands.Compress(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		var n int64
		peak := peakMemory(func() {
			for m, err := range commands.Raw(s, "X", nil, "FETCH").All(t.Context()) {
				if err != nil {
					return
				}
				f, err := m.Fetch()
				if err != nil {
					t.Error(err)
					return
				}
				for sec, err := range f.Sections {
					if err != nil {
						return // after the literal, the server does not send IMAP
					}
					n, _ = io.Copy(io.Discard, sec)
				}
				return
			}
		})
		if n != size || peak > 40*limit {
			t.Errorf("%d octets were read, want %d; the heap grew by %d KiB", n, size, peak>>10)
		}
		c.Close()
	})
}

// peakMemory returns by how many bytes the heap grows while f runs.
func peakMemory(f func()) (peak uint64) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	done, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc-min(before, m.HeapAlloc))
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	f()
	close(done)
	<-stopped
	return peak
}
