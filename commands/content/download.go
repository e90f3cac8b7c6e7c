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
	ErrNoMessage = errors.New("content: the message no longer exists")
	ErrNoPart    = errors.New("content: the server has no such part")
)

// Way says how a part was downloaded.
type Way uint8

// The ways of downloading a part.
const (
	None    Way = iota // the part was not downloaded
	AsItIs             // by BODY; the part has no transfer encoding to decode
	Binary             // by BINARY: the server decoded it (RFC 3516)
	Decoded            // by BODY; this package decoded it
	Encoded            // by BODY; the encoding is not known, so it was not decoded
)

// String returns the way in words.
func (w Way) String() string {
	return [...]string{"none", "as it is", "decoded by the server", "decoded here", "still encoded"}[min(w, Encoded)]
}

// way returns the Way in which Read first tries to download p.
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

// wayWithoutBinary returns the Way in which p is downloaded if the server does not decode it.
func (p *Part) wayWithoutBinary() Way {
	if _, err := transfer.NewReader(p.Encoding, nil); err != nil {
		return Encoded
	}
	return Decoded
}

// item returns the item of FETCH by which p is downloaded.
func (p *Part) item(w Way) fetch.Section {
	if w == Binary {
		return fetch.Binary(fetch.Path(p.Path...)).Peek()
	}
	return fetch.Body(fetch.Path(p.Path...)).Peek()
}

// Read downloads a part of the message with the given UID in the open mailbox. It calls f with a reader of the
// decoded part, which reads the part from the connection as it arrives. Read calls f at most once, and returns its
// error unchanged. f need not read to the end. The reader is valid until f returns. f may start commands but must not
// wait for them. Read does not set \Seen. If the message does not exist, the error wraps ErrNoMessage; if the part
// does not exist, it wraps ErrNoPart. But if the server answers NO to the FETCH, the error wraps parser.NO instead.
//
// If the server refuses BINARY (with UNKNOWN-CTE, RFC 3516 §4.3, or for another reason), Read decodes the part
// itself. The Way that it returns says who has decoded the part. If the Way is Encoded, the encoding is not known,
// and f has received the part without decoding.
func Read(ctx context.Context, s *session.Session, uid uint32, p *Part, f func(io.Reader) error) (Way, error) {
	w := p.way(s)
	called, err := read(ctx, s, uid, p.item(w), p.decoding(w, f))
	if w == Binary && !called && refused(err) {
		w = p.wayWithoutBinary()
		called, err = read(ctx, s, uid, p.item(w), p.decoding(w, f))
	}
	if !called {
		return None, err
	}
	return w, err
}

// refused reports whether err may mean that the server does not send the part by BINARY. In that case, BODY may
// succeed.
func refused(err error) bool {
	return errors.Is(err, parser.NO) || errors.Is(err, parser.BAD) || errors.Is(err, ErrNoPart)
}

// decoding returns a function that takes a reader of what the server sends, and calls f with a reader of the decoded
// part. If the Way w is Decoded, the function decodes the part.
func (p *Part) decoding(w Way, f func(io.Reader) error) func(io.Reader) error {
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

// read fetches one section, and reports whether it has called f. It ignores other sections, because the server may
// send them unasked (RFC 5465 §5.2).
func read(ctx context.Context, s *session.Session, uid uint32, item fetch.Section, f func(io.Reader) error) (called bool, err error) {
	if uid == 0 { // in a numset.Set, 0 stands for the last message
		return false, fmt.Errorf("%w: UID 0", ErrNoMessage)
	}
	stream := commands.Fetch(s, numset.Of(numset.UID, uid), item)
	defer stream.Stop()
	there := false
	var odd error
	what, _ := item.Request()
	for m, err := range stream.All(ctx) {
		if err != nil {
			return called, err
		}
		for sec, err := range m.Sections { // any section shows that the message exists
			if err != nil {
				return called, err
			}
			if there = true; called || sec.IsNIL() || !sec.Is(what.Name, what.Spec.String()) {
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

// Download writes a decoded part to w as it arrives: exactly the octets that the sender attached, unless the Way is
// Encoded. It returns errors of w unchanged. See Read.
func Download(ctx context.Context, s *session.Session, uid uint32, p *Part, w io.Writer) (Way, error) {
	return Read(ctx, s, uid, p, func(r io.Reader) error {
		_, err := io.Copy(w, r)
		return err
	})
}
