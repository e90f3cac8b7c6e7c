package parser

import (
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestUnknownKept reads unknown elements of each kind. They must not be errors, even without rules, and must be kept
// undecoded.
func TestUnknownKept(t *testing.T) {
	data := func(v value) func(r *Response) (string, error) {
		return func(r *Response) (string, error) {
			err := v.Decode(r.Decoder())
			return "", err
		}
	}
	var list ListData
	var status StatusData
	var flags flagList
	var caps Capabilities
	var esearch ESearch
	var body BodyStructure
	var namespace Namespace
	var annotation Annotation
	for _, tt := range []struct {
		what, in string
		read     func(r *Response) (string, error) // if not nil, it decodes the response before get is called
		get      func(r *Response) string
		want     string
	}{
		{"untagged response", "* X-NEW (a {3}\r\n)(\") \"b\" ~{1}\r\n\x00 c", nil,
			func(r *Response) string { return r.Name + "|" + string(r.Decoder().Rest()) }, "X-NEW|(a {3}\r\n)(\") \"b\" ~{1}\r\n\x00 c\r\n"},
		{"numbered response", "* 23 X-NEW y", nil, func(r *Response) string { return string(r.Raw()) }, "* 23 X-NEW y\r\n"},
		{"response code", `A1 NO [X-NEW (a "]") b] text`, nil, func(r *Response) string { return string(r.Code.Name) + "|" + string(r.Code.Args) }, `X-NEW|(a "]") b`},
		{"FETCH item", "* 1 FETCH (X-NEW.1 (a {2}\r\n)) b) UID 7)", nil, func(r *Response) string {
			m, _ := r.Fetch()
			return string(m.Raw("X-NEW.1"))
		}, "(a {2}\r\n)) b)"},
		{"FETCH item with a section", "* 1 FETCH (X-NEW[1.2 (a b)]<3> {2}\r\nhi UID 7)", nil, func(r *Response) string {
			m, _ := r.Fetch()
			return string(m.Raw("X-NEW[1.2 (a b)]<3>"))
		}, "{2}\r\nhi"},
		{"section", "* 1 FETCH (BODY[1.NEW \"]\"] {2}\r\nhi UID 7)", nil, func(r *Response) string {
			m, _ := r.Fetch()
			return string(m.Raw("BODY[1.NEW \"]\"]"))
		}, "{2}\r\nhi"},
		{"flag in FLAGS", `* FLAGS (\X-New $New)`, data(&flags), func(*Response) string { return flagWords(flags.list) }, `(\X-New $New)`},
		{"flag in FETCH", `* 1 FETCH (FLAGS (\X-New $New))`, nil, func(r *Response) string {
			m, _ := r.Fetch()
			return flagWords(m.Flags)
		}, `(\X-New $New)`},
		{"capability", `* CAPABILITY IMAP4rev1 X-NEW=5`, data(&caps), func(*Response) string { return caps.Names[1] }, "X-NEW=5"},
		{"attribute of LIST", `* LIST (\X-New) "/" a`, data(&list), func(*Response) string { return string(list.Attrs[0]) }, `\X-New`},
		{"extended data of LIST", `* LIST () "/" a ("X-NEW" (b (c)) Y 5)`, data(&list), func(*Response) string {
			return string(FindExt(list.Ext, "X-NEW")) + "|" + string(FindExt(list.Ext, "Y"))
		}, `(b (c))|5`},
		{"item of STATUS", `* STATUS a (X-NEW (b) MESSAGES 1)`, data(&status), func(*Response) string { return string(FindExt(status.Ext, "X-NEW")) }, "(b)"},
		{"return data of ESEARCH", `* ESEARCH (TAG "x") UID X-NEW (1 (2 a)) COUNT 5`, data(&esearch), func(*Response) string { return string(FindExt(esearch.Ext, "X-NEW")) }, "(1 (2 a))"},
		{"extension of NAMESPACE", `* NAMESPACE (("" "/" "X-NEW" ("a" "b"))) NIL NIL`, data(&namespace), func(*Response) string {
			return string(FindExt(namespace.Personal[0].Ext, "X-NEW"))
		}, `("a" "b")`},
		{"extension of BODYSTRUCTURE", `* 1 FETCH (BODYSTRUCTURE ("x" "y" NIL NIL NIL "7bit" 1 NIL NIL NIL NIL "new" (1 ("a"))))`, func(r *Response) (string, error) {
			m, err := r.Fetch()
			if err == nil {
				_, err = m.BodyStructure(&body)
			}
			return "", err
		}, func(*Response) string { return string(body.Extensions) }, `"new" (1 ("a"))`},
		{"media type", `* 1 FETCH (BODY ("x-new" "y" NIL NIL NIL "x-enc" 1))`, func(r *Response) (string, error) {
			m, err := r.Fetch()
			if err == nil {
				_, err = m.BodyStructure(&body)
			}
			return "", err
		}, func(*Response) string { return body.MediaType() + "|" + body.Encoding }, `x-new/y|x-enc`},
		{"attribute of ANNOTATION", `* ANNOTATION a /b ("x.new" "c")`, data(&annotation), func(*Response) string { return string(annotation.Value("/b", "x.new")) }, "c"},
	} {
		for _, rules := range []wire.Rules{wire.AllRules, wire.Strict} {
			r := next(t, tt.in+"\r\n", rules)
			if tt.read != nil {
				if _, err := tt.read(r); err != nil {
					t.Errorf("%s: decoding fails with %v", tt.what, err)
					continue
				}
			}
			if got := tt.get(r); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
			}
			if r.Name == "FETCH" {
				if m, err := r.Fetch(); err != nil || m.Seq != 1 {
					t.Errorf("%s: Fetch returns %+v, %v", tt.what, m, err)
				}
			}
			if r.Used() != 0 || r.Err() != nil {
				t.Errorf("%s: reading used the rules %s, error %v", tt.what, ruleWords(r.Used()), r.Err())
			}
		}
	}
}

// TestStrayDelivered reads a line that is not a response. Next must deliver the line.
func TestStrayDelivered(t *testing.T) {
	if r := next(t, "220 what (is {5} this\r\n", wire.AllRules); r.Kind != Stray || string(r.Raw()) != "220 what (is {5} this\r\n" || string(r.Text) != "220 what (is {5} this" {
		t.Errorf("got %+v", r)
	}
}
