package wire

const (
	bufSize   = 32 << 10  // the first array, unless NewReaderSize says otherwise
	leastSize = 4 << 10   // the smallest first array
	leanSize  = 128       // what a lean reader waits with: "* 23 EXISTS" and most other responses that nobody asked for are shorter
	flowSize  = 256 << 10 // what an array grows to because much comes
	fullReads = 2         // reads in a row that fill the array before it grows
	slackRead = 32        // reads in a row that fill little of it before it shrinks
	minRead   = 2 << 10   // the least room a read is given
	leap      = 8 << 20   // where a line of half of giant goes on: more than it fills is reserved, and not touched
	giant     = 512 << 10 // an array larger than this is given up when it is not needed
	keepSmall = 16        // … for so many messages
)

// A sizing decides how large a buffer's next array is, by what the last reads and messages needed.
type sizing struct {
	size   int   // of the first array, in bytes
	most   int   // Limits.Message
	full   uint8 // reads in a row that filled the array
	slack  uint8 // reads in a row that filled little of it
	small  int   // messages in a row that needed little of a giant array
	lean   bool  // see Reader.Lean
	rested bool  // the arrays were given up: the next is small
}

// flow notes that a read got n octets, with room for room octets in an array of size bytes.
func (s *sizing) flow(n, room, size int) {
	switch {
	case n == room && room >= min(s.size, size)/2:
		s.full, s.slack = min(s.full+1, fullReads), 0
	case n <= size/8:
		s.full, s.slack = 0, min(s.slack+1, slackRead)
	case n > 0:
		s.full, s.slack = 0, 0
	}
}

// grows reports whether an array of size bytes is to be exchanged for a larger one, because much comes.
func (s *sizing) grows(size int) bool { return s.full >= fullReads && size < flowSize }

// shrinks reports whether an array of size bytes, with n octets in it, is to be exchanged for a smaller one, because
// little comes.
func (s *sizing) shrinks(size, n int) bool {
	return s.slack >= slackRead && size > s.size && size <= flowSize && n <= s.size/2
}

// sizeFor returns the size of the array that replaces one of size bytes. have octets of the stride are there, and more are
// due. grow says that much comes.
func (s *sizing) sizeFor(have, size int, grow bool) int {
	want := 2 * max(have, minRead)
	switch {
	// A long line is likely to be much longer: each array on the way to it is memory that is touched and copied.
	case have >= giant/2 && have < leap/4:
		want = leap
	case have >= bufSize && have < giant/2:
		want = 4 * have
	}
	next := s.size
	if s.rested {
		// What follows a wait is short more often than not, and an array that is not full is given up at the next.
		next, s.rested = min(next, leastSize), false
	}
	if grow {
		want, s.full = max(want, min(4*size, flowSize)), 0
	}
	for next < want {
		next *= 2
	}
	if most := have + bufSize; next > most && s.most < next-bufSize {
		next = max(most, s.most+bufSize)
	}
	return next
}

// outgrown notes that a message needed used octets of a giant array of size bytes, and reports whether the array is to
// be given up.
func (s *sizing) outgrown(used, size int) bool {
	if used >= size/4 {
		s.small = 0
		return false
	}
	s.small++
	return s.small >= keepSmall
}
