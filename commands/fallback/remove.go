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

// ErrRemoveUnsafe reports that a server cannot expunge messages by UID. EXPUNGE would also remove messages that
// others have marked \Deleted.
var ErrRemoveUnsafe = errors.New("fallback: removing only these messages needs UIDs and a server with UIDPLUS")

// Remove permanently removes the messages with these UIDs, and no others, from the open mailbox. It marks them
// \Deleted and expunges them by UID (RFC 4315). If uids contains sequence numbers, or the server does not offer
// UIDPLUS, Remove does nothing, and the error is ErrRemoveUnsafe. After another error, the messages may be marked, and
// some may be gone. It is not an error if messages are gone already.
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

// Replace adds the first size octets of msg as a message to a mailbox, and removes the message with UID old from the
// open mailbox. A program saves a new version of a draft in this way. Replace uses REPLACE (RFC 8508), which does both
// or neither. If the server does not offer it, or answers it with BAD and without APPENDUID, Replace calls Append and
// then Remove. If Replace returns an error and a way other than None, the new message has been added, and the old one
// may still exist. If the server offers neither REPLACE nor UIDPLUS, Replace does nothing, and the error is
// ErrRemoveUnsafe. Replace also does nothing and returns ErrRemoveUnsafe if old is 0, which is the UID of no message.
func Replace(ctx context.Context, s *session.Session, old uint32, mailbox string, msg io.ReaderAt, size int64, opts ...commands.AppendOption) (commands.AppendUID, Way, error) {
	if old == 0 {
		return commands.AppendUID{}, None, ErrRemoveUnsafe // in a numset.Set, 0 stands for the last message
	}
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
		// BAD means that the server does not know the command, so it has done nothing. But APPENDUID shows that it has
		// added the message.
		if !errors.Is(err, parser.BAD) || s.Err() != nil || made.UIDValidity != 0 {
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
		return made, BySteps, fmt.Errorf("fallback: the new message was added, and the old one not removed: %w", err)
	}
	return made, BySteps, nil
}
