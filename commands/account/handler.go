package account

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// handler returns the handler for the session of c. It calls the handler of the job or watcher that has the
// connection. If that one has no handler, or nobody has the connection, it calls the program's.
func (c *conn) handler(program *session.Handler) session.Handler {
	h := *program
	now := func() *session.Handler {
		if c.use != nil {
			return c.use
		}
		return program
	}
	h.Exists = func(n uint32) {
		if f := now().Exists; f != nil {
			f(n)
		}
	}
	h.Gone = func(g session.Gone) {
		if f := now().Gone; f != nil {
			f(g)
		}
	}
	h.Opened = func(box *session.Mailbox) {
		if f := now().Opened; f != nil {
			f(box)
		}
	}
	h.Fetch = func(m *parser.Fetch) {
		if f := now().Fetch; f != nil {
			f(m)
		}
	}
	h.Other = func(r *parser.Response) {
		if f := now().Other; f != nil {
			f(r)
		}
	}
	h.Alert = func(text string) {
		if f := now().Alert; f != nil {
			f(text)
		} else if program.Alert != nil {
			program.Alert(text)
		}
	}
	return h
}
