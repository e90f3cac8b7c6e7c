package session_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// refusedAfter logs in with a secret, and returns the error of a command that the server then answers with reply.
func refusedAfter(t *testing.T, secret, reply string) error {
	t.Helper()
	s := play(t, nil, "S: * OK [CAPABILITY IMAP4rev1] hello\nC: A1 LOGIN u …\nS: A1 OK [CAPABILITY IMAP4rev1] done\nC: A2 X\nS: A2 "+reply+"\n")
	login := session.Command{Name: "LOGIN", Then: session.Authenticated, Args: func(e *wire.Encoder) { e.SP().AString("u").SP().Secret(secret) }}
	if err := runCommand(t, s, login); err != nil {
		t.Fatal(err)
	}
	return runCommand(t, s, session.Command{Name: "X"})
}

// TestSecretsLeaveCodesAlone checks that the name of a registered response code is never taken for a part of a secret,
// because programs depend on it.
func TestSecretsLeaveCodesAlone(t *testing.T) {
	for _, x := range []struct {
		secret string
		code   parser.CodeName
	}{
		{"try", parser.CodeTryCreate}, {"NonExistent", parser.CodeNonExistent}, {"over", parser.CodeOverQuota}, {"read", parser.CodeReadOnly},
		{"xyz-EXPUNGE-zyx", parser.CodeExpungeIssued}, {"already", parser.CodeAlreadyExists},
	} {
		synctest.Test(t, func(t *testing.T) {
			if err := refusedAfter(t, x.secret, "NO ["+string(x.code)+"] no"); !errors.Is(err, x.code) {
				t.Errorf("with the password %q: got %v, want %s", x.secret, err, x.code)
			}
		})
	}
	source, err := os.ReadFile("../parser/code.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^\tCode\w+ +CodeName = "(.+?)"`).FindAllSubmatch(source, -1)
	if len(names) < 60 {
		t.Fatalf("parser/code.go has %d codes, want at least 60", len(names))
	}
	for _, m := range names {
		name := string(m[1])
		synctest.Test(t, func(t *testing.T) {
			if err := refusedAfter(t, strings.ToLower(name), "NO ["+name+"] no"); !errors.Is(err, parser.CodeName(name)) {
				t.Errorf("with the password %q: got %v, want %s", strings.ToLower(name), err, name)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		if err := refusedAfter(t, "hunter2", "NO [X-HUNTER2] no"); strings.Contains(strings.ToLower(fmt.Sprint(err)), "hunter2") {
			t.Errorf("the code of an error shows the secret: %v", err)
		}
	})
}

// TestWordsAreNotPartsOfLongSecrets checks that the session does not remove a few letters from a text because they are
// also in the middle of a long secret, such as a token. A random secret has them by chance.
func TestWordsAreNotPartsOfLongSecrets(t *testing.T) {
	const token = "ya29.K3vQ0pLmZ7wR2tYxConnec8sHd1FgJkNbVcXqWeRtYuIoPmAiLbOxEsAsDfGhJkL4w5E6r7T8y9U0"
	for _, x := range []struct{ text, want string }{
		{"Too many simultaneous connections, no such mailboxes", "Too many simultaneous connections, no such mailboxes"},
		{"token ya29.K3vQ0 is wrong", "token [secret] is wrong"},                  // the beginning
		{"token K4w5E6r7T8y9U0 is wrong", "token K[secret] is wrong"},             // the end
		{"token Q0pLmZ7wR2tYxC is wrong", "token [secret] is wrong"},              // a part from the middle
		{"token " + token + " is wrong", "token [secret] is wrong"},               // all
		{"token hunter ya29.K3vQ0pLmZ", "token hunter [secret]"},                  // the beginning, at the end of the text
		{strings.ToUpper("token ya29.K3vQ0 is wrong"), "TOKEN [secret] IS WRONG"}, // in another case
	} {
		synctest.Test(t, func(t *testing.T) {
			err := refusedAfter(t, token, "NO "+x.text)
			var e *session.Error
			if !errors.As(err, &e) || e.Text != x.want {
				t.Errorf("%q: got %v, want the text %q", x.text, err, x.want)
			}
		})
	}
}
