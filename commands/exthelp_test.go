package commands_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

// onWith is like on, but the session has the configuration cfg.
func onWith(t *testing.T, cfg session.Config, greeting, script string, f func(ctx context.Context, s *session.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		wait := imaptest.Play(t, srv, "S: * "+greeting+"\n"+script)
		s, err := session.Open(t.Context(), c, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		f(t.Context(), s)
		s.Close()
		wait()
	})
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func secretOf(text string) auth.Secret { return auth.NewSecret(text) }
