package relay

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Window is the default of Config.Window, and Linger that of Config.Linger.
const (
	Window = 256
	Linger = time.Minute
)

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
	// Linger is how long the back end may be silent after the client has closed its connection, or its half of the
	// connection, while commands are unanswered. The Relay ends after a longer silence, at the latest when the silence
	// has lasted twice as long. 0 stands for one minute.
	Linger time.Duration
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

	early early         // reads from the client while the goroutine that forwards commands waits for the back end
	reads atomic.Uint64 // how often the Relay has begun to read from the back end

	mu               sync.Mutex
	changed          sync.Cond
	waiting          map[string]pending // commands that the back end has not answered, by tag
	askTag           string             // the tag of the command that is being sent
	passContinuation bool               // the client gets the back end's continuation requests, as for IDLE and AUTHENTICATE
	asked            bool               // the back end has sent a continuation request, which await has not seen
	own              int                // the number in the newest tag of SendFirst
	end              error              // why the Relay has ended
	linger           *time.Timer        // set when the client has closed its connection; see Config.Linger
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
	cfg.Linger = cmp.Or(cfg.Linger, Linger)
	x := &Relay{cfg: cfg, waiting: make(map[string]pending)}
	x.changed.L = &x.mu
	x.down.w = cfg.Client
	x.up = bufio.NewWriter(&watched{cfg.BackEnd, &x.early})
	x.back = wire.BackEnd{W: &lazy{x.up}, Mode: cfg.Mode, Await: x.await, Invite: x.invite}
	x.early.init(x.clientGone)
	x.cfg.Commands.Wrap(func(rd io.Reader) io.Reader {
		x.early.rd = rd
		return &x.early
	})
	x.cfg.Commands.OnLiteral(func(q *parser.LiteralRequest) error {
		if !q.Sync {
			return nil
		}
		return x.invite()
	})
	return x
}

// Run forwards commands and responses until a connection ends, or Config.Command or Config.Response fails. It returns
// the reason: io.EOF if the client or the back end has closed its connection between two commands or responses, and a
// PanicError after a panic. It calls Config.Close, and returns when it no longer reads or writes.
//
// A client can close its half of the connection after its last command. It still gets the answers, as long as the back
// end goes on sending: see Config.Linger. If a client closes its connection in the middle of IDLE, AUTHENTICATE or
// another command, the Relay ends at once, unless it is waiting for the back end at that time.
func (x *Relay) Run() error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer x.down.release()
		x.run(x.responses, func() bool { return x.down.held })
	}()
	defer func() { // even if a function of the program calls runtime.Goexit
		<-done
		x.early.wait()
	}()
	x.run(x.commands, func() bool { return false })
	<-done
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.end
}

// errExit reports that a function of the program has called runtime.Goexit.
var errExit = errors.New("relay: a function of the program has called runtime.Goexit")

// run calls f, and then ends the Relay, even if f panics. run calls within after a panic: it reports whether this
// goroutine has written only a part of a response to the client.
func (x *Relay) run(f func() error, within func() bool) {
	err := errExit
	defer func() {
		if v := recover(); v != nil {
			recovered(v, &err)
			x.setEnd(err)
			x.apologize(within())
		}
		x.stop(err)
	}()
	err = f()
}

// Stats returns the counts so far.
func (x *Relay) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.stats
	s.Down = x.down.count.Load()
	return s
}

// stop ends the Relay.
func (x *Relay) stop(why error) {
	x.setEnd(why)
	x.close()
}

// setEnd records why the Relay ends. Run returns the reason of the first call, or the first PanicError if there is one.
func (x *Relay) setEnd(why error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if panicked := new(*PanicError); x.end == nil || errors.As(why, panicked) && !errors.As(x.end, panicked) {
		x.end = why
	}
	if x.linger != nil {
		x.linger.Stop()
	}
	x.changed.Broadcast()
}

// close calls Config.Close.
func (x *Relay) close() {
	if err := protect(func() error { x.cfg.Close(); return nil }); err != nil {
		x.setEnd(err)
	}
}

// clientGone is called when reading from the client has failed. After io.EOF, the Relay goes on while the back end
// sends something, because the client may have closed only its half of the connection.
func (x *Relay) clientGone(why error) {
	if why != io.EOF {
		x.stop(why)
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.linger != nil || x.end != nil {
		return
	}
	seen := x.reads.Load()
	x.linger = time.AfterFunc(x.cfg.Linger, func() {
		now := x.reads.Load()
		if now == seen {
			x.stop(io.EOF)
			return
		}
		seen = now
		x.mu.Lock()
		defer x.mu.Unlock()
		if x.end == nil {
			x.linger.Reset(x.cfg.Linger)
		}
	})
}

// finish waits for the answers to all commands, after the client has closed its connection between two commands.
func (x *Relay) finish() error {
	if err := x.up.Flush(); err != nil {
		return err
	}
	x.clientGone(io.EOF)
	x.mu.Lock()
	for len(x.waiting) > 0 && x.end == nil {
		x.changed.Wait()
	}
	x.mu.Unlock()
	x.down.sendWhole(nil) // the last answer can be in the buffer
	return io.EOF
}
