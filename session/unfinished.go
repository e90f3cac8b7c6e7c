package session

// Unfinished returns how many commands were started and are neither answered nor abandoned. A program that gives a
// session to another part of itself should have none, because a command that was not waited for is sent when the new
// owner waits for something.
func (s *Session) Unfinished() (n int) {
	err := s.enter()
	if err != nil {
		return 0
	}
	defer s.leave()
	for _, p := range s.queue.live() {
		if p.progress != answered && p.interest != abandoned && !p.loopLost.Load() {
			n++
		}
	}
	return n
}
