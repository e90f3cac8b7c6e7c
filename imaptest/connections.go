package imaptest

import (
	"context"
	"fmt"
)

// Connection is a connection to the server, as it was when it was looked at.
type Connection struct {
	Num     int    // from 1, in the order in which they began
	User    string // who has logged in; "" for nobody
	Mailbox string // what is open; "" for nothing
	Idle    bool   // whether it is in IDLE
}

// Connections returns the connections that there are, in the order in which they began. The slice is the caller's.
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

// WaitIdleIn waits until a connection of that user's is in IDLE with that mailbox open; an empty name is any. It fails when ctx is done, or the server is closed.
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
