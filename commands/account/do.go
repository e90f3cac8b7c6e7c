package account

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// A DoOption says how Do runs a function, or what the function does.
type DoOption struct{ set func(*job) }

// The options of [Account.Do] that have no arguments.
var (
	// ReadOnly opens the mailbox by EXAMINE, so that the function cannot change anything in it.
	ReadOnly = DoOption{func(j *job) { j.readOnly = true }}
	// Repeatable says that the function may run more than once, because it only reads, or because it checks whether a
	// change has been made already. Do runs it again after each error of kind ForNow, until Options.Patience has
	// passed.
	Repeatable = DoOption{func(j *job) { j.repeatable = true }}
	// Bulk says that the function may take long: it downloads many messages, for example. If the account may have
	// several connections, Do keeps one of them free of Bulk functions.
	Bulk = DoOption{func(j *job) { j.bulk = true }}
)

// Handle makes h the handler of the session while Do opens the mailbox and runs the function, in place of the handler
// of Options.Session. A function that opens a mailbox by QRESYNC needs this, for example.
func Handle(h session.Handler) DoOption { return DoOption{func(j *job) { j.handler = &h }} }

// job is one call of Do.
type job struct {
	waiter
	repeatable bool
	handler    *session.Handler
	tries      int
}

// maxUnsent is how often Do runs a function again because its connection ended before an octet was sent.
const maxUnsent = 5

// Do runs f with a session that is logged in and, if mailbox is not "", has that mailbox open. f has the session to
// itself until it returns, and must not keep it. f must wait for all commands that it starts; otherwise Do returns
// ErrUnfinished. f may open another mailbox; Do opens the right one for the next caller.
//
// If f calls Do of the same account, each call needs a connection of its own. If Options.MaxConns does not allow that
// many connections, the calls wait for one another until ctx ends.
//
// If all connections are in use, Do waits until one is free, without a limit. If no connection can be opened because
// of an error of kind ForNow, such as a network error, Do tries again until Options.Patience has passed. The end of ctx
// ends both waits, and so does Close. f itself has to respect ctx, by passing it to Wait.
//
// Do returns the error of f; an error of the session becomes an *Error. If the connection has ended and not one octet
// was sent on it while f ran, Do runs f again on another connection, at most five times. With Repeatable, Do runs f
// again after every error of kind ForNow, until Options.Patience has passed. Otherwise, the error of a connection that
// has ended is ErrUncertain. Even if session.SafeToRetry says that nothing of the failed command was sent, Do does not
// run f again, because f may have sent other commands.
func (a *Account) Do(ctx context.Context, mailbox string, f func(*session.Session) error, opts ...DoOption) error {
	j := &job{}
	j.mailbox, j.patience = mailbox, a.opt.Patience
	for _, u := range opts {
		u.set(j)
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
		j.passed = -1 // the waiter goes to the front of the queue
	}
}

// run opens the mailbox on c, runs f, and then releases or drops c. It reports whether Do should try again.
func (a *Account) run(ctx context.Context, c *conn, j *job, f func(*session.Session) error) (again bool, err error) {
	begin, ran := int64(0), false
	defer func() {
		if c != nil { // f has panicked or called runtime.Goexit
			a.drop(c)
		}
	}()
	c.use = j.handler
	if err = a.openMailbox(ctx, c, j.mailbox, j.readOnly); err == nil {
		begin, ran = c.wrote.Load(), true
		err = f(c.s)
	}
	c.use = nil
	was := c
	c = nil
	dead, unsent := was.s.Err() != nil, was.wrote.Load() == begin
	if id := was.id; id != nil && !dead {
		if was.id = nil; was.s.Unfinished() > 0 { // ID is sent with the next command, and f has sent none
			id.Wait(ctx)
			dead = was.s.Err() != nil
		}
	}
	if err == nil && ran && !dead && was.s.Unfinished() > 0 {
		err = ErrUnfinished
	}
	others := asError(err) != nil // err comes from another account, which f has used
	given := err
	if err != nil && ctx.Err() == nil {
		err = Classify(err)
	}
	if dead && asError(err) == nil && errors.Is(err, was.s.Err()) && ctx.Err() == nil {
		err = &Error{Cause: givenUp, Err: err}
	}
	e := asError(err)
	if dead || e != nil && !others && e.Is(ErrLost) || was.s.Unfinished() > 0 {
		a.drop(was) // for example, the next caller must not get the answers to unfinished commands of this one
	} else {
		a.release(was)
	}
	switch {
	case err == nil:
		a.noteSuccess()
		return false, nil
	case ctx.Err() != nil, e == nil, others, e.Cause.Kind != ForNow:
		return false, err
	case ran && !dead && e.Cause.Reason == ErrNetwork:
		return false, given // err comes from another network connection, which f has used
	}
	a.mu.Lock()
	a.noteThrottled(e, time.Now())
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
		pause = 0 // acquire waits as long as a server that throttles asks; the first lost connection is replaced at once
	}
	if !j.lasts(time.Now().Add(max(pause, e.Wait))) {
		return false, err
	}
	ctx, release := a.untilClose(ctx)
	defer release()
	if err := sleep(ctx, pause); err != nil {
		return false, err
	}
	return true, nil
}

// sleep waits for d. If ctx ends earlier, sleep returns context.Cause(ctx).
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

// openMailbox opens a mailbox. If the mailbox is open already and other connections have been used, openMailbox sends
// NOOP, so that the server reports what was done over the other connections. Otherwise a program that has appended a
// message might not find it in its next call of Do, which may use another connection. If another mailbox now has the
// name, openMailbox opens that one.
func (a *Account) openMailbox(ctx context.Context, c *conn, mailbox string, readOnly bool) error {
	if mailbox == "" {
		return nil
	}
	others := a.othersSince(c)
	if c.has(mailbox, readOnly) {
		if !others {
			return nil
		}
		if same, err := sameMailbox(ctx, c.s); same || err != nil {
			return err
		}
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

// sameMailbox sends NOOP, and reports whether the open mailbox still has its name. If another client renames a mailbox,
// the mailbox stays open, and a new mailbox may be created with the old name.
func sameMailbox(ctx context.Context, s *session.Session) (bool, error) {
	box := s.Mailbox()
	noop := commands.Noop(s)
	asked := askName(s, box)
	_, noopErr := noop.Wait(ctx)
	same, err := keepsName(ctx, s, box, asked)
	if err != nil {
		err = cmp.Or(noopErr, err)
	}
	return same, err
}

// askName sends STATUS with the name of box, which is open. The answer has what identifies the mailbox that now has
// this name: UIDVALIDITY and, if the server has sent a MAILBOXID for box, MAILBOXID (RFC 8474).
func askName(s *session.Session, box *session.Mailbox) *session.Call[parser.StatusData] {
	items := []status.Item{status.UIDValidity}
	if box.ID != "" {
		items = append(items, status.MailboxID)
	}
	return commands.Status(s, box.Name, items...)
}

// keepsName reports whether box is still open and the answer to askName is about it. A server may refuse STATUS for a
// mailbox that is open; unless it answers NONEXISTENT, keepsName then assumes that box still has the name. asked is the
// call that askName has returned. err is an error of the session or of ctx.
func keepsName(ctx context.Context, s *session.Session, box *session.Mailbox, asked *session.Call[parser.StatusData]) (same bool, err error) {
	st, err := asked.Wait(ctx)
	switch {
	case err != nil && (s.Err() != nil || ctx.Err() != nil):
		return false, err
	case s.Mailbox() != box || errors.Is(err, parser.CodeNonExistent):
		return false, nil
	case err != nil:
		return true, nil
	}
	another := st.UIDValidity != box.UIDValidity && st.UIDValidity != 0 && box.UIDValidity != 0 || st.MailboxID != box.ID && st.MailboxID != ""
	return !another, nil
}

// othersSince reports whether other connections are in use, or have been used since the server last reported changes
// on c. It also returns true if c has been idle for longer than recent. The caller must then let the server report
// changes, because othersSince records that the server has reported them.
func (a *Account) othersSince(c *conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := a.uses != c.seen
	c.seen = a.uses
	return since || a.open-len(a.idle) > 1 || time.Since(c.since) > recent
}
