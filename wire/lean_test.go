package wire_test

import (
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// A Reader in lean mode waits with a small array. It takes an array of the usual size when a long message comes, and
// frees that array before the next wait.
func TestLean(t *testing.T) {
	const short, long = "* 23 EXISTS\r\n", 10_000
	room := 0
	in := &feed{in: []byte(strings.Repeat(short, 1000)), piece: func() int { return 1 << 30 }}
	r, d := wire.NewReader(readFunc(func(p []byte) (int, error) {
		room = len(p)
		return in.Read(p)
	}), wire.Limits{}), new(wire.Decoder)
	for r.Next(d) == nil {
	}
	if room < 4<<10 {
		t.Errorf("a Reader that is not in lean mode reads into %d bytes, want at least 4 KiB", room)
	}
	r.Lean(true)
	for i := range 100 {
		in.in, in.piece = []byte(short), func() int { return 1 + i%len(short) }
		if err := r.Next(d); err != nil || string(d.Raw()) != short {
			t.Fatalf("Next: %q, %v; want %q", d.Raw(), err, short)
		}
		if room > 128 {
			t.Fatalf("a Reader in lean mode reads into %d bytes, want at most 128", room)
		}
	}
	line := "* OK " + strings.Repeat("x", long) + "\r\n"
	in.in, in.piece = []byte(line+short+line), func() int { return 1 << 30 }
	for _, want := range []string{line, short, line} {
		if err := r.Next(d); err != nil || string(d.Raw()) != want {
			t.Fatalf("Next: %.20q, %v; want %.20q", d.Raw(), err, want)
		}
	}
	in.in, in.end = nil, errCut
	if err := r.Next(d); err != errCut || room > 128 {
		t.Errorf("after a long line: %v, a read into %d bytes; want errCut, at most 128", err, room)
	}
	in.in = []byte("* 1 FETCH (BODY[] {70000}\r\n" + strings.Repeat("y", 70_000) + ")\r\n" + short)
	if err := r.Next(d); err != nil {
		t.Fatal(err)
	}
	if err := r.Extend(d); err != nil || !r.Streaming() {
		t.Fatal(err)
	}
	if err := r.Next(d); err != nil || string(d.Raw()) != short {
		t.Errorf("after a literal: %q, %v", d.Raw(), err)
	}
}

// A wait in lean mode allocates little, even if each wait ends with a message that is too long for the small array.
func TestLeanWaitsAllocateLittle(t *testing.T) {
	line := "* OK " + strings.Repeat("x", 1000) + "\r\n"
	in := &feed{piece: func() int { return 1 << 30 }, end: errCut}
	r, d := wire.NewReader(in, wire.Limits{}), new(wire.Decoder)
	const waits = 100
	if n := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			for range waits {
				r.Lean(true)
				if err := r.Next(d); err != errCut {
					b.Fatal(err)
				}
				r.Lean(false)
				in.in = []byte(line)
				if err := r.Next(d); err != nil || string(d.Raw()) != line {
					b.Fatalf("%.20q, %v", d.Raw(), err)
				}
			}
		}
	}).AllocedBytesPerOp() / waits; n > 8<<10 {
		t.Errorf("%d bytes allocated for each wait, want at most 8 KiB", n)
	}
}

// Intern returns the right string for 100 words. It does not allocate for words that it has seen before.
func TestInternGrows(t *testing.T) {
	d := wire.NewDecoder(nil)
	words := make([][]byte, 100)
	for i := range words {
		words[i] = []byte("$Word" + strings.Repeat("x", i))[:5+i%30]
		words[i] = append(words[i], byte('a'+i%26), byte('a'+i/26))
		d.Intern(words[i])
		d.Intern(words[i])
	}
	for range 5 {
		for _, w := range words {
			if got := d.Intern(w); got != string(w) {
				t.Fatalf("Intern returns %q, want %q", got, w)
			}
		}
	}
	few := [][]byte{[]byte(`\Seen`), []byte(`\Answered`), []byte(`\Flagged`)}
	for range 3 {
		for _, w := range few {
			d.Intern(w)
		}
	}
	if n := testing.AllocsPerRun(100, func() {
		for _, w := range few {
			d.Intern(w)
		}
	}); n > 0 {
		t.Errorf("%v allocations for words seen before, want none", n)
	}
}

// Next finds the octets that Prefetch has read. It returns the error of that read, unless the error is a time-out.
func TestPrefetch(t *testing.T) {
	const line = "* 23 EXISTS\r\n"
	for n := range len(line) + 1 {
		for _, end := range []error{errCut, io.ErrClosedPipe} {
			in := &feed{in: []byte(line)[:n], end: end}
			r, d := wire.NewReader(in, wire.Limits{}), new(wire.Decoder)
			if r.Prefetch(); in.reads != 1 || r.Buffered() != n {
				t.Fatalf("Prefetch has read %d octets in %d reads, want %d in one", r.Buffered(), in.reads, n)
			}
			if n < len(line) {
				if err := r.Next(d); err != end || in.reads > 1 && n == 0 && end != errCut {
					t.Fatalf("after Prefetch of %d octets: Next: %v after %d reads, want %v", n, err, in.reads, end)
				}
				in.in = []byte(line)[n:]
				if r.Prefetch(); r.Buffered() != len(line) {
					t.Fatalf("after Prefetch of %d octets: another Prefetch has %d octets buffered, want %d", n, r.Buffered(), len(line))
				}
			}
			in.in = []byte("unread")
			if err := r.Next(d); err != nil || string(d.Raw()) != line {
				t.Fatalf("after Prefetch of %d octets: Next: %q, %v; want %q", n, d.Raw(), err, line)
			}
			r.Prefetch()
			if got := string(r.Take()); got != "unread" {
				t.Fatalf("after Prefetch of %d octets: Take returns %q, want %q", n, got, "unread")
			}
		}
	}
}
