package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

// Config sets how a session behaves. Nil and the zero Config mean the defaults.
type Config struct {
	// Logger gets commands at slog.LevelDebug, and the lines of the wire at LevelTrace, both without secrets. If it is
	// nil, nothing is logged, at no cost.
	Logger *slog.Logger
	// TraceText lets LevelTrace show strings and free text of the wire. Secrets are never shown.
	TraceText bool
	// Handler receives what the server sends unsolicited.
	Handler Handler
	// Limits bounds what the server can make the session hold.
	Limits wire.Limits
	// StallTimeout is the longest silence while an answer is due, or while the server reads what is written. Every read
	// renews it. 0 means DefaultStallTimeout; negative means no limit.
	StallTimeout time.Duration
	// BodyWait is how long the session waits for a Read of a message that is in progress when the wait for its command
	// ends, because a Read cannot be cut. After BodyWait the session abandons the Read and drops its result. BodyWait
	// is also how long a connection may take for a small command that is being written when a wait ends. 0 means
	// DefaultBodyWait; negative means no limit.
	BodyWait time.Duration
	// Window is how many octets of unanswered commands the session writes without reading meanwhile. It must not exceed
	// the buffers between the two sides, or each side might wait for the other. A goroutine writes what exceeds it,
	// while the session reads. 0 means DefaultWindow, or less if transport.BufferSize knows that the connection holds
	// less, as net.Pipe does.
	Window int
	// Pipeline is how many commands may be unanswered at one time; 1 sends them one by one. 0 means DefaultPipeline.
	Pipeline int
	// MaxKept is how many octets of streams' data the session keeps, for all streams together, while the program waits
	// for something else. A stream that would need more ends with a KeptError. MaxKept also bounds what is kept of a
	// literal whose loop waits for another command before it has read the whole literal. 0 means DefaultMaxKept.
	MaxKept int64
	// Rules says which deviations from the grammar the session tolerates, unless Strict is set; 0 means all that have a
	// rule.
	Rules wire.Rules
	// Strict tolerates no deviation.
	Strict bool
	// RequireTLS refuses a server that would continue without TLS. Dial sets it if the URL asks for STARTTLS.
	RequireTLS bool
	// MaxUntagged is how many untagged responses in a row may answer nothing while the program waits for a command.
	// They are unsolicited, or answer a command that was abandoned or exceeded MaxResult. 0 means DefaultMaxUntagged.
	MaxUntagged int
	// MaxResult is how many octets of responses may make up the result of one command, with 128 added for each
	// response, because the session holds what a command collects until the command is answered. A command that exceeds
	// it fails with a wire.LimitError, and the rest is dropped. 0 means DefaultMaxResult. A Stream holds nothing and
	// has no such limit.
	MaxResult int64
	// MaxCaps is how many capabilities a server may have, and how many it may turn on by ENABLED; a name may have 1
	// KiB. What exceeds this is dropped. The command in flight, or Open, then fails with a wire.LimitError. 0 means
	// DefaultMaxCaps.
	MaxCaps int
	// MaxChallenges is how many challenges the server may send in one AUTHENTICATE, and MaxChallenge how long each may
	// be, in octets of base64. 0 means DefaultMaxChallenges and DefaultMaxChallenge.
	MaxChallenges, MaxChallenge int
	// TagPrefix is the letters that tags begin with, at most 16; see TagLetters. "", and anything other than letters,
	// means "A".
	TagPrefix string
}

// Defaults for zero fields of Config.
const (
	DefaultStallTimeout = 5 * time.Minute
	DefaultBodyWait     = time.Second
	DefaultWindow       = 16 << 10
	DefaultPipeline     = 1000
	DefaultMaxKept      = 32 << 20
	DefaultMaxUntagged  = 1 << 24
	DefaultMaxResult    = 256 << 20
	DefaultMaxCaps      = 1024
	// No mechanism needs more than four challenges.
	DefaultMaxChallenges = 32
	DefaultMaxChallenge  = 1 << 20
)

// maxStray is how many lines in a row may not begin like a response before the session concludes that the peer does not
// speak IMAP.
const maxStray = 32

// A Session is one connection, its state, and the commands in flight. One goroutine at a time may use it. All input and
// output happens within Wait, All, Poll and Upgrade, on the goroutine that calls them, except that another goroutine
// writes what is too big to write before something is read. The session notices unsolicited responses only when one of
// these methods runs.
type Session struct {
	cfg      *Config              // nothing changes it, so sessions may share it
	live     atomic.Pointer[link] // link, for Close from another goroutine
	ended    atomic.Bool          // Close was called while another goroutine had the session
	link     *link
	watching *watch // link.waits, for the goroutine that drives
	host     string // the host that Dial connected to
	port     int
	in       *input
	shown    *input // the input that a loop's body looks at; equal to in, if a body does
	spare    *input // not in use

	use        atomic.Int32 // who uses the session: see guard.go
	bodies     int          // how many loops are in their bodies
	visits     uint64       // how often the session was used within a loop's body, or by another loop
	lostBodies atomic.Int32 // how many of them ended while another goroutine had the session
	window     int          // Config.Window, adapted to the connection
	err        error        // why the session has ended

	state     State
	caps      Caps
	told      uint64 // how many times the server has sent its capabilities
	known     bool   // the server has sent its capabilities since they were last forgotten
	enabled   Caps
	box       *Mailbox                // the view of the mailbox that the server's data is about
	current   *epoch                  // the epoch that is open at the server
	latest    *epoch                  // the epoch that was begun last
	missed    atomic.Pointer[pending] // a SELECT that was refused because another goroutine drove: its epoch has failed, and is not in latest yet
	selecting bool                    // a SELECT is in flight
	turned    bool                    // the view is that of its mailbox
	bye       *Error
	alerts    []string // alerts to report with the next refusal
	secrets   []secret

	queue   queue
	air     []*pending // in flight, in the order of sending
	due     *pending   // has announced a literal that waits for the server
	moves   int        // how many commands in the queue may lead to another state
	claims  int        // how many commands in flight claim responses
	alone   int        // how many commands in flight must not have others beside them
	goal    State      // what expected returns; 0 means not computed yet
	next    uint64     // the next tag
	dirty   bool       // push may find something to do
	crowded bool       // Config.Pipeline commands are in flight
	stops   int        // how many commands have Stop due
	flown   int64      // octets of the commands in flight
	out     []piece    // to be written
	writer  *writer    // at work, or nil
	plus    *string    // a continuation request that arrived before its writer had ended

	last    *parser.Response // the response read last, for deviation
	kept    int64            // octets of all data that is kept
	keeping *pending         // the command whose response is being kept
	keptAt  int              // where that response begins in what has not been read of its buffer
	stray   int              // stray lines in a row
	idle    int              // untagged responses in a row that nobody claimed
	muted   bool             // before TLS: the handler is not called
}

// Open starts a session on c and reads the greeting. If the greeting does not list the server's capabilities, Open asks
// for them. If Open fails, it closes c.
func Open(ctx context.Context, c transport.Conn, cfg *Config) (*Session, error) {
	switch {
	case c == nil:
		return nil, errNoConn
	case ctx == nil:
		c.Close()
		return nil, errNoContext
	}
	s := newSession(c, cfg)
	if err := s.greet(ctx); err != nil {
		s.shut(err)
		return nil, err
	}
	return s, nil
}

func newSession(c transport.Conn, cfg *Config) *Session {
	s := &Session{state: NotAuthenticated, next: 1, current: &epoch{stage: epochOpen}}
	s.latest = s.current
	if cfg == nil {
		s.cfg = defaults()
	} else {
		own := *cfg
		s.cfg = own.fill()
	}
	s.attach(c)
	return s
}

// defaults returns the Config that all sessions without one have.
var defaults = sync.OnceValue(func() *Config { return new(Config).fill() })

// fill sets the fields of c that are not set to their defaults, and returns c.
func (c *Config) fill() *Config {
	if c.StallTimeout == 0 {
		c.StallTimeout = DefaultStallTimeout
	}
	if c.BodyWait == 0 {
		c.BodyWait = DefaultBodyWait
	}
	c.fillLimits()
	if c.TagPrefix == "" || !validPrefix(c.TagPrefix) {
		c.TagPrefix = "A"
	}
	if c.Rules == 0 {
		c.Rules = wire.AllRules
	}
	if c.Strict {
		c.Rules = wire.Strict
	}
	return c
}

// fillLimits replaces limits that are not set by their defaults.
func (c *Config) fillLimits() {
	c.Limits = c.Limits.WithDefaults()
	for _, l := range []struct {
		p   *int
		def int
	}{{&c.MaxUntagged, DefaultMaxUntagged}, {&c.Pipeline, DefaultPipeline}, {&c.MaxCaps, DefaultMaxCaps}, {&c.MaxChallenges, DefaultMaxChallenges}, {&c.MaxChallenge, DefaultMaxChallenge}} {
		if *l.p <= 0 {
			*l.p = l.def
		}
	}
	if c.MaxResult <= 0 {
		c.MaxResult = DefaultMaxResult
	}
	if c.MaxKept <= 0 {
		c.MaxKept = DefaultMaxKept
	}
}

// attach makes c the session's connection, with a reader of its own.
func (s *Session) attach(c transport.Conn) {
	s.link = &link{conn: c, progress: s.cfg.StallTimeout, grace: s.cfg.BodyWait, readBy: unknown}
	if s.link.grace < 0 {
		s.link.grace = DefaultBodyWait
	}
	s.live.Store(s.link)
	if s.ended.Load() { // Close was called on the previous link
		s.link.close()
	}
	if s.window = s.cfg.Window; s.window <= 0 {
		s.window = DefaultWindow
		if n, known := transport.BufferSize(c); known {
			s.window = max(min(s.window, n), 1)
		}
	}
	if s.in != nil && s.bodies == 0 {
		s.deviation()
		s.lendInput() // that of the layer below has nothing more
	}
	s.in, s.shown, s.spare = s.newInput(s.link), nil, nil
}

// greet reads the greeting (RFC 9051 §7.1) and asks for capabilities if the greeting does not list them.
func (s *Session) greet(ctx context.Context) error {
	s.muted = s.cfg.RequireTLS && !transport.Secure(s.link.conn)
	err := s.enter()
	if err != nil {
		return err
	}
	defer s.leave()
	defer s.unwatch(s.watch(ctx, false))
	r, err := s.in.words.Next()
	if err != nil {
		if errors.Is(err, errCut) {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("session: greeting: %w", err)
	}
	s.traceIn(r)
	s.last = r
	switch {
	case r.Err() != nil && s.cfg.Strict:
		return fmt.Errorf("session: greeting: %w", r.Err())
	case r.Kind == parser.Stray || r.Kind == parser.Continuation:
		return fmt.Errorf("session: %w: the greeting is %.100q", ErrNotIMAP, r.Raw())
	case r.Kind != parser.Untagged || r.Status == 0:
		return fmt.Errorf("session: %w: the greeting is %.100q", ErrNotIMAP, r.Raw())
	case r.Status == parser.PREAUTH && s.muted:
		return fmt.Errorf("%w: the greeting is PREAUTH", ErrNoTLS)
	case r.Status == parser.PREAUTH:
		s.state, s.goal = Authenticated, 0
	case r.Status != parser.OK:
		return s.newError("", r)
	}
	if err := s.observeStatus(r, nil); err != nil {
		return fmt.Errorf("session: greeting: %w", err)
	}
	if s.known {
		return nil
	}
	return s.refresh(ctx)
}

// refresh asks for capabilities and waits for them, while the session is already driven.
func (s *Session) refresh(ctx context.Context) error {
	p := s.startInternal(capability())
	for !p.settled {
		if _, err := s.step(p); err != nil {
			return s.cutBy(ctx, err)
		}
	}
	err := p.err
	s.queue.retire()
	return err
}

// capability is the session's own CAPABILITY command. The session observes CAPABILITY responses wherever they arrive.
func capability() Command {
	return Command{Name: "CAPABILITY", Answers: []Answer{{Response: "CAPABILITY"}}, Claim: func(r *parser.Response) bool { return r.Name == "CAPABILITY" }}
}

// Config returns the session's configuration, with defaults for what was not set.
func (s *Session) Config() Config { return *s.cfg }

// State returns the state the session is in.
func (s *Session) State() State { return s.state }

// Caps returns the capabilities that the server sent last.
func (s *Session) Caps() Caps { return s.caps }

// Enabled returns what ENABLE has turned on (RFC 9051 §6.3.1).
func (s *Session) Enabled() Caps { return s.enabled }

// Mailbox returns the view of the selected mailbox, or nil. The view is valid, and the session keeps it up to date,
// until another mailbox is selected or this one is left. Clone makes a copy that the caller owns.
func (s *Session) Mailbox() *Mailbox { return s.box }

// Mode says how strings are sent to this server.
func (s *Session) Mode() wire.Mode { return mode(s.caps, s.enabled) }

// Conn returns the connection, with all its upgrades. Using it breaks the session.
func (s *Session) Conn() transport.Conn { return s.link.conn }

// Secure reports whether nobody on the way can read what is sent: the connection uses TLS, or does not leave the
// machine.
func (s *Session) Secure() bool { return transport.Secure(s.link.conn) }

// Server returns the host and the port that Dial connected to, as its Dialer names them (transport.Target.Server), or
// otherwise the host that TLS has verified. "" and 0 mean unknown.
func (s *Session) Server() (host string, port int) {
	if s.host == "" {
		state, _ := transport.ConnectionState(s.link.conn)
		return state.ServerName, 0
	}
	return s.host, s.port
}

// Format writes only that this is a session, whatever the verb, because it may hold secrets that are to be sent.
func (s *Session) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "session.Session(%p)", s) }

// Err returns the reason why the session has ended, or nil.
func (s *Session) Err() error { return s.err }

// Close ends the connection without LOGOUT. It logs commands that were started and never waited for. Close may be
// called twice, and from another goroutine than the session's.
func (s *Session) Close() error {
	if s == nil || s.cfg == nil {
		return nil
	}
	if !s.use.CompareAndSwap(useFree, useDriving) {
		// Another goroutine drives: its wait ends with the connection.
		s.ended.Store(true)
		return s.live.Load().close()
	}
	defer s.leave()
	if s.err != nil {
		return nil
	}
	for _, p := range s.queue.live() {
		if p.progress == queued && p.interest != abandoned {
			s.logForgotten(p)
		}
	}
	return s.shut(ErrClosed)
}

// shut ends the session with err, which also ends every command that is not answered.
func (s *Session) shut(err error) error {
	if s.err == nil {
		s.err = err
	}
	closed := s.link.conn.Close()
	if w := s.writer; w != nil {
		s.writer = nil
		w.kill(s.err, s.cfg.BodyWait)
	}
	for _, p := range s.queue.live() {
		if p.progress == answered {
			continue
		}
		e := s.err
		switch {
		case p.progress == queued:
			e = unsent(e)
		case p.dataErr != nil:
			e = errors.Join(p.dataErr, e)
		}
		s.finish(p, e)
	}
	s.out, s.due, s.plus, s.keeping = nil, nil, nil, nil
	s.state, s.goal, s.box, s.selecting, s.turned = Logout, 0, nil, false, false
	return closed
}

// fatal ends the session with err, to which it adds what the server said before, and returns the result.
func (s *Session) fatal(err error) error {
	if s.err != nil {
		return s.err
	}
	known := errors.Is(err, ErrStalled) || errors.Is(err, ErrCut) || errors.Is(err, ErrLost) || errors.Is(err, ErrClosed) || errors.Is(err, ErrPanicked)
	switch {
	case s.bye != nil:
		err = s.bye
	case !known:
		err = fmt.Errorf("session: given up: %w", s.unquoted(err))
	case errors.Is(err, ErrStalled) && len(s.alerts) > 0:
		err = &SilentError{Said: s.alerts, cause: err}
	}
	if errors.Is(err, ErrStalled) || errors.Is(err, ErrCut) {
		transport.Abort(s.link.conn)
	}
	s.shut(err)
	return err
}
