package fallback

import (
	"context"
	"errors"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Moved is the result of a Move. It is the caller's.
type Moved struct {
	Way Way
	commands.CopyUID
}

// Move moves the messages with these UIDs to the end of a mailbox: by MOVE (RFC 6851), or by commands.MoveByCopy if the
// server does not offer MOVE or answers it with BAD. A server without UIDPLUS cannot expunge only these messages: then
// Move does nothing, and the error is commands.ErrMoveUnsafe. A commands.MoveError says that the messages are in both
// mailboxes. If MOVE fails otherwise, Move does not try another way, because the server may have done a part.
func Move(ctx context.Context, s *session.Session, uids numset.Set, mailbox string) (Moved, error) {
	if s.Caps().Has("MOVE") {
		copied, err := commands.Move(s, uids, mailbox).Wait(ctx)
		if err == nil {
			return Moved{Direct, copied}, nil
		}
		// BAD says that the server does not know the command, so it has not begun it.
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
