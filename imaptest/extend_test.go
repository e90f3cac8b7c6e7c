package imaptest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/wire"
)

// TestExtend checks what a client sees of each option. commands.TestExtensionServer tests a whole extension.
func TestExtend(t *testing.T) {
	where := ""
	srv := imaptest.NewServer(t, imaptest.WithUser("alice", "secret"),
		imaptest.WithCapability("XODD"),
		imaptest.WithCommand("XODD", serve.Command{In: serve.LoggedIn, Cap: "XODD", Updates: serve.UpdatesAll, Run: func(c *serve.Conn) error {
			if where = imaptest.UserOf(c); imaptest.MailboxOf(c) != nil {
				where += " in a mailbox"
			}
			return &serve.Reply{Status: parser.OK, Code: parser.Code{Name: "ODDITY", Args: []byte("1")}}
		}}),
		imaptest.WithFetchItem("ODD", func(e *wire.Encoder, item *parser.FetchItem, m match.Message) { e.Number(m.UID()) }),
		imaptest.WithSearchKey("ODD", imaptest.SearchKey{Match: func(_ *parser.SearchKey, m match.Message) bool { return m.UID()%2 == 1 }}),
		imaptest.WithCode("NOOP", parser.Code{Name: "EVEN"}),
	)
	for range 3 {
		if _, err := srv.Mailbox("alice", "INBOX").Append([]byte("Subject: odd\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := session.Open(ctx, srv.Pipe(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowPlaintext()).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	say := func(name, args, want string) {
		t.Helper()
		all, err := commands.Execute(s, name, func(e *wire.Encoder) { e.Raw(args) }).Wait(ctx)
		got := ""
		for _, d := range all.Data {
			got += d.Name + " " + string(d.Payload) + "; "
		}
		got += string(all.Code.Name) + " " + string(all.Code.Args)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s%s: %s, want %s", name, args, got, want)
		}
	}
	if !s.Caps().Has("XODD") {
		t.Error("the capability is not announced")
	}
	say("XODD", "", "ODDITY 1")
	if where != "alice" {
		t.Errorf("XODD was run by %q", where)
	}
	say("NOOP", "", "EVEN ")
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		t.Fatal(err)
	}
	say("XODD", "", "ODDITY 1")
	if where != "alice in a mailbox" {
		t.Errorf("XODD was run by %q", where)
	}
	say("FETCH", " 2:3 (ODD ODD[a b]<0.1> ODD[1.MIME])", "FETCH (ODD 2 ODD[a b]<0.1> 2 ODD[1.MIME] 2); FETCH (ODD 3 ODD[a b]<0.1> 3 ODD[1.MIME] 3);  ")
	say("SEARCH", " ODD NOT 1", "SEARCH 3;  ")
	say("SORT", " (SUBJECT) UTF-8 OR ODD 2", "SORT 1 2 3;  ")
	say("THREAD", " ORDEREDSUBJECT UTF-8 ODD", "THREAD (1 3);  ")
	all, err := commands.Execute(s, "ESEARCH", func(e *wire.Encoder) { e.Raw(" IN (personal) RETURN (COUNT) ODD NOT 1") }).Wait(ctx)
	if err != nil || len(all.Data) != 1 || !strings.HasSuffix(string(all.Data[0].Payload), " UID COUNT 1") {
		t.Errorf("ESEARCH: %+v, %v", all.Data, err)
	}
}
