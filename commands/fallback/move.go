package fallback

import (
	"context"
	"errors"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Moved is the result of Move: how the messages were moved, and their new UIDs. It is the caller's.
type Moved struct {
	Way Way
	commands.CopyUID
}

// Move moves the messages with these UIDs to another mailbox. It uses MOVE (RFC 6851). If the server does not offer
// MOVE or answers it with BAD, Move calls commands.MoveByCopy. A server with neither MOVE nor UIDPLUS cannot expunge
// only these messages; then Move does nothing, and the error is commands.ErrMoveUnsafe. If the error is a
// commands.MoveError whose field Copied is true, the messages have been copied, and may still be in the open mailbox
// too. If MOVE fails in another way, or the server sends COPYUID before BAD, Move does not call MoveByCopy, because the
// server may have moved some messages.
//
// If uids is empty, for example because a search has found nothing, Move does nothing and returns no error.
func Move(ctx context.Context, s *session.Session, uids numset.Set, mailbox string) (Moved, error) {
	if uids.Kind() == numset.UID && uids.Empty() {
		return Moved{}, nil
	}
	if s.Caps().Has("MOVE") {
		copied, err := commands.Move(s, uids, mailbox).Wait(ctx)
		if err == nil {
			return Moved{Direct, copied}, nil
		}
		// BAD means that the server does not know the command, so it has moved nothing. But COPYUID shows that it has
		// moved messages.
		if !errors.Is(err, parser.BAD) || s.Err() != nil || copied.UIDValidity != 0 {
			return Moved{CopyUID: copied}, err
		}
	}
	copied, err := commands.MoveByCopy(ctx, s, uids, mailbox)
	if err != nil {
		return Moved{CopyUID: copied}, err
	}
	return Moved{ByCopy, copied}, nil
}
