package account_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestRefusedMechanism checks that, after the server has refused one mechanism and accepted another, later
// connections do not try the refused one.
func TestRefusedMechanism(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		srv.Inject(imaptest.Answer{Status: parser.NO}, imaptest.When{Command: "AUTHENTICATE", Times: 1})
		a := alice(t, srv, func(o *account.Options) { o.Auth = auth.Options{} })
		for range 3 {
			if err := a.Do(t.Context(), "INBOX", noop(t.Context())); err != nil {
				t.Fatal(err)
			}
			time.Sleep(24 * time.Hour) // meanwhile the idle connection is closed
		}
		var asked []string
		for _, c := range srv.Received().Named("AUTHENTICATE").Strings() {
			asked = append(asked, strings.Fields(c)[1])
		}
		if want := []string{"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-256", "SCRAM-SHA-256"}; !slices.Equal(asked, want) {
			t.Errorf("the client has tried %v, want %v", asked, want)
		}
	}, imaptest.WithMechanisms("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"))
}

// TestSetCredentialsMeanwhile replaces a wrong password while the server still examines it. The refusal of the old
// password does not bar the new one.
func TestSetCredentialsMeanwhile(t *testing.T) {
	bubble(t, func(t *testing.T, srv *imaptest.Server) {
		var reports []error
		a := alice(t, srv, func(o *account.Options) {
			o.Credentials.Password = auth.NewSecret("wrong")
			o.Report = func(err error) { reports = append(reports, err) }
		})
		srv.Inject(imaptest.Delay{For: 5 * time.Second}, imaptest.When{Command: "AUTHENTICATE", Times: 1})
		time.AfterFunc(time.Second, func() {
			a.SetCredentials(auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")})
		})
		for range 2 {
			if err := a.Do(t.Context(), "", noop(t.Context())); err != nil {
				t.Error(err)
			}
		}
		if len(reports) > 0 {
			t.Errorf("reports are %v, want none", reports)
		}
	})
}
