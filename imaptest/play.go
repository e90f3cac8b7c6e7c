package imaptest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
)

// ErrScriptCut reports that Script.Play has cut the script where Delivery says.
var ErrScriptCut = errors.New("imaptest: the script was cut where Delivery says")

// ErrScriptUnheard reports that the other side hung up before it had read the last lines of the script, and that Play
// had nothing more to read from it. The error of Script.Play wraps ErrScriptUnheard.
var ErrScriptUnheard = errors.New("the other side hung up before it had read everything")

// Delivery says how to play a side of a script. The zero Delivery writes each step in one write.
type Delivery struct {
	// Chunk is how many octets are written at a time; 0 means all of a step.
	Chunk int
	// Cut is how many octets Play writes in all before it ends with ErrScriptCut. It is used only if Cuts is set.
	Cut  int
	Cuts bool
	// CutRead is how many octets Play reads in all before it ends with ErrScriptCut. It is used only if CutsRead is
	// set.
	CutRead  int
	CutsRead bool
	// TLS is the configuration for the side that is played, if TLS begins in the script.
	TLS *tls.Config
}

// Play writes the lines of one side to c, and compares what it reads with the lines of the other side. It returns nil
// at the end of the script, ErrScriptCut if the Delivery cuts the script, or an error that names the line of the
// script. If the other side hangs up, and Play has lines to write but nothing more to read, the error wraps
// ErrScriptUnheard.
func (s *Script) Play(c io.ReadWriter, side Side, how Delivery) error {
	p := player{c: c, how: how}
	for i, st := range s.steps {
		var err error
		switch {
		case st.tls:
			err = p.beginTLS(side)
		case st.server == bool(side):
			err = p.say(st.data)
			if hungUp(err) && !s.hears(side, i) {
				err = fmt.Errorf("%w: %w", ErrScriptUnheard, err)
			}
		default:
			err = p.hear(st.data, st.exact)
		}
		if errors.Is(err, ErrScriptCut) {
			return err
		}
		if err != nil {
			return fmt.Errorf("imaptest: script line %d: %w", st.line, err)
		}
	}
	return nil
}

// hears reports whether side has anything to read at step i or later.
func (s *Script) hears(side Side, i int) bool {
	return slices.ContainsFunc(s.steps[i:], func(st scriptStep) bool { return st.tls || st.server != bool(side) })
}

// hungUp reports whether a write failed because the connection has ended.
func hungUp(err error) bool {
	for _, end := range []error{net.ErrClosed, io.ErrClosedPipe, syscall.EPIPE, syscall.ECONNRESET} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

type player struct {
	c             io.ReadWriter
	how           Delivery
	written, read int
	buf           []byte
}

// beginTLS puts TLS on the connection.
func (p *player) beginTLS(side Side) error {
	nc, ok := p.c.(net.Conn)
	switch {
	case p.how.TLS == nil || !ok:
		return errors.New("TLS begins here, but Delivery.TLS is nil or the connection is not a net.Conn")
	case len(p.buf) > 0:
		return fmt.Errorf("%q came before TLS", p.rest())
	case side == ServerSide:
		p.c = tls.Server(nc, p.how.TLS)
	default:
		p.c = tls.Client(nc, p.how.TLS)
	}
	return nil
}

func (p *player) say(b []byte) error {
	for len(b) > 0 {
		n := len(b)
		if p.how.Chunk > 0 {
			n = min(n, p.how.Chunk)
		}
		if p.how.Cuts {
			if p.written >= p.how.Cut {
				return ErrScriptCut
			}
			n = min(n, p.how.Cut-p.written)
		}
		if _, err := p.c.Write(b[:n]); err != nil {
			return err
		}
		p.written += n
		b = b[n:]
	}
	if p.how.Cuts && p.written >= p.how.Cut {
		return ErrScriptCut
	}
	return nil
}

// hear reads a step of the other side and compares it. Up to an ellipsis, it compares octets as they arrive. For an
// ellipsis, it skips octets until it finds those that follow the ellipsis in the script.
func (p *player) hear(want []byte, exact bool) error {
	parts := [][]byte{want}
	if !exact {
		parts = bytes.Split(want, []byte(ellipsis))
	}
	var heard []byte
	for i, part := range parts {
		if i == 0 {
			got, err := p.takeAs(part)
			heard = append(heard, got...)
			if err != nil {
				return hearError(want, heard, err)
			}
			if !bytes.Equal(got, part) {
				return hearError(want, append(heard, p.rest()...), nil)
			}
			continue
		}
		for !bytes.HasSuffix(heard, part) {
			got, err := p.take(1)
			heard = append(heard, got...)
			if err != nil {
				return hearError(want, heard, err)
			}
			if len(heard) > 1<<20 {
				return hearError(want, heard[:200], nil)
			}
		}
	}
	return nil
}

func hearError(want, got []byte, err error) error {
	if err != nil {
		return fmt.Errorf("want %q, got %q, then %w", want, got, err)
	}
	return fmt.Errorf("want %q, got %q", want, got)
}

// rest returns the beginning of the octets that were read and not compared, for the text of an error.
func (p *player) rest() []byte { return p.buf[:min(len(p.buf), 200)] }

// takeAs reads octets that should be the same as want. If they differ, it returns the octets up to the end of the line
// with the difference, for the text of an error, but it never waits for more octets than want has. So a line that is
// too short causes an error at once.
func (p *player) takeAs(want []byte) ([]byte, error) {
	for same := 0; ; {
		for same < min(len(p.buf), len(want)) && p.buf[same] == want[same] {
			same++
		}
		if same == len(want) {
			return p.take(len(want))
		}
		if same < len(p.buf) {
			if i := bytes.IndexByte(p.buf[same:], '\n'); i >= 0 {
				return p.take(same + i + 1)
			} else if len(p.buf) >= len(want) {
				return p.take(len(want))
			}
		}
		if err := p.fill(len(p.buf) + 1); err != nil {
			return p.buf, err
		}
	}
}

func (p *player) take(n int) ([]byte, error) {
	if err := p.fill(n); err != nil {
		return p.buf, err
	}
	b := p.buf[:n]
	p.buf = p.buf[n:]
	return b, nil
}

// fill reads until there are n octets.
func (p *player) fill(n int) error {
	for len(p.buf) < n {
		q := make([]byte, 4096)
		if p.how.CutsRead {
			if p.read >= p.how.CutRead {
				return ErrScriptCut
			}
			q = q[:min(len(q), p.how.CutRead-p.read)]
		}
		m, err := p.c.Read(q)
		p.buf = append(p.buf, q[:m]...)
		p.read += m
		if m == 0 && err != nil {
			return err
		}
	}
	return nil
}

// Play plays the server's side of a script on c in a goroutine, and closes c at the end. The function wait that it
// returns waits until c is closed. A difference fails t when wait is called, or when t ends if wait was never called.
// If the other side hangs up before Play has written its last lines, that is not a difference, because whether it
// happens depends only on the scheduler. If a line of the other side is missing, that is a difference.
func Play(t testing.TB, c net.Conn, script string) (wait func()) {
	t.Helper()
	return PlayAs(t, c, ServerSide, script, Delivery{})
}

// PlayAs is like Play, for either side and with a Delivery.
func PlayAs(t testing.TB, c net.Conn, side Side, script string, how Delivery) (wait func()) {
	t.Helper()
	s, err := ParseScript(script)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		err := s.Play(c, side, how)
		c.Close()
		done <- err
	}()
	var once sync.Once
	wait = func() {
		t.Helper()
		once.Do(func() {
			t.Helper()
			if err := <-done; err != nil && !errors.Is(err, ErrScriptCut) && !errors.Is(err, ErrScriptUnheard) {
				t.Error(err)
			}
		})
	}
	t.Cleanup(func() {
		c.Close()
		wait()
	})
	return wait
}
