package session

import (
	"fmt"
	"slices"

	"github.com/imapstack/imapstack/parser"
)

// An epoch is the time during which one mailbox is open, or none is. It lasts from a SELECT, or another command that
// changes the state, to the next such command. A command on the selected mailbox belongs to the epoch that was the
// newest when the command was started. It is sent in that epoch or not at all.
type epoch struct {
	box      *Mailbox // nil if none is open
	stage    epochStage
	prev     *epoch     // the epoch that was the newest when this one began; nil when this one is open
	expunges uint64     // how many times the server has reported expunged messages, which changes sequence numbers
	early    []*pending // commands of this epoch that were answered before its SELECT, which may still fail
}

type epochStage uint8

const (
	epochBegun  epochStage = iota // the command that began the epoch has not been answered
	epochOpen                     // the mailbox of the epoch is open at the server
	epochFailed                   // the command that began the epoch failed, and the program may not know that
	epochOver                     // the program knows that the command failed, or the mailbox of another epoch has been opened
)

// mailbox returns the name of the open mailbox, or "".
func (e *epoch) mailbox() string {
	if e.box == nil {
		return ""
	}
	return e.box.Name
}

// MailboxError reports a command that was started while one mailbox was open or being opened. When the server would
// have run the command, another mailbox, or none, was open. A command works only on the mailbox that it was started
// for. SafeToRetry returns true if the command was not sent. A command that only reads may have been sent together with
// its SELECT; its result is then worthless.
type MailboxError struct {
	Command string
	Started string // the mailbox that was open, or being opened, when the command was started; "" means none
	Open    string // the mailbox that is open; "" means none
}

// Error names the command and both mailboxes.
func (e *MailboxError) Error() string {
	now := "no mailbox is open"
	if e.Open != "" {
		now = fmt.Sprintf("%q is open", e.Open)
	}
	return fmt.Sprintf("session: %s was started for %q, and %s", e.Command, e.Started, now)
}

// StaleError reports a command with message sequence numbers that was not sent, because messages were expunged after
// it was started. Its numbers now stand for other messages (RFC 9051 §7.5.1).
type StaleError struct{ Command string }

// Error names the command.
func (e *StaleError) Error() string {
	return "session: " + e.Command + ": message sequence numbers have changed since it was started"
}

// newestEpoch returns the epoch to which a command belongs if it is started now. A failed epoch counts until the
// program knows that it has failed, because until then the program means its commands for that mailbox.
func (s *Session) newestEpoch() *epoch {
	if p := s.refusedSelect.Swap(nil); p != nil {
		p.beginsEpoch.prev = s.latest
		s.latest = p.beginsEpoch
	}
	for s.latest.stage == epochOver {
		if s.latest = s.latest.prev; s.latest == nil {
			s.latest = s.current
		}
	}
	return s.latest
}

// beginEpoch makes a new epoch, if the command p begins one. That epoch is then the newest.
func (s *Session) beginEpoch(p *pending) {
	if p.cmd.changesState() {
		p.beginsEpoch = &epoch{box: p.cmd.Opens, prev: s.newestEpoch()}
		s.latest = p.beginsEpoch
	}
}

// outcomeLearned notes that the program knows the outcome of the command p.
func (s *Session) outcomeLearned(p *pending) {
	if p.beginsEpoch != nil && p.beginsEpoch.stage == epochFailed {
		p.beginsEpoch.stage = epochOver
	}
}

// learnedRefused does the work of outcomeLearned for a command that never entered the queue.
func (s *Session) learnedRefused(p *pending) {
	if s == nil || p.beginsEpoch == nil || s.refusedSelect.CompareAndSwap(p, nil) {
		return
	}
	if s.enter() == nil {
		s.outcomeLearned(p)
		s.leave()
	}
}

// failEpoch ends an epoch whose SELECT failed. Commands that were sent together with that SELECT worked on another
// mailbox, or on none. If the SELECT failed because the session has ended, nobody knows on which mailbox these commands
// worked, so they end with the error of the session.
func (s *Session) failEpoch(e *epoch) {
	if e == nil || e.stage != epochBegun {
		return
	}
	e.stage = epochFailed
	for _, q := range e.early {
		s.dropData(q, dropped)
		if s.err != nil {
			q.settle(s.err)
		} else {
			q.settle(s.mailboxError(q))
		}
	}
	e.early = nil
	if s.err != nil {
		return // shut ends the commands in flight
	}
	for _, q := range s.queue.begun() {
		if q.epoch == e && q.inFlight() {
			q.blame(s.mailboxError(q))
			s.dropData(q, dropped)
		}
	}
}

// openEpoch notes that the server has opened the mailbox of an epoch.
func (s *Session) openEpoch(e *epoch) {
	if s.current.stage == epochOpen {
		s.current.stage = epochOver
	}
	e.stage, e.prev = epochOpen, nil
	s.current = e
	for _, q := range e.early {
		q.settle(nil)
	}
	e.early = nil
}

// mailboxError returns the error of a command whose mailbox is not the open one.
func (s *Session) mailboxError(p *pending) error {
	e := &MailboxError{Command: p.name(), Started: p.epoch.mailbox()}
	if s.state == Selected {
		e.Open = s.current.mailbox()
	}
	return e
}

// mailboxReady reports whether the command p can be sent now, given the mailbox that it was started for. ready is false
// if p must wait. err is not nil if p can never be sent.
func (s *Session) mailboxReady(p *pending) (ready bool, err error) {
	e := p.epoch
	switch {
	case e == nil:
		return true, nil
	case e.stage == epochFailed, e.stage == epochOver, e.stage == epochOpen && e != s.current:
		return true, s.mailboxError(p)
	case p.expunges != e.expunges && p.enc.HasSeq():
		return true, &StaleError{p.name()}
	case e.stage == epochBegun:
		// The SELECT of p's mailbox is in flight and may fail. If it fails, the server refuses p, unless a mailbox is
		// open now. If one is open, p would work on that one, so p must be a command that only reads. An earlier SELECT
		// in flight (see Chains) may also open one.
		return p.cmd.Flow&Reads != 0 || s.state != Selected && !s.selectBefore(e), nil
	}
	return true, nil
}

// selectInFlight returns the SELECT in flight, or nil.
func (s *Session) selectInFlight() *pending {
	for _, p := range s.queue.begun() {
		if p.cmd.Opens != nil && p.inFlight() {
			return p
		}
	}
	return nil
}

// otherSelectInFlight reports whether a SELECT other than p is in flight.
func (s *Session) otherSelectInFlight(p *pending) bool {
	return slices.ContainsFunc(s.inFlight, func(q *pending) bool { return q != p && q.cmd.Opens != nil })
}

// selectBefore reports whether a SELECT other than the one that begins e is in flight.
func (s *Session) selectBefore(e *epoch) bool {
	return slices.ContainsFunc(s.inFlight, func(q *pending) bool { return q.cmd.Opens != nil && q.beginsEpoch != e })
}

// beforeItsMailbox reports whether the mailbox of p is still being opened, so that the data that arrives now is about
// the previous mailbox (RFC 7162 §3.2.11).
func (s *Session) beforeItsMailbox(p *pending) bool {
	return p.epoch != nil && p.epoch.stage == epochBegun && p.epoch != s.viewedEpoch()
}

// viewedEpoch returns the epoch of the mailbox that the server's data is about.
func (s *Session) viewedEpoch() *epoch {
	if s.viewSwitched {
		if p := s.selectInFlight(); p != nil {
			return p.beginsEpoch
		}
	}
	return s.current
}

// switchView makes box the session's view: from now on the server's data is about that mailbox (RFC 7162 §3.2.11).
func (s *Session) switchView(box *Mailbox) {
	s.box = box
	s.viewSwitched = box != nil
	if f := s.cfg.Handler.Opened; f != nil && !s.muted {
		s.call(func() { f(box) })
	}
}

// sendsClosed reports whether a mailbox is open, and the server must send [CLOSED] when it closes that mailbox. Every
// server with QRESYNC or IMAP4rev2 must do so, even if the client has enabled neither.
func (s *Session) sendsClosed() bool {
	return s.state == Selected && (s.caps.Has("QRESYNC") || s.caps.Has("IMAP4REV2"))
}

// watchViewSwitch switches the view when the data of the new mailbox begins, while a SELECT is in flight. The server
// marks that point with [CLOSED]. If the server sends no [CLOSED], the point is the first data of the new mailbox.
func (s *Session) watchViewSwitch(r *parser.Response) {
	if s.viewSwitched || !s.selecting {
		return
	}
	p := s.selectInFlight()
	if p == nil {
		return
	}
	box := p.cmd.Opens
	switch r.Name {
	case "FLAGS", "EXISTS", "RECENT":
		if !s.sendsClosed() {
			s.switchView(box)
			return
		}
		// This response is about the old mailbox, unless the server omits [CLOSED]. The new view takes the response,
		// too, in case [CLOSED] never comes.
		box.data(r)
	case "VANISHED":
		var v parser.Vanished
		if v.Decode(r.Decoder()) == nil && v.Earlier {
			s.switchView(box)
		}
	case "OK":
		switch r.Code.Name {
		case parser.CodeClosed:
			// Everything that arrived before was about the old mailbox.
			*box = Mailbox{Name: box.Name}
			s.switchView(box)
		case parser.CodeUIDValidity, parser.CodeUnseen, parser.CodeMailboxID, parser.CodeNoModSeq, parser.CodeUIDNotSticky:
			s.switchView(box)
		case parser.CodeHighestModSeq, parser.CodePermanentFlags, parser.CodeUIDNext:
			// These codes, too, may be about the old mailbox.
			if !s.sendsClosed() {
				s.switchView(box)
			} else {
				box.code(r.Code, true)
			}
		}
	}
}

// applyState changes the session's state according to the answer to p.
func (s *Session) applyState(p *pending, r *parser.Response) {
	ok := r.Status == parser.OK
	next := p.cmd.Else
	if ok {
		next = p.cmd.Then
	}
	if p.cmd.Opens != nil {
		s.selecting = s.otherSelectInFlight(p)
		switch {
		case ok:
			if !s.viewSwitched {
				s.switchView(p.cmd.Opens)
			}
		case r.Status == parser.NO && s.state == Selected && next == 0:
			// No mailbox is open, not even the previous one (RFC 9051 §6.3.2).
			next = Authenticated
		case s.viewSwitched:
			// The server sent BAD after it had left the old mailbox.
			next = Authenticated
		}
		s.viewSwitched = false
	}
	switch {
	case p.beginsEpoch == nil:
	case ok:
		s.openEpoch(p.beginsEpoch)
	default:
		if next != 0 && next != s.state {
			s.openEpoch(&epoch{}) // before failEpoch, whose errors name the mailbox that is open
		}
		s.failEpoch(p.beginsEpoch)
	}
	if next == 0 {
		return
	}
	was := s.state
	s.state = next
	if next != Selected && s.box != nil {
		s.switchView(nil)
	}
	fresh := s.capsArrivedDuring(p) || r.Code.Name == parser.CodeCapability && ok
	switch {
	case next == NotAuthenticated && was != NotAuthenticated:
		// No extension is enabled any more, and the capabilities that the server offered to the user no longer apply
		// (RFC 8437 §4).
		s.enabled = Caps{}
		s.in.words.SetUTF8(false)
		if !fresh {
			s.caps, s.capsKnown = Caps{}, false
		}
	case was == NotAuthenticated && next == Authenticated && !fresh:
		// The capabilities may change once the server knows who the user is (RFC 9051 §6.2.2, §6.2.3).
		s.caps, s.capsKnown = Caps{}, false
	}
}
