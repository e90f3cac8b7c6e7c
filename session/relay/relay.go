package relay

import (
	"bufio"
	"io"
	"sync"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Window is how many commands may be unanswered, unless Config says otherwise.
const Window = 256

// Config has the two connections that a Relay joins, and the functions that it calls.
type Config struct {
	Commands  *parser.CommandReader // from the client
	Client    io.Writer             // to the client
	Responses *parser.Reader        // from the back end
	BackEnd   io.Writer             // to the back end
	// Mode says which literals the back end accepts unasked: see wire.BackEnd.
	Mode wire.Mode
	// Window is how many commands may be unanswered; the Relay reads no more until one is answered. 0 means 256.
	Window int
	// Close closes both connections. The Relay calls it when either side has ended, maybe several times.
	Close func()

	// Command, if set, is called with each command when its head has been read. It calls one of the command's methods,
	// or none: then the command is passed on as it came. An error ends the Relay.
	Command func(*Command) error
	// Wants, if set, decides by their names which untagged responses Response sees; the name may be in lower case.
	// Response always sees status responses, and never continuation requests.
	Wants func(name []byte) bool
	// Response, if set, is called with responses before they are passed on, and may call one of the response's methods.
	// An error ends the Relay.
	Response func(*Response) error
}

// A Relay passes commands and responses between a client and a back end.
type Relay struct {
	cfg  Config
	back wire.BackEnd
	up   *bufio.Writer // to the back end
	down client

	mu               sync.Mutex
	changed          sync.Cond
	waiting          map[string]pending // commands that the back end has not answered, by tag
	askTag           string             // the tag of the command that waits for the back end
	passContinuation bool               // the client must receive the back end's continuation request
	asked            bool               // the back end has asked for more
	own              int                // commands that the Relay sent itself
	end              error              // why the Relay has ended
	stats            Stats
}

// pending is a command that has not been answered.
type pending struct {
	name string
	own  bool // the Relay has sent it, and not the client
}

// Stats counts what has passed.
type Stats struct {
	Commands uint64 // commands passed on
	Refused  uint64 // commands not passed on
	Down     uint64 // octets to the client
}

// New returns a Relay. The program must have logged in to the back end before, and have told the client that it is
// logged in. No command may be unanswered on either side.
func New(cfg Config) *Relay {
	if cfg.Window <= 0 {
		cfg.Window = Window
	}
	x := &Relay{cfg: cfg, up: bufio.NewWriter(cfg.BackEnd), waiting: make(map[string]pending)}
	x.changed.L = &x.mu
	x.down.w = cfg.Client
	x.back = wire.BackEnd{W: x.up, Mode: cfg.Mode, Await: x.await, Invite: x.invite}
	x.cfg.Commands.OnLiteral(func(q *parser.LiteralRequest) error {
		if !q.Sync {
			return nil
		}
		return x.invite()
	})
	return x
}

// Run passes on commands and responses until either side ends, and returns why: io.EOF if the client or the back end
// has closed its connection between two messages. It calls Config.Close, and returns when it no longer reads or writes.
func (x *Relay) Run() error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.stop(x.responses())
	}()
	x.stop(x.commands())
	<-done
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.end
}

// Stats returns what has passed so far.
func (x *Relay) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.stats
	s.Down = x.down.count.Load()
	return s
}

// stop ends the Relay. The first reason is the one that counts.
func (x *Relay) stop(why error) {
	x.mu.Lock()
	if x.end == nil {
		x.end = why
	}
	x.changed.Broadcast()
	x.mu.Unlock()
	x.cfg.Close()
}
