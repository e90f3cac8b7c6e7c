package imaptest

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// provider is a mail provider's ways beyond what it offers, as they were reported by the writers of clients; see the preset's own file.
type provider struct {
	mailboxes  []providerBox
	mechanisms []string
	maxConns   int           // of one user; 0 is any number
	full       reply         // what who is over it is told at login
	life       time.Duration // of a session; 0 is for ever
	lifeToken  time.Duration // the same, of one that a token has opened
	expired    string        // what is said at its end
	idle       time.Duration // without an octet from the client; 0 is for ever
	quirks     []quirk       // always there
	mishaps    []Mishap      // there when a test asks for them
}

// providerBox is a mailbox that each user has.
type providerBox struct {
	name string
	use  parser.MailboxAttr
}

// quirk is a fault that a provider has on an occasion.
type quirk struct {
	f Fault
	w When
}

// Mishap is what a provider has been seen to do to clients at times, for tests to inject. Fault and When are for Server.Inject; When.Times is 1.
type Mishap struct {
	Name   string // "throttled"
	Fault  Fault
	When   When
	Report string // who reported it
}

// Mishaps returns what the provider of a preset has been seen to do to clients at times, beyond what the preset does always: how it throttles, ends
// sessions, and refuses for a while. It returns nil for presets that are no provider's. The slice is the caller's.
//
//	for _, m := range imaptest.Mishaps("outlook") {
//		srv.Inject(m.Fault, m.When)
func Mishaps(preset string) []Mishap {
	p := presets[preset].provider
	if p == nil {
		return nil
	}
	return append([]Mishap(nil), p.mishaps...)
}

// use makes the options those of the provider.
func (p *provider) use(o *options) {
	if o.provider = p; p == nil {
		return
	}
	if o.login.mechanisms == nil {
		o.login.mechanisms = p.mechanisms
	}
	if p.idle > 0 {
		o.guard.idle = p.idle
	}
}

// settle asks for what the provider does always.
func (p *provider) settle(s *Server) {
	if p == nil {
		return
	}
	for _, q := range p.quirks {
		s.Inject(q.f, q.w)
	}
}

// furnish makes the mailboxes that each user has.
func (p *provider) furnish(s *Server, user string) error {
	if p == nil {
		return nil
	}
	u := s.store.User(user)
	for _, b := range p.mailboxes {
		m, err := u.Create(b.name)
		if err != nil {
			return fmt.Errorf("imaptest: %s: %w", b.name, err)
		}
		if b.use != "" {
			m.SetSpecialUse(string(b.use))
		}
	}
	return nil
}

// admit says what somebody is told who has logged in and has too many connections, or nil; for the others, the session's life begins.
func (p *provider) admit(c *conn) error {
	if p == nil {
		return nil
	}
	if p.maxConns > 0 && p.full.Text != "" && c.peers() >= p.maxConns {
		r := p.full
		return &r
	}
	life := p.life
	if p.lifeToken > 0 && strings.Contains(c.m.Mechanism(), "OAUTH") {
		life = p.lifeToken
	}
	if life > 0 {
		time.AfterFunc(life, func() {
			c.srv.mu.Lock()
			_, there := c.srv.conns[c]
			c.srv.mu.Unlock()
			if there {
				Bye{Text: p.expired}.befall(c, &injection{w: When{Moment: Now}})
			}
		})
	}
	return nil
}

// peers returns how many other connections the same user has that are older.
func (c *conn) peers() (n int) {
	for _, other := range c.srv.connections() {
		if other != c && other.num < c.num && other.whoami() == c.user.Name() {
			n++
		}
	}
	return n
}

// argsHave reports whether the command at hand has a word in it, in any case.
func (c *conn) argsHave(word string) bool {
	return bytes.Contains(bytes.ToUpper(c.cmds.Raw()), bytes.ToUpper([]byte(word)))
}

// manner is a Fault that is a provider's manner: what it does before a command, unless it answers it.
type manner struct {
	text string
	does func(c *conn) *reply // nil: nothing comes of it
	cut  func(c *conn) bool   // whether the connection is dropped
}

// String tells the manner.
func (f manner) String() string { return f.text }

func (f manner) befall(c *conn, inj *injection) {
	if f.cut != nil && f.cut(c) {
		c.finish(inj)
		return
	}
	if f.does != nil && inj.w.Moment == Before && c.hit.reply == nil {
		c.hit.reply = f.does(c)
	}
}

// accent is a Fault that says what a command is answered in a provider's way.
type accent struct {
	text string
	say  func(c *conn, list []response) []response
}

// String tells the accent.
func (f accent) String() string { return f.text }

func (f accent) befall(*conn, *injection) {}

func (f accent) change(c *conn, _ *injection, list []response) ([]response, string) {
	return f.say(c, list), ""
}
