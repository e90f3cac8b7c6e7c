package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// passedOn decodes a whole command and encodes it again, as a proxy does. It returns the arguments and the encoded
// command.
func passedOn(t *testing.T, text string) (Args, string) {
	t.Helper()
	r := NewCommandReader(wireReader(text))
	r.OnLiteral(accept)
	h, err := r.Next()
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	a, err := r.DecodeAny()
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if a == nil {
		return nil, ""
	}
	out, err := encodeCommand(h, a)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return a, out
}

// TestDecodeAny reads extensions that this package does not know. The known parts are decoded, and the unknown parts
// are encoded unchanged.
func TestDecodeAny(t *testing.T) {
	for in, kind := range map[string]string{
		"A SEARCH X-GUID 5":                                        "*parser.SearchArgs",
		"A SEARCH SEEN X-GUID 5 SEEN (X-A \"b c\")":                "*parser.SearchArgs",
		"A SEARCH OR (X-ANY) (SEEN X-GUID {3}\r\na b FLAGGED) 1:*": "*parser.SearchArgs",
		"A UID SEARCH RETURN (ALL) X-GUID 5":                       "*parser.SearchArgs",
		"A UID SORT (DATE) UTF-8 X-GUID 5":                         "*parser.SortArgs",
		"A THREAD X UTF-8 X-GUID":                                  "*parser.ThreadArgs",
		"A ESEARCH IN (personal) X-GUID 5":                         "*parser.MultiSearchArgs",
		"A ESEARCH IN (x-new) ALL":                                 "*parser.RawArgs",
		"A STORE 1 X-FOO (a)":                                      "*parser.StoreArgs",
		"A STORE 1 (UNCHANGEDSINCE 5) +X-FOO.SILENT a \"b c\" (d)": "*parser.StoreArgs",
		"A FETCH 1 (X-NEW.PEEK[a b]<0.1>)":                         "*parser.FetchArgs",
		"A FETCH 1 (FLAGS X-NEW[3]<0.5> X-NEW[\"a]\" (b)]<1> X-B)": "*parser.FetchArgs",
		"A SELECT \"a b\" (X-NEW (1 2))":                           "*parser.SelectArgs",
		"A CREATE a \"strange\"":                                   "*parser.RawArgs",
		"A NOOP now":                                               "*parser.RawArgs",
		"A X-THING {3}\r\na b (~{1}\r\n\x00)":                      "*parser.RawArgs",
		"A APPEND x {1}\r\na":                                      "<nil>",
	} {
		a, out := passedOn(t, in+"\r\n")
		if fmt.Sprintf("%T", a) != kind {
			t.Errorf("the arguments of %q are a %T, want %s", in, a, kind)
		}
		if a != nil && out != in+"\r\n" {
			t.Errorf("%q is passed on as %q", in, out)
		}
	}
	for _, in := range []string{"A LOGIN fred s3cret x", "A SEARCH ("} {
		r := NewCommandReader(wireReader(in + "\r\n"))
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if a, err := r.DecodeAny(); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got arguments %v, error %v; want an error without the password", in, a, err)
		}
	}
}

// TestMailboxNames replaces names of mailboxes in commands and in responses.
func TestMailboxNames(t *testing.T) {
	rename := func(x any) (uses string) {
		for name, use := range MailboxNames(x) {
			uses += use.String()[:1]
			*name = append([]byte("p/"), *name...)
		}
		return uses
	}
	for in, want := range map[string]string{
		"A SELECT a (CONDSTORE)":                       "A SELECT p/a (CONDSTORE)",
		"A EXAMINE a":                                  "A EXAMINE p/a",
		"A CREATE a (USE (\\Sent))":                    "A CREATE p/a (USE (\\Sent))",
		"A DELETE \"a b\"":                             "A DELETE \"p/a b\"",
		"A RENAME a b":                                 "A RENAME p/a p/b",
		"A SUBSCRIBE a":                                "A SUBSCRIBE p/a",
		"A LIST \"\" (a *)":                            "A LIST \"\" (p/a p/*)",
		"A LIST r %":                                   "A LIST p/r p/%",
		"A STATUS a (MESSAGES)":                        "A STATUS p/a (MESSAGES)",
		"A UID COPY 1 a":                               "A UID COPY 1 p/a",
		"A MOVE 1 a":                                   "A MOVE 1 p/a",
		"A GETACL a":                                   "A GETACL p/a",
		"A SETACL a fred lr":                           "A SETACL p/a fred lr",
		"A DELETEACL a fred":                           "A DELETEACL p/a fred",
		"A LISTRIGHTS a fred":                          "A LISTRIGHTS p/a fred",
		"A GETQUOTAROOT a":                             "A GETQUOTAROOT p/a",
		"A GETQUOTA a":                                 "A GETQUOTA a",
		"A GETMETADATA a /shared/comment":              "A GETMETADATA p/a /shared/comment",
		"A GETMETADATA \"\" /shared/comment":           "A GETMETADATA \"\" /shared/comment",
		"A SETMETADATA a (/shared/comment NIL)":        "A SETMETADATA p/a (/shared/comment NIL)",
		"A ESEARCH IN (mailboxes (a b) subtree c) ALL": "A ESEARCH IN (mailboxes (p/a p/b) subtree p/c) ALL",
		"A NOTIFY SET (mailboxes a (FlagChange MessageNew))": "A NOTIFY SET (mailboxes p/a (FlagChange MessageNew))",
		"A RESETKEY":            "A RESETKEY",
		"A RESETKEY a INTERNAL": "A RESETKEY p/a INTERNAL",
		"A SEARCH FROM a":       "A SEARCH FROM a",
	} {
		r := NewCommandReader(wireReader(in + "\r\n"))
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.DecodeAny()
		if err != nil {
			t.Fatal(err)
		}
		if uses := rename(a); uses != "" && !TakesMailboxes(h.Name) {
			t.Errorf("TakesMailboxes(%s) = false, but MailboxNames yields names", h.Name)
		}
		if got, err := encodeCommand(h, a); err != nil || got != want+"\r\n" {
			t.Errorf("%s: got %q, want %q; error %v", in, got, want, err)
		}
	}
	for in, want := range map[string]string{
		`LIST (\HasChildren) "/" a ("OLDNAME" (b))`:             `LIST (\HasChildren) "/" p/a ("OLDNAME" (p/b))`,
		`LIST (\Noselect) "/" ""`:                               `LIST (\Noselect) "/" ""`,
		`LSUB () "." "a b"`:                                     `LSUB () "." "p/a b"`,
		`STATUS a (MESSAGES 1)`:                                 `STATUS p/a (MESSAGES 1)`,
		`QUOTAROOT a root`:                                      `QUOTAROOT p/a root`,
		`ACL a fred lr`:                                         `ACL p/a fred lr`,
		`MYRIGHTS a lr`:                                         `MYRIGHTS p/a lr`,
		`LISTRIGHTS a fred l r`:                                 `LISTRIGHTS p/a fred l r`,
		`METADATA a (/shared/x "1")`:                            `METADATA p/a (/shared/x "1")`,
		`METADATA "" /shared/x`:                                 `METADATA "" /shared/x`,
		`ESEARCH (TAG "A" MAILBOX a UIDVALIDITY 1) UID COUNT 2`: `ESEARCH (TAG "A" MAILBOX p/a UIDVALIDITY 1) UID COUNT 2`,
		`NAMESPACE (("" "/")) (("Other/" "/")) NIL`:             `NAMESPACE (("p/" "/")) (("p/Other/" "/")) NIL`,
		`SEARCH 1 2`:                                            `SEARCH 1 2`,
	} {
		r := NewReader(wireReader("* " + in + "\r\n"))
		resp, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		d := NewData(resp.Name)
		if err := d.Decode(resp.Decoder()); err != nil {
			t.Fatal(err)
		}
		if uses := rename(d); uses != "" && !HasMailboxes(resp.Name) {
			t.Errorf("HasMailboxes(%s) = false, but MailboxNames yields names", resp.Name)
		}
		e := wire.NewEncoder(wire.Mode{Server: true})
		if EncodeData(e, resp.Name, d); string(e.Bytes()) != "* "+want+"\r\n" {
			t.Errorf("%s: got %q, want %q; error %v", in, e.Bytes(), want, e.Err())
		}
	}
	for name := range payloads {
		if d := NewData(name); d == nil && name != "FLAGS" && name != "CONVERTED" {
			t.Errorf("NewData(%s) = nil", name)
		}
	}
	if TakesMailboxes("FETCH") || TakesMailboxes("X-NEW") || !TakesMailboxes("APPEND") || !TakesMailboxes("STATUS") {
		t.Error("TakesMailboxes is wrong for FETCH, X-NEW, APPEND or STATUS")
	}
	if HasMailboxes("FETCH") || HasMailboxes("X-NEW") || HasMailboxes("SEARCH") || !HasMailboxes("STATUS") {
		t.Error("HasMailboxes is wrong for FETCH, X-NEW, SEARCH or STATUS")
	}
}

// TestRedacted formats commands for a log.
func TestRedacted(t *testing.T) {
	for in, want := range map[string]string{
		"A1 LOGIN fred s3cret":            "A1 LOGIN fred [secret]",
		"A1 login \"fred x\" \"s3 cret\"": "A1 LOGIN \"fred x\" [secret]",
		"A1 LOGIN fred {6+}\r\ns3cret":    "A1 LOGIN fred [secret]",
		"A1 LOGIN {4+}\r\nfred s3cret":    "A1 LOGIN [secret]",
		"A1 LOGIN \"fred s3cret":          "A1 LOGIN [secret]",
		// Only one argument has been sent, so it is the name of the user.
		"A1 LOGIN s3cret":                     "A1 LOGIN s3cret",
		"A1 AUTHENTICATE PLAIN czNjcmV0":      "A1 AUTHENTICATE PLAIN [secret]",
		"A1 AUTHENTICATE PLAIN":               "A1 AUTHENTICATE PLAIN",
		"A1 LOGN fred s3cret":                 "A1 LOGN [secret]",
		"A1 X-TOKEN s3cret":                   "A1 X-TOKEN [secret]",
		"A1 NOOP":                             "A1 NOOP",
		"s3cret":                              "s3cret (no command)",
		"\"s3cret\" x":                        "(no tag)",
		"A1 UID FETCH 1:* (FLAGS)":            "A1 UID FETCH 1:* (FLAGS)",
		"A1 APPEND x (\\Seen) {6+}\r\ns3cret": "A1 APPEND x (\\Seen) {6+}",
		"A1 SELECT \"caf\xc3\xa9\x1b[2J\"":    "A1 SELECT \"caf???[2J\"",
		"A1 URLFETCH \"imap://a@b/c;UID=1;urlauth=anonymous:internal:0123456789abcdef\" \"imap://a@b/c;UID=1;URLAUTH=user+fred:INTERNAL:s3cret\" {1+}\r\nx": "A1 URLFETCH \"imap://a@b/c;UID=1;urlauth=anonymous:internal:[secret]\" \"imap://a@b/c;UID=1;URLAUTH=user+fred:INTERNAL:[secret]\" {1+}",
		"A1 GENURLAUTH \"imap://a@b/c;UID=1;urlauth=anonymous\" INTERNAL":                                                                                   "A1 GENURLAUTH \"imap://a@b/c;UID=1;urlauth=anonymous\" INTERNAL",
		"A1 XAPPLEPUSHSERVICE aps-device-token s3cret":                                                                                                      "A1 XAPPLEPUSHSERVICE [secret]",
		"A1 SEARCH SUBJECT " + strings.Repeat("x", 2000):                                                                                                    "A1 SEARCH SUBJECT " + strings.Repeat("x", 1024-18) + "[+994]",
	} {
		for _, heads := range []bool{true, false} {
			r := NewCommandReader(wireReader(in + "\r\n"))
			if heads {
				r.NextHead()
			} else {
				r.Next()
			}
			if got := string(r.AppendRedacted(nil)); got != want {
				t.Errorf("%q:\n got %s\nwant %s", in, got, want)
			}
		}
	}
}

// FuzzPassedOn sends a command through a proxy that decodes all of it. A second proxy then reads what the first one has
// sent. The second proxy must read the same command and send the same octets. So only the first proxy changes the form
// of a command.
func FuzzPassedOn(f *testing.F) {
	for _, c := range append(goldenCommands(f), rfcLines(f, "C")...) {
		f.Add(c)
	}
	for _, c := range []string{"A SEARCH OR (X-ANY) (SEEN X-GUID {3}\r\na b FLAGGED) 1:*\r\n", "A STORE 1 +X-FOO.SILENT a (d)\r\n", "A STORE 1 (X)  FLAGS a\n", "A FETCH 1 (X-NEW[\"a]\" (b)]<1> X-B)\r\n"} {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, text string) {
		read := func(text string) (string, string, bool) {
			r := NewCommandReader(wireReader(text))
			r.OnLiteral(accept)
			h, err := r.Next()
			if err != nil || r.Streaming() {
				return "", "", false
			}
			a, err := r.DecodeAny()
			if err != nil || a == nil {
				return "", "", false
			}
			out, err := encodeCommand(&CommandHead{Tag: []byte("A"), Name: h.Name, UID: h.UID}, a)
			if err != nil {
				return "", "", false // a client sends NUL only in a literal8, not in a string
			}
			return out, h.String(), true
		}
		out, name, ok := read(text)
		if !ok {
			return
		}
		again, name2, ok := read(out)
		if !ok || again != out || name != name2 {
			t.Fatalf("the first proxy sends %q as %q, which the second sends as %q (read %v)", text, out, again, ok)
		}
	})
}
