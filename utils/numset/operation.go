package numset

// mix begins the result of an operation on s and t. It returns true if nothing is known about the result, because the
// numbers of two kinds have nothing to do with each other. The zero Set is compatible with every kind.
func mix(s, t *Set) (out Set, lost bool) {
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

// few reports whether it is faster to iterate over t and change s than to iterate over both.
func few(s, t *Set) bool {
	return len(t.chunks) == 0 && len(s.chunks) > 0 || len(s.chunks) > 100*len(t.chunks)
}

// least returns the lowest number of a set that has ranges.
func (s *Set) least() uint32 {
	r, _ := (&cursor{s: s}).next()
	return r.Start
}

// Union returns the numbers that are in s, in t, or in both. For sets of two kinds the result has no kind, and nothing
// is known about it (Dynamic). The union of the zero Set and t is t.
func (s Set) Union(t Set) Set {
	out, lost := mix(&s, &t)
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
		out.lose()
		return out
	case few(&s, &t) || top(t.least()) >= top(s.last.Start):
		for r := range t.Spans() {
			s.AddRange(r.Start, r.Stop)
		}
		return s.WithKind(out.kind)
	}
	a, b := cursor{s: &s}, cursor{s: &t}
	x, more := a.next()
	y, others := b.next()
	for more || others {
		if more && (!others || top(x.Start) <= top(y.Start)) {
			out.AddRange(x.Start, x.Stop)
			x, more = a.next()
			continue
		}
		out.AddRange(y.Start, y.Stop)
		y, others = b.next()
	}
	return out
}

// Difference returns the numbers that are in s and not in t. If a set holds "*", call Resolve first, because the
// message that "*" means is not known here: otherwise nothing is known about the result (Dynamic). The same is true for
// sets of two kinds.
func (s Set) Difference(t Set) Set {
	out, lost := mix(&s, &t)
	switch {
	case lost:
		return out
	case s.Empty() || t.Empty():
		return s.WithKind(out.kind)
	case s.Dynamic() || t.Dynamic():
		out.lose()
		return out
	case few(&s, &t):
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
				break // it may overlap the next range
			}
			y, others = b.next()
		}
		if start <= uint64(x.Stop) {
			out.AddRange(uint32(start), x.Stop)
		}
	}
	return out
}

// Intersect returns the numbers that are both in s and in t. If a set holds "*", call Resolve first, because the
// message that "*" means is not known here: otherwise nothing is known about the result (Dynamic). The same is true for
// sets of two kinds.
func (s Set) Intersect(t Set) Set {
	out, lost := mix(&s, &t)
	switch {
	case lost || s.Empty() || t.Empty():
		return out
	case s.Dynamic() || t.Dynamic():
		out.lose()
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

// Resolve returns the set with "*" replaced by the largest number in use. 5:* with 9 is 5:9, and with 3 it is 3:5, as
// on a server (RFC 9051 §9 seq-range). If largest is 0, the mailbox is empty, and ranges with "*" are dropped. "$"
// stays.
func (s Set) Resolve(largest uint32) Set {
	if s.form != listed || !s.some || s.last.Stop != 0 {
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
