package parser

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// codes has every response code of RFC 9051, RFC 5530 and the extensions, with arguments that the code's RFC allows,
// and some unknown codes.
var codes = []string{
	// from RFC 9051 §7.1 and RFC 3501 §7.1
	"ALERT", "ALREADYEXISTS", "APPENDUID 38505 3955", "APPENDUID 1 3:5,9", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED",
	"BADCHARSET", "BADCHARSET (UTF-8 \"iso-8859-1\")", "CANNOT", "CAPABILITY IMAP4rev2 STARTTLS AUTH=GSSAPI", "CLIENTBUG", "CLOSED",
	"CONTACTADMIN", "COPYUID 38505 304,319:320 3956:3958", "CORRUPTION", "EXPIRED", "EXPUNGEISSUED", "HASCHILDREN", "INUSE", "LIMIT",
	"NONEXISTENT", "NOPERM", "OVERQUOTA", "PARSE", `PERMANENTFLAGS (\Deleted \Seen $Work \*)`, "PERMANENTFLAGS ()", "PRIVACYREQUIRED",
	"READ-ONLY", "READ-WRITE", "SERVERBUG", "TRYCREATE", "UIDNEXT 4392", "UIDNOTSTICKY", "UIDVALIDITY 3857529045", "UNAVAILABLE",
	"UNKNOWN-CTE", "UNSEEN 12", "NEWNAME old new",
	// from extensions
	"NOTSAVED", "HIGHESTMODSEQ 715194045007", "NOMODSEQ", "MODIFIED 7,9", "BADURL \"imap://x/y\"", "TOOBIG", "URLMECH INTERNAL", "URLMECH INTERNAL XSAMPLE=P34OKhO7VEkCbsiYY8rGEg==",
	"REFERRAL imap://user;AUTH=*@server2/SHARED/FOO", "COMPRESSIONACTIVE", "METADATA LONGENTRIES 2199", "METADATA MAXSIZE 1024",
	"METADATA TOOMANY", "METADATA NOPRIVATE", "ANNOTATE TOOBIG", "ANNOTATE TOOMANY", "ANNOTATIONS 20480 NOPRIVATE", "ANNOTATIONS NONE", "BADCOMPARATOR",
	"TEMPFAIL 25", "MAXCONVERTMESSAGES 12", "MAXCONVERTPARTS 3", "NOUPDATE \"B02\"", "NOTIFICATIONOVERFLOW", "BADEVENT (FlagChange MessageNew)",
	"UNDEFINED-FILTER on-the-road", "USEATTR", "MAILBOXID (F2212ea87-6097-4256-9d51-71338625)", "UIDREQUIRED", `INPROGRESS ("A001" 1000 10000)`,
	"INPROGRESS", `INPROGRESS (NIL 10 NIL)`, "MESSAGELIMIT 1000 23221", "TOOFEW", "TOOMANY", "OBJECTID (ACCOUNTID A1)", "WEBALERT https://mail.example/x",
	// unknown codes
	"X-NEW", "X-NEW a (b c) \"d]e\" {3}", "THROTTLED", "XYZZY (a (b \"c]d\")) 1", "A=B", "1",
}

func TestCodes(t *testing.T) {
	for _, c := range codes {
		for _, form := range []string{"* OK [%s] text", "A1 NO [%s] text", "* BYE [%s] ", "A1 OK [%s] [ALERT] is text here"} {
			in := fmt.Sprintf(form, c)
			for _, rules := range []wire.Rules{wire.AllRules, wire.Strict} {
				list := readComplete(t, in+"\r\n", rules)
				if len(list) != 1 || list[0].line != in || list[0].err != nil || list[0].used != 0 {
					t.Errorf("%q: read %q with the rules %s, want one response without rules", in, words(list), ruleWords(list[0].used))
				}
			}
		}
	}
}

// TestCodeNames checks that codes has every name in codeForms and at least 60 names.
func TestCodeNames(t *testing.T) {
	have := map[CodeName]bool{}
	for _, c := range codes {
		have[next(t, "* OK ["+c+"] x\r\n", wire.Strict).Code.Name] = true
	}
	for name := range codeForms {
		if !have[name] {
			t.Errorf("codes does not have %s", name)
		}
	}
	if len(have) < 60 {
		t.Errorf("codes has %d names, want at least 60", len(have))
	}
	err := error(CodeTryCreate)
	if !errors.Is(err, CodeTryCreate) || errors.Is(err, CodeAlert) || err.Error() != "TRYCREATE" {
		t.Errorf("%v must be TRYCREATE and no other code", err)
	}
}

// TestCodeShape checks where a code ends, and which texts are not codes.
func TestCodeShape(t *testing.T) {
	for _, tt := range []struct{ in, name, args, text, rules string }{
		{"[ALERT] x", "ALERT", "", "x", ""},
		{"[alert] x", "ALERT", "", "x", ""},
		{"[ALERT]x", "ALERT", "", "x", "NoText"},
		{"[ALERT]", "ALERT", "", "", "NoText"},
		{"[ALERT ] x", "ALERT", "", "x", "Spaces"},
		{"[X ] x", "X", "", "x", "Spaces"},
		{`[\Weird] x`, `\WEIRD`, "", "x", ""},
		{"[X  a] x", "X", " a", "x", ""},
		{`[X "a]b"] x`, "X", `"a]b"`, "x", ""},
		{`[X "a\"]b"] x`, "X", `"a\"]b"`, "x", ""},
		{"[X (a]b)] x", "X", "(a]b)", "x", ""},
		{`[X "a] x`, "X", `"a`, "x", "CodeEnd"},
		{"[X (a] x", "X", "(a", "x", "CodeEnd"},
		{"[X )a] x", "X", ")a", "x", ""},
		{"[X [a]] x", "X", "[a", "] x", "NoText"},
		{"[] x", "", "", "[] x", "CodeText"},
		{"[ ALERT] x", "", "", "[ ALERT] x", "CodeText"},
		{"[ALERT x", "", "", "[ALERT x", "CodeText"},
		{"[\"ALERT\"] x", "", "", "[\"ALERT\"] x", "CodeText"},
		{"[(ALERT)] x", "", "", "[(ALERT)] x", "CodeText"},
		{"[\xe9] x", "", "", "[\xe9] x", "TextOctets CodeText"},
		{"[UIDNEXT 0] x", "UIDNEXT", "0", "x", "Zero"},
		{"[UIDNEXT x] x", "UIDNEXT", "x", "x", "CodeArgs"},
		{"[UIDNEXT] x", "UIDNEXT", "", "x", "CodeArgs"},
		{"[UIDNEXT 1 2] x", "UIDNEXT", "1 2", "x", "CodeArgs"},
		{"[UIDNEXT 4294967296] x", "UIDNEXT", "4294967296", "x", "CodeArgs"},
		{"[HIGHESTMODSEQ 9223372036854775808] x", "HIGHESTMODSEQ", "9223372036854775808", "x", "CodeArgs"},
		{"[COPYUID 1 * 2] x", "COPYUID", "1 * 2", "x", "CodeArgs"},
		{"[COPYUID 1 2:3 4:] x", "COPYUID", "1 2:3 4:", "x", "CodeArgs"},
		{"[READ-ONLY now] x", "READ-ONLY", "now", "x", "CodeArgs"},
		{"x [ALERT] y", "", "", "x [ALERT] y", ""},
		{" [ALERT] y", "ALERT", "", "y", "Spaces"},
	} {
		r := next(t, "A1 OK "+tt.in+"\r\n", wire.AllRules)
		if string(r.Code.Name) != tt.name || string(r.Code.Args) != tt.args || string(r.Text) != tt.text || ruleWords(r.Used()) != tt.rules || r.Err() != nil {
			t.Errorf("%q: code %s %q, text %q, rules %s, error %v, want %+v", tt.in, r.Code.Name, r.Code.Args, r.Text, ruleWords(r.Used()), r.Err(), tt)
		}
		if r = next(t, "A1 OK "+tt.in+"\r\n", wire.Strict); (r.Err() == nil) != (tt.rules == "") {
			t.Errorf("%q with wire.Strict: error %v, want none: %t", tt.in, r.Err(), tt.rules == "")
		}
	}
}

// TestCodeInWrongPlace checks that a code is read only in a status response.
func TestCodeInWrongPlace(t *testing.T) {
	for _, in := range []string{"+ [ALERT] x", "* LIST [ALERT] x", "* 1 [ALERT] x", "* X-NEW [ALERT] x"} {
		r := next(t, in+"\r\n", wire.AllRules)
		if r.Code.Name != "" {
			t.Errorf("%q has the code %s, want none", in, r.Code.Name)
		}
	}
}

// TestCodeValues reads the arguments of codes.
func TestCodeValues(t *testing.T) {
	code := func(in string) Code { return next(t, "* OK ["+in+"] x\r\n", wire.AllRules).Code }
	got := func(v ...any) string { return fmt.Sprint(v...) }
	for _, tt := range []struct{ what, got, want string }{
		{"UIDNEXT", got(code("UIDNEXT 5").UIDNext()), "5 true"},
		{"UIDNEXT 0", got(code("UIDNEXT 0").UIDNext()), "0 false"},
		{"UIDNEXT too big", got(code("UIDNEXT 4294967296").UIDNext()), "0 false"},
		{"UIDNEXT of a UIDVALIDITY", got(code("UIDVALIDITY 5").UIDNext()), "0 false"},
		{"UIDVALIDITY", got(code("uidvalidity 5").UIDValidity()), "5 true"},
		{"UNSEEN", got(code("UNSEEN 5").Unseen()), "5 true"},
		{"HIGHESTMODSEQ", got(code("HIGHESTMODSEQ 9223372036854775807").HighestModSeq()), "9223372036854775807 true"},
		{"PERMANENTFLAGS", got(code(`PERMANENTFLAGS (\seen a \*)`).PermanentFlags(nil)), `[\Seen a \*] true`},
		{"PERMANENTFLAGS wrong", got(code(`PERMANENTFLAGS a`).PermanentFlags(nil)), `[] false`},
		{"APPENDUID", got(code("APPENDUID 1 3:5,4").AppendUID()), "1 3:5 true"},
		{"APPENDUID wrong", got(code("APPENDUID 1").AppendUID()), "1  false"},
		{"COPYUID", got(code("COPYUID 1 5,3 9:10").CopyUID()), "1 [{5 5} {3 3}] [{9 10}] true"},
		{"COPYUID, more sources than copies", got(code("COPYUID 7 1:3 12:11").CopyUID()), "0 [] [] false"},
		{"COPYUID star", got(code("COPYUID 1 5 *").CopyUID()), "0 [] [] false"},
		{"COPYUID, all UIDs", got(code("COPYUID 1 1:4294967295 1:4294967295").CopyUID()), "1 [{1 4294967295}] [{1 4294967295}] true"},
		{"BADCHARSET", got(code(`BADCHARSET (UTF-8 "x")`).BadCharset()), "[UTF-8 x] true"},
		{"BADCHARSET alone", got(code(`BADCHARSET`).BadCharset()), "[] true"},
		{"BADCHARSET wrong", got(code(`BADCHARSET UTF-8`).BadCharset()), "[] false"},
		{"MODIFIED", got(code("MODIFIED 7,9").Modified(numset.UID)), "7,9 true"},
		{"MODIFIED wrong", got(code("MODIFIED x").Modified(numset.UID)), " false"},
		{"MAILBOXID", got(code("MAILBOXID (F1)").MailboxID()), "F1true"},
		{"MAILBOXID empty", got(code("MAILBOXID ()").MailboxID()), "false"},
		{"INPROGRESS", got(code(`INPROGRESS ("a" 5 NIL)`).Progress()), "{a 5 0} true"},
		{"INPROGRESS alone", got(code(`INPROGRESS`).Progress()), "{ 0 0} true"},
		{"INPROGRESS wrong", got(code(`INPROGRESS (a`).Progress()), "{a 0 0} false"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.what, tt.got, tt.want)
		}
	}
	err := code("X-NEW a").Decode(func(d *wire.Decoder) { d.Number() })
	if e := (*Error)(nil); !errors.As(err, &e) || e.Path != "X-NEW" {
		t.Errorf("error %v, want an Error with the path X-NEW", err)
	}
	if err := code("X-NEW 1 2").Decode(func(d *wire.Decoder) { d.Number() }); err == nil {
		t.Error("unread arguments are not an error")
	}
	c := code("X-NEW (a b)")
	if k := c.Clone(); !reflect.DeepEqual(c, k) || &c.Args[0] == &k.Args[0] {
		t.Errorf("the clone of %+v is %+v, or shares memory with it", c, k)
	}
	e := wire.NewEncoder(wire.Mode{})
	if (Code{}).Encode(e); e.Len() != 0 {
		t.Errorf("the zero Code is written as %q, want nothing", e.Bytes())
	}
	if d := cmp.Diff(Code{}, code("] x")); d != "" {
		t.Errorf("brackets without a name are a code: %s", d)
	}
}

// TestCodeNumberAllocs checks that reading the number in a response code of SELECT, such as UIDNEXT, allocates no
// memory.
func TestCodeNumberAllocs(t *testing.T) {
	code := Code{CodeUIDNext, []byte("4392")}
	if n := testing.AllocsPerRun(100, func() { code.UIDNext() }); n != 0 {
		t.Errorf("UIDNext allocates %v times", n)
	}
}
