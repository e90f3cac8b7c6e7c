package content

import (
	"context"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Load asks for what is known of one message, as [Messages] does of many. A message that is not there is ErrNoMessage. The value is the caller's.
func Load(ctx context.Context, s *session.Session, uid uint32) (found *Message, err error) {
	for m, err := range Messages(ctx, s, numset.Of(numset.UID, uid)) {
		if err != nil {
			return nil, err
		}
		if m.UID == uid {
			found = m
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%w: UID %d", ErrNoMessage, uid)
	}
	return found, nil
}

// ReadWhole downloads a whole message, of the mailbox that is open, and has f read it as the sender wrote it while it comes: header, texts and attachments, in their encodings. f is
// called once at most, and need not read to the end; its error is returned as it is. The reader is valid until f returns, and commands may be started in
// it but not waited for. \Seen is not set. A message that is not there is ErrNoMessage.
//
//	err := content.ReadWhole(ctx, s, uid, func(r io.Reader) error {
//		msg, err := mail.ReadMessage(r)
//		…
func ReadWhole(ctx context.Context, s *session.Session, uid uint32, f func(io.Reader) error) error {
	_, err := read(ctx, s, uid, fetch.Body("").Peek(), f)
	return err
}
