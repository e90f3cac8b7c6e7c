package fallback

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// ErrRemoveUnsafe reports a server that cannot expunge messages by UID: EXPUNGE would remove what others have marked as well.
var ErrRemoveUnsafe = errors.New("fallback: removing messages alone needs UIDs and a server with UIDPLUS")

// Remove removes the messages with those UIDs from the open mailbox for good, and no others: it marks them \Deleted and expunges them by UID (RFC 4315).
// Where the server has no UIDPLUS nothing is done, and the error is ErrRemoveUnsafe. After another error they may be marked, and some be gone. Messages that are
// gone already are no error.
func Remove(ctx context.Context, s *session.Session, uids numset.Set) error {
	if uids.Kind() != numset.UID || !s.Caps().Has("UIDPLUS") {
		return ErrRemoveUnsafe
	}
	if uids.Empty() {
		return nil
	}
	if err := commands.Store(s, uids, commands.AddFlags.Silent(), parser.FlagDeleted).Wait(ctx); err != nil {
		return err
	}
	return commands.UIDExpunge(s, uids).Wait(ctx)
}

// Replace puts a message into a mailbox in the place of the one with UID old in the mailbox that is open, as with a draft: by REPLACE (RFC 8508), which does both or neither, or step by step,
// the new one first, by Append and Remove. size is how many octets of msg are the message. An error beside a way says that the new message is there, and the
// old one as well. Where the server has neither REPLACE nor UIDPLUS nothing is done, and the error is ErrRemoveUnsafe.
func Replace(ctx context.Context, s *session.Session, old uint32, mailbox string, msg io.ReaderAt, size int64, opts ...commands.AppendOption) (commands.AppendUID, Way, error) {
	uids := numset.Of(numset.UID, old)
	if s.Caps().Has("REPLACE") {
		m := commands.Message{Body: io.NewSectionReader(msg, 0, size), Size: size}
		for _, f := range opts {
			f(&m)
		}
		made, err := commands.Replace(s, uids, mailbox, m).Wait(ctx)
		if err == nil {
			return made, Direct, nil
		}
		// BAD is a command that is not known, and so not begun.
		if !errors.Is(err, parser.BAD) || s.Err() != nil {
			return made, None, err
		}
	}
	if !s.Caps().Has("UIDPLUS") {
		return commands.AppendUID{}, None, ErrRemoveUnsafe
	}
	made, way, err := Append(ctx, s, mailbox, msg, size, opts...)
	if err != nil {
		return made, way, err
	}
	if err := Remove(ctx, s, uids); err != nil {
		return made, BySteps, fmt.Errorf("fallback: the message is there, and the one that it replaces as well: %w", err)
	}
	return made, BySteps, nil
}
