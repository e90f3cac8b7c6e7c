package relay_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/relay"
	"github.com/imapstack/imapstack/transport"
)

// sendToFront sends text to a Front, as a client. It returns the answers, the name of the user who has logged in, and
// the error of SignIn.
func sendToFront(t *testing.T, f *relay.Front, input string) (answers, loggedIn string, err error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if f.Conn, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	f.Delay = time.Millisecond
	f.Login = func(_ context.Context, user, password string) (*parser.Capabilities, error) {
		switch password {
		case "secret":
			loggedIn = user
			return &parser.Capabilities{Names: []string{"IMAP4REV1", "OF-" + strings.ToUpper(user)}}, nil
		case "trouble":
			return nil, errors.New("no back end")
		}
		return nil, relay.ErrPassword
	}
	fmt.Fprint(client, strings.ReplaceAll(input, "\n", "\r\n"))
	if input != "" {
		client.(*net.TCPConn).CloseWrite()
	}
	done := make(chan string)
	go func() {
		var b strings.Builder
		for r := bufio.NewScanner(client); r.Scan(); {
			b.WriteString(r.Text() + "\n")
		}
		done <- b.String()
	}()
	err = f.SignIn(t.Context())
	f.Conn.Close()
	return <-done, loggedIn, err
}

func TestFront(t *testing.T) {
	for name, tt := range map[string]struct{ input, answers, user string }{
		"LOGIN":                 {"A1 LOGIN alice secret\n", "A1 OK [CAPABILITY IMAP4rev1 OF-ALICE]", "alice"},
		"literals":              {"A1 LOGIN {5+}\nalice {6}\nsecret\n", "+ go on\nA1 OK", "alice"},
		"PLAIN":                 {"A1 AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==\n", "A1 OK", "alice"},
		"PLAIN, challenge":      {"A1 AUTHENTICATE PLAIN\nAGFsaWNlAHNlY3JldA==\n", "+ \nA1 OK", "alice"},
		"PLAIN, another user":   {"A1 AUTHENTICATE PLAIN Ym9iAGFsaWNlAHNlY3JldA==\n", "A1 BAD", ""},
		"PLAIN, cancelled":      {"A1 AUTHENTICATE PLAIN\n*\n", "A1 BAD", ""},
		"AUTH=LOGIN":            {"A1 AUTHENTICATE LOGIN\nYWxpY2U=\nc2VjcmV0\n", "+ UGFzc3dvcmQ=\nA1 OK", "alice"},
		"no such mechanism":     {"A1 AUTHENTICATE MAGIC x\n", "A1 BAD", ""},
		"a wrong password":      {"A1 LOGIN alice wrong\nA2 LOGIN bob secret\n", "A1 NO [AUTHENTICATIONFAILED] wrong user or password\nA2 OK", "bob"},
		"trouble":               {"A1 LOGIN alice trouble\n", "A1 NO [UNAVAILABLE]", ""},
		"before the login":      {"A1 NOOP\nA2 CAPABILITY\nA3 ID NIL\nA4 SELECT INBOX\nA5 LOGIN alice secret\n", "A4 BAD log in first\nA5 OK", "alice"},
		"LOGOUT":                {"A1 LOGOUT\n", "* BYE good-bye\nA1 OK", ""},
		"a literal over 4 KiB":  {"A1 LOGIN {5000+}\n" + strings.Repeat("x", 5000) + "\nA2 LOGIN alice secret\n", "A1 BAD", "alice"},
		"mistakes":              {strings.Repeat("A1 WHAT\n", 20), "* BYE too many mistakes", ""},
		"another protocol":      {"GET / HTTP/1.1\n", "* OK", ""},
		"STARTTLS, not offered": {"A1 STARTTLS\n", "A1 BAD", ""},
	} {
		t.Run(name, func(t *testing.T) {
			answers, loggedIn, err := sendToFront(t, &relay.Front{Plain: true}, tt.input)
			if !strings.Contains(answers, tt.answers) || loggedIn != tt.user || (err == nil) != (tt.user != "") || err != nil && err != relay.ErrLeft {
				t.Errorf("got %q, user %q, %v; want %q and user %q", answers, loggedIn, err, tt.answers, tt.user)
			}
		})
	}
	// The Front refuses a password that is sent without TLS, and a STARTTLS that is followed by octets without TLS.
	answers, loggedIn, err := sendToFront(t, &relay.Front{TLS: &tls.Config{}}, "A1 LOGIN alice secret\nA2 STARTTLS\nA3 LOGIN alice secret\n")
	if loggedIn != "" || err != relay.ErrLeft || !strings.Contains(answers, "LOGINDISABLED") || !strings.Contains(answers, "A1 NO [PRIVACYREQUIRED]") || !strings.Contains(answers, "A2 BAD") || strings.Contains(answers, "A3") {
		t.Errorf("got %q, user %q, %v; want refusals of LOGIN and STARTTLS, and ErrLeft", answers, loggedIn, err)
	}
	// SignIn fails if the client is silent.
	if _, _, err := sendToFront(t, &relay.Front{Time: 10 * time.Millisecond}, ""); err != relay.ErrLeft {
		t.Errorf("a silent client: got %v, want ErrLeft", err)
	}
}

func TestConnect(t *testing.T) {
	srv := server(t, imaptest.WithMaster("master", "m4ster"))
	target, err := transport.Parse("imap+starttls://localhost:" + srv.Addr[strings.LastIndexByte(srv.Addr, ':')+1:])
	if err != nil {
		t.Fatal(err)
	}
	target.TLSConfig = srv.TLSConfig()
	for name, tt := range map[string]struct {
		a  relay.Account
		ok bool
	}{
		"the user's password":       {relay.Account{User: "alice", Password: "secret"}, true},
		"a password with line ends": {relay.Account{User: "alice", Password: "sec\r\nret"}, false},
		"a wrong password":          {relay.Account{User: "alice", Password: "wrong"}, false},
		"the master's password":     {relay.Account{User: "alice", Password: "m4ster", Master: "master"}, true},
		"a wrong master password":   {relay.Account{User: "alice", Password: "secret", Master: "master"}, false},
	} {
		b, err := relay.Connect(t.Context(), target, tt.a)
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, relay.ErrPassword) || strings.Contains(fmt.Sprintf("%v %+v %d %#v", tt.a, tt.a, tt.a, err), "m4ster") {
			t.Errorf("%s: got %v, want success %v", name, err, tt.ok)
		}
		if err == nil {
			if !b.Caps.Has("IDLE") {
				t.Errorf("%s: got capabilities %q, want IDLE among them", name, b.Caps.Names)
			}
			b.Conn.Close()
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := relay.Connect(ctx, target, relay.Account{}); err == nil {
		t.Error("Connect succeeded with a context that had ended")
	}
	srv.Close()
	if _, err := relay.Connect(t.Context(), target, relay.Account{}); err == nil || errors.Is(err, relay.ErrPassword) {
		t.Errorf("a back end that is gone: got %v, want an error other than ErrPassword", err)
	}
}
