package content

import (
	"context"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Load fetches the same data as [Messages], for a single message. If the message does not exist, the error wraps
// ErrNoMessage. The value is the caller's.
func Load(ctx context.Context, s *session.Session, uid uint32) (found *Message, err error) {
	for m, err := range Messages(ctx, s, numset.Of(numset.UID, uid)) {
		if err != nil {
			return nil, err
		}
		if m.UID == uid && (found == nil || m.Envelope != nil && m.Structure != nil) {
			found = m
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%w: UID %d", ErrNoMessage, uid)
	}
	return found, nil
}

// ReadWhole downloads a whole message of the open mailbox: header, texts and attachments, in their encodings. It calls
// f with a reader, from which f reads the message as it arrives on the connection. ReadWhole calls f at most once, and
// returns its error unchanged. f need not read to the end. The reader is valid until f returns. f may start commands
// but must not wait for them. ReadWhole does not set \Seen. If the message does not exist, the error wraps
// ErrNoMessage.
//
//	err := content.ReadWhole(ctx, s, uid, func(r io.Reader) error {
//		msg, err := mail.ReadMessage(r)
//		…
func ReadWhole(ctx context.Context, s *session.Session, uid uint32, f func(io.Reader) error) error {
	_, err := read(ctx, s, uid, fetch.Body("").Peek(), f)
	return err
}
