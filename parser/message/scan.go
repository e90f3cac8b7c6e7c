package message

import (
	"bytes"
	"slices"
)

// A mark is a place in a message. It also has the number of line feeds before that place, if they are counted.
type mark struct{ at, lf int64 }

const (
	window  = 32 << 10 // how many octets of a message on disk are in memory at once
	maxLine = 4 << 10  // how many octets of a line are compared with boundaries
)

// A scanner reads the lines of a message once, and builds the tree of its parts. If the message is in memory, the
// window is the whole message. Otherwise, the window moves over the message. If necessary, the window grows until it
// contains the current header, or as many octets of it as the method room returns, and at least the first maxLine
// octets of the current line.
type scanner struct {
	src      *octets
	win      []byte // the octets of the message from base on
	window   int
	base     int64
	pos      int // index of the next line in win
	keep     int // index in win of the header of cur while it is being read, otherwise -1
	cur      *Part
	lf       int64 // number of line feeds before pos
	counting bool
	all      bool // whether win reaches to the end of the message

	heads int64 // number of octets in the headers that are kept
	parts int
	open  []*Part // multiparts whose boundaries may come next, outermost first
	// ended says what has ended the last part. If a boundary has ended it, ended is the index in open of the multipart
	// with that boundary, and closed says whether it is the last boundary of that multipart. If the end of the message
	// has ended it, ended is -1.
	ended  int
	closed bool
}

// scan finds the structure of a message.
func scan(o *octets) *Part {
	s := &scanner{src: o, ended: -1, keep: -1}
	if o.inMemory() {
		s.win, s.all = o.raw, true
	} else {
		s.counting = true
		if s.window = o.window; s.window == 0 {
			s.window = window
		}
		s.win = make([]byte, 0, min(int64(s.window), o.size+1))
	}
	p := s.part(nil, 0)
	p.end = mark{o.size, s.lf}
	return p
}

// here returns the place of the next line.
func (s *scanner) here() mark { return mark{s.base + int64(s.pos), s.lf} }

// advance moves n octets forward in the window.
func (s *scanner) advance(n int) {
	if s.counting {
		s.lf += int64(bytes.Count(s.win[s.pos:s.pos+n], []byte{'\n'}))
	}
	s.pos += n
}

// more reads more of the message into the window. It reports whether there was more.
func (s *scanner) more() bool {
	if s.all {
		return false
	}
	from := max(s.pos-2, 0) // scanner.before reads the two octets before pos
	if s.keep >= 0 {
		from = min(from, s.keep)
	}
	if from > 0 {
		s.win = s.win[:copy(s.win, s.win[from:])]
		s.base += int64(from)
		s.pos -= from
		if s.keep >= 0 {
			s.keep -= from
		}
	}
	n := len(s.win)
	if cap(s.win)-n < s.window/2+1 {
		s.win = slices.Grow(s.win, s.window)
	}
	want := min(int64(cap(s.win)-n), s.src.size-s.base-int64(n))
	if want > 0 {
		got, err := s.src.r.ReadAt(s.win[n:n+int(want)], s.base+int64(n))
		if s.win = s.win[:n+got]; int64(got) < want {
			s.src.fail(err)
			want = 0
		}
	}
	s.all = s.base+int64(len(s.win)) >= s.src.size || want <= 0
	return len(s.win) > n
}

// atEnd reports whether there are no more lines.
func (s *scanner) atEnd() bool { return s.pos >= len(s.win) && !s.more() }

// line reads a line, and returns it without its line end. If a line does not fit into the window, line may return only
// its first maxLine octets, because only these are compared with boundaries. The result is valid until the next call.
func (s *scanner) line() []byte {
	var begin []byte
	long := false
	for seen := 0; ; {
		rest := s.win[s.pos:]
		if n := bytes.IndexByte(rest[seen:], '\n'); n >= 0 {
			n += seen
			s.advance(n + 1)
			if long {
				return begin
			}
			return bytes.TrimSuffix(rest[:n], []byte{'\r'})
		}
		if s.keep >= 0 && !s.all && int64(len(s.win)-s.keep) > s.room() {
			s.keepHeader(s.room()) // the rest of the header is not parsed
		}
		if seen = len(rest); seen > maxLine && !s.all && s.keep < 0 {
			// Skip the rest of the line.
			if !long {
				begin, long = bytes.Clone(rest[:maxLine]), true
			}
			s.advance(seen)
			seen = 0
		}
		if !s.more() {
			rest = s.win[s.pos:]
			s.advance(len(rest))
			if long {
				return begin
			}
			return bytes.TrimSuffix(rest, []byte{'\r'})
		}
	}
}

// skip moves to the next line that begins with two hyphens, as boundaries do. It returns false if there is none.
func (s *scanner) skip() bool {
	for {
		rest := s.win[s.pos:]
		if len(rest) < 2 && s.more() {
			continue
		}
		if bytes.HasPrefix(rest, []byte("--")) {
			return true
		}
		if n := bytes.Index(rest, []byte("\n--")); n >= 0 {
			s.advance(n + 1)
			return true
		}
		if s.all {
			s.advance(len(rest))
			return false
		}
		// Keep the last two octets: they may be the beginning of a line end and hyphens that continue after the window.
		s.advance(len(rest) - 2)
		for s.more() {
			rest = s.win[s.pos:]
			if n := bytes.Index(rest, []byte("\n--")); n >= 0 {
				s.advance(n + 1)
				return true
			}
			if !s.all {
				s.advance(len(rest) - 2)
			}
		}
		rest = s.win[s.pos:]
		s.advance(len(rest))
		return false
	}
}

// before returns the end of a part. from is the beginning of the boundary line after it. The part ends before the
// line end that precedes from, but not before limit.
func (s *scanner) before(from, limit mark) mark {
	i := int(from.at - s.base)
	if from.at > limit.at && s.win[i-1] == '\n' {
		from.at--
		from.lf--
		if from.at > limit.at && s.win[i-2] == '\r' {
			from.at--
		}
	}
	return from
}
