package session

// Unfinished returns how many commands were started and are neither answered nor abandoned. It returns 0 if another
// goroutine drives the session. It should be 0 before one part of a program gives a session to another part. Otherwise
// a command that the old owner has not waited for is sent later, when the new owner waits for something.
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
