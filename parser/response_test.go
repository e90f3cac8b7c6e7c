package parser

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/imapstack/imapstack/wire"
)

// next reads one response.
func next(t *testing.T, text string, rules wire.Rules) *Response {
	t.Helper()
	r := NewReader(wire.NewReader(strings.NewReader(text), wire.Limits{}))
	r.SetRules(rules)
	resp, err := r.Next()
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return resp
}

// heads has heads of responses, and the form in which scribe writes them. A "!" marks heads that are errors if all
// rules are off.
var heads = []struct{ in, want string }{
	// greetings
	{"* OK IMAP4rev2 server ready", "* OK IMAP4rev2 server ready"},
	{"* OK [CAPABILITY IMAP4rev2 AUTH=PLAIN] hello", "* OK [CAPABILITY IMAP4rev2 AUTH=PLAIN] hello"},
	{"* PREAUTH you are Smith", "* PREAUTH you are Smith"},
	{"* BYE go away", "* BYE go away"},
	{"* ok Hello", "* OK Hello"},
	{"* OK ", "* OK "},
	{"!* OK", "* OK "},
	{"!* OK  two", "* OK two"},
	{"!* OK \x80", "* OK \x80"},
	{"!* OK a\x00b", "* OK a\x00b"},
	{"* OK gr\xc3\xbc\xc3\x9f dich", "* OK grüß dich"},

	// status responses
	{"A1 OK done", "A1 OK done"},
	{"A1 NO [TRYCREATE] no such mailbox", "A1 NO [TRYCREATE] no such mailbox"},
	{"A1 BAD what?", "A1 BAD what?"},
	{"a.b-c OK x", "a.b-c OK x"},
	{"1 OK x", "1 OK x"},
	{"OK OK OK", "OK OK OK"},
	{"A1 no maybe", "A1 NO maybe"},
	{"!A1 OK", "A1 OK "},
	{"!A1 BYE x", "A1 BYE x"},
	{"!A1 OK[ALERT] x", `? "A1 OK[ALERT] x"`},
	{"!A1 PREAUTH x", `? "A1 PREAUTH x"`},
	{"!A1 HELLO x", `? "A1 HELLO x"`},
	{"!A1  OK x", `? "A1  OK x"`},
	{"!A1", `? "A1"`},
	{"!A1 ", `? "A1 "`},
	{"! OK x", `? " OK x"`},
	{"!(A1 OK x", `? "(A1 OK x"`},
	{"!OK", `? "OK"`},

	// numbers
	{"* 0 EXISTS", "* 0 EXISTS"},
	{"* 4294967295 EXISTS", "* 4294967295 EXISTS"},
	{"!* 4294967296 EXISTS", "* 4294967296 EXISTS"},
	{"!* 99999999999999999999 EXISTS", "* 99999999999999999999 EXISTS"},
	{"* -1 EXISTS", "* -1 EXISTS"},
	{"* 007 EXISTS", "* 7 EXISTS"},
	{"* 3 recent", "* 3 RECENT"},
	{"* 3 EXPUNGE", "* 3 EXPUNGE"},
	{"!* 0 EXPUNGE", "* EXPUNGE"},
	{"!* 3 EXPUNGE x", "* 3 EXPUNGE x"},
	{"!* 3", "* 3"},
	{"!* 3 ", "* 3 "},
	{"!* EXISTS", "* EXISTS"},
	{"!* EXPUNGE", "* EXPUNGE"},
	{"!* FETCH (UID 5)", "* FETCH (UID 5)"},
	{"* 12 FETCH (UID 5)", "* 12 FETCH (UID 5)"},
	{"* 7 UIDFETCH (FLAGS ())", "* 7 UIDFETCH (UID 7 FLAGS ())"},
	{"* 5 X-NEW (a b)", "* 5 X-NEW (a b)"},
	{"* 5 OK x", "* 5 OK x"}, // not a status response, because a number comes before OK

	// continuation requests
	{"+ Ready for literal data", "+ Ready for literal data"},
	{"+ ", "+"},
	{"!+", "+"},
	{"+ YGgGCSqGSIb3EgECAgIAb1kwV6ADAgEFoQMCAQ+iSzBJ", "+ YGgGCSqGSIb3EgECAgIAb1kwV6ADAgEFoQMCAQ+iSzBJ"},
	{"!+go on", `? "+go on"`},
	{"!+OK POP3", `? "+OK POP3"`},
	{"!+A1 OK x", `? "+A1 OK x"`},

	// unknown responses
	{"* X-NEW", "* X-NEW"},
	{"* x-new (a {3}\r\n)\r\n \"b)\") c", "* X-NEW (a {3}\r\n)\r\n \"b)\") c"},
	{"* NOOP", "* NOOP"},
	{"!* FLAGS(a)", "* FLAGS (a)"},
	{"!* X-NEW(a)", "* X-NEW (a)"},
	{"* OKAY", "* OKAY"},
	{"!* ", "* "},
	{"!*", `? "*"`},
	{"!**", `? "**"`},
	{"!*OK x", `? "*OK x"`},
	{"!* (a)", "* (a)"},
	{"!* \"a\"", "* \"a\""},
	{"!220 smtp.example ESMTP", `? "220 smtp.example ESMTP"`},
	{"!HTTP/1.1 400 Bad Request", `? "HTTP/1.1 400 Bad Request"`},
	{"!\x16\x03\x01\x02", `? "\x16\x03\x01\x02"`},
	{"!\x00* OK x", "* OK x"},
	{"!\x00", `? "\x00"`},
	{"![ALERT] x", "* OK [ALERT] x"},
	{"![ALERT]", "* OK [ALERT] "},
	{"![ALERT x", `? "[ALERT x"`},
}

func TestHeads(t *testing.T) {
	for _, tt := range heads {
		in, wrong := strings.CutPrefix(tt.in, "!")
		in += "\r\n"
		for _, rules := range []wire.Rules{wire.AllRules, wire.Strict} {
			list := readComplete(t, in, rules)
			if len(list) != 1 {
				t.Errorf("%q is read as %q, want one response", in, words(list))
				continue
			}
			x := list[0]
			if rules == wire.AllRules && x.line != tt.want {
				t.Errorf("%q is read as %q, want %q", in, x.line, tt.want)
			}
			shown := x.err != nil || x.line[0] == '?'
			if rules == wire.Strict && (shown != wrong || x.used != 0) || rules == wire.AllRules && shown && !wrong {
				t.Errorf("%q with the rules %x: read as %q, error %v, used the rules %s", in, rules, x.line, x.err, ruleWords(x.used))
			}
			if rules == wire.AllRules && wrong && !shown && x.used == 0 {
				t.Errorf("%q is marked as wrong, but reading it used no rule", in)
			}
		}
	}
}

func TestHeadFields(t *testing.T) {
	r := next(t, "a7 NO [OVERQUOTA] too much\r\n", wire.AllRules)
	if r.Kind != Tagged || string(r.Tag) != "a7" || r.Status != NO || r.Name != "NO" || r.Code.Name != CodeOverQuota || string(r.Text) != "too much" || r.Is("NO") {
		t.Errorf("got %+v", r)
	}
	r = next(t, "* 12 EXISTS\r\n", wire.AllRules)
	if r.Kind != Untagged || r.Num != 12 || !r.Is("EXISTS") || r.Is("exists") || r.Status != 0 || r.Tag != nil || string(r.Raw()) != "* 12 EXISTS\r\n" {
		t.Errorf("got %+v", r)
	}
	r = next(t, "* LIST () \"/\" a\r\n", wire.AllRules)
	for range 2 {
		if rest := string(r.Decoder().Rest()); rest != "() \"/\" a\r\n" {
			t.Errorf("the payload is %q", rest)
		}
		r.Decoder().Value()
	}
	for k, s := range map[Kind]string{Untagged: "untagged", Tagged: "tagged", Continuation: "continuation", Stray: "stray"} {
		if k.String() != s {
			t.Errorf("Kind %d is named %s, want %s", k, k, s)
		}
	}
	for s, w := range map[Status]string{0: "", OK: "OK", NO: "NO", BAD: "BAD", BYE: "BYE", PREAUTH: "PREAUTH", 9: ""} {
		if s.String() != w || s.Error() != w {
			t.Errorf("Status %d is named %q, want %q", s, s.String(), w)
		}
	}
}

func TestHeadErrors(t *testing.T) {
	r := next(t, "A1 OK\r\n", wire.Strict)
	var syntax *wire.SyntaxError
	if err := r.Err(); !errors.As(err, &syntax) || syntax.Offset != 5 || r.Status != OK || string(r.Tag) != "A1" {
		t.Errorf("got error %v, response %+v", err, r)
	}
	// Check that one rule can be turned on or off alone.
	r = next(t, "A1 OK\r\n", wire.AllRules.Without(RuleNoText))
	if r.Err() == nil {
		t.Error("a status response without text is not an error without RuleNoText")
	}
	if r = next(t, "A1 OK\r\n", wire.Strict.With(RuleNoText)); r.Err() != nil || r.Used() != wire.Strict.With(RuleNoText) {
		t.Errorf("with RuleNoText alone: error %v, used rules %s", r.Err(), ruleWords(r.Used()))
	}
}

// TestStatusBothWays encodes status responses and reads the results.
func TestStatusBothWays(t *testing.T) {
	for _, tt := range []struct {
		tag  string
		s    Status
		code Code
		text string
		want string
	}{
		{"*", OK, Code{}, "hello", "* OK hello"},
		{"A1", NO, Code{Name: CodeTryCreate}, "no such mailbox", "A1 NO [TRYCREATE] no such mailbox"},
		{"A1", OK, Code{CodeAppendUID, []byte("1 2")}, "", "A1 OK [APPENDUID 1 2] done"},
		{"+", 0, Code{}, "go on", "+ go on"},
		{"*", BYE, Code{Name: CodeUnavailable}, "later", "* BYE [UNAVAILABLE] later"},
	} {
		e := wire.NewEncoder(wire.Mode{Server: true})
		EncodeStatus(e, tt.tag, tt.s, tt.code, tt.text)
		if got := string(e.Bytes()); got != tt.want+"\r\n" || e.Err() != nil {
			t.Errorf("EncodeStatus writes %q, error %v; want %q", got, e.Err(), tt.want)
		}
		if got := words(readComplete(t, string(e.Bytes()), wire.Strict)); !cmp.Equal(got, []string{tt.want}) {
			t.Errorf("%q is read as %q", tt.want, got)
		}
	}
}

// TestResponseOverLimit reads responses that exceed a limit. Next must return the head and an error, and then read the
// next response.
func TestResponseOverLimit(t *testing.T) {
	lim := wire.Limits{Message: 100, Inline: 50}
	long := strings.Repeat("x", 200)
	for in, name := range map[string]string{
		"* LIST () \"/\" " + long + "\r\n": "LIST",
		"A1 OK " + long + "\r\n":           "OK",
		"+ " + long + "\r\n":               "",
		long + "\r\n":                      "",
		"* OK [" + long + "] x\r\n":        "OK",
	} {
		r := NewReader(wire.NewReader(strings.NewReader(in+"* 1 EXISTS\r\n"), lim))
		resp, err := r.Next()
		var limit *wire.LimitError
		if !errors.As(err, &limit) || limit.What != "message" || resp == nil || resp.Name != name {
			t.Errorf("%.20q: got error %v, response %+v", in, err, resp)
			continue
		}
		if resp, err = r.Next(); err != nil || !resp.Is("EXISTS") {
			t.Errorf("the response after %.20q: error %v, %+v", in, err, resp)
		}
	}
}

// TestReaderTake takes the octets after a response, which may belong to another protocol, such as TLS after STARTTLS.
func TestReaderTake(t *testing.T) {
	r := NewReader(wire.NewReader(strings.NewReader("A1 OK go\r\n\x16\x03\x01"), wire.Limits{}))
	if _, err := r.Next(); err != nil || r.Buffered() != 3 {
		t.Fatalf("Next: error %v, %d octets are buffered, want 3", err, r.Buffered())
	}
	if b := r.Take(); string(b) != "\x16\x03\x01" || r.Buffered() != 0 {
		t.Errorf("Take returns %q, and %d octets are still buffered", b, r.Buffered())
	}
}

func TestSkipResponse(t *testing.T) {
	text := "* 1 FETCH (BODY[] {300}\r\n" + strings.Repeat("y", 300) + " UID 5)\r\n* OK {3}\r\nA1 OK {5}\r\n+ {7}\r\n* 2 EXISTS\r\n"
	r := NewReader(wire.NewReader(strings.NewReader(text), wire.Limits{Inline: 100}))
	var got []string
	for {
		resp, err := r.Next()
		if err != nil {
			break
		}
		got = append(got, resp.Name+string(resp.Text))
		if err := r.Skip(); err != nil {
			t.Fatal(err)
		}
	}
	// "{3}" at the end of a text does not announce a literal.
	if d := cmp.Diff([]string{"FETCH", "OK{3}", "OK{5}", "{7}", "EXISTS"}, got); d != "" {
		t.Errorf("responses (-want +got): %s", d)
	}
}

func TestRelayResponse(t *testing.T) {
	text := "* 1 FETCH (BODY[] {300}\r\n" + strings.Repeat("y", 300) + " UID 5)\r\n* OK {3}\r\n* LIST () \"/\" {1}\r\na\r\nA1 OK {5}\r\n"
	r := NewReader(wire.NewReader(strings.NewReader(text), wire.Limits{Inline: 100}))
	var b strings.Builder
	for {
		if _, err := r.Next(); err != nil {
			break
		}
		if _, err := r.Relay(&b); err != nil {
			t.Fatal(err)
		}
	}
	if b.String() != text {
		t.Errorf("relayed %q, want %q", b.String(), text)
	}
}
