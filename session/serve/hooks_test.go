package serve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/wire"
)

// recordingHooks are hooks that record their calls, and refuse some commands.
type recordingHooks struct {
	conn *serve.Conn
	log  []string
}

func (j *recordingHooks) note(format string, args ...any) {
	j.log = append(j.log, fmt.Sprintf(format, args...))
}

func (j *recordingHooks) Start(c *serve.Conn)           { j.conn = c }
func (j *recordingHooks) Greeting() (string, error)     { return "welcome", nil }
func (j *recordingHooks) End()                          { j.note("end") }
func (j *recordingHooks) Unreadable(*parser.BadCommand) { j.note("unreadable") }
func (j *recordingHooks) Answered(name string, r *serve.Reply) {
	j.note("answered %s %s %s", name, r.Status, r.Code.Name)
}

func (j *recordingHooks) BeforeCommand(h *parser.CommandHead) error {
	j.note("before %s", h)
	if h.Name == "DELETE" {
		return &serve.Error{Code: parser.CodeNoPerm, Text: "nothing is deleted here"}
	}
	return nil
}

func (j *recordingHooks) Answer(h *parser.CommandHead, r *serve.Reply) {
	if h.Name == "CHECK" {
		r.Text = "as you like it"
	}
}

func (j *recordingHooks) AfterCommand(h *parser.CommandHead) error {
	if h != nil {
		j.note("after %s", h)
	}
	return nil
}

func (j *recordingHooks) Args(args any) error {
	for name := range parser.MailboxNames(args) {
		if string(*name) == "Secret" {
			return &serve.Error{Code: parser.CodeNonExistent, Text: "no such mailbox"}
		}
	}
	return nil
}

func (j *recordingHooks) Literal(q *parser.LiteralRequest) error {
	if q.Size == 13 {
		return &serve.Reply{Status: parser.NO, Code: parser.Code{Name: parser.CodeTooBig}, Text: "an unlucky number"}
	}
	return nil
}

func (j *recordingHooks) Capabilities(names []string) []string {
	return slices.DeleteFunc(names, func(x string) bool { return x == "SORT" })
}

func (j *recordingHooks) Enable(name string) bool { return name == "X-TIDE" }

func (j *recordingHooks) Whole() bool { return false }

// Respond replaces "tide" by "TIDE".
func (j *recordingHooks) Respond(segs []wire.Segment) (bool, error) {
	for _, s := range segs {
		if bytes.Contains(s.Bytes, []byte("tide")) {
			return false, j.conn.Write(bytes.ReplaceAll(s.Bytes, []byte("tide"), []byte("TIDE")))
		}
	}
	return true, nil
}

// withTide gives a server its own command and capability.
func withTide(s *serve.Server) {
	s.Capabilities = append(s.Capabilities, "X-TIDE")
	s.Commands = map[string]serve.Command{"TIDE": {In: serve.LoggedIn, Cap: "X-TIDE", Updates: serve.UpdatesAll, Run: func(c *serve.Conn) error {
		if err := c.Decode(parser.NoArgs{}); err != nil {
			return err
		}
		c.Untagged("TIDE high")
		return &serve.Reply{Status: parser.OK, Text: "the tide has been told"}
	}}}
}

func TestOwnCommand(t *testing.T) {
	s, b := newServer(t, withTide)
	talk(t, s, b, `
		1> TIDE
		1< * TIDE high
		1< T OK the tide has been told
		1> TIDE 5
		1< T BAD …
		1> SELECT INBOX
		1! NOOP
		deliver INBOX one
		1> TIDE
		1< * TIDE high
		1< * 1 EXISTS
		1< * 0 RECENT
		1< T OK the tide has been told
	`)
	c := dial(t, s)
	if got := c.do("TIDE"); !strings.Contains(got[0], "BAD TIDE needs a user") {
		t.Errorf("TIDE before a login: got %q, want BAD", got)
	}
	c.ok("LOGIN alice secret")
	if got := strings.Join(c.ok("CAPABILITY"), ""); !strings.Contains(got, " X-TIDE") {
		t.Errorf("CAPABILITY: got %s, want it to contain X-TIDE", got)
	}
}

func TestHooks(t *testing.T) {
	var j recordingHooks
	s, _ := newServer(t, withTide, func(s *serve.Server) { s.Hooks = func(*serve.Conn) any { return &j } })
	c := dial(t, s)
	for _, x := range []struct{ cmd, want string }{
		{"LOGIN alice secret", "T OK [CAPABILITY"}, {"DELETE INBOX", "T NO [NOPERM] nothing is deleted here"}, {"TIDE", "* TIDE high|T OK the TIDE has been told"},
		{"ENABLE X-TIDE X-EBB", "* ENABLED X-TIDE|T OK"}, {"STATUS Secret (MESSAGES)", "T NO [NONEXISTENT]"}, {"CREATE {13}", "T NO [TOOBIG] an unlucky number"},
		{"SELECT INBOX", "* FLAGS"}, {"CHECK", "T OK as you like it"}, {"SORT (DATE) UTF-8 ALL", "* SORT|T OK"},
	} {
		if got := strings.Join(c.do("%s", x.cmd), "|"); !strings.HasPrefix(got, x.want) {
			t.Errorf("%s: got %s, want the prefix %s", x.cmd, got, x.want)
		}
	}
	if got := strings.Join(c.do("CAPABILITY"), "|"); strings.Contains(got, " SORT ") {
		t.Errorf("CAPABILITY: got %s, want it without SORT", got)
	}
	c.do("LOGOUT")
	want := []string{
		"before LOGIN", "answered LOGIN OK CAPABILITY", "after LOGIN", "before DELETE", "answered DELETE NO NOPERM", "after DELETE",
		"before TIDE", "answered TIDE OK ", "after TIDE", "before ENABLE", "answered ENABLE OK ", "after ENABLE", "before STATUS", "answered STATUS NO NONEXISTENT", "after STATUS",
		"unreadable", "answered CREATE NO TOOBIG",
	}
	for deadline := time.Now().Add(20 * time.Second); s.Conns() > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("the connection has not ended after 20 seconds")
		}
	}
	if len(j.log) < len(want) || !slices.Equal(j.log[:len(want)], want) || j.log[len(j.log)-1] != "end" {
		t.Errorf("calls of hooks: got\n%s\nwant\n%s", strings.Join(j.log, "\n"), strings.Join(want, "\n"))
	}
}

// refusing is a Greeter that refuses every client.
type refusing struct{}

func (refusing) Greeting() (string, error) {
	return "", &serve.Reply{Code: parser.Code{Name: parser.CodeUnavailable}, Text: "closed today"}
}

func TestGreeting(t *testing.T) {
	s, _ := newServer(t)
	for _, x := range []struct {
		opt  serve.ConnOptions
		want string
	}{
		{serve.ConnOptions{}, "* OK [CAPABILITY "},
		{serve.ConnOptions{User: "alice"}, "* PREAUTH [CAPABILITY "},
		{serve.ConnOptions{User: "nobody"}, "* BYE "},
		{serve.ConnOptions{Hooks: refusing{}}, "* BYE [UNAVAILABLE] closed today"},
	} {
		client, server := imaptest.Pipe(0)
		go s.NewConn(server, x.opt).Serve()
		buf := make([]byte, 4096)
		n, err := client.Read(buf)
		if got := string(buf[:n]); err != nil || !strings.HasPrefix(got, x.want) {
			t.Errorf("greeting with %+v: got %q, %v; want %q", x.opt, got, err, x.want)
		}
		client.Close()
	}
}

// TestWithoutBackend tests a server without a Backend, as a proxy may be. It has the commands that need no back end,
// and those in Server.Commands.
func TestWithoutBackend(t *testing.T) {
	_, b := newServer(t)
	a := &serve.Server{FailedLoginDelay: -1, Auth: b.Auth(), InsecureAuth: true, Logger: slog.New(slog.DiscardHandler), Capabilities: []string{"IMAP4rev1"}}
	withTide(a)
	a.Login = func(_ context.Context, name string, c *serve.Conn) (io.Closer, error) {
		if name != "alice" || c.Mechanism() != "LOGIN" {
			return nil, errors.New("who is that?")
		}
		return nil, nil
	}
	c := dial(t, a)
	for _, x := range []struct{ cmd, want string }{
		{"TIDE", "T BAD"}, {"LOGIN alice wrong", "T NO [AUTHENTICATIONFAILED]"}, {"LOGIN alice secret", "T OK"}, {"TIDE", "* TIDE high"},
		{"LIST \"\" *", "T BAD unknown command"}, {"NOOP", "T OK"}, {"CAPABILITY", "* CAPABILITY IMAP4rev1"},
	} {
		if got := strings.Join(c.do("%s", x.cmd), "|"); !strings.HasPrefix(got, x.want) {
			t.Errorf("%s: got %s, want the prefix %s", x.cmd, got, x.want)
		}
	}
}
