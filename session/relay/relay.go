package relay

import (
	"bufio"
	"io"
	"sync"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Window is the default of Config.Window.
const Window = 256

// Config has the two connections that a Relay joins, and the functions that it calls.
type Config struct {
	Commands  *parser.CommandReader // from the client
	Client    io.Writer             // to the client
	Responses *parser.Reader        // from the back end
	BackEnd   io.Writer             // to the back end
	// Mode says which non-synchronizing literals the back end accepts: see wire.BackEnd.
	Mode wire.Mode
	// Window is how many commands may be unanswered. While that many are unanswered, the Relay sends no more. 0 stands
	// for 256.
	Window int
	// Close closes both connections. The Relay calls it when it ends, perhaps several times.
	Close func()

	// Command, if set, is called with each command that the Relay does not refuse, when its tag and name have been
	// read. It may call SendFirst and Untagged, and then one other method of the command. If it calls no other method,
	// the Relay forwards the command unchanged. An error ends the Relay.
	Command func(*Command) error
	// Wants, if set, reports whether Response is called with untagged responses of this name. The name may be in lower
	// case. Response always gets status responses, except the answers to commands of SendFirst, and never continuation
	// requests.
	Wants func(name []byte) bool
	// Response, if set, is called with responses before the client gets them. It may call one of the response's
	// methods. An error ends the Relay.
	Response func(*Response) error
}

// A Relay forwards commands from a client to a back end, and responses from the back end to the client.
type Relay struct {
	cfg  Config
	back wire.BackEnd
	up   *bufio.Writer // to the back end; flushed before each read from the client
	down client

	mu               sync.Mutex
	changed          sync.Cond
	waiting          map[string]pending // commands that the back end has not answered, by tag
	askTag           string             // the tag of the command that is being sent
	passContinuation bool               // the client gets the back end's continuation requests, as for IDLE and AUTHENTICATE
	asked            bool               // the back end has sent a continuation request, which await has not seen
	own              int                // the number in the newest tag of SendFirst
	end              error              // why the Relay has ended
	stats            Stats
}

// pending is a command that has not been answered.
type pending struct {
	name string
	own  bool // a command of the proxy, from SendFirst
}

// Stats counts what a Relay has forwarded.
type Stats struct {
	Commands uint64 // commands sent to the back end, including those of SendFirst
	Refused  uint64 // commands that the proxy has answered
	Down     uint64 // octets to the client
}

// New returns a Relay. Before the program calls New, it must log in to the back end, and answer the client's login. No
// command may be unanswered on either side.
func New(cfg Config) *Relay {
	if cfg.Window <= 0 {
		cfg.Window = Window
	}
	x := &Relay{cfg: cfg, up: bufio.NewWriter(cfg.BackEnd), waiting: make(map[string]pending)}
	x.changed.L = &x.mu
	x.down.w = cfg.Client
	// The struct hides the method ReadFrom of x.up. That method would call Read of the client's reader, which flushes
	// x.up, while it fills the buffer of x.up.
	x.back = wire.BackEnd{W: struct{ io.Writer }{x.up}, Mode: cfg.Mode, Await: x.await, Invite: x.invite}
	x.cfg.Commands.OnLiteral(func(q *parser.LiteralRequest) error {
		if !q.Sync {
			return nil
		}
		return x.invite()
	})
	return x
}

// Run forwards commands and responses until a connection ends, or Config.Command or Config.Response fails. It returns
// the reason: io.EOF if the client or the back end has closed its connection between two commands or responses. It
// calls Config.Close, and returns when it no longer reads or writes.
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

// Stats returns the counts so far.
func (x *Relay) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.stats
	s.Down = x.down.count.Load()
	return s
}

// stop ends the Relay. Run returns the reason of the first call.
func (x *Relay) stop(why error) {
	x.mu.Lock()
	if x.end == nil {
		x.end = why
	}
	x.changed.Broadcast()
	x.mu.Unlock()
	x.cfg.Close()
}
