package account_test

import (
	"errors"
	"testing"

	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
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
