package commands_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// An imaplibTest is the counterpart of the test with the same name in CPython's test_imaplib.py (3.16). See
// docs/imaplib.md.
type imaplibTest struct {
	script string
	cfg    *session.Config
	// run gets the session. Unless fails is set, opening the session must succeed.
	run func(ctx context.Context, t testing.TB, s *session.Session)
	// fails gets the error of opening the session.
	fails func(t testing.TB, err error)
}

// imaplibTests has all tests that need a server, by the name of Python's test. If several tests replace one test of
// Python's, the names of the additional tests have more words after the name of Python's test.
var imaplibTests = merge(imaplibConnect, imaplibLogin, imaplibMailboxes, imaplibMessages, imaplibSearch, imaplibExtensions)

func merge(all ...map[string]imaplibTest) map[string]imaplibTest {
	m := map[string]imaplibTest{}
	for _, part := range all {
		for name, test := range part {
			if _, twice := m[name]; twice {
				panic("two tests have the name " + name)
			}
			m[name] = test
		}
	}
	return m
}

// TestImaplib runs the tests with scripted servers, over a plain connection and over TLS.
func TestImaplib(t *testing.T) {
	for _, over := range []string{"plain", "TLS"} {
		t.Run(over, func(t *testing.T) {
			for _, name := range slices.Sorted(maps.Keys(imaplibTests)) {
				t.Run(name, func(t *testing.T) { imaplibTests[name].play(t, over == "TLS") })
			}
		})
	}
}

var loopbackTLS = sync.OnceValues(func() (conf [2]*tls.Config, err error) {
	conf[0], conf[1], err = imaptest.LoopbackTLS()
	return conf, err
})

func (x imaplibTest) play(t *testing.T, overTLS bool) {
	conf, err := loopbackTLS()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now() // the bubble's clock shows another time, at which the certificates are not valid
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		c, srv := imaptest.Pipe(0)
		if overTLS {
			srv = tls.Server(srv, conf[0])
		}
		wait := imaptest.Play(t, srv, x.script)
		var conn transport.Conn = c
		if overTLS {
			client := conf[1].Clone()
			client.ServerName = "localhost"
			client.Time = func() time.Time { return now }
			conn = tls.Client(c, client)
		}
		s, err := session.Open(ctx, conn, x.cfg)
		switch {
		case x.fails != nil && err == nil:
			t.Error("no error")
			s.Close()
		case x.fails != nil:
			x.fails(t, err)
		case err != nil:
			t.Fatal(err)
		default:
			if x.run != nil {
				x.run(ctx, t, s)
			}
			s.Close()
		}
		c.Close()
		wait()
	})
}

// The beginnings of scripts: a greeting, a greeting with which the user is logged in, and the selection of a mailbox.
const (
	hello    = "S: * OK [CAPABILITY IMAP4rev1] IMAP4rev1\n"
	loggedIn = "S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS MOVE UNSELECT NAMESPACE ID SORT THREAD=REFERENCES ACL RIGHTS=texk QUOTA ANNOTATEMORE ENABLE] IMAP4rev1\n"
	inbox    = loggedIn + "C: A1 SELECT INBOX\nS: * 2 EXISTS\nS: A1 OK [READ-WRITE] SELECT completed.\n"
)

// opened returns a function that plays the script inbox and then calls run.
func opened(run func(ctx context.Context, t testing.TB, s *session.Session)) func(context.Context, testing.TB, *session.Session) {
	return func(ctx context.Context, t testing.TB, s *session.Session) {
		t.Helper()
		m, err := commands.Select(s, "INBOX").Wait(ctx)
		if err != nil || m.Exists != 2 {
			t.Fatal(m, err)
		}
		run(ctx, t, s)
	}
}

// do waits for calls. Each of them must succeed.
func do(ctx context.Context, t testing.TB, calls ...func(context.Context) error) {
	t.Helper()
	for i, f := range calls {
		if err := f(ctx); err != nil {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
}

// canned returns a script: first the script in the argument before, and then commands that the server answers with OK.
// first is the number of the first tag.
func canned(before string, first int, lines ...string) string {
	var b strings.Builder
	b.WriteString(before)
	for i, line := range lines {
		fmt.Fprintf(&b, "C: A%d %s\nS: A%d OK completed\n", first+i, line, first+i)
	}
	return b.String()
}

// refused checks that err is the error of a command that was not sent, and that its text contains all of the given
// texts.
func refused(t testing.TB, err error, what ...string) {
	t.Helper()
	if err == nil || !session.SafeToRetry(err) {
		t.Errorf("got error %v, want that of a command that was not sent", err)
		return
	}
	says(t, err, what...)
}

// says checks that an error's text contains all of the given texts.
func says(t testing.TB, err error, what ...string) {
	t.Helper()
	for _, w := range what {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("the error %v does not contain %q", err, w)
		}
	}
}

// serverError checks that err is a server's answer with this text.
func serverError(t testing.TB, err error, text string) {
	t.Helper()
	var e *session.Error
	if !errors.As(err, &e) || e.Text+e.Hidden.Reveal() != text {
		t.Errorf("got error %v, want the server's text %q", err, text)
	}
}

// login logs in by LOGIN, even over a connection that others can read.
func login(s *session.Session, user, password string) *session.Call[struct{}] {
	return commands.Login(s, user, auth.NewSecret(password), commands.AllowPlaintext())
}
