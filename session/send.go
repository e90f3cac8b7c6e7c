package session

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// sendQueued sends the lines that end commands early. Then it sends queued commands in their order, until a command in
// flight or a missing continuation request stops it.
func (s *Session) sendQueued() error {
	if s.writer != nil || !s.dirty {
		return nil // the writer must end first, or nothing has changed that would let a command be sent
	}
	s.dirty = false
	if s.stopsDue > 0 {
		for _, p := range s.inFlight {
			if p.ending == stopDue && p.progress == asked {
				if err := s.sendStop(p); err != nil {
					return err
				}
			}
		}
	}
	for s.literalDue == nil {
		p := s.queue.head()
		if p == nil {
			break
		}
		ready, err := s.mailboxReady(p)
		if err == nil {
			if !ready || !s.maySend(p) {
				if err := s.endIdle(); err != nil {
					return err
				}
				break
			}
			// The context has ended before anything of this command was written, so write nothing of it. The commands
			// before it have begun and must be written.
			if s.link.isCut() {
				s.dirty = true
				return cmp.Or(s.flush(), errCut)
			}
			if err = s.refuse(&p.cmd, s.stateBefore(p)); err == nil && p.enc.Mode() != s.Mode() {
				err = s.encode(p)
			}
		}
		if err != nil {
			// The command can no longer be sent. Its mailbox is not the open one, or its sequence numbers have changed.
			// Or an earlier command has failed, and the session is not in the state that the command needs. Or the
			// command cannot be encoded in the forms that the server understands now.
			s.finish(p, unsent(err))
			continue
		}
		s.beginCommand(p)
	}
	return s.flush()
}

// beginCommand adds the pieces of a command to those to be written, up to a literal for which the server must ask.
func (s *Session) beginCommand(p *pending) {
	if len(s.inFlight) == 0 {
		s.alerts = nil // the alerts so far came with commands that have ended
	}
	s.inFlight = append(s.inFlight, p)
	if p.cmd.alone() {
		s.aloneInFlight++
	}
	if p.cmd.Claim != nil {
		s.claims++
	}
	p.capsCount = s.capsCount
	s.octetsInFlight += int64(p.size) + p.body
	if p.cmd.Flow&Quiet != 0 && p.cmd.Stop == nil {
		s.link.setQuiet(true)
	}
	if p.cmd.Opens != nil {
		s.viewSwitched = s.viewSwitched && s.selecting // another SELECT may be in flight, see Chains
		s.selecting = true
	}
	p.advance(writing)
	s.gatherPieces(p)
}

// gatherPieces adds the pieces of a command, up to a literal that needs a continuation request.
func (s *Session) gatherPieces(p *pending) {
	for p.enc.next < len(p.enc.segs) {
		seg := p.enc.segs[p.enc.next]
		p.enc.next++
		s.traceOut(seg)
		s.rememberSecrets(seg)
		if seg.Wait {
			// A server that refuses the command here reads nothing more of it.
			s.literalDue = p
			s.addPiece(piece{p: p, b: seg.Bytes, then: awaiting})
			return
		}
		s.addPiece(piece{p: p, b: seg.Bytes, body: seg.Body, size: seg.Size})
	}
	s.addPiece(piece{p: p, then: sent})
}

// addPiece adds a piece for flush to write.
func (s *Session) addPiece(x piece) {
	x.p.beingWritten = true
	s.out = append(s.out, x)
}

// resumeWriting continues to send a command after a continuation request.
func (s *Session) resumeWriting(p *pending) error {
	seg := p.enc.segs[p.enc.next-1]
	s.literalDue = nil
	if seg.Body != nil && p.interest == abandoned {
		// The server expects the body, which the session cannot send, because its reader belongs to the program again.
		return s.endWith(ErrCut)
	}
	p.advance(writing)
	if seg.Body != nil {
		s.addPiece(piece{p: p, body: seg.Body, size: seg.Size})
	}
	s.gatherPieces(p)
	return s.flush()
}

// flush writes the pieces in s.out. It writes them itself if they are in memory and fit into the buffers between
// client and server. Otherwise it starts a writer.
func (s *Session) flush() error {
	if len(s.out) == 0 || s.writer != nil {
		return nil
	}
	size, memory := int64(0), true
	for _, x := range s.out {
		size += int64(len(x.b)) + x.size
		memory = memory && (x.body == nil || inMemory(x.body))
	}
	pieces := s.out
	if !memory || size > int64(s.window) || s.octetsInFlight > int64(s.window) {
		s.out = nil
		s.startWriter(pieces)
		return nil
	}
	s.out = s.out[:0]
	defer clear(pieces)
	g := gatherTo(s.link)
	defer g.release(int(min(size, bufSize)))
	for _, x := range pieces {
		err := g.add(x.b)
		if err == nil && x.body != nil {
			var n int64
			n, err = io.CopyN(gathererWriter{g}, safeBody{x.body}, x.size)
			if err != nil && n < x.size {
				if err == io.EOF {
					err = io.ErrUnexpectedEOF
				}
				g.flush()
				err = &bodyError{size: x.size, n: n, err: err}
			}
		}
		if err != nil {
			return s.writeFailed(pieces, err)
		}
	}
	if err := g.flush(); err != nil {
		return s.writeFailed(pieces, err)
	}
	s.piecesWritten(pieces)
	return nil
}

// gathererWriter is a gatherer as an io.Writer.
type gathererWriter struct{ g *gatherer }

func (x gathererWriter) Write(b []byte) (int, error) {
	if err := x.g.add(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// piecesWritten updates the commands whose pieces have been written.
func (s *Session) piecesWritten(pieces []piece) {
	for _, x := range pieces {
		p := x.p
		if p == nil {
			continue // it was withdrawn
		}
		p.beingWritten = false
		switch {
		case p.progress == answered:
			// The server refused the command while it was being sent. The literal that was announced had to be sent
			// nevertheless (RFC 7888 §4).
			p.release()
			p.settleAfterBody()
		case x.then != queued:
			p.advance(x.then)
		}
	}
}

// collectWriter handles the end of a writer, and reports whether the writer has ended.
func (s *Session) collectWriter() (bool, error) {
	w := s.writer
	if w == nil || !s.link.takeWake() {
		return false, nil
	}
	err := <-w.done
	s.writer, s.dirty = nil, true
	if err != nil {
		return true, s.writeFailed(w.pieces, err)
	}
	s.piecesWritten(w.pieces)
	if text := s.plus; text != nil {
		s.plus = nil
		return true, s.continueCommand(*text)
	}
	return true, nil
}

// joinWriter waits until the writer has reported its end. Every command must have been answered, which means that the
// writer has written everything.
func (s *Session) joinWriter(ctx context.Context) error {
	w := s.writer
	if w == nil {
		return nil
	}
	select {
	case err := <-w.done:
		s.writer = nil
		if err != nil {
			return s.writeFailed(w.pieces, err)
		}
		s.piecesWritten(w.pieces)
		return nil
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), s.endWith(ErrCut))
	}
}

// writeFailed ends the session because pieces could not be written: the server would treat the next octets as the rest
// of the pieces.
func (s *Session) writeFailed(pieces []piece, err error) error {
	for _, x := range pieces {
		if x.p != nil {
			x.p.beingWritten = false // so that the command's secrets are overwritten when it ends
			x.p.settleAfterBody()
		}
	}
	if errors.Is(err, errCut) {
		s.endWith(ErrCut)
		return errCut
	}
	if s.err == nil {
		s.readBye()
	}
	return s.endWith(err)
}

// readBye looks for a BYE that the server sent before it closed the connection during a write. BYE says more than the
// error of the write.
func (s *Session) readBye() {
	s.link.setPollEnd(time.Now().Add(pollWait))
	defer s.link.setPollEnd(time.Time{})
	if s.bodyInput == s.in && s.detachInput() != nil {
		return
	}
	for range maxStray {
		r, err := s.in.words.Next()
		if err != nil {
			return
		}
		if r.Kind == parser.Untagged && r.Status == parser.BYE {
			s.traceIn(r)
			s.observe(r)
			return
		}
	}
}

// endIdle stops a command in flight that would otherwise run until the program stops it, because another command waits
// to be sent.
func (s *Session) endIdle() error {
	if s.aloneInFlight == 0 {
		return nil // no command such as IDLE is in flight: IDLE is Alone
	}
	for _, p := range s.inFlight {
		if p.cmd.Stop == nil || p.cmd.Flow&Quiet == 0 || p.ending != runsOn {
			continue
		}
		if s.requestStop(p); p.progress == asked {
			return s.sendStop(p)
		}
	}
	return nil
}

// sendStop sends the line that ends a command early.
func (s *Session) sendStop(p *pending) error {
	if p.ending == stopDue {
		s.stopsDue--
	}
	p.ending = stopped
	s.link.setQuiet(false)
	return s.sendDialogueLine(p, p.cmd.Stop)
}

// sendDialogueLine sends a line of a command's dialogue. The line is a secret.
func (s *Session) sendDialogueLine(p *pending, f func(*wire.Encoder)) error {
	e := p.encoder(s.Mode())
	e.Hidden(func() { f(e) }).CRLF()
	if err := e.Err(); err != nil {
		return s.endWith(err)
	}
	s.traceDialogue()
	for _, seg := range e.Segments() {
		s.rememberSecrets(seg)
		s.addPiece(piece{p: p, b: seg.Bytes})
	}
	return s.flush()
}

// continuation handles a continuation request. If no command waits for one, only the handler gets it.
func (s *Session) continuation(r *parser.Response) error {
	if w := s.writer; w != nil {
		if !w.onlyLastLeft() || s.plus != nil {
			return s.strayLine(r)
		}
		// The writer has written the octets that this continuation request answers, but has not reported its end yet.
		text := string(r.Text)
		s.plus = &text
		return nil
	}
	for _, p := range s.inFlight {
		if p.progress == awaiting || p.progress == sent && p.takesContinuation() {
			return s.continueCommand(string(r.Text))
		}
	}
	return s.strayLine(r)
}

// takesContinuation reports whether the command accepts a continuation request after it has been sent completely.
func (p *pending) takesContinuation() bool {
	return p.cmd.More != nil && p.ending != stopped || p.cmd.Stop != nil
}

// continueCommand gives the text of a continuation request to the command that waits for one.
func (s *Session) continueCommand(text string) error {
	for _, p := range s.inFlight {
		switch {
		case p.progress == awaiting:
			s.stray = 0
			return s.resumeWriting(p)
		case p.progress != sent || !p.takesContinuation():
		case p.cmd.More != nil:
			s.stray = 0
			p.advance(asked)
			return s.answerChallenge(p, text)
		default:
			s.stray = 0
			p.advance(asked)
			if p.ending == stopDue {
				return s.sendStop(p)
			}
			if p.cmd.Flow&Quiet != 0 {
				s.link.setQuiet(true)
			}
			return nil
		}
	}
	return nil
}

// answerChallenge calls Command.More and sends its answer to a continuation request.
func (s *Session) answerChallenge(p *pending, text string) error {
	if p.interest == abandoned || p.ending == stopDue {
		if p.cmd.Stop == nil {
			return s.endWith(ErrCut) // the server would treat whatever is sent next as the answer
		}
		return s.sendStop(p)
	}
	var err error
	var enc wire.Encoder
	ctx := s.link.context()
	enc.Reset(s.Mode())
	defer enc.Reset(wire.Mode{})
	s.call(func() { enc.Hidden(func() { err = p.cmd.More(ctx, []byte(text), &enc) }) })
	if err == nil {
		err = enc.Err()
	}
	if ctx.Err() != nil { // the link may not know yet that the context has ended
		// The context ended while More ran. The server still waits for a line. The call that waits may be for another
		// command, so p must be ended here.
		if p.cmd.Stop == nil {
			s.endWith(ErrCut)
			return errCut
		}
		p.blame(context.Cause(ctx))
		s.requestStop(p)
		return errCut
	}
	if err != nil {
		p.blame(err)
		if p.cmd.Stop == nil {
			return s.endWith(err)
		}
		return s.sendStop(p)
	}
	p.advance(sent)
	return s.sendDialogueLine(p, func(e *wire.Encoder) { e.Verbatim(enc.Bytes()) })
}
