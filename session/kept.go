package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// KeptError reports a stream that ended early. While the program waited for something else, more of the stream's data
// arrived than [Config].MaxKept allows the session to keep. The stream has yielded everything that was kept; the rest
// is lost. The session lives on.
type KeptError struct {
	Command   string
	Responses int   // how many responses were kept, and have been yielded
	Limit     int64 // in octets, for all streams together
}

// Error says how far the stream got.
func (e *KeptError) Error() string {
	return fmt.Sprintf("session: %s: its data was not read in time: %d responses were kept, and more would exceed the limit of %d octets", e.Command, e.Responses, e.Limit)
}

// kept holds data that a stream's loop has not reached: the octets as received, for a reader of its own.
type kept struct {
	buf      bytes.Buffer
	unread   int // responses in buf and not yet read
	total    int // responses that were kept
	words    *parser.Reader
	dropping bool // whether later data is dropped
	overflow error
}

// mark follows each response that is kept, because a reader looks at the next line to see whether a response goes on.
const mark = "* KEPT\r\n"

// keep keeps the current response for the stream p: all of it, including what would be streamed.
func (s *Session) keep(p *pending) error {
	if p.kept == nil {
		p.kept = new(kept)
	}
	k := p.kept
	if k.dropping || k.overflow != nil {
		return s.countUnclaimed()
	}
	s.idle = 0
	s.keeping, s.keptAt = p, k.buf.Len()
	return s.keepOn()
}

// keepOn continues to keep a response, part of which may have been kept when the wait was cut.
func (s *Session) keepOn() error {
	p := s.keeping
	k := p.kept
	_, err := s.in.words.Relay(&keeper{s, &k.buf})
	var cut *cutError
	switch {
	case err == nil:
		k.buf.WriteString(mark)
		k.unread++
		k.total++
		s.keptOctets += int64(k.buf.Len() - s.keptAt)
	case errors.As(err, &cut) || errors.Is(err, errCut):
		return errCut
	default:
		k.buf.Truncate(max(s.keptAt, 0))
		if err != io.ErrShortWrite {
			s.keeping = nil
			return s.readFailed(err)
		}
		// The stream yields what has been kept, and then the error.
		k.overflow = &KeptError{Command: p.name(), Responses: k.total, Limit: s.cfg.MaxKept}
	}
	s.keeping = nil
	if k.dropping {
		s.release(k)
	}
	return nil
}

// keeper accepts what is kept, within the limit.
type keeper struct {
	s   *Session
	buf *bytes.Buffer
}

func (w *keeper) Write(b []byte) (int, error) {
	if left := w.s.cfg.MaxKept - w.s.keptOctets - int64(w.buf.Len()-w.s.keptAt); int64(len(b)+len(mark)) > left {
		return 0, io.ErrShortWrite
	}
	return w.buf.Write(b)
}

// nextKept returns the next response that was kept, valid until nextKept is called again, or nil if there is none.
func (s *Session) nextKept(p *pending) (*parser.Response, error) {
	k := p.kept
	if k == nil || k.unread == 0 {
		return nil, nil
	}
	before := k.buf.Len()
	defer func() {
		taken := before - k.buf.Len()
		s.keptOctets -= int64(taken)
		if s.keeping == p {
			s.keptAt -= taken // negative if a part of the response that is being kept has already been taken
		}
	}()
	if k.words == nil {
		k.words = parser.NewReader(wire.NewReader(&k.buf, s.cfg.Limits))
		k.words.SetRules(s.cfg.Rules)
		k.words.SetUTF8(s.Mode().UTF8)
	}
	for {
		r, err := k.words.Next()
		if err != nil {
			var limit *wire.LimitError
			if !errors.As(err, &limit) {
				k.dropping = true // it was read before, so this cannot happen
				return nil, fmt.Errorf("session: %s: what was kept: %w", p.name(), err)
			}
			k.unread--
			return nil, err
		}
		if r.Name != "KEPT" {
			k.unread--
			return r, nil
		}
	}
}

// drop makes the session drop what was kept and what arrives later.
func (k *kept) drop() { k.dropping = true }

// release frees what is kept.
func (s *Session) release(k *kept) {
	s.keptOctets -= int64(k.buf.Len())
	k.buf, k.unread, k.words = bytes.Buffer{}, 0, nil
}
