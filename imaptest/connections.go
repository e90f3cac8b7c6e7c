package imaptest

import (
	"context"
	"fmt"
)

// Connection describes a connection to the server at one moment.
type Connection struct {
	Num     int    // the number of the connection, from 1, in the order in which they began
	User    string // the user who has logged in; "" for none
	Mailbox string // the selected mailbox; "" for none
	Idle    bool   // whether it is in IDLE
}

// Connections returns the open connections, in the order in which they began. The slice is the caller's.
func (s *Server) Connections() (list []Connection) {
	for _, c := range s.connections() {
		list = append(list, c.look())
	}
	return list
}

func (c *conn) look() Connection {
	c.info.Lock()
	defer c.info.Unlock()
	return Connection{Num: c.num, User: c.shown, Mailbox: c.opened, Idle: c.inIdle}
}

// WaitIdleIn waits until a connection of the user is in IDLE with the mailbox selected. An empty name matches any user
// or mailbox. If ctx is done first, it returns an error that wraps the cause. It also returns an error if the server is
// closed.
func (s *Server) WaitIdleIn(ctx context.Context, user, mailbox string) error {
	defer context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.idleCond.Broadcast()
	})()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for c := range s.conns {
			if x := c.look(); x.Idle && (user == "" || user == x.User) && (mailbox == "" || mailbox == x.Mailbox) {
				return nil
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("imaptest: waiting for IDLE: %w", context.Cause(ctx))
		}
		if s.closed {
			return fmt.Errorf("imaptest: waiting for IDLE: the server is closed")
		}
		s.idleCond.Wait()
	}
}
