package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// KeptError is the error of a stream that has ended early, because it has lost data. While the program waited for
// something else, more data arrived than [Config].MaxKept lets the session keep. The stream has yielded everything that
// was kept, and the rest is lost. The session lives on.
type KeptError struct {
	Command   string
	Responses int   // how many responses were kept, and have been yielded
	Limit     int64 // Config.MaxKept: octets for all streams together
}

// Error says how far the stream got.
func (e *KeptError) Error() string {
	return fmt.Sprintf("session: %s: its data was not read in time: %d responses were kept, and more would exceed the limit of %d octets", e.Command, e.Responses, e.Limit)
}

// kept holds data of a stream that the program has not read yet: the octets as received, and a reader for them.
type kept struct {
	buf      bytes.Buffer
	unread   int // responses in buf and not yet read
	total    int // responses that were kept
	words    *parser.Reader
	dropping bool // whether later data is dropped
	overflow error
}

// mark is written after each response that is kept, because a reader looks at the next line to see whether the
// response continues.
const mark = "* KEPT\r\n"

// keep stores the current response for the stream p. It stores all of it, including literals that are otherwise
// streamed.
func (s *Session) keep(p *pending) error {
	if p.kept == nil {
		p.kept = new(kept)
	}
	k := p.kept
	if k.dropping || k.overflow != nil {
		return s.countUnclaimed()
	}
	s.unclaimed = 0
	s.keeping, s.keptAt = p, k.buf.Len()
	return s.keepOn()
}

// keepOn stores the current response. If a context ended while keep or keepOn was storing it, keepOn stores the rest of
// it.
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

// keeper writes to kept.buf, up to Config.MaxKept.
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

// nextKept returns the next response that was kept, or nil if all of them have been read. The response is valid until
// the next call.
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
			s.keptAt -= taken // negative if nextKept has already read a part of the response that is being stored
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
				k.dropping = true // cannot happen: the same octets were read without an error before
				return nil, fmt.Errorf("session: %s: reading the data that was kept: %w", p.name(), err)
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

// drop makes the session drop the stream's data, both what was kept and what arrives later.
func (k *kept) drop() { k.dropping = true }

// dropData lowers the interest in the command p to dropped or abandoned, and frees the memory of the data that was kept
// for p. While a response is being stored for p, keepOn needs that memory, and frees it afterwards.
func (s *Session) dropData(p *pending, to interest) {
	p.lowerInterest(to)
	if p.kept != nil && s.keeping != p {
		s.release(p.kept)
	}
}

// release frees the memory of k.
func (s *Session) release(k *kept) {
	s.keptOctets -= int64(k.buf.Len())
	k.buf, k.unread, k.words = bytes.Buffer{}, 0, nil
}
