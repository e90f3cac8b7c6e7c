package parser

import (
	"encoding/binary"
	"slices"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// SearchRanges holds the same data as SearchData, but as ranges. So consecutive numbers take little memory.
type SearchRanges struct {
	Ranges []numset.Range // in the order of the response, with consecutive numbers joined; valid until the next Decode
	Count  int            // number of results
	ModSeq uint64         // as in SearchData
}

// Decode reads what follows the response's name.
func (x *SearchRanges) Decode(d *wire.Decoder) error {
	x.Ranges, x.Count, x.ModSeq = reuse(x.Ranges), 0, 0
	x.run(d)
	for afterNumbers(d, x.Count > 0, &x.ModSeq) {
		x.run(d)
	}
	return d.Err()
}

// run reads numbers that have one space between them.
func (x *SearchRanges) run(d *wire.Decoder) {
	b, i, most := d.Rest(), 0, d.MaxItems()
	var last numset.Range
	if k := len(x.Ranges); k > 0 {
		last, x.Ranges = x.Ranges[k-1], x.Ranges[:k-1]
	}
	for d.Err() == nil {
		v, n := digits32(b[i:])
		if n == 0 {
			break
		}
		i += n
		switch {
		case v == 0:
			zeroTolerated(d, "nz-number")
		case v == last.Stop+1 && last.Start != 0:
			last.Stop = v
			x.Count++
		default:
			if last.Start != 0 {
				if len(x.Ranges) == cap(x.Ranges) {
					x.Ranges = slices.Grow(x.Ranges, guessMore(len(x.Ranges)+1, i, len(b)))
				}
				x.Ranges = append(x.Ranges, last)
			}
			if len(x.Ranges) == most {
				d.Fail(&wire.LimitError{What: "ranges", Limit: int64(most), Size: int64(most) + 1})
				break
			}
			last = numset.Range{Start: v, Stop: v}
			x.Count++
		}
		if n < 8 && v != 0 && d.Err() == nil {
			k := successors(b[i-n:], n)
			last.Stop += uint32(k)
			x.Count += k
			i += k * (n + 1)
		}
		if len(b)-i < 2 || b[i] != ' ' || b[i+1]-'0' > 9 {
			break
		}
		i++
	}
	if last.Start != 0 {
		x.Ranges = append(x.Ranges, last)
	}
	d.Seek(d.Pos() + i)
}

// successors returns how many of the numbers after the first one in b are consecutive: each is the successor of the
// number before it. The first number has n digits. successors stops at a number that differs from the first one in
// more than the last digit, or that has no space after it. So it returns at most 9. It exists for speed: search results
// have runs of consecutive numbers, and reading each number would take four times as long.
func successors(b []byte, n int) (k int) {
	if len(b) < 8 {
		return 0
	}
	// Each integer below holds eight octets of b, the first octet in the lowest bits. mask selects the digits and the space
	// after them.
	mask := uint64(1)<<(8*n+8) - 1
	next := binary.LittleEndian.Uint64(b)&mask + 1<<(8*n-8)
	if b[n] != ' ' {
		return 0
	}
	for at := n + 1; at+8 <= len(b) && binary.LittleEndian.Uint64(b[at:])&mask == next && b[at+n-1] <= '9'; at += n + 1 {
		next += 1 << (8*n - 8)
		k++
	}
	return k
}
