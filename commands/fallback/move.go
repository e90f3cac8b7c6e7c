package fallback

import (
	"context"
	"errors"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Moved is what came of a Move. It is the caller's.
type Moved struct {
	Way Way
	commands.CopyUID
}

// Move moves the messages with those UIDs to the end of a mailbox: by MOVE (RFC 6851), or by commands.MoveByCopy where the server has none or does not
// know it after all. A server without UIDPLUS cannot expunge them alone: then nothing is done, and the error is commands.ErrMoveUnsafe. A
// commands.MoveError says that the messages are in both mailboxes. A MOVE that has failed otherwise is not done in another way, as some of it may be done.
func Move(ctx context.Context, s *session.Session, uids numset.Set, mailbox string) (Moved, error) {
	if s.Caps().Has("MOVE") {
		copied, err := commands.Move(s, uids, mailbox).Wait(ctx)
		if err == nil {
			return Moved{Direct, copied}, nil
		}
		// BAD is a command that is not known, and so not begun.
		if !errors.Is(err, parser.BAD) || s.Err() != nil {
			return Moved{}, err
		}
	}
	copied, err := commands.MoveByCopy(ctx, s, uids, mailbox)
	if err != nil {
		return Moved{CopyUID: copied}, err
	}
	return Moved{ByCopy, copied}, nil
}
