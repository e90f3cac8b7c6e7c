package session

// Unfinished returns how many commands were started that are neither answered nor abandoned. Whoever hands a session on to somebody else wants
// it to be none: what was started and never waited for is not sent before that one waits for something.
func (s *Session) Unfinished() (n int) {
	err := s.enter()
	if err != nil {
		return 0
	}
	defer s.leave()
	for _, p := range s.queue.live() {
		if p.progress != answered && p.interest != abandoned && !p.orphan.Load() {
			n++
		}
	}
	return n
}
