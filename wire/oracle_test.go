package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// An oracle is a simple model of a Reader: it says what the Reader must return. It has the whole input in memory, and
// needs no buffer.
type oracle struct {
	in     string
	pos    int
	lim    wire.Limits
	ask    func(size int64, sync bool) error
	asked  int
	state  string // "" at the end of a message, "line", "more", "stream", "refused", "over", or "dead" at the end of the stream
	stride string
	last   string // the last line of stride
	memory int
	size   int64
	left   int64
	fail   error
	later  bool
}

var (
	errOver    = errors.New("limit")
	errRefused = errors.New("refused")
)

var headerRE = regexp.MustCompile(`\{([0-9]+)(\+?)\}\r?\n\z`)

func (o *oracle) header(line string) (size int64, sync, ok bool) {
	m := headerRE.FindStringSubmatch(line)
	if m == nil {
		return 0, false, false
	}
	size, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || len(m[1]) > 40 { // the Reader allows 40 digits, leading zeros included
		size = 1<<63 - 1
	}
	return size, m[2] == "", true
}

// line takes the next line.
func (o *oracle) line(held int) (string, error) {
	rest := o.in[o.pos:]
	i := strings.IndexByte(rest, '\n')
	n := i + 1
	if i < 0 {
		n = len(rest)
	}
	if held+n > o.lim.Message {
		o.state, o.fail, o.last = "over", errOver, rest[:n]
		if i < 0 {
			o.state = "dead"
		}
		o.pos += n
		return rest[:n], errOver
	}
	if i < 0 {
		o.state = "dead"
		return "", io.ErrUnexpectedEOF
	}
	o.pos += n
	return rest[:n], nil
}

func (o *oracle) next() (string, error) {
	if o.state != "" && o.state != "line" {
		if err := o.skip(); err != nil {
			return "", err
		}
	}
	o.stride, o.last, o.memory, o.fail, o.later = "", "", 0, nil, false
	if o.pos == len(o.in) {
		o.state = "dead"
		return "", io.EOF
	}
	line, err := o.line(0)
	if err == errOver {
		return line[:o.lim.Message], err
	}
	if err != nil {
		return "", err
	}
	o.stride, o.last, o.state = line, line, "line"
	return line, nil
}

func (o *oracle) extend() (string, error) {
	if o.state != "line" && o.state != "more" {
		return "", o.fail
	}
	for {
		size, sync, ok := o.header(o.last)
		if !ok {
			o.state = ""
			return o.stride, nil
		}
		if o.ask != nil && (sync || size <= o.lim.Literal) {
			o.asked++
			if err := o.ask(size, sync); err != nil {
				o.fail, o.state = err, ""
				if !sync {
					o.state, o.left = "refused", size
				}
				return "", err
			}
		}
		if size > o.lim.Literal {
			o.state = "dead"
			return "", errOver
		}
		if size > int64(o.lim.Inline) || size > int64(o.lim.Message-o.memory-len(o.stride)) {
			o.state, o.size, o.left = "stream", size, size
			return o.stride, nil
		}
		if size > int64(len(o.in)-o.pos) {
			o.state = "dead"
			return "", io.ErrUnexpectedEOF
		}
		lit := o.in[o.pos : o.pos+int(size)]
		o.pos += int(size)
		line, err := o.line(o.memory + len(o.stride) + len(lit))
		if err != nil {
			return "", err
		}
		o.stride += lit + line
		o.last = line
	}
}

// read takes up to n octets of the streamed literal.
func (o *oracle) read(n int64) (string, error) {
	n = min(n, o.left)
	err := error(nil)
	if n > int64(len(o.in)-o.pos) {
		n, err, o.state = int64(len(o.in)-o.pos), io.ErrUnexpectedEOF, "dead"
	}
	s := o.in[o.pos : o.pos+int(n)]
	o.pos += int(n)
	o.left -= n
	return s, err
}

func (o *oracle) cont() (string, error) {
	if o.state != "stream" {
		if o.fail != nil {
			return "", o.fail
		}
		return "", io.EOF
	}
	if _, err := o.read(o.left); err != nil {
		return "", err
	}
	o.memory += len(o.stride)
	line, err := o.line(o.memory)
	if err != nil {
		return "", err
	}
	o.stride, o.last, o.state = line, line, "more"
	return o.extend()
}

func (o *oracle) skip() error {
	for {
		switch o.state {
		case "":
			return nil
		case "dead":
			return io.ErrUnexpectedEOF
		case "line", "over", "more":
			size, sync, ok := o.header(o.last)
			if !ok || o.ask != nil && sync {
				o.state = ""
				return nil
			}
			if size > o.lim.Literal {
				o.state = "dead"
				return errOver
			}
			o.left = size
		}
		if _, err := o.read(o.left); err != nil {
			return err
		}
		all := o.lim
		o.lim.Message = 1 << 40
		line, err := o.line(0)
		o.lim = all
		if err != nil {
			return err
		}
		o.last, o.state = line, "over"
	}
}

// relay returns the rest of the message, from the current stride on.
func (o *oracle) relay() (string, error) {
	if o.fail != nil {
		return "", o.fail
	}
	out := o.stride
	for o.state != "" {
		if o.state != "stream" {
			size, sync, ok := o.header(o.last)
			if !ok {
				break
			}
			if o.ask != nil && (sync || size <= o.lim.Literal) {
				o.asked++
				if err := o.ask(size, sync); err != nil {
					o.fail, o.state = err, ""
					if !sync {
						o.state, o.left = "refused", size
					}
					return out, err
				}
			}
			if size > o.lim.Literal {
				o.state = "dead"
				return out, errOver
			}
			o.left = size
		}
		lit, err := o.read(o.left)
		out += lit
		if err != nil {
			return out, err
		}
		o.state = "more"
		line, err := o.line(0)
		if err != nil {
			return out, err
		}
		o.last = line
		out += line
	}
	o.state = ""
	return out, nil
}

// A player compares a Reader with the oracle, and checks that borrowed slices do not change.
type player struct {
	t     *testing.T
	r     *wire.Reader
	d     wire.Decoder
	lent  []loan
	asked int
}

// A loan is a borrowed slice, and the octets that it must have.
type loan struct {
	b []byte
	s string
}

func (p *player) check() {
	p.t.Helper()
	for _, l := range p.lent {
		if string(l.b) != l.s {
			p.t.Fatalf("a borrowed slice has changed:\n%q\n%q", l.s, l.b)
		}
		if cap(l.b) != len(l.b) {
			p.t.Fatal("the capacity of a slice is larger than its length")
		}
	}
}

func (p *player) lend() { p.lent = append(p.lent, loan{p.d.Raw(), string(p.d.Raw())}) }

// kind turns an error into a text. Equal texts mean that the Reader and the oracle have failed in the same way.
func kind(err error) string {
	var limit *wire.LimitError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &limit), err == errOver:
		return "limit"
	}
	return err.Error()
}

// play performs steps on r and on the oracle, and compares the results. Each byte of steps is one step. A call that is
// cut short is repeated. At the end of the stream, play stops.
func play(t *testing.T, r *wire.Reader, steps []byte, o *oracle) {
	t.Helper()
	p := &player{t: t, r: r}
	if o.ask != nil {
		r.OnLiteral(func(size int64, sync bool) error {
			p.asked++
			return o.ask(size, sync)
		})
	}
	begun := false
	for i := 0; ; i++ {
		step := byte(0)
		if len(steps) > 0 {
			step = steps[i%len(steps)]
		}
		if i > 3*len(o.in)+100 {
			step = 0
		}
		if !begun {
			step = 0
		}
		name, got, want := "", "", ""
		var err, wantErr error
		switch step % 12 {
		default:
			name, begun = "Next", true
			p.lent = nil
			err = retry(func() error { return r.Next(&p.d) })
			want, wantErr = o.next()
			if got = string(p.d.Raw()); err != nil && kind(err) != "limit" {
				got = ""
			}
		case 1, 2, 3:
			name = "Extend"
			p.check()
			if len(p.lent) > 0 && o.state == "line" {
				p.lent = p.lent[:len(p.lent)-1]
			}
			old := o.state
			err = retry(func() error { return r.Extend(&p.d) })
			want, wantErr = o.extend()
			if old == "line" && err == nil {
				got = string(p.d.Raw())
			}
		case 4, 5:
			name = "Continue"
			if o.state == "line" {
				continue
			}
			err = retry(func() error { return r.Continue(&p.d) })
			if want, wantErr = o.cont(); err == nil {
				got = string(p.d.Raw())
			}
		case 6, 7:
			name = "Skip"
			p.lent = nil
			err, wantErr = retry(r.Skip), o.skip()
		case 8:
			name = "Relay"
			if o.state != "line" && !(o.state == "stream" && o.left == o.size) {
				continue
			}
			if o.ask != nil {
				// Relay is for responses, and fails for commands.
				if n, err := wire.Relay(io.Discard, r); n != 0 || err == nil {
					t.Fatalf("Relay of a command: %d, %v", n, err)
				}
				continue
			}
			p.lent = nil
			var out shortWriter
			out.most = 1 + int(steps[i/2%len(steps)])
			err = retry(func() error {
				n := out.Len()
				m, err := wire.Relay(&out, r)
				if m != int64(out.Len()-n) {
					t.Fatalf("Relay returns %d octets, and wrote %d", m, out.Len()-n)
				}
				return err
			})
			got = out.String()
			want, wantErr = o.relay()
		case 9, 10, 11:
			if !r.Streaming() {
				continue
			}
			name = "Literal"
			got, err = p.literal(step, &want, &wantErr, o)
		}
		if got != want || kind(err) != kind(wantErr) {
			t.Fatalf("step %d, %s:\ngot  %q, %v\nwant %q, %v", i, name, got, err, want, wantErr)
		}
		if p.asked != o.asked {
			t.Fatalf("step %d, %s: the function set by OnLiteral was called %d times, want %d", i, name, p.asked, o.asked)
		}
		p.check()
		if o.state == "dead" {
			return
		}
		if err == nil && (name == "Next" || name == "Extend" && want != "" || name == "Continue") {
			p.lend()
		}
	}
}

// literal reads from the streamed literal in one of several ways.
func (p *player) literal(step byte, want *string, wantErr *error, o *oracle) (got string, err error) {
	p.d.Rewind(bytes.LastIndexByte(p.d.Raw(), '{'))
	l := p.d.Literal()
	if p.d.Err() != nil {
		return "", fmt.Errorf("Literal: %w", p.d.Err())
	}
	if l.Size() != o.size || l.Left() != o.left {
		return "", fmt.Errorf("Literal of %d, left %d; want %d, %d", l.Size(), l.Left(), o.size, o.left)
	}
	switch step % 12 {
	case 9:
		b := make([]byte, int(step)%7+1)
		if step >= 128 {
			b = make([]byte, 5000)
		}
		n := 0
		err = retry(func() (err error) {
			n, err = l.Read(b)
			return err
		})
		got = string(b[:n])
		left := o.left
		*want, *wantErr = o.read(int64(n))
		if left == 0 {
			*wantErr = io.EOF
		} else if n == 0 && errors.Is(err, io.ErrUnexpectedEOF) {
			_, *wantErr = o.read(1)
		}
	case 10:
		out := shortWriter{most: 1 + int(step)}
		err = retry(func() error { _, err := l.WriteTo(&out); return err })
		got = out.String()
		*want, *wantErr = o.read(o.left)
	default:
		var b []byte
		err = retry(func() (err error) { b, err = l.AppendTo(b, 1<<20); return err })
		got = string(b)
		*want, *wantErr = o.read(o.left)
	}
	return got, err
}
