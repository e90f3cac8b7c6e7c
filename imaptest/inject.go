package imaptest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// faultPlan holds the faults that tests have injected into a server, and those that have happened.
type faultPlan struct {
	any  atomic.Bool // Inject was ever called
	mu   sync.Mutex
	list []*injection
	log  []Injected
}

// injection is a fault with its occasions.
type injection struct {
	f       Fault
	w       When
	seen    int // occasions so far
	harmed  int // occasions on which the fault has happened
	removed bool
}

// WithSeed sets the seed of everything random in the server; without this option it is 1. The random numbers of a
// connection depend only on the seed and on the number of the connection, so its faults do not depend on other
// connections.
func WithSeed(seed uint64) Option { return func(o *options) { o.seed = seed } }

// Inject makes a fault happen on the occasions that w describes. The function that it returns removes the fault for
// later occasions, but does not undo a fault that has begun, such as a Slow. Inject panics if the fault does not fit
// the occasion, such as an Answer at the moment Now.
//
//	srv.Inject(imaptest.Answer{Status: parser.NO, Code: parser.CodeInUse}, imaptest.When{Command: "SELECT", Times: 1})
//	srv.Inject(imaptest.Cut{From: imaptest.ServerSide, After: 100}, imaptest.When{Conn: 2, Command: "FETCH"})
//	srv.Inject(imaptest.Bye{}, imaptest.When{Moment: imaptest.Now})
//
// If several faults happen on one occasion, the server applies all of them, in the order of the calls of Inject.
func (s *Server) Inject(f Fault, w When) (remove func()) {
	inj := &injection{f: f, w: w}
	if err := inj.check(); err != "" {
		panic("imaptest: " + f.String() + " " + w.String() + ": " + err)
	}
	p := &s.faults
	p.any.Store(true)
	if w.Moment == Now {
		for _, c := range s.connections() {
			if inj.fits(c, "", false) && p.take(c, inj) {
				f.inflict(c, inj)
			}
		}
		return func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, inj)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		inj.removed = true
		p.list = slices.DeleteFunc(p.list, func(x *injection) bool { return x == inj })
	}
}

// Injected returns the faults that have happened so far, in their order, at most the first 100,000. The slice is the
// caller's.
func (s *Server) Injected() []Injected {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return slices.Clone(s.faults.log)
}

// connections returns the open connections, by number.
func (s *Server) connections() (list []*conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *conn) int { return a.num - b.num })
	return list
}

// A change is a Fault that changes the answer to a command.
type change interface {
	Fault
	// change returns the responses to send instead, and a text that says what it has changed; "" if it has changed
	// nothing.
	change(c *conn, inj *injection, responses []response) ([]response, string)
}

// onlyFor is a Fault that makes sense for only one command.
type onlyFor interface {
	// occasion returns the only command for which the fault makes sense, or "" for any.
	occasion() string
}

// check returns the reason why a fault does not fit its occasion, or "". If the When names no command, check sets the
// only command for which the fault makes sense, if there is one.
func (inj *injection) check() string {
	w := inj.w
	_, changes := inj.f.(change)
	_, net := inj.f.(NetFault)
	if o, ok := inj.f.(onlyFor); ok && inj.w.Command == "" {
		inj.w.Command = o.occasion()
	}
	switch _, answer := inj.f.(Answer); {
	case changes && w.Moment != Before:
		return "a fault that changes an answer needs the moment Before"
	case answer && (w.Moment == During || w.Moment == Now):
		return "an answer needs the moment Before or After"
	case w.Command == Greeting && w.Moment == During:
		return "a greeting has no moment During"
	case w.Moment == Now && (w.Command != "" || w.Skip != 0):
		return "the moment Now allows neither Command nor Skip"
	case w.Chance < 0 || w.Chance > 1:
		return "Chance is not between 0 and 1"
	case !net && !changes && w.Moment == Now:
		switch inj.f.(type) {
		case Vanish, RefuseLiteral, ConnLimit, Delay, EnabledUnasked:
			return "it needs a command"
		}
	}
	return ""
}

// fits reports whether the command with this name is an occasion of the fault. The name is "" between commands.
func (inj *injection) fits(c *conn, name string, uid bool) bool {
	w := inj.w
	user := c.whoami()
	if w.Conn != 0 && w.Conn != c.num || w.User != "" && w.User != user {
		return false
	}
	if w.Moment == Now {
		return true
	}
	if w.Command == "" {
		_, net := inj.f.(NetFault)
		return name != Greeting && (name == starting) == (net && w.Moment == Before)
	}
	want := strings.ToUpper(w.Command)
	return want == name || uid && want == "UID "+name
}

// take counts an occasion and reports whether to apply the fault.
func (p *faultPlan) take(c *conn, inj *injection) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if inj.removed || inj.w.Times > 0 && inj.harmed >= inj.w.Times {
		return false
	}
	if inj.seen++; inj.seen <= inj.w.Skip {
		return false
	}
	if x := inj.w.Chance; x > 0 && x < 1 && c.chance().Float64() >= x {
		return false
	}
	inj.harmed++
	return true
}

// occasions returns each fault f to apply for the command with this name, if want(f) is true.
func (c *conn) occasions(name string, uid bool, want func(Fault) bool) (list []*injection) {
	p := &c.srv.faults
	p.mu.Lock()
	all := slices.Clone(p.list)
	p.mu.Unlock()
	for _, inj := range all {
		if want(inj.f) && inj.fits(c, name, uid) && p.take(c, inj) {
			list = append(list, inj)
		}
	}
	return list
}

// chance returns the connection's source of random numbers. The caller holds the plan's lock.
func (c *conn) chance() *rand.Rand {
	if c.rng == nil {
		c.rng = rand.New(rand.NewPCG(c.srv.opt.seed, uint64(c.num)))
	}
	return c.rng
}

// noteFault records a fault that has happened.
func (c *conn) noteFault(f Fault, note string) {
	i := Injected{Fault: f, Conn: c.num, User: c.whoami(), At: time.Now(), Command: c.currentCommand(), Note: note}
	if c.link != nil {
		i.Client, i.Server = c.link.Octets(ClientSide), c.link.Octets(ServerSide)
	}
	p := &c.srv.faults
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.log) < maxInjected {
		p.log = append(p.log, i)
	}
	if l := c.srv.logger(); l != nil {
		l.Info("imaptest: fault", "conn", i.Conn, "command", i.Command, "fault", fmt.Sprint(f), "note", note)
	}
}

// maxInjected is the greatest number of faults that Injected returns.
const maxInjected = 100_000

// armNet applies a fault of the network.
func (c *conn) armNet(f NetFault, inj *injection) {
	if c.link == nil {
		c.noteFault(f, "not applied: the server does not control the network of this connection")
		return
	}
	if inj.w.Moment != Now {
		c.flush()
	}
	c.link.Inject(f)
}
