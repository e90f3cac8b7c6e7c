package commands_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// FuzzArguments sends whatever a user may say as arguments, and has a strict server read it: what is sent is one command that means it,
// and what cannot be sent is refused before an octet is.
func FuzzArguments(f *testing.F) {
	for _, s := range []string{"x", "Grüße & mehr", "a\r\nA9 LOGOUT", "a\x00b", `"quoted\`, "{5}", "{5+}\r\nhello", "", "NIL", "*", "(a b)", "~{3}", "/shared/comment", "\xff\xfe", "a]b"} {
		f.Add(s, "y")
		f.Add("y", s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 3000 {
			return
		}
		c, srv := imaptest.Pipe(0)
		// What was read is void when the server reads on, which it does when it has been looked at.
		read, next, stop := make(chan parser.Args), make(chan bool), make(chan bool)
		defer close(stop)
		go serve(srv, read, next, stop)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		s, err := session.Open(ctx, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		<-read
		next <- true
		box := func(raw []byte) bool { return sameName(raw, a) }
		note := parser.EntryAtt{Entry: a, Values: []parser.AttValue{{Name: b, Value: []byte(b)}}}
		for _, x := range []struct {
			name  string
			f     func() waiter
			means func(parser.Args) bool
		}{
			{"SETACL", func() waiter { return call(commands.SetACL(s, a, b, commands.SetRights, "lr")) }, func(x parser.Args) bool {
				v := x.(*parser.SetACLArgs)
				return box(v.Mailbox) && v.Identifier == b && v.Rights == "lr"
			}},
			{"LISTRIGHTS", func() waiter { return call(commands.ListRights(s, a, b)) }, func(x parser.Args) bool {
				v := x.(*parser.IdentifierArgs)
				return box(v.Mailbox) && v.Identifier == b
			}},
			{"SETACL of rights", func() waiter { return call(commands.SetACL(s, "x", "u", commands.AddRights, parser.Rights(a))) }, func(x parser.Args) bool {
				v := x.(*parser.SetACLArgs)
				return v.Op == '+' && v.Rights == a
			}},
			{"GETQUOTA", func() waiter { return call(commands.GetQuota(s, a)) }, func(x parser.Args) bool { return string(x.(*parser.GetQuotaArgs).Root) == a }},
			{"SETQUOTA", func() waiter { return call(commands.SetQuota(s, a, parser.ResourceLimit{Resource: b, Limit: 5})) }, func(x parser.Args) bool {
				v := x.(*parser.SetQuotaArgs)
				return string(v.Root) == a && len(v.Limits) == 1 && strings.EqualFold(v.Limits[0].Resource, b)
			}},
			{"GETMETADATA", func() waiter { return call(commands.GetMetadata(s, a, []string{b})) }, func(x parser.Args) bool {
				v := x.(*parser.GetMetadataArgs)
				return box(v.Mailbox) && len(v.Entries) == 1 && v.Entries[0] == b
			}},
			{"SETMETADATA", func() waiter {
				return call(commands.SetMetadata(s, "x", parser.EntryValue{Entry: "/shared/a", Value: []byte(a)}))
			}, func(x parser.Args) bool {
				return string(x.(*parser.SetMetadataArgs).Entries[0].Value) == a
			}},
			{"SETANNOTATION", func() waiter { return call(commands.SetAnnotation(s, "x", note)) }, func(x parser.Args) bool {
				v := x.(*parser.SetAnnotationArgs).Entries
				return len(v) == 1 && v[0].Entry == a && v[0].Values[0].Name == b && string(v[0].Values[0].Value) == b
			}},
			{"SORT", func() waiter {
				return call(commands.Sort(s, numset.UID, []commands.SortKey{commands.ByDate}, commands.Header(a, b)))
			}, func(x parser.Args) bool {
				v := x.(*parser.SortArgs).Key
				return v.Text == b
			}},
			{"THREAD", func() waiter { return call(commands.Thread(s, numset.UID, "REFS", commands.Subject(a))) }, func(x parser.Args) bool { return x.(*parser.ThreadArgs).Key.Text == a }},
			{"GENURLAUTH", func() waiter { return call(commands.GenURLAuth(s, "INTERNAL", a)) }, func(x parser.Args) bool { return x.(*parser.GenURLAuthArgs).URLs[0].URL == a }},
			{"URLFETCH", func() waiter { return commands.URLFetch(s, []string{a}).Wait }, func(x parser.Args) bool { return x.(*parser.URLFetchArgs).URLs[0].URL == a }},
			{"LANGUAGE", func() waiter { return call(commands.SetLanguage(s, a)) }, func(x parser.Args) bool { return x.(*parser.WordsArgs).Words[0] == a }},
			{"COMPARATOR", func() waiter { return call(commands.Comparator(s, a)) }, func(x parser.Args) bool { return x.(*parser.WordsArgs).Words[0] == a }},
			{"NOTIFY", func() waiter { return call(commands.Notify(s, commands.EventGroup{In: commands.InMailboxes(a)})) }, func(x parser.Args) bool { return box(x.(*parser.NotifyArgs).Groups[0].Filter.Mailboxes[0]) }},
			{"CONVERSIONS", func() waiter { return commands.Conversions(s, a, b).Wait }, func(x parser.Args) bool { return x.(*parser.ConversionsArgs).From == a }},
		} {
			name, err := x.name, x.f()(ctx)
			if session.SafeToRetry(err) {
				continue
			}
			if errors.Is(err, context.DeadlineExceeded) || s.Err() != nil {
				t.Fatalf("%s of %q and %q: %v", name, a, b, err)
			}
			select {
			case got := <-read:
				if got == nil || !x.means(got) {
					t.Errorf("%s of %q and %q is read as %+v: %v", name, a, b, got, err)
				}
				next <- true
			case <-ctx.Done():
				t.Fatalf("%s of %q and %q was not sent: %v", name, a, b, err)
			}
		}
	})
}

func sameName(raw []byte, name string) bool {
	return parser.DecodeMailbox(raw, false) == name || string(raw) == name || strings.EqualFold(name, parser.Inbox)
}

// serve answers commands with OK, and tells what it read; nil for what it did not understand.
func serve(c io.ReadWriteCloser, read chan<- parser.Args, next, stop <-chan bool) {
	defer c.Close()
	io.WriteString(c, "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ BINARY ACL QUOTA METADATA ANNOTATEMORE SORT THREAD=REFS URLAUTH LANGUAGE I18NLEVEL=2 NOTIFY CONVERT] hi\r\n")
	r := parser.NewCommandReader(wire.NewReader(c, wire.Limits{}))
	r.OnLiteral(func(*parser.LiteralRequest) error { return nil })
	for {
		h, err := r.Next()
		var bad *parser.BadCommand
		var args parser.Args
		if err == nil {
			if args = parser.NewArgs(h.Name); args != nil {
				err = r.Decode(args)
			}
		}
		switch {
		case errors.As(err, &bad):
			args = nil
			io.WriteString(c, string(bad.Tag)+" BAD "+strings.ToValidUTF8(bad.Text(), "?")+"\r\n")
		case err != nil:
			return
		default:
			io.WriteString(c, string(h.Tag)+" OK done\r\n")
		}
		select {
		case read <- args:
		case <-stop:
			return
		}
		select {
		case <-next:
		case <-stop:
			return
		}
	}
}
