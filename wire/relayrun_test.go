package wire_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// plainLine returns true for untagged responses other than OK.
func plainLine(line []byte) bool {
	s := string(line)
	return strings.HasPrefix(s, "* ") && !strings.HasPrefix(s, "* OK")
}

// runs calls RelayRun until it stops or fails.
func runs(dst io.Writer, r *wire.Reader, pass func([]byte) bool) (int64, error) {
	total := int64(0)
	for {
		n, stopped, err := wire.RelayRun(dst, r, pass)
		if total += n; stopped || err != nil {
			return total, err
		}
		if n == 0 {
			return total, errors.New("RelayRun has written nothing, and returned no error")
		}
	}
}

// runAll relays a stream. It relays messages for which plainLine returns true by RelayRun, and other messages one at a
// time.
func runAll(dst io.Writer, r *wire.Reader) error {
	var d wire.Decoder
	for {
		err := retry(func() error { _, err := runs(dst, r, plainLine); return err })
		if err != nil {
			return err
		}
		if err := retry(func() error { return r.Next(&d) }); err != nil {
			return err
		}
		if strings.HasPrefix(string(d.Raw()), "A") && strings.Contains(string(d.Raw()), "{") {
			err = retry(func() error { _, err := wire.Relay(dst, r); return err })
		} else {
			line := append([]byte(nil), d.Raw()...)
			err = retry(func() error { n, err := dst.Write(line); line = line[n:]; return err })
		}
		if err != nil {
			return err
		}
	}
}

func TestRelayRun(t *testing.T) {
	lim := wire.Limits{Literal: 1000}
	for name, in := range transcripts {
		for _, most := range []int{1, 7, 1000} {
			for _, p := range pieces {
				out := shortWriter{most: most}
				err := runAll(&out, wire.NewReader(p.make(in), lim))
				if got := out.String(); got != in && (err == io.EOF || !strings.HasPrefix(in, got)) {
					t.Errorf("%s, %s, %d at a time: %v\n%q\n%q", name, p.name, most, err, got, in)
				}
			}
		}
		for at := range len(in) {
			out := shortWriter{most: 50}
			runAll(&out, wire.NewReader(cutAt(in, at), lim))
			if got := out.String(); !strings.HasPrefix(in, got) {
				t.Errorf("%s, cut at %d:\n%q\n%q", name, at, got, in)
			}
		}
	}
}

// RelayRun relays lines that are longer than the buffer and Limits.Message, with literals after them. It calls pass
// with the beginning of the first line of each message.
func TestRelayRunLongLines(t *testing.T) {
	long := strings.Repeat(" 1234567890", 40_000)
	in := "* SEARCH" + long + "\r\n* X" + long + " {5}\r\n\r\nA1 " + long + " {00000000000000000000000000000000000003}\r\nabc\r\n* 2 EXISTS\r\nA1 OK" + long + "\r\n"
	for _, p := range pieces {
		if strings.HasPrefix(p.name, "octet") || strings.HasPrefix(p.name, "each") || p.name == "random pieces and cuts" {
			continue // 900 KB would take too long octet by octet
		}
		var out strings.Builder
		var d wire.Decoder
		r := wire.NewReader(p.make(in), wire.Limits{Message: 1000, Literal: 1000})
		seen := 0
		pass := func(line []byte) bool {
			seen++
			return line[0] == '*'
		}
		if err := retry(func() error { _, err := runs(&out, r, pass); return err }); err != nil {
			t.Fatalf("%s: RelayRun: %v", p.name, err)
		}
		if want := in[:strings.Index(in, "A1 OK")]; out.String() != want {
			t.Errorf("%s: %d octets of %d", p.name, out.Len(), len(want))
		}
		if seen < 4 {
			t.Errorf("%s: pass was called for %d lines, want at least 4", p.name, seen)
		}
		if err := retry(func() error { return r.Next(&d) }); !errors.As(err, new(*wire.LimitError)) || !strings.HasPrefix(string(d.Raw()), "A1 OK 123") {
			t.Errorf("%s: Next: %v, %.30q; want a LimitError, the beginning of the line", p.name, err, d.Raw())
		}
	}
}

// If a write of RelayRun fails within a message, Next skips the rest of that message.
func TestNextAfterFailedRelayRun(t *testing.T) {
	in := "* 1 EXISTS\r\n* X {21}\r\n* OK in the literal\r\n y {0}\r\n z" + strings.Repeat(" 123456789", 600) + " {3}\r\nab\n\r\n"
	boom := errors.New("boom")
	for at := 1; at < len(in); at++ {
		for _, p := range []int{0, len(pieces) - 1} {
			r, d := wire.NewReader(pieces[p].make(in+"* OK end\r\n"), wire.Limits{}), new(wire.Decoder)
			err := retry(func() error {
				_, err := runs(&broken{at, boom}, r, plainLine)
				return err
			})
			if pieces[p].name != "whole" && errors.Is(err, boom) == false {
				continue // each retry has a new writer, and no writer has failed
			}
			if err != boom {
				t.Fatalf("broken at %d: %v", at, err)
			}
			if err := retry(func() error { return r.Next(d) }); err != nil || string(d.Raw()) != "* OK end\r\n" && string(d.Raw()) != "* X {21}\r\n" {
				t.Fatalf("broken at %d: %q, %v", at, d.Raw(), err)
			}
		}
	}
	r, d := wire.NewReader(strings.NewReader("* X {5000}\r\n"+strings.Repeat("x", 5000)+"\r\n"), wire.Limits{Skip: 1000}), new(wire.Decoder)
	runs(&broken{3, boom}, r, plainLine)
	if err := r.Next(d); !errors.As(err, new(*wire.LimitError)) {
		t.Error("Next skips more octets than Limits.Skip allows:", err)
	}
}

// RelayRun and Next may be called in turn, and no octets are lost or written twice.
func TestRelayRunAndNext(t *testing.T) {
	in := strings.Repeat(transcripts["big literals"]+transcripts["small literals"]+transcripts["lines"], 5)
	rnd := rand.New(rand.NewPCG(9, 8))
	for range 50 {
		var out strings.Builder
		r, d := wire.NewReader(randomFeed(in, rnd, 40), small), new(wire.Decoder)
		for {
			left := rnd.IntN(5)
			err := retry(func() error {
				_, err := runs(&out, r, func(line []byte) bool { left--; return left > 0 && plainLine(line) })
				return err
			})
			if err == nil {
				err = retry(func() error { return r.Next(d) })
			}
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if !plainLine(d.Raw()) {
				out.Write(d.Raw())
			} else if err := retry(func() error { _, err := wire.Relay(&out, r); return err }); err != nil {
				t.Fatal(err)
			}
		}
		if out.String() != in {
			t.Fatalf("%q\n%q", out.String(), in)
		}
	}
}

// A socket is a writer that also has ReadFrom. If fail is not nil, ReadFrom reads 10 octets and returns fail.
type socket struct {
	strings.Builder
	taken int64
	fail  error
}

func (s *socket) ReadFrom(r io.Reader) (int64, error) {
	l := r.(*io.LimitedReader)
	if s.fail != nil {
		l.N = 10
	}
	n, err := io.Copy(&s.Builder, l)
	s.taken += n
	if s.fail != nil {
		err = s.fail
	}
	return n, err
}

func TestRelayRunSplice(t *testing.T) {
	big := strings.Repeat("0123456789", 200_000)
	in := fmt.Sprintf("* 1 FETCH (BODY[] {%d}\r\n%s X {%d}\r\n%s)\r\n* 2 EXISTS\r\n", len(big), big, len(big), big)
	for _, on := range []bool{true, false} {
		s := new(socket)
		r := wire.NewReader(strings.NewReader(in), wire.Limits{})
		r.Splice(on)
		if _, err := runs(s, r, plainLine); err != io.EOF || s.String() != in {
			t.Errorf("Splice(%v): %v, %d octets relayed of %d", on, err, s.Len(), len(in))
		}
		if (s.taken > 3_000_000) != on {
			t.Errorf("Splice(%v): ReadFrom has read %d octets of %d", on, s.taken, len(in))
		}
	}
	boom := errors.New("boom")
	for _, s := range []*socket{{fail: boom}, {}} {
		r := wire.NewReader(strings.NewReader(in[:1_000_000]), wire.Limits{})
		r.Splice(true)
		_, err := runs(s, r, plainLine)
		if want := map[bool]error{true: boom, false: io.ErrUnexpectedEOF}[s.fail != nil]; err != want || r.Err() != want || r.Next(new(wire.Decoder)) != want {
			t.Errorf("RelayRun: %v, Err() = %v; want %v", err, r.Err(), want)
		}
	}
}

// The buffer grows while reads fill it, and shrinks after many short reads.
func TestReaderSize(t *testing.T) {
	most := 0
	in := &feed{in: []byte(strings.Repeat("* 1 EXISTS\r\n", 500_000)), piece: func() int { return 1 << 30 }}
	r, d := wire.NewReaderSize(readFunc(func(p []byte) (int, error) {
		most = max(most, len(p))
		return in.Read(p)
	}), wire.Limits{}, 8<<10), new(wire.Decoder)
	if r.Next(d); most != 8<<10 {
		t.Errorf("the first read is into %d bytes, want 8 KiB", most)
	}
	for r.Next(d) == nil {
	}
	if most != 256<<10 {
		t.Errorf("the largest read is into %d bytes, want 256 KiB", most)
	}
	in.in, in.piece = []byte(strings.Repeat("* 1 EXISTS\r\n", 100)), func() int { return 12 }
	for range 90 {
		most = 0
		r.Next(d)
	}
	if most > 8<<10 {
		t.Errorf("after many short reads, the buffer has %d bytes, want at most 8 KiB", most)
	}
	// Shrink does not lose the unread octets.
	in.in, in.piece = []byte("* 1 EXISTS\r\n* 2 EXI"), func() int { return 1 << 30 }
	r.Next(d)
	for range 2 {
		in.in = nil
		in.end = errCut
		if err := r.Next(d); err != errCut {
			t.Fatal(err)
		}
		r.Shrink()
	}
	in.in = []byte("STS\r\n")
	if err := r.Next(d); err != nil || string(d.Raw()) != "* 2 EXISTS\r\n" {
		t.Errorf("Next after Shrink: %q, %v; want \"* 2 EXISTS\\r\\n\"", d.Raw(), err)
	}
}

type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestRelayRunOfCommands(t *testing.T) {
	if n, err := runs(io.Discard, commandsOf(strings.NewReader("A1 NOOP\r\n"), wire.Limits{}), plainLine); n != 0 || err == nil {
		t.Errorf("RelayRun of commands: %d, %v; want 0, an error", n, err)
	}
}

// The Reader calls the function set by OnRead before each read. If the function returns an error, the read fails.
func TestOnRead(t *testing.T) {
	reads, calls := 0, 0
	r, d := wire.NewReader(readFunc(func(p []byte) (int, error) {
		if reads++; reads != calls {
			t.Errorf("%d reads, %d calls of the function set by OnRead", reads, calls)
		}
		return copy(p, "* 1 EXISTS\r\n"), nil
	}), wire.Limits{}), new(wire.Decoder)
	r.OnRead(func() error {
		if calls++; calls > 5 {
			return errCut
		}
		return nil
	})
	for range 5 {
		if err := r.Next(d); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Next(d); err != errCut || reads != 5 {
		t.Errorf("Next: %v after %d reads; want errCut after 5", err, reads)
	}
	r.OnRead(nil)
	calls = 6
	reads = 5
	if err := r.Next(d); err != nil {
		t.Error(err)
	}
}
