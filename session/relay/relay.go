package relay

import (
	"bufio"
	"io"
	"sync"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Window is how many commands may be unanswered, if Config does not say otherwise.
const Window = 256

// Config is what a Relay joins, and who is asked.
type Config struct {
	Commands  *parser.CommandReader // what the client says
	Client    io.Writer             // to the client
	Responses *parser.Reader        // what the back end says
	BackEnd   io.Writer             // to the back end
	// Mode says which literals the back end takes unasked: see wire.BackEnd.
	Mode wire.Mode
	// Window is how many commands may be unanswered; further ones are not read. Default 256.
	Window int
	// Close closes both connections. It is called when either side has ended, and may be called several times.
	Close func()

	// Command, if set, is shown each command when its head has been read. It calls one of the command's methods, or
	// none: then the command is handed on as it came. Its error ends the Relay.
	Command func(*Command) error
	// Wants, if set, says by their names which untagged responses Response is shown; the name may be in lower case. Status responses are
	// shown whatever it says, and continuation requests never.
	Wants func(name []byte) bool
	// Response, if set, is shown responses before they are handed on, and may call one of the response's methods. Its error ends the Relay.
	Response func(*Response) error
}

// A Relay hands on what a client and a back end say.
type Relay struct {
	cfg  Config
	back wire.BackEnd
	up   *bufio.Writer // to the back end
	down client

	mu      sync.Mutex
	changed sync.Cond
	waiting map[string]pending // what the back end has not answered, by tags
	ask     string             // the tag of the command in which the back end is waited for
	pass    bool               // what it asks is the client's to hear
	asked   bool               // it has asked for more
	own     int                // commands of the Relay's own
	end     error              // why it has ended
	stats   Stats
}

// pending is a command that has not been answered.
type pending struct {
	name string
	own  bool // nobody but the Relay has sent it
}

// Stats counts what has passed.
type Stats struct {
	Commands uint64 // that have been handed on
	Refused  uint64 // that have not
	Down     uint64 // octets to the client
}

// New returns a Relay. The client has been told that it is logged in, and the back end has been logged in to; nothing is under way on either side.
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

// Run hands on until either side ends, and returns why: io.EOF if the client or the back end has closed its connection between two messages. It
// calls Config.Close, and returns when nothing is read or written any more.
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
