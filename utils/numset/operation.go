package numset

// combine returns an empty set to which an operation on s and t can add its result. The set has the kind of s and t. If
// s and t have different kinds, combine returns an unknown set, and lost is true. The zero Set can be combined with
// every kind.
func combine(s, t *Set) (out Set, lost bool) {
	switch {
	case s.kind == t.kind || t.kind == NoKind && t.Empty():
		out.kind = s.kind
	case s.kind == NoKind && s.Empty():
		out.kind = t.kind
	default:
		out.form = unknown
	}
	return out, out.form == unknown
}

// muchSmaller reports whether t has so few ranges that it is faster to change s for each of them than to iterate over
// both sets.
func muchSmaller(s, t *Set) bool {
	return len(t.chunks) == 0 && len(s.chunks) > 0 || len(s.chunks) > 100*len(t.chunks)
}

// least returns the least number of a set, which must not be empty.
func (s *Set) least() uint32 {
	r, _ := (&cursor{s: s}).next()
	return r.Start
}

// Union returns the set of the numbers that are in s or in t. If the sets have different kinds, the result is unknown
// and has no kind. The union of the zero Set and t is t.
func (s Set) Union(t Set) Set {
	out, lost := combine(&s, &t)
	switch {
	case lost:
		return out
	case t.Empty():
		return s.WithKind(out.kind)
	case s.Empty():
		return t.WithKind(out.kind)
	case s.form != listed || t.form != listed:
		if s.form == saved && t.form == saved {
			return s.WithKind(out.kind)
		}
		out.setUnknown()
		return out
	case muchSmaller(&s, &t) || orderOf(t.least()) >= orderOf(s.last.Start):
		for r := range t.Spans() {
			s.AddRange(r.Start, r.Stop)
		}
		return s.WithKind(out.kind)
	}
	a, b := cursor{s: &s}, cursor{s: &t}
	x, more := a.next()
	y, others := b.next()
	for more || others {
		if more && (!others || orderOf(x.Start) <= orderOf(y.Start)) {
			out.AddRange(x.Start, x.Stop)
			x, more = a.next()
			continue
		}
		out.AddRange(y.Start, y.Stop)
		y, others = b.next()
	}
	return out
}

// Difference returns the set of the numbers that are in s and not in t. If one set is dynamic and the other is not
// empty, the result is unknown, because only the server knows the numbers of a dynamic set. To replace "*" by a
// number, call Resolve first. If the sets have different kinds, the result is unknown too.
func (s Set) Difference(t Set) Set {
	out, lost := combine(&s, &t)
	switch {
	case lost:
		return out
	case s.Empty() || t.Empty():
		return s.WithKind(out.kind)
	case s.Dynamic() || t.Dynamic():
		out.setUnknown()
		return out
	case muchSmaller(&s, &t):
		for r := range t.Spans() {
			s.RemoveRange(r.Start, r.Stop)
		}
		return s.WithKind(out.kind)
	}
	b := t.from(s.least())
	y, others := b.next()
	for x := range s.Spans() {
		for others && y.Stop < x.Start {
			y, others = b.next()
		}
		start := uint64(x.Start)
		for others && y.Start <= x.Stop {
			if uint64(y.Start) > start {
				out.AddRange(uint32(start), y.Start-1)
			}
			start = uint64(y.Stop) + 1
			if y.Stop >= x.Stop {
				break // the range y may also overlap the next range of s
			}
			y, others = b.next()
		}
		if start <= uint64(x.Stop) {
			out.AddRange(uint32(start), x.Stop)
		}
	}
	return out
}

// Intersect returns the set of the numbers that are both in s and in t. If one set is dynamic and the other is not
// empty, the result is unknown, because only the server knows the numbers of a dynamic set. To replace "*" by a
// number, call Resolve first. If the sets have different kinds, the result is unknown too.
func (s Set) Intersect(t Set) Set {
	out, lost := combine(&s, &t)
	switch {
	case lost || s.Empty() || t.Empty():
		return out
	case s.Dynamic() || t.Dynamic():
		out.setUnknown()
		return out
	}
	a, b := s.from(t.least()), t.from(s.least())
	x, more := a.next()
	y, others := b.next()
	for more && others {
		if start, stop := max(x.Start, y.Start), min(x.Stop, y.Stop); start <= stop {
			out.AddRange(start, stop)
		}
		if x.Stop < y.Stop {
			x, more = a.next()
		} else {
			y, others = b.next()
		}
	}
	return out
}

// Resolve returns the set with largest, the largest number in use, in place of "*". For example, 5:* becomes 5:9 if
// largest is 9, and 3:5 if largest is 3, as on a server (RFC 9051 §9 seq-range). If largest is 0, the mailbox is empty,
// and Resolve removes ranges with "*". "$" stays.
func (s Set) Resolve(largest uint32) Set {
	if s.form != listed || !s.hasLast || s.last.Stop != 0 {
		return s
	}
	start := s.last.Start
	s.pop()
	if largest == 0 {
		return s
	}
	if start == 0 {
		start = largest
	}
	s.AddRange(start, largest)
	return s
}
