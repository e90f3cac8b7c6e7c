package transport

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// sample returns text like that of an IMAP session, with responses, header fields and base64.
func sample(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for i := 1; b.Len() < n; i++ {
		fmt.Fprintf(&b, "* %d FETCH (UID %d FLAGS (\\Seen) INTERNALDATE \"%02d-Mar-2024 11:%02d:00 +0000\" RFC822.SIZE %d)\r\n",
			i, i*3+r.IntN(3), 1+i%28, i%60, r.IntN(100000))
		if i%50 == 0 {
			for range 40 {
				for range 76 {
					b.WriteByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[r.IntN(64)])
				}
				b.WriteString("\r\n")
			}
		}
	}
	return b.Bytes()[:n]
}

func random(n int) []byte {
	r := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// compress returns b as DEFLATE data. It flushes the data each time when it has compressed step bytes, and ends the
// stream if end is true.
func compress(t testing.TB, b []byte, level, step int, end bool) []byte {
	t.Helper()
	var z bytes.Buffer
	w, err := flate.NewWriter(&z, level)
	if err != nil {
		t.Fatal(err)
	}
	for len(b) > 0 {
		n := min(step, len(b))
		w.Write(b[:n])
		w.Flush()
		b = b[n:]
	}
	if end {
		w.Close()
	}
	return z.Bytes()
}

// inflate decodes z in chunks, and calls next for the size of each. It returns the output, and io.EOF,
// io.ErrUnexpectedEOF or the inflater's error.
func inflate(z []byte, next func() int) ([]byte, error) {
	var f inflater
	var out []byte
	buf := make([]byte, 5000)
	for {
		n := min(next(), len(z))
		f.feed(z[:n])
		z = z[n:]
		for {
			f.run()
			if f.r == f.w {
				break
			}
			for f.r < f.w {
				k := f.take(buf)
				out = append(out, buf[:k]...)
			}
		}
		switch {
		case f.err != nil:
			return out, f.err
		case f.state == atEnd:
			return out, io.EOF
		case len(f.in) > 0:
			return out, errors.New("the inflater left input unread")
		case len(z) == 0 && f.between():
			return out, io.EOF
		case len(z) == 0:
			return out, io.ErrUnexpectedEOF
		}
	}
}

func every(n int) func() int { return func() int { return n } }

func TestInflate(t *testing.T) {
	texts := map[string][]byte{
		"one byte":  []byte("a"),
		"short":     []byte("* OK [CAPABILITY IMAP4rev2] ready\r\n"),
		"session":   sample(120_000),
		"random":    random(80_000),
		"zeros":     make([]byte, 150_000),
		"period 3":  bytes.Repeat([]byte("abc"), 25_000),
		"period 7":  bytes.Repeat([]byte("abcdefg"), 10_000),
		"period 9":  bytes.Repeat([]byte("abcdefghi"), 10_000),
		"far":       append(append(random(32<<10), random(32<<10)...), random(32<<10)...),
		"mixed":     append(sample(120_000), random(100_000)...),
		"all bytes": random(256),
	}
	check := func(text []byte, level, step int, end bool, chunk int) bool {
		got, err := inflate(compress(t, text, level, step, end), every(chunk))
		if err != io.EOF || !bytes.Equal(got, text) {
			t.Errorf("level %d, flushed every %d, end %v, in chunks of %d: %d bytes of %d, %v",
				level, step, end, chunk, len(got), len(text), err)
		}
		return err == io.EOF
	}
	for name, text := range texts {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, 1, 6, 9} {
			short := text[:min(len(text), 5000)]
			if !check(text, level, 1<<30, true, 1<<30) || !check(text, level, 70_000, false, 1021) ||
				!check(short, level, 100, false, 1) || !check(short, level, 100, true, 17) {
				t.Fatalf("in the text %q", name)
			}
		}
	}
}

// The inflater must return flushed data without further input, because the other end may wait for an answer before it
// sends more.
func TestInflateReturnsFlushedData(t *testing.T) {
	var z bytes.Buffer
	w, _ := flate.NewWriter(&z, 6)
	var f inflater
	text := sample(100_000)
	buf := make([]byte, len(text))
	for i := 0; i < len(text); i += 777 {
		line := text[i:min(i+777, len(text))]
		z.Reset()
		w.Write(line)
		w.Flush()
		f.feed(z.Bytes())
		n := 0
		for {
			f.run()
			k := f.take(buf[n:])
			if n += k; k == 0 {
				break
			}
		}
		if !bytes.Equal(buf[:n], line) {
			t.Fatalf("at %d: %d bytes of %d", i, n, len(line))
		}
	}
}

// The output is the same if the input comes in two parts, divided at any byte. Wherever the input ends, the output is a
// prefix of the text.
func TestInflateCutEverywhere(t *testing.T) {
	text := append(sample(1500), random(200)...)
	for _, level := range []int{0, 1, 9} {
		z := compress(t, text, level, 700, true)
		for cut := range len(z) {
			sizes := []int{cut, 1 << 30}
			got, err := inflate(z, func() int { n := sizes[0]; sizes = sizes[1:]; return n })
			if err != io.EOF || !bytes.Equal(got, text) {
				t.Fatalf("level %d, cut at %d: %d bytes of %d, %v", level, cut, len(got), len(text), err)
			}
			got, err = inflate(z[:cut], every(1<<30))
			if err == nil || !bytes.HasPrefix(text, got) {
				t.Fatalf("level %d, ended at %d: %d bytes, %v", level, cut, len(got), err)
			}
		}
	}
}

// dynamic returns the beginning of a block with dynamic codes, for 257 literals and one distance. The argument lens has
// the lengths of the codes of the code length alphabet. The argument tail has the bits after these lengths.
func dynamic(lens map[int]int, tail ...int) string {
	var z []byte
	at := 0
	put := func(v, n int) {
		for i := range n {
			if at%8 == 0 {
				z = append(z, 0)
			}
			z[at/8] |= byte(v >> i & 1 << (at % 8))
			at++
		}
	}
	put(1|2<<1, 3)
	put(0, 5)
	put(0, 5)
	put(15, 4)
	for _, sym := range lenOrder {
		put(lens[int(sym)], 3)
	}
	for _, b := range tail {
		put(b, 1)
	}
	return string(append(z, 0, 0, 0, 0))
}

func TestInflateCorrupt(t *testing.T) {
	for _, c := range []struct{ name, data string }{
		{"reserved block type", "\x07"},
		{"stored length and its complement", "\x00\x05\x00\xfb\xff"},
		{"286 literals", "\xfc\x00\x00"},
		{"31 distances", "\x04\x1e\x00"},
		{"code lengths oversubscribed", dynamic(map[int]int{0: 1, 1: 1, 2: 1})},
		{"code lengths incomplete", dynamic(map[int]int{0: 2, 1: 2, 2: 2})},
		{"no code lengths", dynamic(nil)},
		{"the one code that is missing", dynamic(map[int]int{0: 1}, 1)},
		{"repeat of nothing", dynamic(map[int]int{0: 1, 16: 1}, 1, 0, 0)},
		{"repeat beyond the end", dynamic(map[int]int{0: 1, 18: 1}, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)},
		{"literals oversubscribed", dynamic(map[int]int{0: 1, 1: 1}, slices.Repeat([]int{1}, 258)...)},
		{"distances without literals", dynamic(map[int]int{0: 1, 1: 1}, append(make([]int, 257), 1)...)},
		{"match before the beginning", "\x03\x02\x00"},
		{"fixed length 286", "\x1b\x03\x00"},
		{"plain text", "* OK Logged in\r\n* CAPABILITY\r\n"},
	} {
		for _, chunk := range []int{1 << 30, 1} {
			out, err := inflate([]byte(c.data), every(chunk))
			want, wantErr := io.ReadAll(flate.NewReader(strings.NewReader(c.data)))
			var corrupt, wantCorrupt flate.CorruptInputError
			if errors.As(err, &corrupt) != errors.As(wantErr, &wantCorrupt) || !bytes.HasPrefix(out, want) {
				t.Errorf("%s: %q, %v; compress/flate: %q, %v", c.name, out, err, want, wantErr)
			}
			if !errors.As(err, &corrupt) {
				t.Errorf("%s, in chunks of %d: %v, want a CorruptInputError", c.name, chunk, err)
			}
		}
	}
}

// FuzzInflate compares the output of an inflater with that of compress/flate, for input in chunks of any size.
func FuzzInflate(f *testing.F) {
	for _, text := range [][]byte{sample(2000), random(500), make([]byte, 70_000), nil} {
		for _, level := range []int{-2, 0, 1, 9} {
			f.Add(compress(f, text, level, 600, true), uint64(7))
			f.Add(compress(f, text, level, 1<<30, false), uint64(1))
		}
	}
	f.Add([]byte("\x1b\x03\x00"), uint64(1))
	f.Fuzz(func(t *testing.T, z []byte, seed uint64) {
		const most = 4 << 20
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(z)), most))
		if len(want) == most {
			return // a bomb: see TestDeflateBomb
		}
		r := rand.New(rand.NewPCG(seed, 5))
		got, err := inflate(z, func() int { return 1 + r.IntN(1+int(seed%64)) })
		whole, wholeErr := inflate(z, every(1<<30))
		if !bytes.Equal(got, whole) || (err == nil) != (wholeErr == nil) ||
			err != nil && err.Error() != wholeErr.Error() && !errors.As(err, new(flate.CorruptInputError)) {
			t.Fatalf("in chunks: %d bytes, %v; whole: %d bytes, %v", len(got), err, len(whole), wholeErr)
		}
		if !bytes.HasPrefix(got, want) {
			t.Fatalf("the output differs from that of compress/flate: %d bytes, %d", len(got), len(want))
		}
		switch {
		case wantErr == nil:
			if err != io.EOF || len(got) != len(want) {
				t.Fatalf("%d bytes, %v; compress/flate: %d bytes, no error", len(got), err, len(want))
			}
		case errors.As(wantErr, new(flate.CorruptInputError)):
			if !errors.As(err, new(flate.CorruptInputError)) || len(got) != len(want) {
				t.Fatalf("%d bytes, %v; compress/flate: %d bytes, %v", len(got), err, len(want), wantErr)
			}
		case errors.As(err, new(flate.CorruptInputError)):
			// The input may have ended before compress/flate found the error. With more input, compress/flate must find
			// it too.
			_, err := io.ReadAll(flate.NewReader(bytes.NewReader(append(z[:len(z):len(z)], make([]byte, 64)...))))
			if !errors.As(err, new(flate.CorruptInputError)) {
				t.Fatalf("the inflater finds corrupt input; compress/flate, with zeros after the input: %v", err)
			}
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	for name, text := range map[string][]byte{
		"session": sample(1 << 20), "random": random(1 << 20), "zeros": make([]byte, 1<<20),
	} {
		z := compress(b, text, 6, 1<<16, true)
		small := compress(b, text, 6, 200, true)
		for _, in := range []struct {
			name string
			z    []byte
		}{{name, z}, {name + "-flushed-by-line", small}} {
			b.Run(in.name+"/ours", func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				buf := make([]byte, 16<<10)
				f := new(inflater)
				for b.Loop() {
					*f = inflater{}
					f.feed(in.z)
					for f.state != atEnd {
						f.run()
						for f.take(buf) > 0 {
						}
					}
				}
			})
			b.Run(in.name+"/compress-flate", func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				buf := make([]byte, 16<<10)
				f := flate.NewReader(nil)
				for b.Loop() {
					f.(flate.Resetter).Reset(bytes.NewReader(in.z), nil)
					for {
						if _, err := f.Read(buf); err != nil {
							break
						}
					}
				}
			})
		}
	}
}
