package wire_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// zeros is an endless stream that leaves the buffer as it is, and so costs nothing.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// errCut is the error of a wait that is cut short.
var errCut error = cutError{}

type cutError struct{}

func (cutError) Error() string { return "cut" }
func (cutError) Timeout() bool { return true }

// feed delivers octets in pieces, and cuts waits.
type feed struct {
	in    []byte
	piece func() int   // how many octets a read gives at most; nil: all
	cut   func() error // called before each read, which fails with its error
	late  func() error // called after each read: its error comes together with the octets
	end   error        // at the end; nil: io.EOF
	reads int
}

func (f *feed) Read(p []byte) (int, error) {
	f.reads++
	if f.cut != nil {
		if err := f.cut(); err != nil {
			return 0, err
		}
	}
	if len(f.in) == 0 {
		if f.end != nil {
			return 0, f.end
		}
		return 0, io.EOF
	}
	if f.piece != nil {
		p = p[:min(len(p), max(1, f.piece()))]
	}
	n := copy(p, f.in)
	f.in = f.in[n:]
	if f.late != nil {
		return n, f.late()
	}
	return n, nil
}

// pieces holds the ways in which a stream may arrive.
var pieces = []struct {
	name string
	make func(in string) *feed
}{
	{"whole", func(in string) *feed { return &feed{in: []byte(in)} }},
	{"octet by octet", func(in string) *feed {
		return &feed{in: []byte(in), piece: func() int { return 1 }}
	}},
	{"octet by octet, each wait cut", func(in string) *feed {
		n := 0
		return &feed{in: []byte(in), piece: func() int { return 1 }, cut: func() error {
			if n++; n%2 == 1 {
				return errCut
			}
			return nil
		}}
	}},
	{"each octet with an error", func(in string) *feed {
		return &feed{in: []byte(in), piece: func() int { return 1 }, late: func() error { return errCut }}
	}},
	{"the end comes with the last octets", func(in string) *feed {
		f := &feed{in: []byte(in)}
		f.late = func() error {
			if len(f.in) == 0 {
				return io.EOF
			}
			return nil
		}
		return f
	}},
	{"random pieces and cuts", func(in string) *feed { return randomFeed(in, rand.New(rand.NewPCG(1, 2)), 9) }},
	{"random pieces, large", func(in string) *feed { return randomFeed(in, rand.New(rand.NewPCG(3, 4)), 9000) }},
}

func randomFeed(in string, rnd *rand.Rand, most int) *feed {
	maybe := func() error {
		if rnd.IntN(4) == 0 {
			return errCut
		}
		return nil
	}
	return &feed{in: []byte(in), piece: func() int { return 1 + rnd.IntN(most) }, cut: maybe, late: maybe}
}

// cutAt is a feed that is cut once, at an offset.
func cutAt(in string, at int) *feed {
	f := &feed{in: []byte(in)}
	total, done := len(in), false
	f.piece = func() int {
		if off := total - len(f.in); off < at {
			return at - off
		}
		return total
	}
	f.cut = func() error {
		if !done && total-len(f.in) == at {
			done = true
			return errCut
		}
		return nil
	}
	return f
}

// again calls f until it is not cut short.
func again(f func() error) error {
	for {
		if err := f(); !errors.Is(err, errCut) {
			return err
		}
	}
}

// next waits for the next message, up to a literal that is streamed.
func next(t *testing.T, r *wire.Reader, d *wire.Decoder) {
	t.Helper()
	if err := r.Next(d); err != nil {
		t.Fatalf("Next: %v", err)
	}
	if err := r.Extend(d); err != nil {
		t.Fatalf("Extend: %v", err)
	}
}

// reading returns a Reader and a Decoder of in.
func reading(in string, lim wire.Limits) (*wire.Reader, *wire.Decoder) {
	return wire.NewReader(strings.NewReader(in), lim), new(wire.Decoder)
}

// stingy is a writer that takes a few octets of each write, and then fails.
type stingy struct {
	strings.Builder
	most int
}

func (w *stingy) Write(p []byte) (int, error) {
	if len(p) > w.most {
		w.Builder.Write(p[:w.most])
		return w.most, errCut
	}
	return w.Builder.Write(p)
}
