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

// Config sets how a session behaves. A nil Config and the zero Config stand for the defaults.
type Config struct {
	// Logger gets commands at slog.LevelDebug, and the lines of the wire at LevelTrace, both without secrets. If it is
	// nil, nothing is logged, at no cost.
	Logger *slog.Logger
	// TraceText lets LevelTrace show strings and free text of the wire. Secrets are never shown.
	TraceText bool
	// Handler receives what the server sends unsolicited.
	Handler Handler
	// Limits limits how much the session holds of what the server sends.
	Limits wire.Limits
	// StallTimeout is how long the server may send nothing while an answer is due, or read nothing while the session
	// writes. Each read or write starts that time again. 0 means DefaultStallTimeout; negative means no limit.
	StallTimeout time.Duration
	// BodyWait matters when a wait ends while the session sends a message. A call of the message's Read cannot be
	// interrupted, so Wait returns only when that Read has returned, or after BodyWait. The session drops the result of
	// a longer Read if the message was abandoned. BodyWait is also how long the connection may take to accept a small
	// command that is being written when a context ends. 0 means DefaultBodyWait. If BodyWait is negative, Wait waits for
	// the Read without a limit, and the connection may take DefaultBodyWait to accept a small command.
	BodyWait time.Duration
	// Window is how many octets of unanswered commands the session writes without reading in between. It must not
	// exceed the buffers between client and server, or each side might wait for the other to read. If more must be
	// written, a second goroutine writes it while the session reads. 0 means DefaultWindow, or less if
	// transport.BufferSize knows that the connection holds less, as net.Pipe does.
	Window int
	// Pipeline is how many commands may be unanswered at one time; 1 sends them one by one. 0 means DefaultPipeline.
	Pipeline int
	// MaxKept is how many octets of data the session keeps for all streams together, while the program waits for
	// something other than these streams. A stream that would need more ends with a KeptError. MaxKept also limits
	// how much of a literal is kept if the body of a loop waits for another command before it has read the whole
	// literal. 0 means DefaultMaxKept.
	MaxKept int64
	// Rules says which deviations from the grammar the session tolerates, unless Strict is set; 0 means every deviation
	// for which there is a rule.
	Rules wire.Rules
	// Strict tolerates no deviation.
	Strict bool
	// RequireTLS is for a program that calls StartTLS after Open. On a connection that is not secure, Open then fails
	// with ErrNoTLS if the greeting is PREAUTH, because STARTTLS is not allowed after PREAUTH. The Handler is not
	// called before TLS is in use. Dial sets RequireTLS and calls StartTLS if its Dialer asks for STARTTLS.
	RequireTLS bool
	// MaxUntagged is how many untagged responses in a row may arrive that no command wants, while the program waits for
	// a command. Such a response is unsolicited, or answers a command that was abandoned or exceeded MaxResult, or a
	// Stream after Discard. 0 means DefaultMaxUntagged.
	MaxUntagged int
	// MaxResult limits the result of one Call, because the session holds the whole result until the command is
	// answered. It is a number of octets: each response counts with its length and 128 more. A command that exceeds it
	// fails with a wire.LimitError, and the session drops the rest of its data. 0 means DefaultMaxResult. A Stream
	// collects no result and has no such limit; see MaxKept.
	MaxResult int64
	// MaxCaps is how many capabilities a server may have, and how many it may list in ENABLED responses. A name may
	// have at most 1 KiB. The session drops any others. The command in flight, or Open, then fails with a
	// wire.LimitError. 0 means DefaultMaxCaps.
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

// maxStray is how many lines in a row may be something other than IMAP responses. If there are more, the session ends,
// because the peer does not speak IMAP.
const maxStray = 32

// A Session is one connection, its state, and the commands in flight. One goroutine at a time may use it. All input and
// output happens within functions that wait for the server, such as Open, Wait, All, Poll and Upgrade, on the goroutine
// that calls them. The exception is a large write, for which the session starts another goroutine. The session notices
// unsolicited responses only while one of these functions runs.
type Session struct {
	cfg          *Config              // never changed, so sessions may share it
	liveLink     atomic.Pointer[link] // link, for Close from another goroutine
	closeCalled  atomic.Bool          // Close was called while another goroutine drove the session
	link         *link
	currentWatch *watch // a copy of link.watches, which the goroutine that drives the session reads without link.mu
	host         string // the host that Dial connected to
	port         int
	in           *input
	bodyInput    *input // the input that holds the current value of a loop whose body runs: the same as the field in, or nil
	spare        *input // an input that no loop or read uses, or nil

	ended       sync.Mutex   // guards err, state and box while Close on another goroutine ends the session
	use         atomic.Int32 // who uses the session: see usage.go
	lostLoops   atomic.Int32 // how many bodies of loops ended while another goroutine drove the session
	loopsInBody int          // how many loops have a body that runs
	otherUses   uint64       // how often the body of a loop, or another loop, has used the session
	window      int          // Config.Window, adapted to the connection
	err         error        // why the session has ended

	state         State
	capsKnown     bool  // caps is current; false from a login or TLS until the server sends its capabilities
	selecting     bool  // a SELECT is in flight
	viewSwitched  bool  // box is already the view of the mailbox that the SELECT opens
	expectedState State // the state if everything in the queue succeeds; 0 means not computed yet
	dirty         bool  // sendQueued may find something to do
	pipelineFull  bool  // Config.Pipeline commands were in flight, and more than half of them still are
	muted         bool  // the handler is not called: TLS is required and not yet on
	caps          Caps
	capsCount     uint64 // how many times the server has sent its capabilities
	enabled       Caps
	box           *Mailbox // the view of the mailbox that the server's data is about
	current       *epoch   // the epoch that is open at the server
	latest        *epoch   // the epoch that was begun last
	// refusedSelect is a SELECT that was refused because another goroutine drove the session. The epoch of that SELECT
	// has failed, and is not yet in the list of epochs that begins with the field latest.
	refusedSelect atomic.Pointer[pending]
	bye           *Error
	alerts        []string // to report with the next NO or BAD
	secrets       []secret

	queue          queue
	inFlight       []*pending // in flight, in the order of sending
	literalDue     *pending   // the command that has announced a literal and waits for "+"
	stateChanges   int        // how many commands in the queue may change the state
	claims         int        // how many commands in flight have a function Claim
	aloneInFlight  int        // how many commands in flight allow no other command in flight
	nextTag        uint64     // the number of the next tag
	stopsDue       int        // how many commands have the ending stopDue
	octetsInFlight int64      // octets of the commands in flight
	out            []piece    // to be written
	writer         *writer    // the writer at work, or nil
	plus           *string    // the text of a continuation request that arrived before the writer had reported its end

	lastResponse *parser.Response // the response read last, for reportDeviation
	keptOctets   int64            // octets of the data that is kept for all streams
	keeping      *pending         // the command whose response is being kept
	keptAt       int              // where that response begins in the unread part of the buffer
	stray        int              // stray lines in a row
	unclaimed    int              // untagged responses in a row that no command claimed
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
		s.abortIfEnded(ctx)
		s.shut(err)
		return nil, err
	}
	return s, nil
}

func newSession(c transport.Conn, cfg *Config) *Session {
	s := &Session{state: NotAuthenticated, nextTag: 1, current: &epoch{stage: epochOpen}}
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

// defaults returns the Config of all sessions that were opened without one.
var defaults = sync.OnceValue(func() *Config { return new(Config).fill() })

// fill gives each zero field of c its default, and returns c.
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

// fillLimits replaces each limit that is zero or negative by its default.
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

// attach makes c the session's connection, and gives the session a new reader for it.
func (s *Session) attach(c transport.Conn) {
	s.link = &link{conn: c, stallTimeout: s.cfg.StallTimeout, grace: s.cfg.BodyWait, readBy: unknown}
	if s.link.grace < 0 {
		s.link.grace = DefaultBodyWait
	}
	s.liveLink.Store(s.link)
	if s.closeCalled.Load() { // Close was called on the previous link
		s.link.close()
	}
	if s.window = s.cfg.Window; s.window <= 0 {
		s.window = DefaultWindow
		if n, known := transport.BufferSize(c); known {
			s.window = max(min(s.window, n), 1)
		}
	}
	if s.in != nil && s.loopsInBody == 0 {
		s.reportDeviation()
		s.lendInput() // the old input has no more data
	}
	s.in, s.bodyInput, s.spare = s.newInput(s.link), nil, nil
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
	s.lastResponse = r
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
		s.state, s.expectedState = Authenticated, 0
	case r.Status != parser.OK:
		return s.newError("", r)
	}
	if err := s.observeStatus(r, nil); err != nil {
		return fmt.Errorf("session: greeting: %w", err)
	}
	if s.capsKnown {
		return nil
	}
	return s.refresh(ctx)
}

// refresh sends CAPABILITY and waits for the answer. The caller already drives the session.
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

// Config returns the session's configuration. Fields that were not set have their defaults.
func (s *Session) Config() Config { return *s.cfg }

// State returns the state the session is in.
func (s *Session) State() State {
	s.ended.Lock()
	defer s.ended.Unlock()
	return s.state
}

// Caps returns the capabilities that the server sent last.
func (s *Session) Caps() Caps { return s.caps }

// Enabled returns the extensions that the server has reported as enabled (RFC 9051 §6.3.1).
func (s *Session) Enabled() Caps { return s.enabled }

// Mailbox returns the view of the selected mailbox, or nil. The session keeps the view up to date until another
// mailbox is selected or this one is closed. After that the view is no longer valid. Clone makes a copy that the
// caller owns.
func (s *Session) Mailbox() *Mailbox {
	s.ended.Lock()
	defer s.ended.Unlock()
	return s.box
}

// Mode returns the forms in which strings may be sent to this server.
func (s *Session) Mode() wire.Mode { return mode(s.caps, s.enabled) }

// Conn returns the connection, including layers such as TLS. The session does not work any more if the program reads
// from it or writes to it.
func (s *Session) Conn() transport.Conn { return s.link.conn }

// Secure reports whether the connection is safe from eavesdroppers: for example, because it uses TLS or is a Unix
// socket. See transport.Secure.
func (s *Session) Secure() bool { return transport.Secure(s.link.conn) }

// Server returns the host and the port that Dial connected to, as its Dialer names them (see
// transport.Target.Server). If the Dialer does not name them, Server returns the host that TLS has verified. "" and 0
// mean unknown.
func (s *Session) Server() (host string, port int) {
	if s.host == "" {
		state, _ := transport.ConnectionState(s.link.conn)
		return state.ServerName, 0
	}
	return s.host, s.port
}

// Format writes only the type and the address of the session, whatever the verb, because the queue may hold secrets.
func (s *Session) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "session.Session(%p)", s) }

// Err returns the reason why the session has ended, or nil.
func (s *Session) Err() error {
	s.ended.Lock()
	defer s.ended.Unlock()
	return s.err
}

// Close ends the connection without LOGOUT. It logs each command that was not sent because the program never waited for
// it. Close may be called more than once, and from any goroutine. If another goroutine waits in a method of the
// session, that method returns. In the body of a loop, and in a function of Handler, Close ends the connection at once,
// and the session when the loop or the wait has ended. The methods Err, State and Mailbox may run at the same time as
// Close. The methods of a Call or a Stream that do not wait, such as Done and Code, must not.
func (s *Session) Close() error {
	if s == nil || s.cfg == nil {
		return nil
	}
	if !s.use.CompareAndSwap(useFree, useDriving) {
		// Another goroutine drives the session. Its read or write ends with the connection.
		s.closeCalled.Store(true)
		return s.liveLink.Load().close()
	}
	defer s.leave()
	return s.closeNow()
}

// closeNow does the work of Close on the goroutine that drives the session.
func (s *Session) closeNow() error {
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

// shut ends the session, and ends every unanswered command, with the error err.
func (s *Session) shut(err error) error {
	if s.err == nil {
		s.ended.Lock()
		s.err = err
		s.ended.Unlock()
	}
	closed := s.link.conn.Close()
	if w := s.writer; w != nil {
		s.writer = nil
		w.kill(s.err, s.cfg.BodyWait)
		for _, x := range w.pieces {
			if x.p != nil {
				x.p.settleAfterBody()
			}
		}
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
	s.out, s.literalDue, s.plus, s.keeping = nil, nil, nil, nil
	s.expectedState, s.selecting, s.viewSwitched = 0, false, false
	s.ended.Lock()
	s.state, s.box = Logout, nil
	s.ended.Unlock()
	return closed
}

// abortIfEnded aborts the connection if ctx has ended. Open and Upgrade call it before shut, because Close of a process
// waits until the program ends, and Close of a TLS connection sends an alert.
func (s *Session) abortIfEnded(ctx context.Context) {
	if ctx.Err() != nil {
		transport.Abort(s.link.conn)
	}
}

// endWith ends the session because of err. It returns the error with which the session has ended: the BYE of the
// server, if it has sent one, and otherwise err. If the server has stalled, the error also has what the server said
// before.
func (s *Session) endWith(err error) error {
	if s.err != nil {
		return s.err
	}
	known := errors.Is(err, ErrStalled) || errors.Is(err, ErrCut) || errors.Is(err, ErrLost) || errors.Is(err, ErrClosed) || errors.Is(err, ErrPanicked)
	switch {
	case s.bye != nil:
		err = s.bye
	case !known:
		err = fmt.Errorf("session: ended: %w", s.withoutQuote(err))
	case errors.Is(err, ErrStalled) && len(s.alerts) > 0:
		err = &SilentError{Said: s.alerts, cause: err}
	}
	if errors.Is(err, ErrStalled) || errors.Is(err, ErrCut) {
		transport.Abort(s.link.conn)
	}
	s.shut(err)
	return err
}
