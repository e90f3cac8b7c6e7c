package parser

import (
	"slices"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// SearchRanges is SearchData as ranges: a million numbers take the memory of their gaps.
type SearchRanges struct {
	Ranges []numset.Range // in the order in which they came, those that follow one another joined; valid until the next Decode
	Count  int            // of numbers
	ModSeq uint64         // as in SearchData
}

// Decode reads what stands behind the response's name.
func (x *SearchRanges) Decode(d *wire.Decoder) error {
	x.Ranges, x.Count, x.ModSeq = again(x.Ranges), 0, 0
	from := d.Pos()
	if x.plain(d) {
		return d.Err()
	}
	// MODSEQ, or something odd: what reads that makes a slice.
	d.Rewind(from)
	var data SearchData
	if err := data.Decode(d); err != nil {
		return err
	}
	x.Ranges, x.Count, x.ModSeq = again(x.Ranges), len(data.Nums), data.ModSeq
	for _, n := range data.Nums {
		x.add(n)
	}
	return nil
}

func (x *SearchRanges) add(n uint32) {
	if k := len(x.Ranges); k > 0 && x.Ranges[k-1].Stop+1 == n {
		x.Ranges[k-1].Stop = n
		return
	}
	x.Ranges = append(x.Ranges, numset.Range{Start: n, Stop: n})
}

// plain reads numbers with one space between each two, up to the line end, and reports whether that is all there was.
func (x *SearchRanges) plain(d *wire.Decoder) bool {
	b := d.Rest()
	i, count, most := 0, 0, d.MaxItems()
	var last numset.Range
	for {
		v, n := digits32(b[i:])
		if n == 0 || v == 0 || count == most {
			return false
		}
		count++
		i += n
		switch {
		case last.Start != 0 && v == last.Stop+1:
			last.Stop = v
		default:
			if last.Start != 0 {
				if len(x.Ranges) == cap(x.Ranges) {
					x.Ranges = slices.Grow(x.Ranges, expect(len(x.Ranges)+1, i, len(b)))
				}
				x.Ranges = append(x.Ranges, last)
			}
			last = numset.Range{Start: v, Stop: v}
		}
		if i+1 >= len(b) || b[i] != ' ' {
			break
		}
		i++
	}
	x.Ranges = append(x.Ranges, last)
	x.Count = count
	d.Seek(d.Pos() + i)
	return d.AtEnd()
}
