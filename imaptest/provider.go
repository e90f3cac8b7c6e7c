package imaptest

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// provider says how a mail provider behaves apart from its capabilities, as the authors of clients have reported it.
// See the file of each preset.
type provider struct {
	mailboxes  []providerBox
	mechanisms []string
	maxConns   int           // the most connections of one user; 0: no limit
	full       reply         // the answer to a login over maxConns
	life       time.Duration // the lifetime of a session; 0: no limit
	lifeToken  time.Duration // the lifetime of a session that began with a token; 0: life
	expired    string        // the text of the BYE that ends a session after its lifetime
	idle       time.Duration // the longest time without an octet from the client; 0: no limit
	quirks     []quirk       // faults that the provider always shows
	mishaps    []Mishap      // faults that happen only if a test injects them
}

// providerBox is a mailbox that each user of the provider has.
type providerBox struct {
	name string
	use  parser.MailboxAttr
}

// quirk is a fault that a provider always shows on an occasion.
type quirk struct {
	f Fault
	w When
}

// A Mishap is a fault that a provider has shown at times. A test can inject it. Fault and When are for Server.Inject;
// When.Times is 1.
type Mishap struct {
	Name   string // such as "throttled"
	Fault  Fault
	When   When
	Report string // the issue that reported it, such as "imapsync/imapsync#272"; "" if it names none
}

// Mishaps returns the faults that a preset's provider has shown at times, in addition to those that the preset always
// has: throttling, the end of sessions, and refusals for a while. It returns nil for a preset that is not a provider.
// The slice is the caller's.
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

// setOptions sets the options that the provider needs.
func (p *provider) setOptions(o *options) {
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

// injectQuirks injects the provider's quirks.
func (p *provider) injectQuirks(s *Server) {
	if p == nil {
		return
	}
	for _, q := range p.quirks {
		s.Inject(q.f, q.w)
	}
}

// createMailboxes creates the mailboxes that each user of the provider has.
func (p *provider) createMailboxes(s *Server, user string) error {
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

// admit returns an error if the user who has just logged in has too many connections. Otherwise it returns nil, and the
// lifetime of the session begins.
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
				Bye{Text: p.expired}.inflict(c, &injection{w: When{Moment: Now}})
			}
		})
	}
	return nil
}

// peers returns how many connections of the same user are older than c.
func (c *conn) peers() (n int) {
	for _, other := range c.srv.connections() {
		if other != c && other.num < c.num && other.whoami() == c.user.Name() {
			n++
		}
	}
	return n
}

// argsHave reports whether the text of the current command contains word, ignoring case.
func (c *conn) argsHave(word string) bool {
	return bytes.Contains(bytes.ToUpper(c.cmds.Raw()), bytes.ToUpper([]byte(word)))
}

// providerFault is a Fault that comes before a command: the provider sends something, answers the command without
// running it, or drops the connection.
type providerFault struct {
	text string
	does func(c *conn) *reply // returns the answer, or nil to run the command
	cut  func(c *conn) bool   // reports whether to drop the connection
}

// String describes the fault.
func (f providerFault) String() string { return f.text }

func (f providerFault) inflict(c *conn, inj *injection) {
	if f.cut != nil && f.cut(c) {
		c.finish(inj)
		return
	}
	if f.does != nil && inj.w.Moment == Before && c.faults.reply == nil {
		c.faults.reply = f.does(c)
	}
}

// providerChange is a Fault that changes an answer into the one that the provider sends.
type providerChange struct {
	text string
	say  func(c *conn, list []response) []response
}

// String describes the fault.
func (f providerChange) String() string { return f.text }

func (f providerChange) inflict(*conn, *injection) {}

func (f providerChange) change(c *conn, _ *injection, list []response) ([]response, string) {
	return f.say(c, list), ""
}
