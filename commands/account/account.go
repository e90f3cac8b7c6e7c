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

// An Account is one user's account on a server, with the connections to it. Any number of goroutines may use it at
// once.
type Account struct {
	opt     Options
	closing context.Context // ends with ErrClosed when Close is called
	end     context.CancelCauseFunc

	mu         sync.Mutex
	cred       auth.Credentials
	changes    int               // how often the credentials were set
	tokens     *tokens           // nil if Credentials.Token is nil
	lastSignIn commands.SignedIn // the mechanisms that the server offered and refused at the last sign-in
	pool
	health
}

// New returns an account. It does not connect to the server yet: Do and Watch make connections when they need them.
func New(opt Options) *Account {
	opt.fill()
	a := &Account{opt: opt}
	a.closing, a.end = context.WithCancelCause(context.Background())
	a.limit = opt.MaxConns
	a.setCredentials(opt.Credentials)
	return a
}

// SetCredentials sets the credentials for connections made from now on. Even if attempts to connect have failed, the
// account may try again at once.
func (a *Account) SetCredentials(cred auth.Credentials) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.setCredentials(cred)
	a.barred, a.failures, a.retryAt, a.proved = nil, 0, time.Time{}, false
	a.dispatch()
}

func (a *Account) setCredentials(cred auth.Credentials) {
	a.cred, a.tokens = cred, nil
	a.changes++
	if cred.Token != nil {
		a.tokens = newTokens(cred.Token, a.opt.TokenLife)
	}
}

// credentials returns the credentials and options for one sign-in. offered lists the mechanisms that the server offers.
func (a *Account) credentials(offered []string) (auth.Credentials, auth.Options) {
	a.mu.Lock()
	defer a.mu.Unlock()
	cred, opts := a.cred, a.opt.Auth
	if a.tokens != nil {
		cred.Token = a.tokens.login()
	}
	if len(a.lastSignIn.Failed) > 0 && slices.Equal(a.lastSignIn.Offered, offered) {
		opts = a.lastSignIn.Next(opts)
	}
	return cred, opts
}

// signedIn remembers which mechanisms the server has refused, so that the next connections do not try them. If a server
// offers other mechanisms at the next connection, it is probably another machine with the same name, and the method
// credentials ignores the refusals.
func (a *Account) signedIn(in commands.SignedIn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lastSignIn = commands.SignedIn{Offered: in.Offered, Failed: in.Failed}
}

// Close closes the idle connections, and ends every Watch and every attempt to connect. A connection that a function
// given to Do uses is closed when the function returns. After Close, Do returns ErrClosed.
func (a *Account) Close() {
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return
	}
	a.closed = true
	a.end(ErrClosed)
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

// untilClose returns a context that also ends, with ErrClosed, when Close is called. The caller has to call release.
func (a *Account) untilClose(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(a.closing, func() { cancel(ErrClosed) })
	return ctx, func() { stop(); cancel(nil) }
}

// logoutTimeout is how long a server may take to answer LOGOUT.
const logoutTimeout = 2 * time.Second

// logout sends LOGOUT and closes the connection.
func (c *conn) logout() {
	ctx, cancel := context.WithTimeout(context.Background(), logoutTimeout)
	defer cancel()
	commands.Logout(c.s).Wait(ctx)
	c.s.Close()
}

// Stats counts the connections of an account.
type Stats struct {
	Open    int // all connections, including those that are being opened
	Idle    int // connections that are open and not in use
	Waiting int // connections that Watch uses
	Limit   int // how many connections the account opens at the moment; see Options.MaxConns
	Queued  int // callers that are waiting for a connection
}

// Stats returns the current numbers of connections.
func (a *Account) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Stats{Open: a.open, Idle: len(a.idle), Waiting: len(a.watchers), Limit: a.limit, Queued: len(a.queue)}
}

// health records whether connections can be made, and why not. Account.mu guards all fields except reported, which
// the mutex reporting guards.
type health struct {
	failures int       // how many attempts to connect have failed in a row
	retryAt  time.Time // when the next attempt may be made
	lastErr  error     // the error of the last attempt
	proved   bool      // a login with these credentials has succeeded
	trying   bool      // an attempt to connect is running, and other callers wait for its result
	pausedTo time.Time // the end of a pause that the server has asked for
	paused   error     // the error with which the server asked for the pause
	barred   error     // an error of kind ForGood or ForCommand, which all callers get until retryAt

	reporting sync.Mutex
	reported  *Cause // the cause of the last report; nil if the account works
}

// backoff returns the pause after an attempt to connect has failed. n is the number of attempts that failed in a row
// before that one.
func (a *Account) backoff(n int) time.Duration {
	d := a.opt.MaxBackoff
	if n < 30 && a.opt.MinBackoff<<n > 0 {
		d = min(d, a.opt.MinBackoff<<n)
	}
	return d/2 + rand.N(d/2+1) // random, so that clients do not connect all at once
}

// connectFailed records that an attempt to connect has failed. Classify has been applied to err. The caller holds
// a.mu.
func (a *Account) connectFailed(err error, now time.Time) {
	e := asError(err)
	if e == nil {
		return // Classify has found no cause
	}
	if e.Is(ErrTooMany) && a.open > 0 {
		// The open connections work. For a while, the account opens no more.
		a.limit, a.raiseAt = a.open, now.Add(a.opt.Regrow)
		return
	}
	if e.Cause.Kind != ForNow {
		a.failures, a.barred, a.lastErr = max(a.failures, 1), err, err
		a.retryAt = now.Add(a.opt.MaxBackoff)
		return
	}
	a.noteThrottled(e, now)
	if a.failures > 0 && now.Before(a.retryAt) {
		return // another attempt, which ran at the same time, has set the pause already
	}
	a.barred, a.lastErr = nil, err
	a.retryAt = now.Add(max(a.backoff(a.failures), e.Wait))
	a.failures++
}

// noteThrottled records a pause if e says that the server throttles. The pause is the time that the server names, or
// backoff(2) if it names none. The caller holds a.mu.
func (a *Account) noteThrottled(e *Error, now time.Time) {
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

// report calls Options.Report if the cause of err differs from the cause in the last report. The caller does not hold
// a.mu.
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

// noteSuccess reports that the server no longer throttles, if the last report was about throttling.
func (a *Account) noteSuccess() {
	a.reporting.Lock()
	throttled := a.reported != nil && a.reported.Reason == ErrThrottled
	a.reporting.Unlock()
	if throttled {
		a.report(nil)
	}
}

// recent is how long a connection is assumed to work after its last use, without a check.
const recent = 100 * time.Millisecond

// alive reports whether a connection still works. unused is the time for which it has been idle.
func (a *Account) alive(ctx context.Context, c *conn, unused time.Duration) bool {
	if c.s.Err() != nil {
		return false
	}
	if a.opt.Probe < 0 || unused < a.opt.Probe {
		// Poll reads what has arrived already: a BYE, for example. It takes a millisecond, so a connection that was
		// used recently is not polled.
		return unused < recent || c.s.Poll(ctx) == nil || ctx.Err() != nil
	}
	probing, cancel := context.WithTimeout(ctx, a.opt.ProbeTimeout)
	defer cancel()
	_, err := commands.Noop(c.s).Wait(probing)
	// The connection works even if the server answers NO to NOOP.
	return err == nil || c.s.Err() == nil && probing.Err() == nil
}
