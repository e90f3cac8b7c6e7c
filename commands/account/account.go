package account

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
)

// An Account is one user's account on a server, and the connections to it. It is safe for use by any number of
// goroutines.
type Account struct {
	opt Options

	mu     sync.Mutex
	cred   auth.Credentials
	tokens *tokens           // nil without Credentials.Token
	last   commands.SignedIn // what the server refused at the last sign-in
	pool
	health
}

// New returns an account. It does not dial before a connection is needed.
func New(opt Options) *Account {
	opt.fill()
	a := &Account{opt: opt}
	a.limit = opt.MaxConns
	a.setCredentials(opt.Credentials)
	return a
}

// SetCredentials sets the credentials for connections made from now on, and forgets what was wrong with the old ones.
func (a *Account) SetCredentials(cred auth.Credentials) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.setCredentials(cred)
	a.barred, a.failures, a.retryAt, a.proved = nil, 0, time.Time{}, false
	a.dispatch()
}

func (a *Account) setCredentials(cred auth.Credentials) {
	a.cred, a.tokens = cred, nil
	if cred.Token != nil {
		a.tokens = newTokens(cred.Token, a.opt.TokenLife)
	}
}

// credentials returns what to log in with, for one sign-in on a server that offers these mechanisms.
func (a *Account) credentials(offered []string) (auth.Credentials, auth.Options) {
	a.mu.Lock()
	defer a.mu.Unlock()
	cred, opts := a.cred, a.opt.Auth
	if a.tokens != nil {
		cred.Token = a.tokens.login()
	}
	if len(a.last.Failed) > 0 && slices.Equal(a.last.Offered, offered) {
		opts = a.last.Next(opts)
	}
	return cred, opts
}

// signedIn remembers which mechanisms the server refuses, so that not every connection begins with them. A server that
// offers other mechanisms is a different one with the same name, and what was remembered does not apply to it.
func (a *Account) signedIn(in commands.SignedIn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = commands.SignedIn{Offered: in.Offered, Failed: in.Failed}
}

// Close closes the connections that nobody uses. A connection that is in use is closed when its user is done with it.
// After Close, Do returns ErrClosed.
func (a *Account) Close() {
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return
	}
	a.closed = true
	idle := a.idle
	a.idle = nil
	a.open -= len(idle)
	for _, c := range idle {
		c.stopTimer()
	}
	if a.wake != nil {
		a.wake.Stop()
	}
	a.dispatch()
	for w := range a.watchers {
		w.interrupt()
	}
	a.mu.Unlock()
	var wg sync.WaitGroup
	for _, c := range idle {
		wg.Go(func() { c.logout() })
	}
	wg.Wait()
}

// goodbye is how long a server may take for its BYE.
const goodbye = 2 * time.Second

// logout ends a connection that nobody uses.
func (c *conn) logout() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	commands.Logout(c.s).Wait(ctx)
	c.s.Close()
}

// Stats counts the connections of an account.
type Stats struct {
	Open    int // all connections, including those that are being made
	Idle    int // connections that nobody uses
	Waiting int // connections that wait for mail
	Limit   int // how many connections there may be now
	Queued  int // callers that wait for a connection
}

// Stats returns the numbers of connections at the moment.
func (a *Account) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Stats{Open: a.open, Idle: len(a.idle), Waiting: len(a.watchers), Limit: a.limit, Queued: len(a.queue)}
}

// health holds whether the account works, and if not, why. Account.mu guards all but reported.
type health struct {
	failures int       // attempts to connect in a row that have failed with an error that is for now
	retryAt  time.Time // when the next attempt may be made
	lastErr  error     // why the last one failed
	proved   bool      // somebody has logged in with these credentials
	trying   bool      // others wait for an attempt that is being made
	pausedTo time.Time // until when the server wants no commands
	paused   error     // why
	barred   error     // an error that is for good; it holds until retryAt

	reporting sync.Mutex
	reported  *Cause // what was reported last; nil if the account works
}

// backoff returns the pause after the nth failure in a row.
func (a *Account) backoff(n int) time.Duration {
	d := a.opt.MaxBackoff
	if n < 30 && a.opt.MinBackoff<<n > 0 {
		d = min(d, a.opt.MinBackoff<<n)
	}
	return d/2 + rand.N(d/2+1) // so that clients do not come all at once
}

// failed notes that an attempt to connect has failed with err, which has been classified. The caller holds a.mu.
func (a *Account) failed(err error, now time.Time) {
	e := asError(err)
	if e == nil {
		return // the caller's context has ended, or the like
	}
	if e.Is(ErrTooMany) && a.open > 0 {
		// a.open connections work without this one. They have to do.
		a.limit, a.raiseAt = a.open, now.Add(a.opt.Regrow)
		return
	}
	if e.Cause.Kind != ForNow {
		a.failures, a.barred, a.lastErr = max(a.failures, 1), err, err
		a.retryAt = now.Add(a.opt.MaxBackoff)
		return
	}
	a.note(e, now)
	if a.failures > 0 && now.Before(a.retryAt) {
		return // another attempt, made at the same time, has set the pause already
	}
	a.barred, a.lastErr = nil, err
	a.retryAt = now.Add(max(a.backoff(a.failures), e.Wait))
	a.failures++
}

// note notes that a server throttles. The caller holds a.mu.
func (a *Account) note(e *Error, now time.Time) {
	if !e.Is(ErrThrottled) {
		return
	}
	wait := e.Wait
	if wait <= 0 {
		wait = a.backoff(2)
	}
	if at := now.Add(wait); at.After(a.pausedTo) {
		a.pausedTo, a.paused = at, e
	}
}

// report tells the program whether the account works, if that has changed. The caller does not hold a.mu.
func (a *Account) report(err error) {
	var cause *Cause
	if e := asError(err); e != nil {
		cause = e.Cause
	} else if err != nil {
		return
	}
	a.reporting.Lock()
	defer a.reporting.Unlock()
	if a.reported == cause {
		return
	}
	a.reported = cause
	if a.opt.Report != nil {
		a.opt.Report(err)
	}
}

// well notes a success: a server that throttled does so no longer.
func (a *Account) well() {
	a.reporting.Lock()
	throttled := a.reported != nil && a.reported.Reason == ErrThrottled
	a.reporting.Unlock()
	if throttled {
		a.report(nil)
	}
}

// recent is how long after its last use a connection is taken to be there without a look.
const recent = 100 * time.Millisecond

// alive reports whether a connection that was not used for a while is still there.
func (a *Account) alive(ctx context.Context, c *conn, unused time.Duration) bool {
	if c.s.Err() != nil {
		return false
	}
	if a.opt.Probe < 0 || unused < a.opt.Probe {
		// Poll reads what has come already: a BYE, for example. It takes a millisecond, so a connection in constant use
		// is spared it.
		return unused < recent || c.s.Poll(ctx) == nil || ctx.Err() != nil
	}
	probing, cancel := context.WithTimeout(ctx, a.opt.ProbeTimeout)
	defer cancel()
	_, err := commands.Noop(c.s).Wait(probing)
	// A server that says NO to NOOP is there.
	return err == nil || c.s.Err() == nil && probing.Err() == nil
}
