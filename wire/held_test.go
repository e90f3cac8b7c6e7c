package wire

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

// repeated is a stream of the octets in begin, and then n times those in again. Each Read returns at most chunk octets,
// unless chunk is 0.
type repeated struct {
	begin, again []byte
	n, chunk     int
}

func (x *repeated) Read(p []byte) (int, error) {
	if len(x.begin) == 0 {
		if x.n == 0 {
			return 0, io.EOF
		}
		x.n--
		x.begin = x.again
	}
	if x.chunk > 0 {
		p = p[:min(len(p), x.chunk)]
	}
	n := copy(p, x.begin)
	x.begin = x.begin[n:]
	return n, nil
}

// TestMemoryOfStrides reads a message with many streamed literals, and a few octets between two of them. All strides
// stay valid until the next message. The memory that holds the strides is in proportion to their length, whatever the
// sizes of the literals and of the reads.
func TestMemoryOfStrides(t *testing.T) {
	const literals = 300
	for _, chunk := range []int{0, 1460, 4096, 30000} {
		for _, size := range []int{64<<10 + 1, 100_000, 200_000} {
			for _, array := range []int{4 << 10, 32 << 10, 256 << 10} {
				in := &repeated{begin: []byte("* 1 FETCH (X"), again: fmt.Appendf(nil, " Y {%d}\r\n%s", size, bytes.Repeat([]byte("x"), size)), n: literals, chunk: chunk}
				r := NewReaderSize(in, Limits{}, array)
				var d Decoder
				if err := r.Next(&d); err != nil {
					t.Fatal(err)
				}
				err := r.Extend(&d)
				var strides [][]byte
				var copies []string
				held, shown := 0, 0
				for err == nil {
					strides, copies = append(strides, r.in.stride()), append(copies, string(r.in.stride()))
					shown += r.in.len()
					held = 0
					for _, b := range r.in.held {
						held += len(b)
					}
					err = r.Continue(&d)
				}
				if err != io.ErrUnexpectedEOF || len(strides) != literals {
					t.Fatalf("got %d strides, then %v; want %d, then the end of the stream", len(strides), err, literals)
				}
				for i := range strides {
					if string(strides[i]) != copies[i] {
						t.Fatalf("stride %d is %q, and was %q", i, strides[i], copies[i])
					}
				}
				if most := 8*shown + array; held > most {
					t.Errorf("reads of %d octets, literals of %d, arrays of %d: %d octets are held for %d octets of strides, want at most %d", chunk, size, array, held, shown, most)
				}
			}
		}
	}
}
