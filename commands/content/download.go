package content

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/utils/transfer"
)

// Errors of downloads.
var (
	ErrNoMessage = errors.New("content: there is no such message any more")
	ErrNoPart    = errors.New("content: the server has no such part")
)

// Way is how a part was downloaded.
type Way uint8

// The ways of a download.
const (
	None    Way = iota // it was not
	AsItIs             // it has no encoding to be undone: BODY
	Binary             // the server undid the encoding: BINARY (RFC 3516)
	Decoded            // its encoding was undone here: BODY
	Encoded            // its encoding is not known, and what came is in it still: BODY
)

// String says it in words.
func (w Way) String() string {
	return [...]string{"none", "as it is", "decoded by the server", "decoded here", "still encoded"}[min(w, Encoded)]
}

// way returns how p is downloaded if the server does not refuse it.
func (p *Part) way(s *session.Session) Way {
	switch _, err := transfer.NewReader(p.Encoding, nil); {
	case transfer.Plain(p.Encoding):
		return AsItIs
	case p.Message == nil && p.MediaType != "message/rfc822" && s.Caps().HasAny("BINARY|IMAP4REV2"):
		return Binary
	case err != nil:
		return Encoded
	}
	return Decoded
}

// here is the way if the server does not undo the encoding.
func (p *Part) here() Way {
	if _, err := transfer.NewReader(p.Encoding, nil); err != nil {
		return Encoded
	}
	return Decoded
}

// item is what is asked for to go that way.
func (p *Part) item(w Way) fetch.Section {
	if w == Binary {
		return fetch.Binary(fetch.Path(p.Path...)).Peek()
	}
	return fetch.Body(fetch.Path(p.Path...)).Peek()
}

// Read downloads a part of the message with that UID, in the mailbox that is open, and has f read it without its transfer encoding while it comes. It
// tells how it was downloaded. f is called once at most, and need not read to the end; its error is returned as it is. The reader is valid until f
// returns, and commands may be started in it but not waited for. \Seen is not set.
//
// BINARY that is refused (RFC 3516 §4.3 UNKNOWN-CTE, or for reasons of the server's own) is done without.
func Read(ctx context.Context, s *session.Session, uid uint32, p *Part, f func(io.Reader) error) (Way, error) {
	w := p.way(s)
	called, err := read(ctx, s, uid, p.item(w), p.undo(w, f))
	if w == Binary && !called && refused(err) {
		w = p.here()
		called, err = read(ctx, s, uid, p.item(w), p.undo(w, f))
	}
	if !called {
		return None, err
	}
	return w, err
}

// refused reports whether a server does not give a part in one way, and may in another.
func refused(err error) bool {
	return errors.Is(err, parser.NO) || errors.Is(err, parser.BAD) || errors.Is(err, ErrNoPart)
}

// undo is f after the transfer encoding.
func (p *Part) undo(w Way, f func(io.Reader) error) func(io.Reader) error {
	if w != Decoded {
		return f
	}
	return func(r io.Reader) error {
		d, err := transfer.NewReader(p.Encoding, r)
		if err != nil {
			return err
		}
		return f(d)
	}
}

// read fetches one section, and reports whether f was called for it.
func read(ctx context.Context, s *session.Session, uid uint32, item fetch.Section, f func(io.Reader) error) (called bool, err error) {
	stream := commands.Fetch(s, numset.Of(numset.UID, uid), item)
	defer stream.Stop()
	there := false
	var odd error
	for m, err := range stream.All(ctx) {
		if err != nil {
			return called, err
		}
		for sec, err := range m.Sections {
			if err != nil {
				return called, err
			}
			if sec.Name != "BODY" && sec.Name != "BINARY" || called {
				continue
			}
			if there = true; sec.IsNIL() {
				continue
			}
			called = true
			if err := f(sec); err != nil {
				return called, err
			}
		}
		odd = m.Err()
	}
	switch {
	case called:
		return true, nil
	case odd != nil:
		return false, odd
	case there:
		return false, fmt.Errorf("%w: UID %d", ErrNoPart, uid)
	}
	return false, fmt.Errorf("%w: UID %d", ErrNoMessage, uid)
}

// Download writes a part to w without its transfer encoding, as it comes: what the sender attached, octet by octet. Errors of w are returned as they are. See Read.
func Download(ctx context.Context, s *session.Session, uid uint32, p *Part, w io.Writer) (Way, error) {
	return Read(ctx, s, uid, p, func(r io.Reader) error {
		_, err := io.Copy(w, r)
		return err
	})
}
