package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// step sends the commands that may be sent, reads one response, and gives it to its command. waiter is the command that
// the program waits for, or whose loop is running. If the response is data for that loop, step returns it without
// parsing it further. After any error except errCut and errNothing the session has ended.
func (s *Session) step(waiter *pending) (*parser.Response, error) {
	if s.err != nil {
		return nil, s.err
	}
	if err := s.sendQueued(); err != nil {
		return nil, err
	}
	if waiter.settled {
		return nil, nil // it was refused and not sent, so no answer will come
	}
	return s.read(waiter)
}

// read reads one response and gives it to its command.
func (s *Session) read(waiter *pending) (*parser.Response, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.keeping != nil {
		if err := s.keepOn(); err != nil {
			return nil, err
		}
	}
	s.reportDeviation()
	if s.bodyInput != nil && s.bodyInput == s.in {
		if err := s.detachInput(); err != nil {
			return nil, err
		}
	}
	if s.writer != nil {
		s.link.setAtResponse(true)
	}
	rests := s.loopMayRest(waiter)
	if rests {
		s.link.setImmediate(true)
	} else {
		s.setLean()
	}
	r, err := s.in.words.Next()
	if rests {
		s.link.setImmediate(false)
	}
	if s.writer != nil {
		s.link.setAtResponse(false)
	}
	return s.received(r, err, waiter)
}

// received handles a response, or the error of reading it.
func (s *Session) received(r *parser.Response, err error, waiter *pending) (*parser.Response, error) {
	s.lastResponse = r
	if err != nil {
		var limit *wire.LimitError
		if r != nil && s.in.base.Err() == nil && errors.As(err, &limit) {
			s.skipTooBig(r, err)
			return nil, nil
		}
		if err == errNothing {
			return nil, err
		}
		if errors.Is(err, errCut) {
			if done, err := s.collectWriter(); done || err != nil {
				return nil, err
			}
			return nil, errCut
		}
		return nil, s.readFailed(err)
	}
	return s.route(r, waiter)
}

// reportDeviation calls Handler.Deviation if the last response needed rules of tolerance. It runs before the next read,
// because by then every part of the response that the session or the program wants has been parsed.
func (s *Session) reportDeviation() {
	r := s.lastResponse
	s.lastResponse = nil
	if r != nil && r.Used() != 0 && s.cfg.Handler.Deviation != nil && !s.muted {
		s.call(func() { s.cfg.Handler.Deviation(r) })
	}
}

// readFailed handles the error of a read. It ends the session, unless the read was only interrupted.
func (s *Session) readFailed(err error) error {
	if errors.Is(err, errCut) {
		return errCut
	}
	if s.bye != nil || errors.Is(err, io.EOF) {
		for _, p := range slices.Clone(s.inFlight) {
			if p.cmd.Early && s.bye != nil {
				s.finish(p, nil)
			}
		}
	}
	return s.endWith(err)
}

// skipTooBig handles a response that exceeds a limit. err becomes the error of the command that a tagged response
// answers, or, for any other response, of the first command in flight.
func (s *Session) skipTooBig(r *parser.Response, err error) {
	s.traceIn(r)
	if r.Kind == parser.Tagged {
		if p := s.find(r.Tag); p != nil {
			p.blame(err)
			s.complete(p, r)
		}
		return
	}
	s.blameFirst(err)
}

// blameFirst makes err the error of the first command in flight. It is called if the session cannot tell to which
// command err belongs.
func (s *Session) blameFirst(err error) {
	if len(s.inFlight) > 0 {
		s.inFlight[0].blame(err)
	}
}

// route gives a response to the command that it answers, or to the handler.
func (s *Session) route(r *parser.Response, waiter *pending) (*parser.Response, error) {
	s.traceIn(r)
	if err := r.Err(); err != nil && s.cfg.Strict {
		return nil, s.endWith(s.withoutQuote(err))
	}
	switch r.Kind {
	case parser.Continuation:
		return nil, s.continuation(r)
	case parser.Tagged:
		s.stray = 0
		if p := s.find(r.Tag); p != nil {
			s.complete(p, r)
			return nil, nil
		}
		// An answer with an unknown tag completes no command (RFC 9051 §2.2.2). Only the handler gets it.
		return nil, s.strayLine(r)
	case parser.Stray:
		if p := s.commandOfStray(r.Raw()); p != nil {
			s.stray = 0
			s.completeMalformed(p, r)
			return nil, nil
		}
		return nil, s.strayLine(r)
	}
	s.stray = 0
	if err := s.inspect(r); err != nil {
		return nil, s.endWith(s.withoutQuote(err))
	}
	if err := s.observe(r); err != nil {
		s.blameFirst(err)
	}
	bye := r.Status == parser.BYE
	d, err := s.deliver(r, waiter)
	if err == nil && bye && !s.logoutInFlight() {
		return nil, s.endAfterBye()
	}
	return d, err
}

// logoutInFlight reports whether LOGOUT is in flight, so that BYE is expected.
func (s *Session) logoutInFlight() bool {
	return slices.ContainsFunc(s.inFlight, func(p *pending) bool { return p.cmd.Early })
}

// endAfterBye ends the session after the server has said BYE, because the server answers nothing more and may still
// leave the connection open (RFC 9051 §7.1.5). Before that, it handles the tagged answers that have already arrived.
func (s *Session) endAfterBye() error {
	s.reportDeviation()
	// The octets that arrived together with BYE may answer commands in flight.
	s.link.setPollEnd(time.Now().Add(pollWait))
	defer s.link.setPollEnd(time.Time{})
	for range maxAfterBye {
		if len(s.inFlight) == 0 {
			break
		}
		next, err := s.in.words.Next()
		if err != nil {
			break
		}
		if s.lastResponse = next; next.Kind != parser.Tagged {
			continue
		}
		s.traceIn(next)
		if p := s.find(next.Tag); p != nil {
			s.complete(p, next)
		}
	}
	return s.endWith(s.bye)
}

// maxAfterBye is how many responses after BYE the session reads, to find tagged answers.
const maxAfterBye = 1000

// find returns the command in flight with a tag, or nil.
func (s *Session) find(tag []byte) *pending {
	n, ok := s.parseTag(tag)
	if !ok {
		return nil
	}
	p := s.queue.find(n)
	if p == nil || !p.inFlight() {
		return nil
	}
	return p
}

// commandOfStray looks for a tag at the beginning of a line that is not a response, and returns the command in flight
// with that tag. Some servers break the grammar in a tagged answer, and then send no other answer.
func (s *Session) commandOfStray(line []byte) *pending {
	tag := line
	if i := bytes.IndexAny(line, " \t\r\n["); i >= 0 {
		tag = line[:i]
	}
	return s.find(tag)
}

// completeMalformed ends a command when a line arrives that begins with its tag but is not a valid response. It looks
// for OK, NO or BAD after the tag and any number of spaces and tabs. Without one of these words, the outcome of the
// command is unknown, and the command fails.
func (s *Session) completeMalformed(p *pending, r *parser.Response) {
	line := r.Raw()
	rest := line[min(len(line), len(s.appendTag(nil, p.tag))):]
	word := bytes.TrimLeft(rest, " \t")
	if i := bytes.IndexAny(word, " \t\r\n["); i >= 0 {
		word = word[:i]
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimLeft(rest, " \t"), word))
	odd := *r
	odd.Kind, odd.Text, odd.Code = parser.Tagged, text, parser.Code{}
	switch {
	case wire.EqualFold(word, "OK"):
		odd.Status = parser.OK
	case wire.EqualFold(word, "NO"):
		odd.Status = parser.NO
	case wire.EqualFold(word, "BAD"):
		odd.Status = parser.BAD
	default:
		p.blame(&wire.SyntaxError{Offset: int64(len(line) - len(rest)), Want: "OK, NO or BAD", Got: s.quotable(bytes.TrimSpace(rest))})
		odd.Status = parser.BAD
		odd.Text = bytes.TrimSpace(rest)
	}
	s.complete(p, &odd)
}

// strayLine gives a line that answers no command to the handler. After more than maxStray such lines in a row, or in
// strict mode at the first one, it ends the session, because the peer does not speak IMAP.
func (s *Session) strayLine(r *parser.Response) error {
	s.stray++
	if s.stray > maxStray || s.cfg.Strict {
		return s.endWith(&wire.SyntaxError{Want: "a response to a command that was sent", Got: s.quotable(r.Raw())})
	}
	if r.Kind == parser.Stray || r.Kind == parser.Tagged {
		// The line may explain why the server sends nothing more after it.
		s.addAlert(s.displayLine(r.Raw()))
	}
	s.callOther(r)
	return nil
}

// displayLine returns a line of the server in a form that an error may show.
func (s *Session) displayLine(line []byte) string {
	if s.secretInFlight() {
		return hidden
	}
	return s.scrub(string(clipText(bytes.TrimSpace(line))))
}

// deliver gives an untagged response to the command that it answers, or to the handler if it answers none. If it is
// data for the stream whose loop is running, deliver returns it.
func (s *Session) deliver(r *parser.Response, waiter *pending) (*parser.Response, error) {
	p := s.claimant(r)
	if p == nil {
		if err := s.countUnclaimed(); err != nil {
			return nil, err
		}
		s.callHandler(r)
		return nil, nil
	}
	if p.loopLost.Load() {
		s.abandon(p, ErrConcurrent)
	}
	if p.cmd.Flow&Shared != 0 {
		s.callHandler(r)
	}
	switch {
	case p.interest != wanted || !p.stream && p.cmd.Data == nil:
		return nil, s.countUnclaimed()
	case !p.stream:
		return nil, s.addToResult(p, r)
	case p == waiter && !p.mustKeep():
		s.unclaimed = 0
		return r, nil
	}
	return nil, s.keep(p)
}

// countUnclaimed counts an untagged response that no command wants. After more than Config.MaxUntagged in a row it ends
// the session.
func (s *Session) countUnclaimed() error {
	if s.unclaimed++; s.unclaimed > s.cfg.MaxUntagged {
		return s.endWith(&wire.LimitError{What: "untagged responses", Limit: int64(s.cfg.MaxUntagged), Size: int64(s.unclaimed)})
	}
	return nil
}

// resultOverhead is how many octets each response counts towards MaxResult, in addition to its length.
const resultOverhead = 128

// addToResult gives a response to the function Data of its command, unless the result would exceed MaxResult.
func (s *Session) addToResult(p *pending, r *parser.Response) error {
	s.unclaimed = 0
	if r.More() || r.Continues() {
		p.resultSize += resultOverhead // Data itself limits how much it keeps of a part
	} else {
		p.resultSize += int64(len(r.Raw())) + resultOverhead
	}
	var err error
	if p.resultSize > s.cfg.MaxResult {
		err = &wire.LimitError{What: "result", Limit: s.cfg.MaxResult, Size: p.resultSize}
		p.lowerInterest(dropped)
	} else {
		s.call(func() { err = p.cmd.Data(r) })
		err = s.scrubError(err)
	}
	if err != nil {
		p.blame(err)
	}
	return s.afterData(err)
}

// afterData handles the error of decoding a command's data. It ends the session if the session can no longer tell
// where the next response begins.
func (s *Session) afterData(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, parser.ErrFraming):
		return s.endWith(s.withoutQuote(err))
	case errors.Is(err, errCut):
		return errCut
	}
	return nil
}

// complete ends a command when its tagged answer has arrived.
func (s *Session) complete(p *pending, r *parser.Response) {
	if err := s.observeStatus(r, p); err != nil {
		p.blame(err)
	}
	s.unclaimed = 0
	p.keepCode(r.Code)
	var err error
	switch r.Status {
	case parser.OK:
		if p.progress == awaiting {
			// The server has not asked for the literal, so it cannot have run the command (RFC 9051 §4.3).
			p.blame(fmt.Errorf("session: %s: the server says OK without having asked for the literal", p.name()))
		} else if s.readsBody(p) {
			p.blame(fmt.Errorf("session: %s: the server says OK before it has the whole literal", p.name()))
		}
		err = p.dataErr
		if err == nil && p.cmd.Done != nil {
			s.call(func() { err = p.cmd.Done(r) })
		}
	default:
		e := s.newError(p.cmd.Name, r)
		e.Alerts, s.alerts = s.alerts, nil
		err = e
		if p.dataErr != nil {
			err = errors.Join(p.dataErr, e)
		}
		if f := p.cmd.Refused; f != nil {
			s.call(func() { err = f(err) })
		}
		if r.Status == parser.BYE {
			// A tagged BYE, which the server of wp.pl has sent, ends the command and then the connection.
			s.bye = e
		}
	}
	s.applyState(p, r)
	s.finish(p, err)
	s.queue.advance()
}

// finish ends a command. err may be nil.
func (s *Session) finish(p *pending, err error) {
	if p.inFlight() {
		s.inFlight = remove(s.inFlight, p)
		if p.cmd.alone() {
			s.aloneInFlight--
		}
		if p.cmd.Claim != nil {
			s.claims--
		}
		s.octetsInFlight -= int64(p.size) + p.body
		if p.cmd.Flow&Quiet != 0 {
			s.link.setQuiet(false)
		}
		if p.cmd.Opens != nil {
			s.selecting = s.otherSelectInFlight(p)
		}
	}
	if s.literalDue == p {
		s.literalDue = nil
	}
	if p.ending == stopDue {
		p.ending = runsOn // the line of Stop was not sent
		s.stopsDue--
	}
	if p.cmd.Then != 0 {
		s.stateChanges--
	}
	p.advance(answered)
	s.queue.forget(p)
	s.failEpoch(p.beginsEpoch)
	s.dirty = true
	if p.kept != nil && p.kept.dropping && s.keeping != p {
		s.release(p.kept)
	}
	if e := p.epoch; err == nil && e != nil && e.stage == epochBegun {
		e.early = append(e.early, p)
	} else if s.readsBody(p) {
		p.answeredInBody(err)
	} else {
		p.settle(err)
	}
	if p.cmd.changesState() || p.cmd.Else != 0 {
		s.expectedState = 0
	}
	p.release()
	s.logDone(p)
}

// remove removes a command from a list and keeps the order.
func remove(list []*pending, p *pending) []*pending {
	for i, q := range list {
		if q == p {
			n := copy(list[i:], list[i+1:])
			list[i+n] = nil
			return list[:i+n]
		}
	}
	return list
}

// isFirst reports whether every command before p has been answered.
func (s *Session) isFirst(p *pending) bool {
	for _, q := range s.queue.live() {
		if q.progress != answered {
			return q == p
		}
	}
	return false
}
