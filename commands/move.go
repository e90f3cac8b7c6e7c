package commands

import (
	"context"
	"errors"
	"fmt"

	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// Move moves messages to another mailbox. It sends MOVE or, for a set of UIDs, UID MOVE (RFC 6851, RFC 9051 §6.4.8).
// The session calls Handler.Gone for the messages, because they are gone from the open mailbox. The result is the
// caller's.
func Move(s *session.Session, messages numset.Set, mailbox string) *session.Call[CopyUID] {
	out := new(CopyUID)
	cmd := copyCommand("MOVE", messages, mailbox, out)
	cmd.Needs = "MOVE"
	cmd.Flow |= session.WritesFlags | session.Removes
	cmd.Answers = untaggedCode(parser.CodeCopyUID)
	// COPYUID is in an untagged OK, which the server sends before EXPUNGE (RFC 6851 §4.3).
	return session.Start(s, cmd, out)
}

// ErrMoveUnsafe reports that MoveByCopy could expunge messages that it has not copied, because the set contains
// sequence numbers, or the server does not have UIDPLUS.
var ErrMoveUnsafe = errors.New("commands: moving by copy needs UIDs and a server with UIDPLUS")

// MoveByCopy has the effect of Move on a server without MOVE. It sends UID COPY, UID STORE +FLAGS.SILENT (\Deleted) and
// UID EXPUNGE. This is not atomic: if it fails after the copy, the messages may be in both mailboxes. If a step fails,
// the error is a *MoveError, which contains that step. MoveByCopy needs UIDPLUS, because EXPUNGE without UIDs would
// also remove messages that others have marked \Deleted. The result is the caller's.
//
// MoveByCopy does not remove messages that have not been copied. If messages that arrive now may have UIDs of the set,
// it first sends UID SEARCH, and moves only the messages that are found. If the server reports which messages it has
// copied, MoveByCopy removes only these.
func MoveByCopy(ctx context.Context, s *session.Session, uids numset.Set, mailbox string) (CopyUID, error) {
	if uids.Kind() != numset.UID || !s.Caps().Has("UIDPLUS") {
		return CopyUID{}, ErrMoveUnsafe
	}
	if last, ok := uids.Max(); uids.Dynamic() || ok && mayArrive(s, last) {
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
	if uids, err = copied.among(uids); err != nil {
		return copied, &MoveError{Step: "COPY", Copied: true, Err: err}
	}
	if err := Store(s, uids, AddFlags.Silent(), parser.FlagDeleted).Wait(ctx); err != nil {
		return copied, &MoveError{Step: "STORE", Copied: true, Err: err}
	}
	if err := UIDExpunge(s, uids).Wait(ctx); err != nil {
		return copied, &MoveError{Step: "EXPUNGE", Copied: true, Err: err}
	}
	return copied, nil
}

// mayArrive reports whether the next message that arrives in the open mailbox may have a UID of at most last.
func mayArrive(s *session.Session, last uint32) bool {
	m := s.Mailbox()
	return m != nil && last >= m.UIDNext
}

// among returns those of uids that the server reports as copied. If the server has not reported which messages it has
// copied, among returns uids. If the server reports only other messages, among returns an error.
func (c *CopyUID) among(uids numset.Set) (numset.Set, error) {
	if len(c.From) == 0 {
		return uids, nil
	}
	from := numset.FromRanges(numset.UID, c.From)
	both := uids.Intersect(from)
	if both.Unknown() || both.Empty() {
		return both, fmt.Errorf("the server reports copies of other messages: %v", from)
	}
	return both, nil
}

// MoveError reports the step at which MoveByCopy has failed.
type MoveError struct {
	Step   string // the command that failed
	Copied bool   // the messages are in the other mailbox already
	Err    error
}

// Error returns a text that contains the step and its error.
func (e *MoveError) Error() string {
	return "commands: moving by copy: " + e.Step + ": " + e.Err.Error()
}

// Unwrap returns the step's error.
func (e *MoveError) Unwrap() error { return e.Err }
