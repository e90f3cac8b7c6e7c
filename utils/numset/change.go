package numset

// Add adds n to the set; 0 is "*". If n is greater than all numbers of the set, the time of Add hardly depends on the
// size of the set.
func (s *Set) Add(n uint32) { s.AddRange(n, n) }

// AddRange adds the numbers from a to b to the set, or from b to a if a is greater than b. A 0 is "*".
func (s *Set) AddRange(a, b uint32) {
	if orderOf(a) > orderOf(b) {
		a, b = b, a
	}
	switch {
	case s.form != listed:
		s.setUnknown()
	case !s.hasLast:
		s.last, s.hasLast = Range{a, b}, true
	case orderOf(a) > orderOf(s.last.Stop)+1:
		s.push(s.last)
		s.last = Range{a, b}
	case orderOf(a) >= orderOf(s.last.Start):
		if orderOf(b) > orderOf(s.last.Stop) {
			s.last.Stop = b
		}
	default:
		s.insert(a, b)
	}
}

// insert adds a range that begins before the last range of the set.
func (s *Set) insert(a, b uint32) {
	if len(s.chunks) == 0 && orderOf(b)+1 >= orderOf(s.last.Start) {
		s.last.Start = a
		if orderOf(b) > orderOf(s.last.Stop) {
			s.last.Stop = b
		}
		return
	}
	if orderOf(b)+1 >= orderOf(s.last.Start) {
		s.push(s.last)
		defer s.pop()
	}
	// Merge the new range with the ranges that touch it.
	from, to := s.find(orderOf(a)-1), s.find(orderOf(b)+1)
	if r, ok := s.at(to); ok && orderOf(r.Start) <= orderOf(b)+1 {
		to = s.after(to)
	}
	if from != to {
		first, _ := s.at(from)
		if orderOf(first.Start) < orderOf(a) {
			a = first.Start
		}
		if end := s.before(to); orderOf(end.Stop) > orderOf(b) {
			b = end.Stop
		}
	}
	s.splice(from, to, Range{a, b})
}

// Remove removes n from the set.
func (s *Set) Remove(n uint32) { s.RemoveRange(n, n) }

// RemoveRange removes the numbers from a to b from the set, or from b to a if a is greater than b. If the set or the
// range has "*", the result is unknown (see Set.Unknown), because only the server knows which number "*" is. An empty
// set stays empty.
func (s *Set) RemoveRange(a, b uint32) {
	if s.Empty() {
		return
	}
	if s.Dynamic() || a == 0 || b == 0 {
		s.setUnknown()
		return
	}
	a, b = min(a, b), max(a, b)
	if a > s.last.Stop {
		return
	}
	if b >= s.last.Start {
		s.push(s.last)
		defer s.pop()
	}
	from, to := s.find(orderOf(a)), s.find(orderOf(b))
	if r, ok := s.at(to); ok && r.Start <= b {
		to = s.after(to)
	}
	if from != to {
		var rest [2]Range
		n := 0
		if first, _ := s.at(from); first.Start < a {
			rest[n], n = Range{first.Start, a - 1}, n+1
		}
		if end := s.before(to); end.Stop > b {
			rest[n], n = Range{b + 1, end.Stop}, n+1
		}
		s.splice(from, to, rest[:n]...)
	}
}

// setUnknown makes s an unknown set.
func (s *Set) setUnknown() { *s = Set{kind: s.kind, form: unknown} }
