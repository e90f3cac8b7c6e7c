package imaptest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// ErrScriptCut is what Script.Play gives where it was told to cut.
var ErrScriptCut = errors.New("imaptest: cut as told")

// A Script is what both sides of a connection say, in order. Parse makes one from text that a person writes:
//
//	S: * OK ready
//	C: A1 LOGIN alice …
//	S: A1 OK
//
// Each line stands for itself and CRLF; of several "S:" lines one after the other, the server says all. In a
// "C:" line, "…" stands for any octets. "S=" and "C=" take a Go string in quotes, with no line end added.
// Empty lines and those that begin with "#" are skipped.
type Script struct{ steps []scriptStep }

type scriptStep struct {
	server bool
	data   []byte
	line   int // in the text
}

// ParseScript reads a script.
func ParseScript(text string) (*Script, error) {
	s := new(Script)
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(strings.TrimLeft(line, " \t"), "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if len(line) < 2 || line[0] != 'S' && line[0] != 'C' || line[1] != ':' && line[1] != '=' {
			return nil, fmt.Errorf("imaptest: script line %d: want S:, C:, S= or C=, got %q", n, line)
		}
		step := scriptStep{server: line[0] == 'S', line: n}
		rest := strings.TrimPrefix(line[2:], " ")
		if line[1] == '=' {
			x, err := strconv.Unquote(strings.TrimSpace(rest))
			if err != nil {
				return nil, fmt.Errorf("imaptest: script line %d: %w", n, err)
			}
			step.data = []byte(x)
		} else {
			step.data = []byte(rest + "\r\n")
		}
		s.steps = append(s.steps, step)
	}
	return s, nil
}

// Side names a side of a connection.
type Side bool

// The sides of a connection.
const (
	ServerSide Side = true
	ClientSide Side = false
)

// Size returns how many octets a side says.
func (s *Script) Size(side Side) (n int) {
	for _, st := range s.steps {
		if st.server == bool(side) {
			n += len(st.data)
		}
	}
	return n
}

// Delivery is how a script's side is played. The zero Delivery says each step at once.
type Delivery struct {
	// Chunk is how many octets are written at a time; 0 is all of a step.
	Chunk int
	// Cut, if Cuts is set, is how many octets are written in all before the play ends with ErrScriptCut.
	Cut  int
	Cuts bool
	// CutRead, if CutsRead is set, is how many octets are read in all before the play ends with ErrScriptCut.
	CutRead  int
	CutsRead bool
}

// Play says the lines of one side on c, and compares what it reads with those of the other. It returns at
// the end of the script, or with an error that tells the line of the script.
func (s *Script) Play(c io.ReadWriter, side Side, how Delivery) error {
	p := player{c: c, how: how}
	for _, st := range s.steps {
		var err error
		if st.server == bool(side) {
			err = p.say(st.data)
		} else {
			err = p.hear(st.data)
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

type player struct {
	c             io.ReadWriter
	how           Delivery
	written, read int
	buf           []byte
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

// hear reads what is to come and compares it. Up to an ellipsis it is compared as it comes, and what the
// ellipsis stands for ends at the octets behind it.
func (p *player) hear(want []byte) error {
	parts := bytes.Split(want, []byte("…"))
	var heard []byte
	for i, part := range parts {
		if i == 0 {
			got, err := p.take(len(part))
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

// rest is what has been read and not compared, for an error.
func (p *player) rest() []byte { return p.buf[:min(len(p.buf), 200)] }

func (p *player) take(n int) ([]byte, error) {
	for len(p.buf) < n {
		q := make([]byte, 4096)
		if p.how.CutsRead {
			if p.read >= p.how.CutRead {
				return p.buf, ErrScriptCut
			}
			q = q[:min(len(q), p.how.CutRead-p.read)]
		}
		m, err := p.c.Read(q)
		p.buf = append(p.buf, q[:m]...)
		p.read += m
		if m == 0 && err != nil {
			return p.buf, err
		}
	}
	b := p.buf[:n]
	p.buf = p.buf[n:]
	return b, nil
}

// Play plays the server's side of a script on c in a goroutine of its own, and closes c when it has ended. What differs fails t,
// at the latest when t ends; the function it returns waits for the end of the play.
func Play(t testing.TB, c net.Conn, script string) (wait func()) {
	t.Helper()
	return PlayAs(t, c, ServerSide, script, Delivery{})
}

// PlayAs is Play of a side, in a way.
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
			if err := <-done; err != nil && !errors.Is(err, ErrScriptCut) {
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
