package session

import (
	"fmt"
	"slices"

	"github.com/imapstack/imapstack/parser"
)

// An epoch is the time during which one mailbox is open, or none: from a SELECT, or another command that changes the
// state, to the next. A command on the selected mailbox belongs to the epoch that was newest when the command was
// started, and is sent in that epoch or not at all.
type epoch struct {
	box   *Mailbox // nil if none is open
	stage epochStage
	prev  *epoch     // the newest one when this was begun, until this is open
	gone  uint64     // how many times the server reported expunged messages: the meaning of sequence numbers depends on it
	early []*pending // commands answered before the command that begins the epoch: it is not known yet whether their mailbox was open
}

type epochStage uint8

const (
	epochBegun  epochStage = iota // its command has not been answered
	epochOpen                     // it is open at the server
	epochFailed                   // its command failed, and the program may not know that yet
	epochOver                     // the program knows that it failed, or another epoch has followed
)

// mailbox returns the name of the open mailbox, or "".
func (e *epoch) mailbox() string {
	if e.box == nil {
		return ""
	}
	return e.box.Name
}

// MailboxError reports a command that was started for one mailbox, when another one, or none, was open at its turn. A
// command works only on the mailbox that it was started for. SafeToRetry tells whether it was not sent. A command that
// only reads may have been sent together with its SELECT; then nothing in its result can be believed.
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

// StaleError reports a command with message sequence numbers that was refused unsent, because messages were expunged
// after it was started: its numbers now stand for other messages (RFC 9051 §7.5.1).
type StaleError struct{ Command string }

// Error names the command.
func (e *StaleError) Error() string {
	return "session: " + e.Command + ": message sequence numbers have changed since it was started"
}

// newest returns the epoch of a command that is started now. An epoch that failed counts until the program knows that,
// because what the program starts until then is meant for that mailbox.
func (s *Session) newest() *epoch {
	if p := s.missed.Swap(nil); p != nil {
		p.begins.prev = s.latest
		s.latest = p.begins
	}
	for s.latest.stage == epochOver {
		if s.latest = s.latest.prev; s.latest == nil {
			s.latest = s.current
		}
	}
	return s.latest
}

// beginEpoch makes the epoch that a command begins the newest.
func (s *Session) beginEpoch(p *pending) {
	if p.cmd.moves() {
		p.begins = &epoch{box: p.cmd.Opens, prev: s.newest()}
		s.latest = p.begins
	}
}

// learned is called when the program learns a command's outcome.
func (s *Session) learned(p *pending) {
	if p.begins != nil && p.begins.stage == epochFailed {
		p.begins.stage = epochOver
	}
}

// toldAtOnce is learned for a command that never entered the queue.
func (s *Session) toldAtOnce(p *pending) {
	if s == nil || p.begins == nil || s.missed.CompareAndSwap(p, nil) {
		return
	}
	if s.enter() == nil {
		s.learned(p)
		s.leave()
	}
}

// failEpoch ends an epoch that never opened. Commands sent together with its SELECT worked on another mailbox, or on
// none.
func (s *Session) failEpoch(e *epoch) {
	if e == nil || e.stage != epochBegun {
		return
	}
	e.stage = epochFailed
	for _, q := range e.early {
		q.lose(dropped)
		q.settle(s.foreign(q))
	}
	for _, q := range s.queue.begun() {
		if q.epoch == e && q.flying() {
			q.blame(s.foreign(q))
			q.lose(dropped)
		}
	}
}

// openEpoch notes that an epoch is open at the server.
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

// foreign returns the error of a command whose mailbox is not open.
func (s *Session) foreign(p *pending) error {
	e := &MailboxError{Command: p.name(), Started: p.epoch.mailbox()}
	if s.state == Selected {
		e.Open = s.current.mailbox()
	}
	return e
}

// bound says whether a command on the selected mailbox can be sent now, later, or never, and why.
func (s *Session) bound(p *pending) (ready bool, err error) {
	e := p.epoch
	switch {
	case e == nil:
		return true, nil
	case e.stage == epochFailed, e.stage == epochOver, e.stage == epochOpen && e != s.current:
		return true, s.foreign(p)
	case p.gone != e.gone && p.enc.HasSeq():
		return true, &StaleError{p.name()}
	case e.stage == epochBegun:
		// Its SELECT is in flight. If that fails and no other mailbox is open, the server refuses what follows.
		// Otherwise what follows works on the old mailbox, so only commands that read may follow. An earlier SELECT in
		// flight, see Chains, may open one.
		return p.cmd.Flow&Reads != 0 || s.state != Selected && !s.opensBefore(e), nil
	}
	return true, nil
}

// opening returns the SELECT in flight, or nil.
func (s *Session) opening() *pending {
	for _, p := range s.queue.begun() {
		if p.cmd.Opens != nil && p.flying() {
			return p
		}
	}
	return nil
}

// opensBesides reports whether a SELECT is in flight besides p.
func (s *Session) opensBesides(p *pending) bool {
	return slices.ContainsFunc(s.air, func(q *pending) bool { return q != p && q.cmd.Opens != nil })
}

// opensBefore reports whether a SELECT is in flight besides that which begins e.
func (s *Session) opensBefore(e *epoch) bool {
	return slices.ContainsFunc(s.air, func(q *pending) bool { return q.cmd.Opens != nil && q.begins != e })
}

// early reports whether p was started for a mailbox of which no data can have come: what comes is about the one before
// (RFC 7162 §3.2.11).
func (s *Session) early(p *pending) bool {
	return p.epoch != nil && p.epoch.stage == epochBegun && p.epoch != s.viewed()
}

// viewed returns the epoch of the mailbox that the server's data is about.
func (s *Session) viewed() *epoch {
	if s.turned {
		if p := s.opening(); p != nil {
			return p.begins
		}
	}
	return s.current
}

// turn changes the view to the mailbox that is being opened: from here on the server's data is about that one (RFC 7162
// §3.2.11).
func (s *Session) turn(box *Mailbox) {
	s.box = box
	s.turned = box != nil
	if f := s.cfg.Handler.Opened; f != nil && !s.muted {
		s.call(func() { f(box) })
	}
}

// closes reports whether the server marks the end of the old mailbox with [CLOSED]. Every server that supports QRESYNC
// or IMAP4rev2 must, whether the client has enabled it or not.
func (s *Session) closes() bool {
	return s.state == Selected && (s.caps.Has("QRESYNC") || s.caps.Has("IMAP4REV2"))
}

// watchTurn looks for the boundary between two mailboxes while a SELECT is in flight, and changes the view there.
// Without [CLOSED], the boundary is the first data of the new mailbox.
func (s *Session) watchTurn(r *parser.Response) {
	if s.turned || !s.selecting {
		return
	}
	p := s.opening()
	if p == nil {
		return
	}
	box := p.cmd.Opens
	switch r.Name {
	case "FLAGS", "EXISTS", "RECENT":
		if !s.closes() {
			s.turn(box)
			return
		}
		// This is news of the old mailbox, unless the server omits [CLOSED]: then it belongs to the new view.
		box.data(r)
	case "VANISHED":
		var v parser.Vanished
		if v.Decode(r.Decoder()) == nil && v.Earlier {
			s.turn(box)
		}
	case "OK":
		switch r.Code.Name {
		case parser.CodeClosed:
			// What arrived before was about the mailbox that has now been left.
			*box = Mailbox{Name: box.Name}
			s.turn(box)
		case parser.CodeUIDValidity, parser.CodeUnseen, parser.CodeMailboxID, parser.CodeNoModSeq, parser.CodeUIDNotSticky:
			s.turn(box)
		case parser.CodeHighestModSeq, parser.CodePermanentFlags, parser.CodeUIDNext:
			// These too may be news of the old mailbox.
			if !s.closes() {
				s.turn(box)
			} else {
				box.code(r.Code, true)
			}
		}
	}
}

// move takes the session to the state to which the answer to p leads.
func (s *Session) move(p *pending, r *parser.Response) {
	ok := r.Status == parser.OK
	next := p.cmd.Else
	if ok {
		next = p.cmd.Then
	}
	if p.cmd.Opens != nil {
		s.selecting = s.opensBesides(p)
		switch {
		case ok:
			if !s.turned {
				s.turn(p.cmd.Opens)
			}
		case r.Status == parser.NO && s.state == Selected && next == 0:
			// No mailbox is open, not even the previous one (RFC 9051 §6.3.2).
			next = Authenticated
		case s.turned:
			// The server sent BAD after it had left the old mailbox.
			next = Authenticated
		}
	}
	s.turned = false
	switch {
	case p.begins == nil:
	case ok:
		s.openEpoch(p.begins)
	default:
		s.failEpoch(p.begins)
		if next != 0 && next != s.state {
			s.openEpoch(&epoch{})
		}
	}
	if next == 0 {
		return
	}
	was := s.state
	s.state = next
	if next != Selected && s.box != nil {
		s.turn(nil)
	}
	fresh := s.toldDuring(p) || r.Code.Name == parser.CodeCapability && ok
	switch {
	case next == NotAuthenticated && was != NotAuthenticated:
		// Everything that was enabled on the connection is off again, and the user's capabilities no longer apply (RFC
		// 8437 §4).
		s.enabled = Caps{}
		s.in.words.SetUTF8(false)
		if !fresh {
			s.caps, s.known = Caps{}, false
		}
	case was == NotAuthenticated && next == Authenticated && !fresh:
		// The capabilities may change once the server knows who the user is (RFC 9051 §6.2.2, §6.2.3).
		s.caps, s.known = Caps{}, false
	}
}
