package wire_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// relayAll relays a stream message by message. It repeats each call that the stream or dst has cut short.
func relayAll(t *testing.T, dst io.Writer, r *wire.Reader) error {
	t.Helper()
	var d wire.Decoder
	for {
		if err := retry(func() error { return r.Next(&d) }); err != nil {
			return err
		}
		if err := retry(func() error { _, err := wire.Relay(dst, r); return err }); err != nil {
			return err
		}
	}
}

func TestRelay(t *testing.T) {
	for name, in := range transcripts {
		for _, most := range []int{1, 7, 1000} {
			for _, p := range pieces {
				out := shortWriter{most: most}
				err := relayAll(t, &out, wire.NewReader(p.make(in), wire.Limits{Literal: 1000}))
				// If the stream is well-formed, the output equals the input. Otherwise it is the beginning of the
				// input.
				if got := out.String(); got != in && (err == io.EOF || !strings.HasPrefix(in, got)) {
					t.Errorf("%s, %s, %d at a time:\n%q\n%q", name, p.name, most, got, in)
				}
			}
		}
		for at := range len(in) {
			out := shortWriter{most: 50}
			relayAll(t, &out, wire.NewReader(cutAt(in, at), wire.Limits{Literal: 1000}))
			if got := out.String(); !strings.HasPrefix(in, got) {
				t.Errorf("%s, cut at %d:\n%q\n%q", name, at, got, in)
			}
		}
	}
}

// Relay relays the rest of a message after the program has read a part of it.
func TestRelayAfterReading(t *testing.T) {
	in := strings.Repeat(transcripts["big literals"]+transcripts["small literals"]+transcripts["lines"], 5)
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		var out strings.Builder
		r, d := wire.NewReader(randomFeed(in, rnd, 40), small), new(wire.Decoder)
		for {
			err := retry(func() error { return r.Next(d) })
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			switch rnd.IntN(3) {
			case 1:
				retry(func() error { return r.Extend(d) })
			case 2:
				retry(func() error { return r.Extend(d) })
				for r.Streaming() {
					out.Write(d.Raw())
					d.Seek(strings.LastIndexByte(string(d.Raw()), '{'))
					l := d.Literal()
					retry(func() error { _, err := l.WriteTo(&out); return err })
					if err := retry(func() error { return r.Continue(d) }); err != nil {
						t.Fatal(err)
					}
					if rnd.IntN(2) == 0 {
						break
					}
				}
			}
			if err := retry(func() error { _, err := wire.Relay(&out, r); return err }); err != nil {
				t.Fatal(err)
			}
			if n, err := wire.Relay(&out, r); n != 0 || err != nil {
				t.Fatal("the message is relayed twice", n, err)
			}
		}
		if out.String() != in {
			t.Fatalf("%q\n%q", out.String(), in)
		}
	}
}

// A broken is a writer that takes n octets. After that, every write fails with err.
type broken struct {
	n   int
	err error
}

func (w *broken) Write(p []byte) (int, error) {
	n := min(len(p), w.n)
	if w.n -= n; n < len(p) {
		return n, w.err
	}
	return n, nil
}

// If Relay fails because its writer fails, Next skips the rest of the message.
func TestRelayFails(t *testing.T) {
	boom := errors.New("boom")
	in := transcripts["big literals"]
	for n := range strings.Index(in, "* 2 EXISTS") {
		r, d := reading(in, small)
		if err := r.Next(d); err != nil {
			t.Fatal(err)
		}
		m, err := wire.Relay(&broken{n, boom}, r)
		if err != boom || m != int64(n) {
			t.Fatalf("broken at %d: %d, %v", n, m, err)
		}
		if err := r.Next(d); err != nil || string(d.Raw()) != "* 2 EXISTS\r\n" {
			t.Fatalf("broken at %d: %q, %v", n, d.Raw(), err)
		}
	}
	r, d := reading("a\r\nb\r\n", wire.Limits{})
	next(t, r, d)
	for _, w := range []io.Writer{lying(-1), lying(100)} {
		if n, err := wire.Relay(w, r); n != 0 || err == nil {
			t.Errorf("a writer that returns an impossible count: %d, %v; want 0, an error", n, err)
		}
	}
	if n, err := wire.Relay(lying(1), r); n != 1 || err != io.ErrShortWrite {
		t.Errorf("a short write: %d, %v; want 1, io.ErrShortWrite", n, err)
	}
	var out strings.Builder
	if n, err := wire.Relay(&out, r); n != 2 || err != nil || out.String() != "\r\n" {
		t.Errorf("the rest after a short write: %d, %v, %q; want \"\\r\\n\"", n, err, out.String())
	}
	// Before the first message, Relay writes nothing.
	if r, _ := reading("a\r\n", wire.Limits{}); relayed(r) != "" {
		t.Error("Relay writes octets before the first message")
	}
}

func relayed(r *wire.Reader) string {
	var out strings.Builder
	wire.Relay(&out, r)
	return out.String()
}
