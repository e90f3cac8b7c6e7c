// Package exampletest holds functions for the tests of the example programs: they start servers, and return the
// settings with which the programs connect to these servers.
package exampletest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/docs/examples/internal/program"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/session"
)

// URL returns the URL of a user's account on a test server, over TLS.
func URL(srv *imaptest.Server, user string) string { return "imaps://" + user + "@" + srv.TLSAddr }

// Settings returns settings that trust only these servers, and sets the environment variable with the password of
// alice's accounts.
func Settings(t testing.TB, servers ...*imaptest.Server) program.Settings {
	t.Helper()
	t.Setenv("IMAP_PASSWORD", "secret")
	var ca []byte
	for _, srv := range servers {
		pem, err := srv.CAPEM()
		if err != nil {
			t.Fatal(err)
		}
		ca = append(ca, pem...)
	}
	set := program.Settings{Conns: 2, CAFile: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(set.CAFile, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	return set
}

// Serve starts a server. It returns the URL of alice's account on the server, and settings that trust the server.
func Serve(t testing.TB, opts ...imaptest.Option) (srv *imaptest.Server, url string, set program.Settings) {
	t.Helper()
	srv = imaptest.NewServer(t, opts...)
	return srv, URL(srv, "alice"), Settings(t, srv)
}

// Real creates a mailbox with one message on a real server. It returns the URL of the mailbox, and settings with which
// the programs connect to it. The mailbox is deleted when the test ends.
func Real(t testing.TB, env peer.Env, message string) (url string, set program.Settings) {
	t.Helper()
	t.Setenv("IMAP_PASSWORD", env.Password)
	set = program.Settings{Conns: 2, Insecure: true}
	url = "imap+insecure://" + env.User + "@" + env.Addr()
	a, _, err := set.Account(url, "IMAP_PASSWORD")
	if err != nil {
		t.Fatal(err)
	}
	box := fmt.Sprintf("INBOX.example%x", time.Now().UnixNano())
	err = a.Do(t.Context(), "", func(s *session.Session) error {
		if _, err := commands.Create(s, box).Wait(t.Context()); err != nil {
			return err
		}
		_, err := commands.Append(s, box, strings.NewReader(message), -1).Wait(t.Context())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Use another context, because the test's context has ended.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		defer a.Close()
		if err := a.Do(ctx, "", func(s *session.Session) error { _, err := commands.Delete(s, box).Wait(ctx); return err }); err != nil {
			t.Error(err)
		}
	})
	return url + "/" + box, set
}
