package account

import (
	"context"
	"errors"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
)

// Use says what else a function given to Do needs.
type Use struct{ set func(*job) }

// The uses of a session.
var (
	// ReadOnly opens the mailbox by EXAMINE, so that the function changes nothing in it.
	ReadOnly = Use{func(j *job) { j.readOnly = true }}
	// Repeatable says that the function may run twice, because it only reads, or looks before it changes something. Do
	// runs it again whenever its error is for now.
	Repeatable = Use{func(j *job) { j.repeatable = true }}
)

// Bulk says that the function may take long, because it loads many messages. If there may be several connections, Do
// leaves one of them for functions that are not Bulk.
var Bulk = Use{func(j *job) { j.bulk = true }}

// Handle passes to h what the server says unasked while the function has the session, instead of to the handler of
// Options.Session: about a mailbox that is opened by QRESYNC, for example.
func Handle(h session.Handler) Use { return Use{func(j *job) { j.handler = &h }} }

// job is a call of Do.
type job struct {
	waiter
	repeatable bool
	handler    *session.Handler
	tries      int
}

// maxUnsent is how often Do runs a function again of which nothing was sent, each time on a connection that had just
// been there.
const maxUnsent = 5

// Do runs f with a session that is logged in and, if mailbox is not "", has that mailbox open. Nobody else uses the
// session until f returns, and f must not keep it. f must wait for the commands that it starts; if it does not, Do
// returns ErrUnfinished. f may open another mailbox: Do opens the one that the next caller wants.
//
// If f calls Do of the same account, each needs a connection, or they wait for one another until ctx ends.
//
// Without a connection, Do waits: for others to return one, however long that takes, and, after an error that is for
// now, such as one of the network, for as long as Options.Patience. The end of ctx ends both. f has to respect ctx
// itself, by passing it to Wait.
//
// Do returns the error of f, as an *Error if it is one of the session. Do runs f again, on another connection, if the
// connection has ended and not one octet was sent on it while f ran; with Repeatable, after every error that is for
// now. Otherwise the error of a connection that has ended is an ErrUncertain. An error that says that nothing was sent
// of one command (session.SafeToRetry) is not enough to run f again, because f may have sent other commands.
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
		j.passed = -1 // it goes to the front of the queue
	}
}

// run makes one attempt on a connection, which it gives back. It reports whether Do tries again.
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
		if was.id = nil; was.s.Unfinished() > 0 { // f has sent no command, and so ID was not sent either
			id.Wait(ctx)
			dead = was.s.Err() != nil
		}
	}
	if err == nil && ran && !dead && was.s.Unfinished() > 0 {
		err = ErrUnfinished
	}
	others := asError(err) != nil // the error of another account, which f uses
	given := err
	if err != nil && ctx.Err() == nil {
		err = Classify(err)
	}
	if dead && asError(err) == nil && errors.Is(err, was.s.Err()) && ctx.Err() == nil {
		err = &Error{Cause: givenUp, Err: err}
	}
	e := asError(err)
	if dead || e != nil && !others && e.Is(ErrLost) || was.s.Unfinished() > 0 {
		a.drop(was) // the next caller would get what is left on it
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
		return false, given // an error of another network connection of f
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
		pause = 0 // acquire waits as long as it has to
	}
	if !j.patience.IsZero() && time.Now().Add(max(pause, e.Wait)).After(j.patience) {
		return false, err
	}
	if err := sleep(ctx, pause); err != nil {
		return false, err
	}
	return true, nil
}

// sleep waits for d or for the end of ctx, whose cause it returns.
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

// enter opens a mailbox. If it is open already and other connections have been used, enter sends NOOP: a server need
// not tell what others have done before a command lets it, and a program that has appended a message on one connection
// must find it on the next.
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

// othersSince reports whether other connections are in use, or were since this one last had news, and notes that it is
// about to have news.
func (a *Account) othersSince(c *conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := a.uses != c.seen
	c.seen = a.uses
	return since || a.open-len(a.idle) > 1 || time.Since(c.since) > recent
}
