package session_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// serveBytes is a server that sends the parts of script, which may be anything: the first part at once, and one more
// after each line of the client. It replaces %T by the tag of that line. The argument pieces limits the octets in one
// write. After the last part it hangs up or sends nothing more.
func serveBytes(c net.Conn, script string, pieces int, hangUp bool) {
	parts := strings.Split(script, "\x01")
	say := func(tag string) bool {
		s := strings.ReplaceAll(parts[0], "%T", tag)
		parts = parts[1:]
		for len(s) > 0 {
			n := min(pieces, len(s))
			if _, err := io.WriteString(c, s[:n]); err != nil {
				return false
			}
			s = s[n:]
		}
		return true
	}
	defer c.Close()
	in := bufio.NewReader(c)
	for tag := "A1"; len(parts) > 0; {
		if !say(tag) {
			return
		}
		if len(parts) == 0 {
			break
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		tag, _, _ = strings.Cut(strings.TrimSpace(line), " ")
	}
	if !hangUp {
		io.Copy(io.Discard, in)
	}
}

// FuzzSession runs a session, in a synctest bubble, on a server that sends anything. Whatever it sends, each call
// returns within a minute of its deadline, no goroutine is left, and a session that has reported its end stays ended.
func FuzzSession(f *testing.F) {
	const hello = "* PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready\r\n\x01"
	b, err := os.ReadFile("../parser/testdata/rfc.txt")
	if err != nil {
		f.Fatal(err)
	}
	undo := strings.NewReplacer(`\\`, `\`, `\n`, "\r\n")
	n := 0
	for line := range strings.Lines(string(b)) {
		if s, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "S: "); ok {
			if n++; n%8 == 0 {
				f.Add(hello+undo.Replace(s)+"\r\n%T OK done\r\n\x01%T OK\r\n\x01+ idling\r\n\x01%T OK\r\n", uint8(7), n%16 == 0)
			}
		}
	}
	for _, q := range quirks(f) {
		if q.greeting {
			f.Add(q.raw, uint8(255), true)
		}
		f.Add(hello+q.raw+"%T OK done\r\n\x01* 1 FETCH (UID 5 BODY[] {30}\r\n012345678901234567890123456789 FLAGS ())\r\n%T OK\r\n", uint8(3), false)
	}
	f.Add(hello+"* 3 EXISTS\r\n%T OK\r\n\x01%T OK\r\n\x01+ idling\r\n* 4 EXISTS\r\n* 1 EXPUNGE\r\n\x01%T OK\r\n\x01* BYE\r\n", uint8(1), true)
	f.Fuzz(func(t *testing.T, script string, pieces uint8, hangUp bool) {
		if len(script) > 1<<12 {
			return
		}
		synctest.Test(t, func(t *testing.T) { useSession(t, script, int(pieces)+1, hangUp) })
	})
}

// useSession opens a session and tries each kind of call with a deadline.
func useSession(t *testing.T, script string, pieces int, hangUp bool) {
	c, srv := imaptest.Pipe(0)
	go serveBytes(srv, script, pieces, hangUp)
	begin := time.Now()
	bounded := func(what string, call func(ctx context.Context) error) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		from := time.Now()
		err := call(ctx)
		if d := time.Since(from); d > 2*time.Minute {
			t.Errorf("%s took %v: %v", what, d, err)
		}
		return err
	}
	var s *session.Session
	cfg := &session.Config{Limits: wire.Limits{Inline: 16, Message: 1 << 14}}
	err := bounded("Open", func(ctx context.Context) (err error) {
		s, err = session.Open(ctx, c, cfg)
		return err
	})
	if err != nil {
		c.Close()
		return
	}
	var dead error
	calls := []func(ctx context.Context) error{
		func(ctx context.Context) error {
			_, err := session.Start[struct{}](s, try(), nil).Wait(ctx)
			return err
		},
		func(ctx context.Context) error {
			var last error
			stream := session.StartStream(s, fetch(), func(r *parser.Response) (*parser.Fetch, error) { return r.Fetch() })
			for m, err := range stream.All(ctx) {
				if last = err; err != nil {
					continue
				}
				for sec, err := range m.Sections {
					if err != nil {
						break
					}
					io.Copy(io.Discard, sec)
				}
			}
			return last
		},
		func(ctx context.Context) error {
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := session.Start[struct{}](s, idle(), nil).Wait(short)
			return err
		},
		func(ctx context.Context) error { return s.Poll(ctx) },
		func(ctx context.Context) error {
			_, err := session.Start[struct{}](s, noop(), nil).Wait(ctx)
			return err
		},
		func(ctx context.Context) error {
			_, err := session.Start[struct{}](s, appending(40, &slowBody{pause: time.Second}), nil).Wait(ctx)
			return err
		},
		func(ctx context.Context) error {
			_, err := session.Start[struct{}](s, appending(40, &slowBody{pause: 90 * time.Second}), nil).Wait(ctx)
			return err
		},
	}
	for _, call := range calls {
		err := bounded("a call", call)
		if dead != nil && err == nil {
			t.Errorf("a call succeeds, although the session has ended with %v", dead)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			dead = err
		}
	}
	bounded("Close", func(context.Context) error { return s.Close() })
	if d := time.Since(begin); d > 10*time.Minute {
		t.Errorf("all calls together took %v, want at most %v", d, 10*time.Minute)
	}
}
