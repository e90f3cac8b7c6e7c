package parser

import (
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestList decodes responses from RFCs, and encodes the results. An empty want means that encoding does not change the
// response.
func TestList(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`(\Noselect) "/" ~/Mail/foo`, ``},
		{`() "/" "blurdybloop"`, `() "/" blurdybloop`},
		{`() "." "Tables.Chairs"`, `() "." Tables.Chairs`},
		{`() NIL foo`, ``},
		{`(\NoInferiors) NIL "INBOX"`, `(\Noinferiors) NIL INBOX`},
		{`(\Marked \NoInferiors) "/" "inbox"`, `(\Marked \Noinferiors) "/" inbox`},
		{`() "/" "foo" ("CHILDINFO" ("SUBSCRIBED"))`, `() "/" foo ("CHILDINFO" ("SUBSCRIBED"))`},
		{`() "/" foo (CHILDINFO ("SUBSCRIBED" "remote"))`, `() "/" foo ("CHILDINFO" ("SUBSCRIBED" "REMOTE"))`},
		{`() "/" "NewMailbox" ("OLDNAME" ("OldMailbox"))`, `() "/" NewMailbox ("OLDNAME" (OldMailbox))`},
		{`(\NonExistent) "/" "INBOX/x" (TABLECLOTH ("edge" "lacy"))`, `(\NonExistent) "/" INBOX/x ("TABLECLOTH" ("edge" "lacy"))`},
		{`(\HasChildren) "/" baz ("X-Y" (("a" "b") ("c" "d")) "CHILDINFO" () "Z" 1:4)`,
			`(\HasChildren) "/" baz ("X-Y" (("a" "b") ("c" "d")) "Z" 1:4)`},
		{`() "/" foo ()`, `() "/" foo`},
		{`() "\"" "a b"`, ``},
		{"() \"/\" {3}\r\na\\b", `() "/" "a\\b"`},
		{"() \"/\" \"a\\\\b\"", `() "/" "a\\b"`},
	} {
		if test.want == "" {
			test.want = test.in
		}
		sameAgain[ListData](t, test.in, test.want)
		strictly(t, new(ListData), test.in, true)
	}
}

func TestListFields(t *testing.T) {
	var x ListData
	decoded(t, &x, `(\HasChildren \Subscribed) "/" "foo" ("CHILDINFO" ("SUBSCRIBED") "OLDNAME" ("bar") "X" (1 2))`)
	if x.Delim != '/' || string(x.Mailbox) != "foo" || len(x.ChildInfo) != 1 || x.ChildInfo[0] != "SUBSCRIBED" || string(x.OldName) != "bar" ||
		string(FindExt(x.Ext, "X")) != "(1 2)" || FindExt(x.Ext, "Y") != nil || !x.Has(`\subscribed`) || x.Has(AttrMarked) {
		t.Errorf("got %+v", x)
	}
	var sum uint32
	if err := x.Ext[0].Read(func(d *wire.Decoder) {
		for range d.List {
			sum += d.Number()
		}
	}); err != nil || sum != 3 {
		t.Errorf("ExtData.Read: sum %d, error %v; want 3", sum, err)
	}
	if err := x.Ext[0].Read(func(d *wire.Decoder) { d.Got('(') }); err == nil || !strings.Contains(err.Error(), "X") {
		t.Errorf("a value that was not read to its end: got error %v, want one that names X", err)
	}
	// Has also reports attributes that another attribute implies.
	decoded(t, &x, `(\nonexistent \NOINFERIORS) "/" x`)
	if x.Attrs[0] != AttrNonExistent || !x.Has(AttrNoSelect) || !x.Has(AttrHasNoChildren) || x.Has(AttrHasChildren) {
		t.Errorf("got %+v", x)
	}
	if x.ChildInfo != nil || x.OldName != nil || x.Ext != nil {
		t.Errorf("the data has extended data of the mailbox decoded before: %+v", x)
	}
}

// TestListQuirks decodes rows of docs/quirks.md, and other deviations.
func TestListQuirks(t *testing.T) {
	for id, test := range map[string]struct {
		in     string
		name   string // what Name returns if names are in modified UTF-7
		want   string
		strict bool
	}{
		"L01": {"(\\HasNoChildren) \"/\" INBOX/Da\tOggetto\tRicevuto\tDimensione\tCategorie\t",
			"INBOX/Da\tOggetto\tRicevuto\tDimensione\tCategorie\t", "(\\HasNoChildren) \"/\" \"INBOX/Da\tOggetto\tRicevuto\tDimensione\tCategorie\t\"", false},
		"L02a": {`(\HasNoChildren) "." [Gmail]`, "[Gmail]", ``, true},
		"L02b": {`(\HasNoChildren) "." Special#Hash`, "Special#Hash", ``, true},
		"L03":  {`(\HasNoChildren) "\\" Folder\Subfolder 1`, `Folder\Subfolder 1`, `(\HasNoChildren) "\\" "Folder\\Subfolder 1"`, false},
		"L04":  {`(\Noinferiors) NIL "INBOX"`, "INBOX", `(\Noinferiors) NIL INBOX`, true},
		"L06":  {`(\HasNoChildren) "/" 61799999999999999999999999`, "61799999999999999999999999", ``, true},
		"L07":  {`(\HasNoChildren) "/" NIL`, "NIL", `(\HasNoChildren) "/" "NIL"`, true},
		"L08":  {`(\HasChildren \) "." "Archive"`, "Archive", `(\HasChildren) "." Archive`, false},
		"L09":  {`() "." "ab"cd"`, `ab"cd`, `() "." "ab\"cd"`, false},
		"L10":  {`(\HasNoChildren) "|" "&BBAEMQQyACYEMwQ0BDU-"`, "Абв&где", `(\HasNoChildren) "|" &BBAEMQQyACYEMwQ0BDU-`, true},
		"L12": {"(\\Noinferiors \\UnMarked) \"/\" {5}\r\nbang\xff", "bang\xff",
			"(\\Noinferiors \\Unmarked) \"/\" {5}\r\nbang\xff", true},
		"L13": {`(\hasnochildren \noselect) "/" inbox`, "INBOX", `(\HasNoChildren \Noselect) "/" inbox`, true},
		"L15": {`(\Inbox \HasNoChildren \X-Yahoo) "/" "Inbox"`, "INBOX", `(\Inbox \HasNoChildren \X-Yahoo) "/" Inbox`, true},
		"L16": {`(\HasChildren \Unmarked \Drafts \Drafts) "|" Drafts`, "Drafts", ``, true},

		"attributes without end":    {`(\x \Marked "/" "foo" ("OLDNAME" ("bar"))`, "foo", `(\x \Marked) "/" foo ("OLDNAME" (bar))`, false},
		"no attributes, no end":     {`( NIL foo`, "foo", `() NIL foo`, false},
		"superfluous lists":         {`() (\Marked) "/" () foo`, "foo", `(\Marked) "/" foo`, false},
		"list before extended data": {`() "/" foo () ("OLDNAME" ("bar"))`, "foo", `() "/" foo ("OLDNAME" (bar))`, false},
		"quote after separator":     {`(\Marked) "/"" a/b`, "a/b", `(\Marked) "/" a/b`, false},
		"no separator":              {`() "" foo`, "foo", `() NIL foo`, false},
		"separator without quotes":  {`() / foo`, "foo", `() "/" foo`, false},
		"words":                     {`() "/" My folder (old)`, "My folder (old)", `() "/" "My folder (old)"`, false},
		"word and parentheses":      {`() "/" Folder (old)`, "Folder (old)", `() "/" "Folder (old)"`, false},
		"spaces at the end":         {`() "/" foo  `, "foo", `() "/" foo`, false},
		"spaces":                    {`( \Marked  )  "/"  "foo" `, "foo", `(\Marked) "/" foo`, false},
		"attributes NIL":            {`NIL "/" foo`, "foo", `() "/" foo`, false},
		"extended data after words": {`() "/" a b (CHILDINFO ("SUBSCRIBED"))`, `a b (CHILDINFO ("SUBSCRIBED"))`, `() "/" "a b (CHILDINFO (\"SUBSCRIBED\"))"`, false},
	} {
		t.Run(id, func(t *testing.T) {
			if test.want == "" {
				test.want = test.in
			}
			for _, end := range []string{"", "\r\n"} {
				x := new(ListData)
				d := wire.NewDecoder([]byte(test.in + end))
				if err := x.Decode(d); err != nil || !d.AtEnd() {
					t.Fatalf("Decode: error %v, %q is left", err, d.Rest())
				}
				if DisplayMailbox(x.Name()) != strings.ToValidUTF8(test.name, "\uFFFD") || x.Name() != Inbox && string(AppendMailbox(nil, x.Name(), false)) != string(x.Mailbox) || encoded(x) != test.want {
					t.Errorf("the name is %q, encoded %s; want %q, encoded %s", x.Name(), encoded(x), test.name, test.want)
				}
				strictly(t, x, test.in+end, test.strict)
			}
		})
	}
}

func TestListErrors(t *testing.T) {
	for _, in := range []string{"", "()", `() "/"`, `() "/" `, `() "/" "a`} {
		if err := new(ListData).Decode(wire.NewDecoder([]byte(in))); err == nil {
			t.Errorf("Decode(%q) did not fail", in)
		}
	}
}

func TestListAllocs(t *testing.T) {
	noAllocs(t, new(ListData), `(\HasChildren \Subscribed \X-Other) "/" "a b"`)
	noAllocs(t, new(ListData), `() "/" foo`)
	noAllocs(t, new(ListData), `() "/" "foo" ("CHILDINFO" ("SUBSCRIBED") "OLDNAME" ("bar") "X" (1 2))`)
}

func FuzzList(f *testing.F) {
	f.Add([]byte(`(\HasChildren) "/" baz ("X-Y" (("a" "b") ("c" "d")) "CHILDINFO" () "OLDNAME" ("x"))`))
	f.Add([]byte("() \"\\\\\" Folder\\Subfolder 1 (x\r\n"))
	f.Add([]byte("( \\ ) NIL {3}\r\na\xffb"))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzed[ListData](t, b) })
}

func BenchmarkList(b *testing.B) {
	var x ListData
	d := wire.NewDecoder(nil)
	in := []byte(`(\HasNoChildren \Sent) "/" "Sent Messages"`)
	b.ReportAllocs()
	for b.Loop() {
		d.Reset(in)
		if x.Decode(d) != nil {
			b.Fatal(d.Err())
		}
	}
}
