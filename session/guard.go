package session

import "context"

// Who uses the session. One word tells misuse from use: a second goroutine gets an error, not a
// corrupted buffer.
const (
	useFree    int32 = iota
	useDriving       // within step
	useLoop          // in a loop over a stream; Session.inBody tells whether in its body
	useHandler       // in a callback
)

// enter begins to drive the session.
func (s *Session) enter() error {
	if s.use.CompareAndSwap(useFree, useDriving) {
		return nil
	}
	return s.misuse()
}

func (s *Session) leave() { s.use.Store(useFree) }

func (s *Session) misuse() error {
	switch s.use.Load() {
	case useLoop:
		if s.inBody {
			return ErrStreamOpen
		}
	case useHandler:
		return ErrBusy
	}
	return ErrConcurrent
}

// call runs a callback, in which the session must not be used.
func (s *Session) call(f func()) {
	was := s.use.Load()
	s.use.Store(useHandler)
	f()
	s.use.Store(was)
}

// watch lets the end of ctx cut the session's waits, until the function it returns is called.
func (s *Session) watch(ctx context.Context) (done func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	l := s.link
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		l.interrupt(context.Cause(ctx))
		close(ended)
	})
	return func() {
		if !stop() {
			<-ended
		}
		// An upgrade may have put another link in place; both go on.
		l.resume()
		s.link.resume()
	}
}
