package transport

import (
	"compress/flate"
	"encoding/binary"
)

const (
	window   = 32 << 10 // the greatest distance of a match
	outLen   = 2 * window
	outSlack = 8 // room after the output, because a copy of eight bytes at a time may write past the end

	longestMatch = 258
)

// These are the states of an inflater. Each says what the next bits of the input are.
const (
	atHeader = iota
	atStoredLen
	atStored
	atCounts
	atLenLens
	atLens
	atSymbol
	atEnd
)

// An inflater decodes DEFLATE data (RFC 1951). The inflater of compress/flate reads its input itself, and returns its
// first read error from all later reads, so it cannot be used with deadlines. This inflater receives its input from the
// caller. It decodes up to the last complete symbol, and continues from there when it gets more input.
//
// The bit buffer has room for the longest symbol with its extra bits and its distance, 48 bits. The inflater consumes
// the bits of a symbol only when all of them have arrived.
type inflater struct {
	in  []byte // input that is not in the field bits yet; the caller owns it
	off int64  // offset in the stream of the end of in

	bits  uint64 // the next nbits bits of the input, lowest first; higher bits are zero
	nbits uint

	state  uint8
	last   bool // this is the last block of the stream
	stored int  // bytes of a stored block that are still to come
	nlit   int
	ndist  int
	nclen  int
	have   int // how many code lengths have been read
	lens   [numLit + numDist]uint8
	err    error

	// out[r:w] is output that has not been taken. A match may refer to the last bytes before w, as many as the constant
	// window says.
	r, w int
	out  [outLen + outSlack]byte

	lit     *[litTable]uint32 // the codes of this block: the fixed codes or ownLit and ownDist
	dist    *[distTable]uint32
	ownLit  [litTable]uint32
	ownDist [distTable]uint32
}

// feed gives the inflater more input. The previous input must be used up. The inflater keeps b until it has used up b.
func (f *inflater) feed(b []byte) {
	f.in = b
	f.off += int64(len(b))
}

// take copies output to p, and returns how many bytes it has copied.
func (f *inflater) take(p []byte) int {
	n := copy(p, f.out[f.r:f.w])
	f.r += n
	return n
}

// between reports whether the input may end here, because all blocks so far are complete. Less than a byte of input may
// be left. Its bits are the padding of a flush, or the first bits of a block that the other end has not flushed yet.
func (f *inflater) between() bool { return f.state == atHeader && f.nbits < 8 || f.state == atEnd }

// need makes n bits available, and reports whether the input has that many.
func (f *inflater) need(n uint) bool {
	for f.nbits < n {
		if len(f.in) == 0 {
			return false
		}
		f.bits |= uint64(f.in[0]) << f.nbits
		f.nbits += 8
		f.in = f.in[1:]
	}
	return true
}

// get consumes n bits. The method need must have made them available.
func (f *inflater) get(n uint) int {
	v := f.bits & (1<<n - 1)
	f.bits >>= n
	f.nbits -= n
	return int(v)
}

func (f *inflater) corrupt() {
	f.err = flate.CorruptInputError(f.off - int64(len(f.in)))
}

// run decodes until the input is used up, the space for output is full, or the stream ends. If the input is corrupt,
// run sets err and stops. All earlier output must have been taken. The work of one call is bounded by outLen and the
// length of the input.
func (f *inflater) run() {
	if outLen-f.w < 4*longestMatch {
		copy(f.out[:window], f.out[f.w-window:f.w])
		f.r, f.w = window, window
	}
	for f.err == nil && f.state != atEnd && f.step() {
	}
}

// step does the work of one state. It returns false if the work needs more input or more space for output, or has
// failed.
func (f *inflater) step() bool {
	switch f.state {
	case atHeader:
		return f.header()
	case atStoredLen:
		if !f.need(32) {
			return false
		}
		n, inverse := f.get(16), f.get(16)
		if n != inverse^0xffff {
			f.corrupt()
			return false
		}
		f.stored, f.state = n, atStored
	case atStored:
		return f.copyStored()
	case atCounts:
		if !f.need(14) {
			return false
		}
		f.nlit, f.ndist, f.nclen = f.get(5)+257, f.get(5)+1, f.get(4)+4
		if f.nlit > numLit || f.ndist > numDist {
			f.corrupt()
			return false
		}
		clear(f.lens[:])
		f.have, f.state = 0, atLenLens
	case atLenLens:
		return f.lenLens()
	case atLens:
		return f.codeLens()
	case atSymbol:
		return f.symbols()
	}
	return true
}

func (f *inflater) header() bool {
	if !f.need(3) {
		return false
	}
	f.last = f.get(1) == 1
	switch f.get(2) {
	case 0:
		f.get(f.nbits % 8)
		f.state = atStoredLen
	case 1:
		f.lit, f.dist = &fixedLit, &fixedDist
		f.state = atSymbol
	case 2:
		f.state = atCounts
	default:
		f.corrupt()
		return false
	}
	return true
}

// endBlock goes to the next block, or to the end of the stream.
func (f *inflater) endBlock() {
	f.state = atHeader
	if f.last {
		f.state = atEnd
	}
}

func (f *inflater) copyStored() bool {
	for f.stored > 0 && f.nbits > 0 && f.w < outLen {
		f.out[f.w] = byte(f.get(8))
		f.w++
		f.stored--
	}
	if f.nbits == 0 {
		n := copy(f.out[f.w:outLen], f.in[:min(f.stored, len(f.in))])
		f.w += n
		f.in = f.in[n:]
		f.stored -= n
	}
	if f.stored > 0 {
		return false
	}
	f.endBlock()
	return true
}

// lenOrder is the order in which a block has the lengths of the codes of the code length alphabet (RFC 1951 §3.2.7).
var lenOrder = [numLens]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

func (f *inflater) lenLens() bool {
	for ; f.have < f.nclen; f.have++ {
		if !f.need(3) {
			return false
		}
		f.lens[lenOrder[f.have]] = uint8(f.get(3))
	}
	if !build(f.ownDist[:], distRoot, f.lens[:numLens], lenSymbols[:]) {
		f.corrupt()
		return false
	}
	clear(f.lens[:numLens])
	f.have, f.state = 0, atLens
	return true
}

func (f *inflater) codeLens() bool {
	for f.have < f.nlit+f.ndist {
		f.need(14) // if need returns false, the checks below see that bits are missing
		e := f.ownDist[f.bits&(1<<distRoot-1)]
		n := uint(e & entryLen)
		sym := e >> valueShift
		extra, repeat := uint(0), 1
		value := uint8(sym)
		switch sym {
		case 16:
			extra, repeat = 2, 3
		case 17:
			extra, repeat, value = 3, 3, 0
		case 18:
			extra, repeat, value = 7, 11, 0
		}
		if n > f.nbits {
			return false
		}
		if e&kindBad != 0 || sym == 16 && f.have == 0 {
			f.corrupt()
			return false
		}
		if n+extra > f.nbits {
			return false
		}
		if sym == 16 {
			value = f.lens[f.have-1]
		}
		f.get(n)
		repeat += f.get(extra)
		if f.have+repeat > f.nlit+f.ndist {
			f.corrupt()
			return false
		}
		for range repeat {
			f.lens[f.have] = value
			f.have++
		}
	}
	if !build(f.ownLit[:], litRoot, f.lens[:f.nlit], litSymbols[:]) ||
		!build(f.ownDist[:], distRoot, f.lens[f.nlit:f.have], distSymbols[:]) {
		f.corrupt()
		return false
	}
	f.lit, f.dist, f.state = &f.ownLit, &f.ownDist, atSymbol
	return true
}

// symbols decodes the symbols of a compressed block, as far as the input goes.
func (f *inflater) symbols() bool {
	for {
		if !f.fast() {
			return f.err == nil
		}
		// Near the end of the input or of the space for output, decode one symbol at a time.
		if f.w > outLen-longestMatch {
			return false
		}
		f.need(48) // if need returns false, the checks below see that bits are missing
		b, have := f.bits, f.nbits
		e := f.lit[b&(1<<litRoot-1)]
		if e&kindLink != 0 {
			e = f.lit[e>>valueShift+uint32(b>>litRoot)&(1<<(e>>extraShift&15)-1)]
		}
		n := uint(e & entryLen)
		if n > have {
			return false
		}
		switch {
		case e&kindLiteral != 0:
			f.get(n)
			f.out[f.w] = byte(e >> valueShift)
			f.w++
			continue
		case e&kindEnd != 0:
			f.get(n)
			f.endBlock()
			return true
		case e&kindBad != 0:
			f.corrupt()
			return false
		}
		b >>= n
		extra := uint(e >> extraShift & 15)
		length := int(e>>valueShift) + int(b&(1<<extra-1))
		b >>= extra
		n += extra
		if n > have {
			return false
		}
		e = f.dist[b&(1<<distRoot-1)]
		if e&kindLink != 0 {
			e = f.dist[e>>valueShift+uint32(b>>distRoot)&(1<<(e>>extraShift&15)-1)]
		}
		n += uint(e & entryLen)
		if n > have {
			return false
		}
		if e&kindBad != 0 {
			f.corrupt()
			return false
		}
		b >>= e & entryLen
		extra = uint(e >> extraShift & 15)
		dist := int(e>>valueShift) + int(b&(1<<extra-1))
		n += extra
		if n > have {
			return false
		}
		if dist > f.w {
			f.corrupt()
			return false
		}
		f.get(n)
		src, end := f.w-dist, f.w+length
		for f.w < end {
			f.w += copy(f.out[f.w:end], f.out[src:f.w])
		}
	}
}

// fast decodes symbols while the input and the space for output are long enough for any symbol. It returns false at the
// end of the block and after an error.
func (f *inflater) fast() bool {
	const ahead = 16 // bytes of input that one iteration may look at
	in, b, n, w := f.in, f.bits, f.nbits, f.w
	out := &f.out
	lit, distances := f.lit, f.dist
	more, ok := true, true
	for w <= outLen-longestMatch && len(in) >= ahead {
		// Now b has at least 56 bits, enough for two literals of the first table and a length.
		b |= binary.LittleEndian.Uint64(in) << (n & 63)
		in = in[(63-n)>>3:]
		n |= 56

		e := lit[b&(1<<litRoot-1)]
		if e&kindLiteral != 0 {
			out[w] = byte(e >> valueShift)
			w++
			b >>= e & entryLen
			n -= uint(e & entryLen)
			e = lit[b&(1<<litRoot-1)]
			if e&kindLiteral != 0 {
				out[w] = byte(e >> valueShift)
				w++
				b >>= e & entryLen
				n -= uint(e & entryLen)
				e = lit[b&(1<<litRoot-1)]
			}
		}
		if e&kindLink != 0 {
			e = lit[e>>valueShift+uint32(b>>litRoot)&(1<<(e>>extraShift&15)-1)]
		}
		b >>= e & entryLen
		n -= uint(e & entryLen)
		if e&(kindLiteral|kindEnd|kindBad) != 0 {
			if e&kindLiteral != 0 {
				out[w] = byte(e >> valueShift)
				w++
				continue
			}
			more, ok = false, e&kindEnd != 0
			break
		}
		extra := e >> extraShift & 15
		length := int(e>>valueShift) + int(b&(1<<extra-1))
		b >>= extra
		n -= uint(extra)

		b |= binary.LittleEndian.Uint64(in) << (n & 63)
		in = in[(63-n)>>3:]
		n |= 56
		e = distances[b&(1<<distRoot-1)]
		if e&kindLink != 0 {
			e = distances[e>>valueShift+uint32(b>>distRoot)&(1<<(e>>extraShift&15)-1)]
		}
		b >>= e & entryLen
		n -= uint(e & entryLen)
		extra = e >> extraShift & 15
		dist := int(e>>valueShift) + int(b&(1<<extra-1))
		b >>= extra
		n -= uint(extra)
		if e&kindBad != 0 || dist > w {
			more, ok = false, false
			break
		}
		src, end := w-dist, w+length
		if dist >= 8 {
			for ; w < end; w, src = w+8, src+8 {
				binary.LittleEndian.PutUint64(out[w:], binary.LittleEndian.Uint64(out[src:]))
			}
		} else {
			for w < end {
				w += copy(out[w:end], out[src:w]) // each copy doubles the length
			}
		}
		w = end
	}
	f.in, f.bits, f.nbits, f.w = in, b&(1<<n-1), n, w
	switch {
	case !ok:
		f.corrupt()
	case !more:
		f.endBlock()
	}
	return more
}
