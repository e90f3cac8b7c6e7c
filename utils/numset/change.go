package numset

// Add puts n into the set; 0 is "*". It takes constant time if n ascends.
func (s *Set) Add(n uint32) { s.AddRange(n, n) }

// AddRange puts the numbers from a to b, in either order, into the set. 0 is "*".
func (s *Set) AddRange(a, b uint32) {
	if top(a) > top(b) {
		a, b = b, a
	}
	switch {
	case s.form != listed:
		s.lose()
	case !s.some:
		s.last, s.some = Range{a, b}, true
	case top(a) > top(s.last.Stop)+1:
		s.push(s.last)
		s.last = Range{a, b}
	case top(a) >= top(s.last.Start):
		if top(b) > top(s.last.Stop) {
			s.last.Stop = b
		}
	default:
		s.insert(a, b)
	}
}

// insert is AddRange for a range that begins before the last one.
func (s *Set) insert(a, b uint32) {
	if len(s.chunks) == 0 && top(b)+1 >= top(s.last.Start) {
		s.last.Start = a
		if top(b) > top(s.last.Stop) {
			s.last.Stop = b
		}
		return
	}
	if top(b)+1 >= top(s.last.Start) {
		s.push(s.last)
		defer s.pop()
	}
	// Ranges that touch it are merged with it.
	from, to := s.find(top(a)-1), s.find(top(b)+1)
	if r, ok := s.at(to); ok && top(r.Start) <= top(b)+1 {
		to = s.after(to)
	}
	if from != to {
		first, _ := s.at(from)
		if top(first.Start) < top(a) {
			a = first.Start
		}
		if end := s.before(to); top(end.Stop) > top(b) {
			b = end.Stop
		}
	}
	s.splice(from, to, Range{a, b})
}

// Remove takes n out of the set.
func (s *Set) Remove(n uint32) { s.RemoveRange(n, n) }

// RemoveRange removes the numbers from a to b, in either order, from the set. The set does not know which message "*"
// is. If "*" is in the set or in the range, nothing is known about the result (Dynamic), unless the set was empty.
func (s *Set) RemoveRange(a, b uint32) {
	if s.Empty() {
		return
	}
	if s.Dynamic() || a == 0 || b == 0 {
		s.lose()
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
	from, to := s.find(top(a)), s.find(top(b))
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

// lose makes s a set about which nothing is known.
func (s *Set) lose() { *s = Set{kind: s.kind, form: unknown} }
