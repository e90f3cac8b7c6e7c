package account

import (
	"context"
	"errors"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
)

// Use says more of what a function given to Do needs.
type Use struct{ set func(*job) }

// The uses of a session.
var (
	// ReadOnly opens the mailbox by EXAMINE, so that nothing in it changes.
	ReadOnly = Use{func(j *job) { j.readOnly = true }}
	// Repeatable says that the function may be done twice, as it only reads, or looks before it does something: it is repeated whenever its error is for now.
	Repeatable = Use{func(j *job) { j.repeatable = true }}
)

// Bulk says that the function may take long, as it loads many messages: one of the account's connections, if there may be several, is left for those that do not.
var Bulk = Use{func(j *job) { j.bulk = true }}

// Handle lets h be told what the server says unasked while the function has the session, instead of the handler of Options.Session: of a
// mailbox that is opened by QRESYNC, say.
func Handle(h session.Handler) Use { return Use{func(j *job) { j.handler = &h }} }

// job is a call of Do.
type job struct {
	waiter
	repeatable bool
	handler    *session.Handler
	tries      int
}

// maxUnsent is how often a function is run again of which nothing was sent: each time on a connection that had just been there.
const maxUnsent = 5

// Do runs f with a session that is logged in and, if mailbox is not "", has that mailbox open. Nobody else uses the session until f returns, and
// f must not keep it. f waits for what it starts, else ErrUnfinished tells that it has not; it may open another mailbox: Do opens the one that the next caller wants.
//
// If f itself calls Do of the same account, there must be a connection for each, or they wait for one another until ctx ends.
//
// While there is no connection, Do waits: for others to return one, however long that takes, and where the error is for now, such as one of the network,
// for as long as Options.Patience. The end of ctx ends both; f has to look at ctx by itself, as it gives it to Wait.
//
// What f returns, Do returns, as an *Error if it comes of the session. f is run again, on another connection, if its connection has ended and not an octet
// was sent on it while f ran; with Repeatable, after whatever is for now. Else the error of a connection that has ended is an ErrUncertain.
// An error that says that nothing was sent of one command (session.SafeToRetry) is not enough for that: others of f's were.
func (a *Account) Do(ctx context.Context, mailbox string, f func(*session.Session) error, uses ...Use) error {
	j := &job{}
	j.mailbox = mailbox
	for _, u := range uses {
		u.set(j)
	}
	if p := a.opt.Patience; p > 0 {
		j.patience = time.Now().Add(p)
	}
	defer a.uncount(&j.waiter)
	for {
		c, err := a.acquire(ctx, &j.waiter)
		if err != nil {
			return err
		}
		again, err := a.run(ctx, c, j, f)
		a.uncount(&j.waiter)
		if !again {
			return err
		}
		j.passed = -1 // it was its turn
	}
}

// run is one attempt on a connection, which it gives back. It reports whether there is to be another.
func (a *Account) run(ctx context.Context, c *conn, j *job, f func(*session.Session) error) (again bool, err error) {
	begin, ran := int64(0), false
	defer func() {
		if c != nil { // f has panicked, or has ended its goroutine
			a.drop(c)
		}
	}()
	c.use = j.handler
	if err = a.enter(ctx, c, j.mailbox, j.readOnly); err == nil {
		begin, ran = c.wrote.Load(), true
		err = f(c.s)
	}
	c.use = nil
	was := c
	c = nil
	dead, unsent := was.s.Err() != nil, was.wrote.Load() == begin
	if id := was.id; id != nil && !dead {
		if was.id = nil; was.s.Unfinished() > 0 { // f has sent nothing with which it would have gone
			id.Wait(ctx)
			dead = was.s.Err() != nil
		}
	}
	if err == nil && ran && !dead && was.s.Unfinished() > 0 {
		err = ErrUnfinished
	}
	others := asError(err) != nil // another account's, in f
	given := err
	if err != nil && ctx.Err() == nil {
		err = Classify(err)
	}
	if dead && asError(err) == nil && errors.Is(err, was.s.Err()) && ctx.Err() == nil {
		err = &Error{Cause: givenUp, Err: err}
	}
	e := asError(err)
	if dead || e != nil && !others && e.Is(ErrLost) || was.s.Unfinished() > 0 {
		a.drop(was) // what is left on it would be the next one's
	} else {
		a.release(was)
	}
	switch {
	case err == nil:
		a.well()
		return false, nil
	case ctx.Err() != nil, e == nil, others, e.Cause.Kind != ForNow:
		return false, err
	case ran && !dead && e.Cause.Reason == ErrNetwork:
		return false, given // f has other business with networks
	}
	a.mu.Lock()
	a.note(e, time.Now())
	pause := a.backoff(j.tries)
	a.mu.Unlock()
	if e.Is(ErrThrottled) {
		a.report(err)
	}
	j.tries++
	switch {
	case !ran, j.repeatable:
	case dead && unsent && j.tries <= maxUnsent:
		return true, nil
	case dead:
		return false, &Error{Cause: e.Cause, Wait: e.Wait, Uncertain: true, Err: given}
	default:
		return false, err
	}
	if e.Is(ErrThrottled) || dead && j.tries == 1 {
		pause = 0 // acquire waits as long as it takes
	}
	if !j.patience.IsZero() && time.Now().Add(max(pause, e.Wait)).After(j.patience) {
		return false, err
	}
	if err := sleep(ctx, pause); err != nil {
		return false, err
	}
	return true, nil
}

// sleep waits, unless ctx ends before.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// enter opens a mailbox. One that is open is looked at anew if others have been at work, since a server need not tell what they have done before it
// is given a command that lets it: who has appended a message by one connection is to find it by the next.
func (a *Account) enter(ctx context.Context, c *conn, mailbox string, readOnly bool) error {
	if mailbox == "" {
		return nil
	}
	others := a.othersSince(c)
	if c.has(mailbox, readOnly) {
		if !others {
			return nil
		}
		_, err := commands.Noop(c.s).Wait(ctx)
		var refused *session.Error
		if errors.As(err, &refused) && c.s.Err() == nil {
			err = nil
		}
		return err
	}
	selecting := commands.Select
	if readOnly {
		selecting = commands.Examine
	}
	if _, err := selecting(c.s, mailbox).Wait(ctx); err != nil {
		return err
	}
	c.box, c.examined = c.s.Mailbox(), readOnly
	return nil
}

// othersSince reports whether other connections were used since this one was looked at, or are. It is about to be.
func (a *Account) othersSince(c *conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := a.uses != c.seen
	c.seen = a.uses
	return since || a.open-len(a.idle) > 1 || time.Since(c.since) > recent
}
