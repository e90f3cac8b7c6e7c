package transport

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// Calls of Rest between reads do not change the output, although later data refers to data that was read before the
// calls.
func TestDeflateRests(t *testing.T) {
	text := append(append(sample(100_000), random(5000)...), sample(60_000)...)
	rests := 0
	for _, level := range []int{flate.HuffmanOnly, 0, 1, 6, 9} {
		for _, step := range []int{7, 300, 20_000, len(text)} {
			rnd := rand.New(rand.NewPCG(uint64(level+3), uint64(step)))
			d := deflate(t, &script{in: &pieces{bytes.NewReader(compress(t, text, level, step, true)), rnd}}, nil).(*deflated)
			var got []byte
			buf := make([]byte, 400)
			for {
				n, err := d.Read(buf[:1+rnd.IntN(400)])
				got = append(got, buf[:n]...)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if Rest(d); d.in == nil {
					rests++
				}
			}
			if !bytes.Equal(got, text) {
				t.Fatalf("level %d, flushed every %d bytes: %d bytes of %d", level, step, len(got), len(text))
			}
		}
	}
	if rests < 1000 {
		t.Errorf("Rest has freed the decompressor %d times, want at least 1000", rests)
	}
}

// A pieces is a reader that reads at most 200 bytes of r at a time.
type pieces struct {
	r   io.Reader
	rnd *rand.Rand
}

func (p *pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), 1+p.rnd.IntN(200))]) }

// A match must not refer to data before the beginning of the stream, because the array may still have data of another
// connection.
func TestDeflateRestHidesOldData(t *testing.T) {
	secret := strings.Repeat("the other connection's secret, ", 2000)
	for range 20 {
		d := deflate(t, &script{in: bytes.NewReader(compress(t, []byte(secret), 6, 500, false))}, nil)
		io.Copy(io.Discard, d)
		Rest(d)
		// This is a fixed block with a match of length 3 at distance 1, before any output.
		evil := deflate(t, &script{in: bytes.NewReader([]byte{0x03, 0x02, 0x00, 0x00})}, nil)
		if b, err := io.ReadAll(evil); err == nil || len(b) > 0 {
			t.Fatalf("a match before the beginning returns %q, %v; want an error and no bytes", b, err)
		}
	}
}

// If a connection uses several compressors in turn, their output is one stream.
func TestDeflateWritesBetweenRests(t *testing.T) {
	before := compressorsInUse.Load()
	var all []*deflated
	var scripts []*script
	for i := range 2 * mostHeld {
		s := &script{in: strings.NewReader("")}
		d, err := Deflate(i%12-2)(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		all, scripts = append(all, d.(*deflated)), append(scripts, s)
	}
	text := sample(40_000)
	for at := 0; at < len(text); at += 1000 {
		for i, d := range all {
			if _, err := d.Write(text[at:min(at+1000, len(text))]); err != nil {
				t.Fatal(err)
			}
			if at/1000%7 == i%7 {
				Rest(d)
			}
		}
		if n := compressorsInUse.Load() - before; n > mostHeld {
			t.Fatalf("%d connections keep a compressor, want at most %d", n, mostHeld)
		}
	}
	for i, d := range all {
		switch i % 3 {
		case 0:
			if err := d.CloseWrite(); err != nil {
				t.Fatal(err)
			}
		case 1:
			Rest(d)
		}
		d.Close()
		got, err := io.ReadAll(flate.NewReader(&scripts[i].out))
		if i%3 != 0 && err == io.ErrUnexpectedEOF {
			err = nil
		}
		if err != nil || !bytes.Equal(got, text) {
			t.Fatalf("connection %d: %d bytes of %d, %v", i, len(got), len(text), err)
		}
	}
	if n := compressorsInUse.Load(); n != before {
		t.Errorf("%d compressors have not been returned to their pool", n-before)
	}
}
