package wire

const (
	bufSize       = 32 << 10  // size of the first array, unless NewReaderSize sets another
	leastSize     = 4 << 10   // the smallest size that NewReaderSize can set
	leanSize      = 128       // size of the array in lean mode; most unsolicited responses, such as "* 23 EXISTS", are shorter
	flowSize      = 256 << 10 // the array grows up to this size while reads fill it
	fullReads     = 2         // the array grows after this many reads in a row that fill it
	slackRead     = 32        // the array shrinks after this many reads in a row that fill an eighth or less
	minRead       = 2 << 10   // the least room for a read
	longLine      = 8 << 20   // size of the array for a long line; pages of it that are never written take no memory
	largeArray    = 512 << 10 // a larger array is freed if largeMessages messages in a row do not need it; see outgrown
	largeMessages = 16        // see largeArray
)

// A sizing decides how large a buffer's next array is. The decision depends on the sizes of the last reads and
// messages.
type sizing struct {
	size       int   // size of the first array, in bytes
	most       int   // Limits.Message
	full       uint8 // reads in a row that filled the array
	slack      uint8 // reads in a row that filled an eighth of the array or less
	underused  int   // messages in a row that needed less than a quarter of an array larger than largeArray
	lean       bool  // see Reader.Lean
	startSmall bool  // sizeFor begins with at most leastSize bytes when it sizes the next array
}

// noteRead counts a read that returned n octets. The array has size bytes. The argument free says how many bytes of the
// array were free before the read.
func (s *sizing) noteRead(n, free, size int) {
	switch {
	case n == free && free >= min(s.size, size)/2:
		s.full, s.slack = min(s.full+1, fullReads), 0
	case n <= size/8:
		s.full, s.slack = 0, min(s.slack+1, slackRead)
	case n > 0:
		s.full, s.slack = 0, 0
	}
}

// grows reports whether a larger array is to replace one of size bytes, because the last reads have filled it.
func (s *sizing) grows(size int) bool { return s.full >= fullReads && size < flowSize }

// shrinks reports whether a smaller array is to replace one of size bytes with n octets in use, because the last reads
// were short.
func (s *sizing) shrinks(size, n int) bool {
	return s.slack >= slackRead && size > s.size && size <= flowSize && n <= s.size/2
}

// sizeFor returns the size of the array that replaces one of size bytes. The argument have is how many octets will be
// copied into the new array. The argument grow says whether the method grows returned true.
func (s *sizing) sizeFor(have, size int, grow bool) int {
	want := 2 * max(have, minRead)
	switch {
	// A line that already has 256 KiB is likely to become much longer. One step to a large array saves the memory and
	// the copies of several smaller steps.
	case have >= largeArray/2 && have < longLine/4:
		want = longLine
	case have >= bufSize && have < largeArray/2:
		want = 4 * have
	}
	next := s.size
	if s.startSmall {
		// A message after a wait in lean mode is usually short, and the array is freed again before the next wait.
		next, s.startSmall = min(next, leastSize), false
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

// outgrown notes how many octets of an array a message has used. The array has size bytes, more than largeArray. It
// reports whether the buffer should free the array.
func (s *sizing) outgrown(used, size int) bool {
	if used >= size/4 {
		s.underused = 0
		return false
	}
	s.underused++
	return s.underused >= largeMessages
}
