package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// This is the example at the end of imaplib's documentation: it prints all messages of a mailbox.
func ExampleBody() {
	ctx := context.Background()
	s, done, err := connect(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		fmt.Println(err)
		return
	}
	for m, err := range commands.Fetch(s, numset.All(numset.Seq), fetch.Body("")).All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for section, err := range m.Sections {
			if err != nil {
				fmt.Println(err)
				return
			}
			text, err := io.ReadAll(section)
			fmt.Printf("message %d: %q, %v\n", m.Seq, text, err)
		}
	}
	fmt.Println(commands.Logout(s).Wait(ctx))
	// Output:
	// message 1: "Subject: hello\r\n\r\nworld\r\n", <nil>
	// {} <nil>
}

// This example deletes all messages of a mailbox, like the example in imaplib's documentation of store.
func ExampleStore() {
	ctx := context.Background()
	s, done, err := connect(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		fmt.Println(err)
		return
	}
	err = commands.Store(s, numset.All(numset.Seq), commands.AddFlags.Silent(), parser.FlagDeleted).Wait(ctx)
	if err == nil {
		err = commands.Expunge(s).Wait(ctx)
	}
	fmt.Println(s.Mailbox().Exists, err)
	// Output: 0 <nil>
}

// TestImaplibSession repeats the session that imaplib.py runs as its self-test, step by step.
func TestImaplibSession(t *testing.T) {
	ctx := t.Context()
	srv := imaptest.NewServer(t)
	s, err := session.Open(ctx, srv.Pipe(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	mail := "From: alice@localhost\r\nSubject: IMAP4 test\r\n\r\ndata...\r\n"
	do(ctx, t, call(commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowPlaintext())),
		call(commands.Create(s, "INBOX/xxx")), call(commands.Rename(s, "INBOX/xxx", "INBOX/yyy")), call(commands.Create(s, "INBOX/yyz")))
	if _, err := commands.Append(s, "INBOX/yyz", strings.NewReader(mail), -1).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	var names []string
	for l, err := range commands.List(s, "INBOX", "/yy%").All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, l.Name())
	}
	slices.Sort(names)
	same(t, names, []string{"INBOX/yyy", "INBOX/yyz"})
	do(ctx, t, call(commands.Select(s, "INBOX/yyz")))
	found, err := commands.Search(s, numset.Seq, search.Subject("test")).Wait(ctx)
	if err != nil || found.Found.String() != "1" {
		t.Fatal(found, err)
	}
	got := messages(ctx, t, commands.Fetch(s, seqs(1), fetch.Flags, fetch.InternalDate, fetch.RFC822))
	if len(got) != 1 || !strings.Contains(got[0], "data...") {
		t.Error(got)
	}
	do(ctx, t, commands.Store(s, seqs(1), commands.AddFlags, parser.FlagDeleted).Wait, call(commands.Namespace(s)), commands.Expunge(s).Wait)
	same(t, s.Mailbox().Exists, uint32(0))
	do(ctx, t, call(commands.CloseMailbox(s)))
	for _, name := range names {
		do(ctx, t, call(commands.Delete(s, name)))
	}
	do(ctx, t, call(commands.Select(s, "INBOX")))
	if s.Mailbox().UIDValidity == 0 {
		t.Error("no UIDVALIDITY")
	}
	before := s.Mailbox().Exists
	do(ctx, t, call(commands.Search(s, numset.UID, search.All)), call(commands.Append(s, "INBOX", strings.NewReader(mail), -1)), call(commands.Noop(s)))
	same(t, s.Mailbox().Exists, before+1)
	do(ctx, t, call(commands.Logout(s)))
}

// TestStates tries every command in every state (imaplib's Commands table). A command that is not legal in a state is
// refused before an octet is sent.
func TestStates(t *testing.T) {
	const (
		not, in, open = session.NotAuthenticated, session.Authenticated, session.Selected
		any           = not | in | open
	)
	greeting := map[session.State]string{not: "S: * OK ", in: "S: * PREAUTH ", open: "S: * PREAUTH "}
	caps := "[CAPABILITY IMAP4 IMAP4rev1 STARTTLS AUTH=MYAUTH AUTH=PLAIN ENABLE ID IDLE NAMESPACE UNSELECT UIDPLUS MOVE SORT THREAD=REFS ACL QUOTA QUOTASET METADATA ANNOTATEMORE PROXYAUTH] ready\n"
	wait := func(w interface{ Wait(context.Context) error }) func(context.Context) error { return w.Wait }
	set, uid := seqs(1), uids("1")
	for name, c := range map[string]struct {
		in    session.State
		start func(s *session.Session) func(context.Context) error
	}{
		"CAPABILITY":   {any, func(s *session.Session) func(context.Context) error { return call(commands.Capability(s)) }},
		"NOOP":         {any, func(s *session.Session) func(context.Context) error { return call(commands.Noop(s)) }},
		"ID":           {any, func(s *session.Session) func(context.Context) error { return call(commands.ID(s)) }},
		"LOGOUT":       {any, func(s *session.Session) func(context.Context) error { return call(commands.Logout(s)) }},
		"LOGIN":        {not, func(s *session.Session) func(context.Context) error { return call(login(s, "u", "p")) }},
		"AUTHENTICATE": {not, func(s *session.Session) func(context.Context) error { return call(authenticate(s, fake{})) }},
		"ENABLE":       {in, func(s *session.Session) func(context.Context) error { return call(commands.Enable(s, "X")) }},
		"PROXYAUTH":    {in, func(s *session.Session) func(context.Context) error { return call(commands.ProxyAuth(s, "u")) }},
		"APPEND": {in | open, func(s *session.Session) func(context.Context) error {
			return call(commands.Append(s, "x", strings.NewReader("m"), 1))
		}},
		"CREATE":      {in | open, func(s *session.Session) func(context.Context) error { return call(commands.Create(s, "x")) }},
		"DELETE":      {in | open, func(s *session.Session) func(context.Context) error { return call(commands.Delete(s, "x")) }},
		"RENAME":      {in | open, func(s *session.Session) func(context.Context) error { return call(commands.Rename(s, "x", "y")) }},
		"SUBSCRIBE":   {in | open, func(s *session.Session) func(context.Context) error { return call(commands.Subscribe(s, "x")) }},
		"UNSUBSCRIBE": {in | open, func(s *session.Session) func(context.Context) error { return call(commands.Unsubscribe(s, "x")) }},
		"SELECT":      {in | open, func(s *session.Session) func(context.Context) error { return call(commands.Select(s, "x")) }},
		"EXAMINE":     {in | open, func(s *session.Session) func(context.Context) error { return call(commands.Examine(s, "x")) }},
		"LIST":        {in | open, func(s *session.Session) func(context.Context) error { return wait(commands.List(s, "", "*")) }},
		"LSUB":        {in | open, func(s *session.Session) func(context.Context) error { return wait(commands.Lsub(s, "", "*")) }},
		"STATUS": {in | open, func(s *session.Session) func(context.Context) error {
			return call(commands.Status(s, "x", status.Messages))
		}},
		"NAMESPACE":    {in | open, func(s *session.Session) func(context.Context) error { return call(commands.Namespace(s)) }},
		"IDLE":         {in | open, func(s *session.Session) func(context.Context) error { return wait(commands.Idle(s)) }},
		"GETACL":       {in | open, func(s *session.Session) func(context.Context) error { return call(commands.GetACL(s, "x")) }},
		"DELETEACL":    {in | open, func(s *session.Session) func(context.Context) error { return call(commands.DeleteACL(s, "x", "y")) }},
		"MYRIGHTS":     {in | open, func(s *session.Session) func(context.Context) error { return call(commands.MyRights(s, "x")) }},
		"GETQUOTA":     {in | open, func(s *session.Session) func(context.Context) error { return call(commands.GetQuota(s, "")) }},
		"GETQUOTAROOT": {in | open, func(s *session.Session) func(context.Context) error { return call(commands.GetQuotaRoot(s, "x")) }},
		"SETQUOTA":     {in | open, func(s *session.Session) func(context.Context) error { return call(commands.SetQuota(s, "")) }},
		"GETANNOTATION": {in | open, func(s *session.Session) func(context.Context) error {
			return call(commands.GetAnnotation(s, "x", []string{"/a"}, []string{"b"}))
		}},
		"SETANNOTATION": {in | open, func(s *session.Session) func(context.Context) error {
			return call(commands.SetAnnotation(s, "x", parser.EntryAtt{Entry: "/a", Values: []parser.AttValue{{Name: "value.priv"}}}))
		}},
		"SETACL": {in | open, func(s *session.Session) func(context.Context) error {
			return call(commands.SetACL(s, "x", "y", commands.SetRights, "l"))
		}},
		"CHECK":    {open, func(s *session.Session) func(context.Context) error { return call(commands.Check(s)) }},
		"CLOSE":    {open, func(s *session.Session) func(context.Context) error { return call(commands.CloseMailbox(s)) }},
		"UNSELECT": {open, func(s *session.Session) func(context.Context) error { return call(commands.Unselect(s)) }},
		"COPY":     {open, func(s *session.Session) func(context.Context) error { return call(commands.Copy(s, set, "x")) }},
		"MOVE":     {open, func(s *session.Session) func(context.Context) error { return call(commands.Move(s, uid, "x")) }},
		"EXPUNGE":  {open, func(s *session.Session) func(context.Context) error { return wait(commands.Expunge(s)) }},
		"FETCH": {open, func(s *session.Session) func(context.Context) error {
			return wait(commands.Fetch(s, set, fetch.Flags))
		}},
		"PARTIAL": {open, func(s *session.Session) func(context.Context) error {
			return wait(commands.FetchOctets(s, 1, fetch.RFC822Text, 1, 10))
		}},
		"STORE": {open, func(s *session.Session) func(context.Context) error {
			return wait(commands.Store(s, set, commands.AddFlags, "x"))
		}},
		"SEARCH": {open, func(s *session.Session) func(context.Context) error {
			return call(commands.Search(s, numset.UID, search.All))
		}},
		"SORT": {open, func(s *session.Session) func(context.Context) error {
			return call(commands.Sort(s, numset.UID, byDate, search.All))
		}},
		"THREAD": {open, func(s *session.Session) func(context.Context) error {
			return call(commands.Thread(s, numset.UID, commands.Refs, search.All))
		}},
	} {
		for _, state := range []session.State{not, in, open} {
			script := greeting[state] + caps
			if state == open {
				script += "C: A1 SELECT INBOX\nS: A1 OK\n"
			}
			legal := c.in&state != 0
			t.Run(fmt.Sprintf("%s %v", name, state), func(t *testing.T) {
				imaplibTest{script: script, run: func(ctx context.Context, t testing.TB, s *session.Session) {
					if state == open {
						do(ctx, t, call(commands.Select(s, "INBOX")))
					}
					f := c.start(s)
					if legal {
						// The script has ended, so the command is not answered. It only has to be sent.
						short, cancel := context.WithTimeout(ctx, time.Minute)
						defer cancel()
						if err := f(short); session.SafeToRetry(err) {
							t.Errorf("the command was not sent: %v", err)
						}
						return
					}
					err := f(ctx)
					var illegal *session.StateError
					if refused(t, err, name); !errors.As(err, &illegal) || illegal.Now != state || illegal.Due != c.in {
						t.Errorf("got error %v, want a StateError of %s with Now %v and Due %v", err, name, state, c.in)
					}
				}}.play(t, false)
			})
		}
	}
}
