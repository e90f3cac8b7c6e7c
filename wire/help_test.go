package wire_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// zeros is an endless stream of octets. Read leaves p as it is, so a huge literal takes little time.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// errCut stands for the error of a read or write that a deadline cuts short.
var errCut error = cutError{}

type cutError struct{}

func (cutError) Error() string { return "cut" }
func (cutError) Timeout() bool { return true }

// A feed is a stream that delivers octets in pieces, and cuts reads short.
type feed struct {
	in    []byte
	piece func() int   // returns how many octets the next read gives at most; nil means all
	cut   func() error // called before each read; if it returns an error, the read fails with that error
	late  func() error // called after each read; its error is returned together with the octets
	end   error        // the error at the end of in; nil means io.EOF
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

// pieces has a feed for each way in which a stream may arrive.
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

// cutAt returns a feed of the octets of in. It cuts one read short when the octets before offset at have been read.
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

// retry calls f until f is not cut short.
func retry(f func() error) error {
	for {
		if err := f(); !errors.Is(err, errCut) {
			return err
		}
	}
}

// next goes to the next message, and extends it to its end or to a streamed literal.
func next(t *testing.T, r *wire.Reader, d *wire.Decoder) {
	t.Helper()
	if err := r.Next(d); err != nil {
		t.Fatalf("Next: %v", err)
	}
	if err := r.Extend(d); err != nil {
		t.Fatalf("Extend: %v", err)
	}
}

// reading returns a Reader that reads the octets of in, and an empty Decoder.
func reading(in string, lim wire.Limits) (*wire.Reader, *wire.Decoder) {
	return wire.NewReader(strings.NewReader(in), lim), new(wire.Decoder)
}

// A shortWriter takes at most w.most octets of each write. A write of more octets fails with errCut.
type shortWriter struct {
	strings.Builder
	most int
}

func (w *shortWriter) Write(p []byte) (int, error) {
	if len(p) > w.most {
		w.Builder.Write(p[:w.most])
		return w.most, errCut
	}
	return w.Builder.Write(p)
}
