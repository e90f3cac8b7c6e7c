package parser

import (
	"strings"
	"testing"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// TestMakeCodes makes codes and reads them again.
func TestMakeCodes(t *testing.T) {
	uids := numset.Of(numset.UID, 4, 5, 6)
	ranges := []numset.Range{{Start: 9, Stop: 7}, {Start: 3, Stop: 3}}
	for _, tt := range []struct {
		code Code
		want string
		read func(c Code) bool
	}{
		{NumberCode(CodeUIDNext, 7), "[UIDNEXT 7]", func(c Code) bool { n, ok := c.UIDNext(); return ok && n == 7 }},
		{NumberCode(CodeHighestModSeq, 1<<62), "[HIGHESTMODSEQ 4611686018427387904]", func(c Code) bool { n, ok := c.HighestModSeq(); return ok && n == 1<<62 }},
		{AppendUIDCode(3, uids), "[APPENDUID 3 4:6]", func(c Code) bool { v, s, ok := c.AppendUID(); return ok && v == 3 && s.Equal(uids) }},
		{CopyUIDCode(3, ranges, ranges), "[COPYUID 3 9:7,3 9:7,3]", func(c Code) bool { v, a, b, ok := c.CopyUID(); return ok && v == 3 && len(a) == 2 && b[0] == ranges[0] }},
		{ModifiedCode(uids), "[MODIFIED 4:6]", func(c Code) bool { s, ok := c.Modified(numset.UID); return ok && s.Equal(uids) }},
		{PermanentFlagsCode([]Flag{FlagSeen, "$x", FlagWildcard}), `[PERMANENTFLAGS (\Seen $x \*)]`, func(c Code) bool { f, ok := c.PermanentFlags(nil); return ok && len(f) == 3 }},
		{CapabilityCode(&Capabilities{Names: []string{"IMAP4REV1", "AUTH=PLAIN"}}), "[CAPABILITY IMAP4rev1 AUTH=PLAIN]", func(c Code) bool {
			var x Capabilities
			return c.Decode(func(d *wire.Decoder) { x.Decode(d) }) == nil && x.Has("IMAP4REV1")
		}},
		{BadCharsetCode(), "[BADCHARSET]", func(c Code) bool { _, ok := c.BadCharset(); return ok }},
		{BadCharsetCode("UTF-8", "US-ASCII"), "[BADCHARSET (UTF-8 US-ASCII)]", func(c Code) bool { x, ok := c.BadCharset(); return ok && len(x) == 2 }},
		{MailboxIDCode("F2212"), "[MAILBOXID (F2212)]", func(c Code) bool { id, ok := c.MailboxID(); return ok && id == "F2212" }},
		{ProgressCode(Progress{"A1", 5, 0}), `[INPROGRESS ("A1" 5 NIL)]`, func(c Code) bool { p, ok := c.Progress(); return ok && p == Progress{"A1", 5, 0} }},
		{ProgressCode(Progress{"A1", 5, 9}), `[INPROGRESS ("A1" 5 9)]`, func(c Code) bool { p, ok := c.Progress(); return ok && p == Progress{"A1", 5, 9} }},
	} {
		e := wire.NewEncoder(wire.Mode{Server: true})
		EncodeStatus(e, "*", OK, tt.code, "done")
		if got := string(e.Bytes()); got != "* OK "+tt.want+" done\r\n" || e.Err() != nil {
			t.Errorf("wrote %q, error %v, want the code %s", got, e.Err(), tt.want)
			continue
		}
		r := NewReader(wireReader(string(e.Bytes())))
		r.SetRules(wire.Strict)
		if resp, err := r.Next(); err != nil || resp.Err() != nil || !tt.read(resp.Code) {
			t.Errorf("%s is read as %s %q, %v", tt.want, resp.Code.Name, resp.Code.Args, err)
		}
	}
	for _, c := range []Code{AppendUIDCode(3, numset.Set{}), PermanentFlagsCode([]Flag{"a b"}), MailboxIDCode("a b"), BadCharsetCode("a\r\nb"),
		CapabilityCode(&Capabilities{Names: []string{"A\r\n* BYE"}}), ProgressCode(Progress{Tag: "\r\n"})} {
		e := wire.NewEncoder(wire.Mode{Server: true})
		if c.Encode(e); e.Err() == nil {
			t.Errorf("the encoder accepted an invalid code and wrote %q", e.Bytes())
		}
	}
}

func TestEncodeSmallData(t *testing.T) {
	e := wire.NewEncoder(wire.Mode{Server: true})
	EncodeNumber(e, 3, "EXISTS")
	EncodeFlagsData(e, []Flag{FlagSeen, "$x"})
	EncodeContinuation(e, "go on")
	EncodeChallenge(e, []byte("secret"))
	EncodeChallenge(e, nil)
	if got, want := string(e.Bytes()), "* 3 EXISTS\r\n* FLAGS (\\Seen $x)\r\n+ go on\r\n+ c2VjcmV0\r\n+ \r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, s := range e.Segments() {
		if len(s.Secrets) != 1 || string(s.Bytes[s.Secrets[0].Start:s.Secrets[0].End]) != "c2VjcmV0" {
			t.Errorf("marked as secret: %+v, want only the first challenge", s.Secrets)
		}
	}
	e.Reset(wire.Mode{Server: true})
	if EncodeNumber(e, 3, "EXISTS\r\n* BYE"); e.Err() == nil {
		t.Error("EncodeNumber accepted a line end in a name")
	}
}

// TestRawArgsUnchanged decodes the arguments of an unknown command, and encodes them for servers with and without
// LITERAL+. Only the announcements of the literals may differ.
func TestRawArgsUnchanged(t *testing.T) {
	in := "A1 X-PASS \"a\\\"b\" {3+}\r\nabc (~{2+}\r\n\x00\n {1}\r\nx) \"\" \"quoted\" [a](\r\n"
	in = strings.ReplaceAll(in, " [a](", "")
	for mode, want := range map[wire.Mode]string{
		{}:                                " \"a\\\"b\" {3}\r\nabc (~{2}\r\n\x00\n {1}\r\nx) \"\" \"quoted\"",
		{LiteralPlus: true, Binary: true}: " \"a\\\"b\" {3+}\r\nabc (~{2+}\r\n\x00\n {1}\r\nx) \"\" \"quoted\"",
	} {
		r := NewCommandReader(wireReader(in))
		r.OnLiteral(accept)
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		a := NewArgs("X-PASS")
		if err := r.Decode(a); err != nil {
			t.Fatal(err)
		}
		e := wire.NewEncoder(mode)
		if a.Encode(e); string(e.Bytes()) != want {
			t.Errorf("%+v: wrote %q, error %v, want %q", mode, e.Bytes(), e.Err(), want)
		}
		waits := 0
		for _, s := range e.Segments() {
			if s.Wait {
				waits++
			}
		}
		if want := map[bool]int{false: 3, true: 1}[mode.LiteralPlus]; waits != want {
			t.Errorf("%+v: the client waits %d times, want %d", mode, waits, want)
		}
	}
}
