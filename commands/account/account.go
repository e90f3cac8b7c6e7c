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

// An Account is one user's account on a server, and the connections to it. It is safe for use by any number of goroutines.
type Account struct {
	opt Options

	mu     sync.Mutex
	cred   auth.Credentials
	tokens *tokens           // nil without Credentials.Token
	last   commands.SignedIn // what the server refused when somebody logged in last
	pool
	health
}

// New returns an account. Nothing is dialled before somebody has use for it.
func New(opt Options) *Account {
	opt.fill()
	a := &Account{opt: opt}
	a.limit = opt.MaxConns
	a.setCredentials(opt.Credentials)
	return a
}

// SetCredentials logs in by other credentials from now on, and forgets what was wrong with the old ones.
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

// credentials returns what to log in with once, on a server that offers these mechanisms.
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

// signedIn remembers which mechanisms the server refuses: they are not asked for on each connection. A server that offers others is
// another one behind the same name, and is asked anew.
func (a *Account) signedIn(in commands.SignedIn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = commands.SignedIn{Offered: in.Offered, Failed: in.Failed}
}

// Close closes connections that nobody uses, and the others when whoever uses them has done; from now on Do returns ErrClosed.
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

// Stats is what connections an account has.
type Stats struct {
	Open    int // all of them, those that are being made included
	Idle    int // those that nobody uses
	Waiting int // those that wait for mail
	Limit   int // how many there may be now
	Queued  int // how many callers wait for one
}

// Stats returns what connections there are.
func (a *Account) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Stats{Open: a.open, Idle: len(a.idle), Waiting: len(a.watchers), Limit: a.limit, Queued: len(a.queue)}
}

// health is how the account does.
type health struct {
	failures int       // attempts to connect that have failed in a row, for now
	retryAt  time.Time // when the next one may be made
	lastErr  error     // why they have
	proved   bool      // somebody has logged in with these credentials
	trying   bool      // an attempt is under way that others wait for
	pausedTo time.Time // until when the server wants nothing asked
	paused   error     // why
	barred   error     // what is wrong for good; until retryAt

	reporting sync.Mutex
	reported  *Cause // what was reported last; nil: it works
}

// backoff returns the pause behind the nth failure in a row.
func (a *Account) backoff(n int) time.Duration {
	d := a.opt.MaxBackoff
	if n < 30 && a.opt.MinBackoff<<n > 0 {
		d = min(d, a.opt.MinBackoff<<n)
	}
	return d/2 + rand.N(d/2+1) // never all at once
}

// failed takes note of an attempt to connect that has failed with err, which has been classified; a.mu is held.
func (a *Account) failed(err error, now time.Time) {
	e := asError(err)
	if e == nil {
		return // the caller's context has ended, or the like
	}
	if e.Is(ErrTooMany) && a.open > 0 {
		// There are a.open without this one. Those will have to do.
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
		return // of several that were made at once
	}
	a.barred, a.lastErr = nil, err
	a.retryAt = now.Add(max(a.backoff(a.failures), e.Wait))
	a.failures++
}

// note takes note of a server that wants to be left alone; a.mu is held.
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

// report tells the program how the account does, if that has changed. a.mu is not held.
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

// well takes note of something that was done: a server that has throttled does so no more.
func (a *Account) well() {
	a.reporting.Lock()
	throttled := a.reported != nil && a.reported.Reason == ErrThrottled
	a.reporting.Unlock()
	if throttled {
		a.report(nil)
	}
}

// recent is how lately a connection was used that is taken to be there.
const recent = 100 * time.Millisecond

// alive reports whether a connection that was not used for a while is still there.
func (a *Account) alive(ctx context.Context, c *conn, unused time.Duration) bool {
	if c.s.Err() != nil {
		return false
	}
	if a.opt.Probe < 0 || unused < a.opt.Probe {
		// What has come already is looked at: a BYE, say. It costs a millisecond, which a connection that is in constant use is spared.
		return unused < recent || c.s.Poll(ctx) == nil || ctx.Err() != nil
	}
	probing, cancel := context.WithTimeout(ctx, a.opt.ProbeTimeout)
	defer cancel()
	_, err := commands.Noop(c.s).Wait(probing)
	// Who says NO to NOOP is there.
	return err == nil || c.s.Err() == nil && probing.Err() == nil
}
