package account

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// pool holds the connections of an account, and the callers that wait for one. Account.mu guards all of it. Only
// dispatch gives connections to waiters.
type pool struct {
	limit    int       // how many connections may be open
	raiseAt  time.Time // when limit may be raised by one, if it is less than Options.MaxConns
	open     int       // number of connections, including those that are being opened
	idle     []*conn   // connections that are not in use
	queue    []*waiter // in the order in which the waiters are served; match makes exceptions
	bulk     int       // number of connections that Bulk functions use
	watchers map[*watcher]struct{}
	wake     *time.Timer // calls dispatch when a pause is over or limit may be raised
	uses     uint64      // how often connections have been released or dropped
	closed   bool
}

// waiter is a caller that wants a connection.
type waiter struct {
	mailbox  string
	readOnly bool
	watch    bool          // the caller is Watch
	bulk     bool          // the caller is Do with the option Bulk
	counted  bool          // the waiter is included in pool.bulk
	patience time.Duration // for how long the waiter waits after the first error of kind ForNow; negative means no limit
	until    time.Time     // when the patience ends; zero if there was no such error yet
	passed   int           // how often later waiters were served first; negative puts the waiter at the front of the queue
	ch       chan grant
}

// lasts reports whether the patience of w lasts until the time given by the parameter then. The patience begins with
// the first call of lasts.
func (w *waiter) lasts(then time.Time) bool {
	if w.patience < 0 {
		return true
	}
	if w.until.IsZero() {
		w.until = time.Now().Add(w.patience)
	}
	return !then.After(w.until)
}

// grant is what a waiter gets: a connection, or an error, or, if both are nil, permission to open a connection.
type grant struct {
	c      *conn
	unused time.Duration
	trying bool // other waiters wait for the result of this attempt to connect
	err    error
}

// maxPassed is how often a waiter may be passed over in favor of a later one whose mailbox is open on an idle
// connection. It also limits how often a waiter for Watch may be passed over in favor of waiters for Do.
const maxPassed = 8

// dispatch serves waiters for as long as it can.
func (a *Account) dispatch() {
	for len(a.queue) > 0 {
		if !a.serveOne(time.Now()) {
			return
		}
	}
}

// serveOne serves one waiter if it can, and reports whether another call may serve another waiter.
func (a *Account) serveOne(now time.Time) bool {
	next := slices.IndexFunc(a.queue, func(w *waiter) bool { return a.closed || !w.bulk || a.roomForBulk() })
	if next < 0 {
		return false
	}
	w := a.queue[next]
	switch {
	case a.closed:
		a.give(w, grant{err: ErrClosed})
		return true
	case now.Before(a.pausedTo):
		return a.postpone(now, a.pausedTo, a.paused)
	case a.barred != nil && now.Before(a.retryAt):
		a.give(w, grant{err: a.barred})
		return true
	}
	if len(a.idle) > 0 {
		if i := slices.IndexFunc(a.queue, func(w *waiter) bool { return w.watch && w.passed >= maxPassed }); i >= 0 {
			next = i
		}
	}
	if i, who := a.match(next); i >= 0 {
		c := a.idle[i]
		a.takeIdle(c)
		a.give(who, grant{c: c, unused: now.Sub(c.since)})
		return true
	}
	if a.limit < a.opt.MaxConns && !now.Before(a.raiseAt) {
		a.limit, a.raiseAt = a.limit+1, now.Add(a.opt.Regrow)
	}
	if a.open >= a.limit {
		busy := a.open - len(a.watchers)
		if !w.bulk {
			busy -= a.bulk // nobody knows when these end
		}
		if busy <= 0 && len(a.watchers) > 0 && !w.watch {
			// All connections wait for mail, or are used by Bulk functions. One that waits for mail has to stop.
			if a.lender().interrupt() {
				return true
			}
		}
		if a.limit < a.opt.MaxConns {
			a.wakeAt(now, a.raiseAt)
		}
		return false
	}
	alone := a.failures > 0 || !a.proved
	if alone {
		// Only one waiter at a time tries to connect, so that not all of them try a wrong password.
		if a.trying {
			return false
		}
		if now.Before(a.retryAt) {
			return a.postpone(now, a.retryAt, a.lastErr)
		}
		a.trying = true
	}
	a.open++
	a.give(w, grant{trying: alone})
	return true
}

// lender returns the watcher that will probably release its connection first if it is interrupted. There must be at
// least one watcher.
func (a *Account) lender() (best *watcher) {
	rank := func(w *watcher) int {
		switch {
		case w.yielding:
			return 0
		case !w.cut: // it has caught up
			return 1
		case !w.spared:
			return 2
		}
		return 3
	}
	for x := range a.watchers {
		if best == nil || rank(x) < rank(best) {
			best = x
		}
	}
	return best
}

// match returns the index of an idle connection and the waiter that gets it, or -1 if no connection is idle. next is
// the index in the queue of the first waiter that can be served. That waiter gets the connection on which its mailbox
// is open. If no connection has its mailbox open, but one has the mailbox of a later waiter, the later waiter goes
// first, up to maxPassed times. Otherwise the first waiter gets a connection without a mailbox, or the one that has
// been idle for the longest time.
func (a *Account) match(next int) (int, *waiter) {
	if len(a.idle) == 0 {
		return -1, nil
	}
	first := a.queue[next]
	best := -1
	for i, c := range a.idle {
		switch {
		case first.mailbox != "" && c.has(first.mailbox, first.readOnly):
			return i, first
		case best < 0, c.s.Mailbox() == nil && a.idle[best].s.Mailbox() != nil:
			best = i
		}
	}
	if first.mailbox != "" && first.passed < maxPassed {
		for i, c := range a.idle {
			for _, w := range a.queue[next+1 : min(len(a.queue), next+2*maxPassed)] {
				if (!w.bulk || a.roomForBulk()) && w.mailbox != "" && c.has(w.mailbox, w.readOnly) {
					first.passed++
					return i, w
				}
			}
		}
	}
	return best, first
}

// enqueue puts a waiter into the queue. A waiter for Do goes before all waiters for Watch. serveOne limits how often
// a waiter for Watch is passed over (maxPassed).
func (a *Account) enqueue(w *waiter) {
	i := len(a.queue)
	if !w.watch {
		if k := slices.IndexFunc(a.queue, func(x *waiter) bool { return x.watch }); k >= 0 {
			i = k
		}
	}
	a.queue = slices.Insert(a.queue, i, w)
}

// give removes w from the queue, and sends g to w.
func (a *Account) give(w *waiter, g grant) {
	if i := slices.Index(a.queue, w); i >= 0 {
		a.queue = slices.Delete(a.queue, i, i+1)
	}
	if g.err == nil && !w.watch {
		for _, x := range a.queue {
			if x.watch {
				x.passed++
			}
		}
	}
	if w.bulk && g.err == nil && !w.counted {
		w.counted = true
		a.bulk++
	}
	w.ch <- g
}

// roomForBulk reports whether another Bulk function may get a connection. One connection is kept for other functions,
// unless the account may have only one.
func (a *Account) roomForBulk() bool { return a.bulk < max(1, a.limit-1) }

// uncount records that a waiter with Bulk no longer uses a connection.
func (a *Account) uncount(w *waiter) {
	if !w.counted {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	w.counted = false
	a.bulk--
	a.dispatch()
}

// postpone makes the waiters wait until the time given by the parameter then. A waiter whose patience ends earlier gets
// the error given by why. postpone reports whether there was such a waiter.
func (a *Account) postpone(now, then time.Time, why error) bool {
	a.wakeAt(now, then)
	return a.refuse(then, why)
}

// refuse gives the error why to each waiter whose patience ends before the time given by the parameter then. It reports
// whether there was such a waiter.
func (a *Account) refuse(then time.Time, why error) (any bool) {
	for _, w := range slices.Clone(a.queue) {
		if !w.lasts(then) {
			a.give(w, grant{err: why})
			any = true
		}
	}
	return any
}

// wakeAt sets the timer that calls dispatch to the time in the parameter then.
func (a *Account) wakeAt(now, then time.Time) {
	if a.wake != nil {
		a.wake.Stop()
	}
	a.wake = time.AfterFunc(then.Sub(now), func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.dispatch()
	})
}

// acquire waits for a connection. The caller has it to itself until it calls release or drop.
func (a *Account) acquire(ctx context.Context, w *waiter) (*conn, error) {
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		w.ch = make(chan grant, 1)
		a.mu.Lock()
		if w.passed < 0 && !w.watch { // w has been served before, but the connection did not work, or Do runs its function again
			w.passed = 0
			a.queue = slices.Insert(a.queue, 0, w)
		} else {
			a.enqueue(w)
		}
		a.dispatch()
		a.mu.Unlock()
		var g grant
		select {
		case g = <-w.ch:
		case <-ctx.Done():
			a.mu.Lock()
			i := slices.Index(a.queue, w)
			if i >= 0 {
				a.queue = slices.Delete(a.queue, i, i+1)
				a.dispatch()
			}
			a.mu.Unlock()
			if i < 0 {
				a.refund(<-w.ch)
			}
			return nil, context.Cause(ctx)
		}
		if g.err != nil {
			return nil, g.err
		}
		if g.c != nil {
			alive := a.alive(ctx, g.c, g.unused)
			switch {
			case ctx.Err() != nil:
				a.release(g.c)
				return nil, context.Cause(ctx)
			case alive:
				return g.c, nil
			}
			a.drop(g.c)
			w.passed = -1
			continue
		}
		before := w.until
		w.lasts(time.Now()) // the patience begins now, because the time that the attempt takes counts
		c, err := a.dial(ctx, g.trying)
		if err == nil {
			w.until = before
			return c, nil
		}
		if errors.Is(err, errOldCredentials) {
			w.passed = -1
			continue
		}
		if e := asError(err); ctx.Err() != nil || e == nil || e.Cause.Kind != ForNow {
			return nil, err
		}
		if e := asError(err); !a.patient(w, e) {
			return nil, err
		}
		w.passed = -1
	}
}

// patient reports whether w, after the error e, waits for another attempt to connect or for a connection that is in
// use.
func (a *Account) patient(w *waiter, e *Error) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.limit == a.opt.MaxConns || !e.Is(ErrTooMany) || a.open == 0:
		return w.lasts(a.retryAt)
	case w.watch && a.open == len(a.watchers):
		return w.lasts(a.raiseAt) // Watch uses all connections, and releases none of them for another Watch
	}
	return true
}

// refund takes back a grant that its waiter will not use.
func (a *Account) refund(g grant) {
	switch {
	case g.c != nil:
		a.release(g.c)
	case g.err == nil:
		a.mu.Lock()
		defer a.mu.Unlock()
		a.open--
		a.trying = a.trying && !g.trying
		a.dispatch()
	}
}

// errOldCredentials reports that an attempt to connect has failed, perhaps because of credentials that have been
// replaced meanwhile.
var errOldCredentials = errors.New("account: the credentials have been replaced")

// dial opens a connection, for which a grant has given permission. Classify has been applied to its error.
func (a *Account) dial(ctx context.Context, trying bool) (*conn, error) {
	a.mu.Lock()
	changes := a.changes
	a.mu.Unlock()
	returned := false
	defer func() {
		if !returned { // a function of the program, such as Options.Prepare, has panicked
			a.refund(grant{trying: trying})
		}
	}()
	open, release := a.untilClose(ctx)
	defer release()
	c, err := a.connect(open)
	returned = true
	closed := err != nil && context.Cause(open) == ErrClosed
	switch {
	case closed:
		err = ErrClosed
	case err != nil && ctx.Err() == nil:
		err = Classify(err)
	}
	a.mu.Lock()
	a.trying = a.trying && !trying
	spare := false // the server refuses another connection, but some are open
	now := time.Now()
	old := changes != a.changes
	if err != nil {
		a.open--
		if e := asError(err); old && !closed && ctx.Err() == nil && e != nil && e.Cause.Kind == ForGood {
			err = errOldCredentials
		} else if ctx.Err() == nil && !closed {
			if asError(err) == nil {
				err = &Error{Cause: unknownDial, Err: err}
			}
			e := asError(err)
			spare = e != nil && e.Is(ErrTooMany) && a.open > 0
			if a.connectFailed(err, now); a.barred == nil && a.failures > 0 {
				a.refuse(a.retryAt, err)
			}
		} else if !closed && errors.Is(err, errNotAwaited) {
			// This counts as a failure. Otherwise a program whose contexts always end during the login would try a wrong
			// password without pauses.
			a.connectFailed(&Error{Cause: unknownDial, Err: errNotAwaited}, now)
		}
	} else {
		a.failures, a.retryAt, a.barred, a.proved = 0, time.Time{}, nil, !old
	}
	a.dispatch()
	a.mu.Unlock()
	if ctx.Err() == nil && !spare {
		a.report(err)
	}
	return c, err
}

// release gives a connection back to the pool, or closes it if it is not needed.
func (a *Account) release(c *conn) {
	if c.s.Err() != nil {
		a.drop(c)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || a.open > a.limit {
		go a.retire(c)
		return
	}
	a.addIdle(c)
	a.dispatch()
}

// addIdle adds a connection to the idle ones. The caller holds a.mu.
func (a *Account) addIdle(c *conn) {
	// openMailbox compares c.seen with a.uses. The release of c itself must not make them differ, but an earlier
	// difference must remain. So both grow by one.
	a.uses++
	c.since, c.seen = time.Now(), c.seen+1
	if t := a.opt.IdleTimeout; t > 0 {
		c.idleFor = time.AfterFunc(t, func() { a.expire(c) })
	}
	a.idle = append(a.idle, c)
}

// expire closes a connection that has been idle for Options.IdleTimeout.
func (a *Account) expire(c *conn) {
	a.mu.Lock()
	there := a.takeIdle(c)
	a.mu.Unlock()
	if there {
		a.retire(c)
	}
}

// takeIdle removes a connection from the idle ones, and reports whether it was one of them.
func (a *Account) takeIdle(c *conn) bool {
	i := slices.Index(a.idle, c)
	if i < 0 {
		return false
	}
	a.idle = slices.Delete(a.idle, i, i+1)
	c.stopTimer()
	return true
}

// stopTimer stops the timer that closes an idle connection.
func (c *conn) stopTimer() {
	if c.idleFor != nil {
		c.idleFor.Stop()
	}
}

// retire logs out and closes a connection that is not in use. The connection counts in pool.open until it is closed.
func (a *Account) retire(c *conn) {
	c.logout()
	a.drop(c)
}

// drop closes a connection that must not be used again.
func (a *Account) drop(c *conn) {
	c.s.Close()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	a.uses++ // the server may have executed commands of this connection
	a.dispatch()
}

// sameName reports whether two names are those of the same mailbox. INBOX is the same in upper and lower case (RFC
// 9051 §5.1).
func sameName(a, b string) bool {
	return a == b || strings.EqualFold(a, "INBOX") && strings.EqualFold(b, "INBOX")
}
