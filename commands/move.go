package commands

import (
	"context"
	"errors"

	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Move moves messages to the end of a mailbox: MOVE or UID MOVE by the kind of the set (RFC 6851,
// RFC 9051 §6.4.8). The session's handler is told that the messages have gone.
func Move(s *session.Session, messages numset.Set, mailbox string) *session.Call[CopyUID] {
	out := new(CopyUID)
	cmd := copying("MOVE", messages, mailbox, out)
	cmd.Needs = "MOVE"
	cmd.Flow |= session.WritesFlags | session.Removes
	cmd.Answers = untaggedCode(parser.CodeCopyUID)
	// COPYUID comes in an untagged OK, before the messages go (RFC 6851 §4.3).
	cmd.Claim = func(r *response) bool { return r.Status == parser.OK && r.Code.Name == parser.CodeCopyUID }
	cmd.Data = func(r *response) error { out.read(r.Code); return nil }
	return session.Start(s, cmd, out)
}

// ErrMoveUnsafe reports that MoveByCopy might expunge other messages than those it copied: the set has sequence
// numbers, or the server has no UIDPLUS.
var ErrMoveUnsafe = errors.New("commands: moving by copy needs UIDs and a server with UIDPLUS")

// MoveByCopy does what Move does, for a server without MOVE: UID COPY, UID STORE +FLAGS.SILENT (\Deleted),
// UID EXPUNGE. It is not atomic: if it fails after the copy, the messages are in both mailboxes, and the
// error, a *MoveError, names the step. It needs UIDPLUS, because EXPUNGE without UIDs would also remove what others
// have marked.
func MoveByCopy(ctx context.Context, s *session.Session, uids numset.Set, mailbox string) (CopyUID, error) {
	if uids.Kind() != numset.UID || !s.Caps().Has("UIDPLUS") {
		return CopyUID{}, ErrMoveUnsafe
	}
	if uids.Dynamic() {
		// A message that arrives between the steps would be expunged without a copy.
		found, err := Search(s, numset.UID, search.In(uids)).Wait(ctx)
		if err != nil {
			return CopyUID{}, &MoveError{Step: "SEARCH", Err: err}
		}
		if uids = found.Found; uids.Empty() {
			return CopyUID{}, nil
		}
	}
	copied, err := Copy(s, uids, mailbox).Wait(ctx)
	if err != nil {
		return copied, &MoveError{Step: "COPY", Err: err}
	}
	if err := Store(s, uids, AddFlags.Silent(), parser.FlagDeleted).Wait(ctx); err != nil {
		return copied, &MoveError{Step: "STORE", Copied: true, Err: err}
	}
	if err := UIDExpunge(s, uids).Wait(ctx); err != nil {
		return copied, &MoveError{Step: "EXPUNGE", Copied: true, Err: err}
	}
	return copied, nil
}

// MoveError reports how far MoveByCopy got.
type MoveError struct {
	Step   string // the command that failed
	Copied bool   // whether the messages are in the other mailbox
	Err    error
}

// Error names the step and its error.
func (e *MoveError) Error() string {
	return "commands: moving by copy: " + e.Step + ": " + e.Err.Error()
}

// Unwrap returns the step's error.
func (e *MoveError) Unwrap() error { return e.Err }
