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

// step does all the input and output of a session: it writes what may be written, reads one response and routes it. who
// is the command that is waited for, or whose loop is running. If the response is data of that loop, step returns it
// without parsing it further. After any error except errCut the session has ended.
func (s *Session) step(who *pending) (*parser.Response, error) {
	if s.err != nil {
		return nil, s.err
	}
	if err := s.push(); err != nil {
		return nil, err
	}
	if who.settled {
		return nil, nil // it was refused: no answer will come
	}
	return s.read(who)
}

// read reads one response and routes it.
func (s *Session) read(reader *pending) (*parser.Response, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.keeping != nil {
		if err := s.keepOn(); err != nil {
			return nil, err
		}
	}
	s.deviation()
	if s.shown != nil && s.shown == s.in {
		if err := s.detach(); err != nil {
			return nil, err
		}
	}
	if s.writer != nil {
		s.link.listen(true)
	}
	rests := s.mayRest(reader)
	if rests {
		s.link.rest(true)
	} else {
		s.goLean()
	}
	r, err := s.in.words.Next()
	if rests {
		s.link.rest(false)
	}
	if s.writer != nil {
		s.link.listen(false)
	}
	return s.received(r, err, reader)
}

// received routes the response that has been read.
func (s *Session) received(r *parser.Response, err error, reader *pending) (*parser.Response, error) {
	s.last = r
	if err != nil {
		var limit *wire.LimitError
		if r != nil && s.in.base.Err() == nil && errors.As(err, &limit) {
			s.tooBig(r, err)
			return nil, nil
		}
		if err == errNothing {
			return nil, err
		}
		if errors.Is(err, errCut) {
			if done, err := s.collect(); done || err != nil {
				return nil, err
			}
			return nil, errCut
		}
		return nil, s.readFailed(err)
	}
	return s.route(r, reader)
}

// deviation reports the rules that the last response needed, after everything that is wanted of it has been parsed.
func (s *Session) deviation() {
	r := s.last
	s.last = nil
	if r != nil && r.Used() != 0 && s.cfg.Handler.Deviation != nil && !s.muted {
		s.call(func() { s.cfg.Handler.Deviation(r) })
	}
}

// readFailed distinguishes a wait that was cut from the end of the session.
func (s *Session) readFailed(err error) error {
	if errors.Is(err, errCut) {
		return errCut
	}
	if s.bye != nil || errors.Is(err, io.EOF) {
		for _, p := range slices.Clone(s.air) {
			if p.cmd.Early && s.bye != nil {
				s.finish(p, nil)
			}
		}
	}
	return s.fatal(err)
}

// tooBig skips a response that exceeds a limit, and gives err to the command that it answers.
func (s *Session) tooBig(r *parser.Response, err error) {
	s.traceIn(r)
	if r.Kind == parser.Tagged {
		if p := s.find(r.Tag); p != nil {
			p.blame(err)
			s.complete(p, r)
		}
		return
	}
	s.blame(err)
}

// blame gives an error that belongs to no command to the first command in flight.
func (s *Session) blame(err error) {
	if len(s.air) > 0 {
		s.air[0].blame(err)
	}
}

// route gives a response to the command that it answers.
func (s *Session) route(r *parser.Response, reader *pending) (*parser.Response, error) {
	s.traceIn(r)
	if err := r.Err(); err != nil && s.cfg.Strict {
		return nil, s.fatal(s.unquoted(err))
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
		// An answer to no command completes nothing (RFC 9051 §2.2.2). The handler gets it, and nothing else happens.
		return nil, s.unwanted(r)
	case parser.Stray:
		if p := s.strayTag(r.Raw()); p != nil {
			s.stray = 0
			s.completeOddly(p, r)
			return nil, nil
		}
		return nil, s.unwanted(r)
	}
	s.stray = 0
	if err := s.inspect(r); err != nil {
		return nil, s.fatal(s.unquoted(err))
	}
	if err := s.observe(r); err != nil {
		s.blame(err)
	}
	bye := r.Status == parser.BYE
	d, err := s.offer(r, reader)
	if err == nil && bye && !s.leaving() {
		return nil, s.afterBye()
	}
	return d, err
}

// leaving reports whether LOGOUT is in flight, to which BYE belongs.
func (s *Session) leaving() bool {
	return slices.ContainsFunc(s.air, func(p *pending) bool { return p.cmd.Early })
}

// afterBye ends the commands in flight after the server has said BYE: it answers nothing more, and may leave the
// connection open (RFC 9051 §7.1.5). Tagged answers that have already arrived count.
func (s *Session) afterBye() error {
	s.deviation()
	// The octets that arrived together with BYE may answer commands in flight.
	s.link.setUntil(time.Now().Add(pollWait))
	defer s.link.setUntil(time.Time{})
	for range maxAfterBye {
		if len(s.air) == 0 {
			break
		}
		next, err := s.in.words.Next()
		if err != nil {
			break
		}
		if s.last = next; next.Kind != parser.Tagged {
			continue
		}
		s.traceIn(next)
		if p := s.find(next.Tag); p != nil {
			s.complete(p, next)
		}
	}
	return s.fatal(s.bye)
}

// maxAfterBye is how many responses are looked at after BYE.
const maxAfterBye = 1000

// find returns the command in flight that has a tag.
func (s *Session) find(tag []byte) *pending {
	n, ok := s.parseTag(tag)
	if !ok {
		return nil
	}
	p := s.queue.find(n)
	if p == nil || !p.flying() {
		return nil
	}
	return p
}

// strayTag returns the command in flight whose tag begins a line that is not a response. Some servers write a tagged
// answer in odd ways, and no other answer will follow.
func (s *Session) strayTag(line []byte) *pending {
	tag := line
	if i := bytes.IndexAny(line, " \t\r\n["); i >= 0 {
		tag = line[:i]
	}
	return s.find(tag)
}

// completeOddly ends a command by a line that begins with its tag but has no readable status after it. It looks for an
// OK or a NO further on. Without one, the outcome of the command is unknown.
func (s *Session) completeOddly(p *pending, r *parser.Response) {
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
		p.blame(&wire.SyntaxError{Offset: int64(len(line) - len(rest)), Want: "OK, NO or BAD", Got: s.quote(bytes.TrimSpace(rest))})
		odd.Status = parser.BAD
		odd.Text = bytes.TrimSpace(rest)
	}
	s.complete(p, &odd)
}

// unwanted gives a line that answers nothing to the handler. Too many in a row end the session, because the peer then
// does not speak IMAP.
func (s *Session) unwanted(r *parser.Response) error {
	s.stray++
	if s.stray > maxStray || s.cfg.Strict {
		return s.fatal(&wire.SyntaxError{Want: "a response to a command that was sent", Got: s.quote(r.Raw())})
	}
	if r.Kind == parser.Stray || r.Kind == parser.Tagged {
		// Before a server falls silent, it often sends a line that is not IMAP.
		s.remark(s.display(r.Raw()))
	}
	s.other(r)
	return nil
}

// display returns a line of the server in a form to show with an error.
func (s *Session) display(line []byte) string {
	if s.secretly() {
		return hidden
	}
	return s.scrub(string(clipText(bytes.TrimSpace(line))))
}

// offer gives an untagged response to the command that it answers, or to the handler if it answers none. If it is data
// of the stream whose loop is running, offer returns it.
func (s *Session) offer(r *parser.Response, reader *pending) (*parser.Response, error) {
	p := s.owner(r)
	if p == nil {
		if err := s.untaken(); err != nil {
			return nil, err
		}
		s.tell(r)
		return nil, nil
	}
	if p.orphan.Load() {
		s.abandon(p, ErrConcurrent)
	}
	if p.cmd.Flow&Shared != 0 {
		s.tell(r)
	}
	switch {
	case p.interest != wanted || !p.stream && p.cmd.Data == nil:
		return nil, s.untaken()
	case !p.stream:
		return nil, s.take(p, r)
	case p == reader && !p.waits():
		s.idle = 0
		return r, nil
	}
	return nil, s.keep(p)
}

// untaken counts an untagged response that nothing claims. Too many in a row end the wait for whatever comes after
// them.
func (s *Session) untaken() error {
	if s.idle++; s.idle > s.cfg.MaxUntagged {
		return s.fatal(&wire.LimitError{What: "untagged responses", Limit: int64(s.cfg.MaxUntagged), Size: int64(s.idle)})
	}
	return nil
}

// keeping is what a response in a result costs besides its own octets.
const keeping = 128

// take gives a command a response for its result, if the result may become that large.
func (s *Session) take(p *pending, r *parser.Response) error {
	s.idle = 0
	if r.More() || r.Continues() {
		p.taken += keeping // Data keeps less of it, and bounds that itself
	} else {
		p.taken += int64(len(r.Raw())) + keeping
	}
	var err error
	if p.taken > s.cfg.MaxResult {
		err = &wire.LimitError{What: "result", Limit: s.cfg.MaxResult, Size: p.taken}
		p.lose(dropped)
	} else {
		s.call(func() { err = p.cmd.Data(r) })
		err = s.clean(err)
	}
	if err != nil {
		p.blame(err)
	}
	return s.afterData(err)
}

// afterData ends the session if an error in a command's data means that the stream is out of step, or that reading has
// failed.
func (s *Session) afterData(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, parser.ErrFraming):
		return s.fatal(s.unquoted(err))
	case errors.Is(err, errCut):
		return errCut
	}
	return nil
}

// complete ends a command by its tagged answer.
func (s *Session) complete(p *pending, r *parser.Response) {
	if err := s.observeStatus(r, p); err != nil {
		p.blame(err)
	}
	s.idle = 0
	p.note(r.Code)
	var err error
	switch r.Status {
	case parser.OK:
		if p.progress == awaiting {
			// The server has not asked for the literal, so it cannot have executed the command (RFC 9051 §4.3).
			p.blame(fmt.Errorf("session: %s: the server says OK without having asked for the literal", p.name()))
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
			// wp.pl has sent a tagged BYE, which ends the command and then the connection.
			s.bye = e
		}
	}
	s.move(p, r)
	s.finish(p, err)
	s.queue.advance()
}

// finish ends a command with err, which may be nil.
func (s *Session) finish(p *pending, err error) {
	if p.flying() {
		s.air = remove(s.air, p)
		if p.cmd.alone() {
			s.alone--
		}
		if p.cmd.Claim != nil {
			s.claims--
		}
		s.flown -= int64(p.size) + p.body
		if p.cmd.Flow&Quiet != 0 {
			s.link.setQuiet(false)
		}
		if p.cmd.Opens != nil {
			s.selecting = s.opensBesides(p)
		}
	}
	if s.due == p {
		s.due = nil
	}
	if p.ending == stopDue {
		p.ending = stopped
		s.stops--
	}
	if p.cmd.Then != 0 {
		s.moves--
	}
	p.advance(answered)
	s.failEpoch(p.begins)
	s.dirty = true
	if p.kept != nil && p.kept.gone && s.keeping != p {
		s.release(p.kept)
	}
	if e := p.epoch; err == nil && e != nil && e.stage == epochBegun {
		e.early = append(e.early, p)
	} else {
		p.settle(err)
	}
	if p.cmd.moves() || p.cmd.Else != 0 {
		s.goal = 0
	}
	p.forget()
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

// first reports whether nothing before p remains to be done.
func (s *Session) first(p *pending) bool {
	for _, q := range s.queue.live() {
		if q.progress != answered {
			return q == p
		}
	}
	return false
}
