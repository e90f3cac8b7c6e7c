package parser

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestOtherData(t *testing.T) {
	for _, test := range []struct {
		v        value
		in, want string
	}{
		{new(Language), `("de" EN-US "i-default")`, `("de" "EN-US" "i-default")`},
		{new(Comparator), `"i;unicode-casemap"`, `"i;unicode-casemap"`},
		{new(Comparator), `i;basic ("i;basic" i;octet)`, `"i;basic" ("i;basic" "i;octet")`},
		{new(JMAPAccess), `"https://mail.example/.well-known/jmap"`, `"https://mail.example/.well-known/jmap"`},
		{new(UIDBatches), `(TAG "A143") 215295:99696,99695:20351,20350:7830,7829:1`, `(TAG "A143") 215295:99696,99695:20351,20350:7830,7829:1`},
		{new(UIDBatches), `(tag A1)`, `(TAG "A1")`},
		{new(ApplePush), `aps-version "2" "aps-topic" com.apple.mail.XServer.a5c5`, `aps-version 2 aps-topic com.apple.mail.XServer.a5c5`},
		{new(ApplePush), `"mailbox" "Sent Messages"`, `mailbox "Sent Messages"`},
		{new(Conversion), `"image/GIF" "image/jpeg" ("pix-x" "pix-y")`, `"image/gif" "image/jpeg" ("pix-x" "pix-y")`},
		{new(Conversion), `text/html text/plain`, `"text/html" "text/plain"`},
		{new(Converted), "(TAG \"d001\") (UID 100 BODYPARTSTRUCTURE[2] (\"IMAGE\" \"PNG\" NIL) BINARY[2] {3}\r\n)(\r)", "(TAG \"d001\") (UID 100 BODYPARTSTRUCTURE[2] (\"IMAGE\" \"PNG\" NIL) BINARY[2] {3}\r\n)(\r)"},
		{new(GenURLAuth), `"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred:internal:91354a" x`, `"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred:internal:91354a" "x"`},
		{new(URLFetchData), "\"imap://a@b/INBOX/;uid=1\" {5}\r\nhe\r\no", "\"imap://a@b/INBOX/;uid=1\" {5}\r\nhe\r\no"},
		{new(URLFetchData), `"u1" NIL u2 "hi"`, `"u1" NIL "u2" "hi"`},
		{new(URLFetchData), `"u1" (BODYPARTSTRUCTURE ("TEXT" "plain" NIL NIL NIL "7bit" 11 0 NIL NIL NIL NIL)) (BINARY "hello") "u2" (BODY NIL) "u3" (X-NEW (1 2)) "u4" ""`,
			`"u1" (BODYPARTSTRUCTURE ("TEXT" "plain" NIL NIL NIL "7bit" 11 0 NIL NIL NIL NIL)) (BINARY "hello") "u2" (BODY NIL) "u3" (X-NEW (1 2)) "u4" ""`},
		{new(Vanished), `41,43:116,118`, `41,43:116,118`},
		{new(Vanished), `(EARLIER) 300:310,405`, `(EARLIER) 300:310,405`},
		{new(Vanished), `(earlier) 5:3`, `(EARLIER) 3:5`},
	} {
		decoded(t, test.v, test.in)
		if got := encoded(test.v); got != test.want {
			t.Errorf("%T: %s is encoded as %s, want %s", test.v, test.in, got, test.want)
		}
		strictly(t, test.v, test.in, true)
		strictly(t, test.v, test.want, true)
		if got := encoded(test.v); got != test.want {
			t.Errorf("%T: decoding what Encode wrote, and encoding it again: got %s, want %s", test.v, got, test.want)
		}
		switch v := test.v.(type) {
		case *Vanished:
		case *URLFetchData:
			if encoded(v.Clone()) != test.want {
				t.Error("the clone of URLFetchData is encoded differently")
			}
			if !strings.Contains(test.in, "X-NEW") {
				noAllocs(t, v, test.in)
			}
		default:
			noAllocs(t, v, test.in)
		}
	}
}

func TestOtherDataErrors(t *testing.T) {
	for _, test := range []struct {
		v   func() value
		ins []string
	}{
		{func() value { return new(Language) }, []string{``, `de`, `("de"`, `((a))`}},
		{func() value { return new(Comparator) }, []string{``, `(`, `x (`, `x (y`}},
		{func() value { return new(JMAPAccess) }, []string{``, `NIL)`, `"x`}},
		{func() value { return new(UIDBatches) }, []string{``, `1:2`, `(TAG)`, `(TAG "x" 1:2`, `(TAG "x") *`, `(TAG "x") 0`, `(TAG "x") 1:`, `(UID "x") 1`}},
		{func() value { return new(ApplePush) }, []string{``, `x`, `x (y)`}},
		{func() value { return new(Conversion) }, []string{``, `x`, `x y (`}},
		{func() value { return new(Converted) }, []string{``, `(TAG "x")`, `(TAG "x") (UID`, `(TAG "x") (BINARY[1])`, `(X "x") ()`}},
		{func() value { return new(GenURLAuth) }, []string{``, `(`}},
		{func() value { return new(URLFetchData) }, []string{``, `u`, `u (`, `u (BODY`, `u (BODY "x"`, `u (BODY "x") v`, `u "x" ("y" "z")`}},
		{func() value { return new(Vanished) }, []string{``, `,`, `1:`, `:`, `*`, `1:*`, `$`, `0`, `1,`, `(EARLIER)`, `(LATER) 1`, `(EARLIER`, `4294967296`, `1:99999999999999999999`}},
	} {
		for _, in := range test.ins {
			for _, rules := range []wire.Rules{wire.AllRules, wire.Strict} {
				v := test.v()
				d := wire.NewDecoder([]byte(in))
				d.SetRules(rules)
				if err := v.Decode(d); err == nil && d.AtEnd() {
					t.Errorf("%T: Decode(%q) did not fail", v, in)
				}
			}
		}
	}
}

func TestURLFetchFields(t *testing.T) {
	var x URLFetchData
	decoded(t, &x, `u1 (BODYPARTSTRUCTURE ("TEXT" "plain" NIL NIL NIL "7bit" 11 0)) (BINARY "hello") u2 NIL`)
	u := x.Items[0]
	var b BodyStructure
	if ok, err := u.BodyStructure(&b); !ok || err != nil || b.Size != 11 || !u.Binary || !u.Extended || string(u.Data) != "hello" {
		t.Errorf("BodyStructure: %v, %v; got %+v", ok, err, u)
	}
	if ok, err := x.Items[1].BodyStructure(&b); ok || err != nil || x.Items[1].Data != nil {
		t.Errorf("BodyStructure of a URL without data: %v, %v; want false and no error", ok, err)
	}
	// Dovecot puts all values of a URL in one pair of parentheses.
	dovecot := "u1 (BODYPARTSTRUCTURE (\"TEXT\" \"plain\" NIL NIL NIL \"7bit\" 11 0) BINARY ~{5}\r\nhel\x00o) u2 \"x\""
	strictly(t, &x, dovecot, false)
	decoded(t, &x, dovecot)
	if len(x.Items) != 2 || string(x.Items[0].Data) != "hel\x00o" || x.Items[0].Structure == nil || string(x.Items[1].Data) != "x" {
		t.Errorf("got %+v", x)
	}
}

// TestURLFetchStreamed reads data that is streamed because it is too big for memory. One piece of data is the only
// value of a URL, and another is within parentheses.
func TestURLFetchStreamed(t *testing.T) {
	big := strings.Repeat("x", 70000)
	in := "* URLFETCH u1 {70000}\r\n" + big + " u2 (BODYPARTSTRUCTURE NIL) (BODY {70000}\r\n" + big + ") u3 \"small\"\r\n"
	r := NewReader(wire.NewReader(strings.NewReader(in), wire.Limits{}))
	resp, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	var x URLFetchData
	d := resp.Decoder()
	err = x.Decode(d)
	for n := 1; err == nil && x.Stream != nil; n++ {
		if len(x.Items) != n || x.Stream.Size() != 70000 {
			t.Fatalf("got %d items and a stream of %d octets, want %d items and 70000 octets", len(x.Items), x.Stream.Size(), n)
		}
		var b bytes.Buffer
		if _, err := io.Copy(&b, x.Stream); err != nil || b.String() != big {
			t.Fatalf("reading Stream: error %v, %d octets", err, b.Len())
		}
		if err := resp.Continue(); err != nil {
			t.Fatal(err)
		}
		err = x.Continue(d)
	}
	if err != nil || len(x.Items) != 3 || string(x.Items[2].Data) != "small" || !d.AtEnd() {
		t.Errorf("error %v, got %+v, %q is left", err, x, d.Rest())
	}
}

func TestVanishedClone(t *testing.T) {
	var x Vanished
	decoded(t, &x, `(EARLIER) 1:5`)
	c := x.Clone()
	decoded(t, &x, `7`)
	if !c.Earlier || c.UIDs.String() != "1:5" {
		t.Errorf("got %+v", c)
	}
}

func TestEncodeData(t *testing.T) {
	e := wire.NewEncoder(wire.Mode{Server: true})
	EncodeData(e, "LIST", &ListData{Delim: '/', Mailbox: []byte("x")})
	EncodeData(e, "SEARCH", &SearchData{})
	EncodeData(e, "SORT", &SortData{Nums: []uint32{2, 1}})
	EncodeData(e, "THREAD", &ThreadData{})
	EncodeData(e, "ENABLED", &Capabilities{})
	EncodeData(e, "ESEARCH", &ESearch{})
	EncodeData(e, "ESEARCH", &ESearch{Tag: []byte("a"), UID: true})
	EncodeData(e, "X-NOTHING", nil)
	want := "* LIST () \"/\" x\r\n* SEARCH\r\n* SORT 2 1\r\n* THREAD\r\n* ENABLED\r\n* ESEARCH\r\n* ESEARCH (TAG \"a\") UID\r\n* X-NOTHING\r\n"
	if got := string(e.Bytes()); got != want || e.Err() != nil {
		t.Errorf("got  %q, %v\nwant %q", got, e.Err(), want)
	}
}

func FuzzURLFetch(f *testing.F) {
	f.Add([]byte(`u1 (BODYPARTSTRUCTURE ("TEXT" "plain" NIL)) (BINARY "hello") u2 NIL u3 (BODY "a" X (1 2)) u4 "x"`))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzed[URLFetchData](t, b) })
}

func FuzzOtherData(f *testing.F) {
	for _, s := range []string{`("de" EN-US "i-default")`, `i;basic ("i;basic" i;octet)`, `"https://mail.example/.well-known/jmap"`, `(TAG "A143") 215295:99696,99695:1`,
		`aps-version "2" "aps-topic" com.apple`, `"image/GIF" "image/jpeg" ("pix-x" "pix-y")`, `(TAG "d001") (UID 100 BODYPARTSTRUCTURE[2] ("IMAGE" "PNG" NIL))`, `(EARLIER) 1:5,7`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzed[Language](t, b)
		fuzzed[Comparator](t, b)
		fuzzed[JMAPAccess](t, b)
		fuzzed[UIDBatches](t, b)
		fuzzed[ApplePush](t, b)
		fuzzed[Conversion](t, b)
		fuzzed[Converted](t, b)
		fuzzed[GenURLAuth](t, b)
		fuzzed[Vanished](t, b)
	})
}
