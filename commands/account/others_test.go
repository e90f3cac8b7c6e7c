package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// TestSeesWhatOthersDid appends a message over one connection. The next function finds it over another connection,
// which has had the mailbox open all the time.
func TestSeesWhatOthersDid(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx := t.Context()
		err := a.Do(ctx, "INBOX", func(*session.Session) error {
			return a.Do(ctx, "", appendOne(ctx, "INBOX", "x"))
		})
		err = errors.Join(err, a.Do(ctx, "INBOX", func(s *session.Session) error {
			if s.Mailbox().Exists != 1 {
				t.Errorf("%d messages, want 1", s.Mailbox().Exists)
			}
			return nil
		}))
		if n := len(srv.Received().Named("SELECT")); err != nil || n != 1 {
			t.Errorf("%d SELECTs, want 1; error %v", n, err)
		}
	})
}

// TestSeesWhatLostConnectionsDid is like TestSeesWhatOthersDid, but the connection over which the message is appended
// is lost.
func TestSeesWhatLostConnectionsDid(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		a := alice(t, srv, nil)
		ctx := t.Context()
		srv.Inject(imaptest.Cut{From: imaptest.ServerSide}, imaptest.When{Command: "APPEND", Moment: imaptest.During, Times: 1})
		err := a.Do(ctx, "INBOX", func(*session.Session) error {
			want(t, a.Do(ctx, "", appendOne(ctx, "INBOX", "x")), account.ErrUncertain)
			return nil
		})
		err = errors.Join(err, a.Do(ctx, "INBOX", func(s *session.Session) error {
			if s.Mailbox().Exists != 1 {
				t.Errorf("%d messages, want 1", s.Mailbox().Exists)
			}
			return nil
		}))
		if err != nil {
			t.Error(err)
		}
	})
}

// TestDoAfterRename renames a mailbox that an idle connection has open, and creates a new mailbox with its name. The
// next call of Do opens the new mailbox. If the server refuses STATUS, Do cannot notice the change, and uses the old
// mailbox without an error.
func TestDoAfterRename(t *testing.T) {
	for _, refused := range []bool{false, true} {
		bubble(t, func(t *testing.T, srv *imaptest.Server) {
			a := alice(t, srv, nil)
			ctx := t.Context()
			srv.Mailbox("alice", "Box").Append([]byte(message("old")))
			if refused {
				srv.Inject(imaptest.Answer{Status: parser.BAD}, imaptest.When{Command: "STATUS"})
			}
			want := uint32(1)
			look := func(s *session.Session) error {
				if box := s.Mailbox(); box.Name != "Box" || box.Exists != want {
					t.Errorf("refused %v: %s has %d messages, want %d", refused, box.Name, box.Exists, want)
				}
				return nil
			}
			others := func() error {
				return a.Do(ctx, "Box", func(*session.Session) error { return a.Do(ctx, "", noop(ctx)) })
			}
			err := errors.Join(others(), a.Do(ctx, "Box", look))
			selects := len(srv.Received().Named("SELECT"))
			err = errors.Join(err, others(), a.Do(ctx, "Box", look))
			if n := len(srv.Received().Named("SELECT")); n != selects {
				t.Errorf("refused %v: %d SELECTs, want none of a mailbox that is open", refused, n-selects)
			}
			srv.RenameMailbox("alice", "Box", "Renamed")
			srv.Mailbox("alice", "Box")
			if !refused {
				want = 0
			}
			err = errors.Join(err, others(), a.Do(ctx, "Box", look))
			srv.DeleteMailbox("alice", "Box")
			time.Sleep(time.Minute)
			gone := a.Do(ctx, "Box", noop(ctx))
			if !refused && !errors.Is(gone, parser.CodeNonExistent) {
				t.Errorf("after the mailbox was deleted, the error is %v, want %v", gone, parser.CodeNonExistent)
			}
			if err != nil {
				t.Errorf("refused %v: %v", refused, err)
			}
		})
	}
}
