package parser

import (
	"math"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestStatusData(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`blurdybloop (MESSAGES 231 UIDNEXT 44292)`, ``},
		{`"a b" ()`, ``},
		{`INBOX (MESSAGES 17 UNSEEN 1 SIZE 9223372036854775807 DELETED 3)`, ``},
		{`INBOX (messages 1 RECENT 0 UIDVALIDITY 4294967295)`, `INBOX (MESSAGES 1 RECENT 0 UIDVALIDITY 4294967295)`},
		{`foo (HIGHESTMODSEQ 7011231777 MAILBOXID (F2212ea87-6097-4256-9d51-71338625) DELETED-STORAGE 10)`, ``},
		{`foo (HIGHESTMODSEQ 0)`, ``},
		{`foo (APPENDLIMIT 257890)`, ``},
		{"{5}\r\nINBOX (MESSAGES 4)", `INBOX (MESSAGES 4)`},                     // row S07
		{`INBOX (MESSAGES 1 APPENDLIMIT NIL)`, ``},                              // row S08
		{`INBOX ()`, ``},                                                        // row S02
		{`INBOX (MESSAGES 3 X-GUID abc HIGHESTMODSEQ 9223372036854775807)`, ``}, // row S06
		{`INBOX (OBJECTID (MAILBOXID a ACCOUNTID b))`, ``},
	} {
		if test.want == "" {
			test.want = test.in
		}
		sameAgain[StatusData](t, test.in, test.want)
		strictly(t, new(StatusData), test.in, true)
	}
	var x StatusData
	decoded(t, &x, `inbox (MESSAGES 3 X-GUID abc APPENDLIMIT NIL SIZE 12)`)
	if x.Name() != "INBOX" || x.Messages != 3 || x.Size != 12 || x.AppendLimit != NoAppendLimit || !x.Has(StatusSize|StatusMessages) ||
		x.Has(StatusUnseen) || string(FindExt(x.Ext, "X-GUID")) != "abc" {
		t.Errorf("got %+v", x)
	}
	if NoAppendLimit != uint64(math.MaxUint64) {
		t.Errorf("NoAppendLimit is %d, want the largest uint64", uint64(NoAppendLimit))
	}
}

func TestStatusQuirks(t *testing.T) {
	for id, test := range map[string]struct{ in, want string }{
		"S01":             {`Inbox (MESSAGES 1) `, `Inbox (MESSAGES 1)`},
		"S03":             {`My files (MESSAGES 24369)`, `"My files" (MESSAGES 24369)`},
		"name and list":   {`My (old) files (MESSAGES 2 MAILBOXID (a))`, `"My (old) files" (MESSAGES 2 MAILBOXID (a))`},
		"name like list":  {`My (old) (MESSAGES 2)`, `"My (old)" (MESSAGES 2)`},
		"negative":        {`x (UNSEEN -1)`, `x (UNSEEN 0)`},
		"number in quote": {`x (UNSEEN "5")`, `x (UNSEEN 5)`},
		"NIL":             {`x (UNSEEN NIL)`, `x (UNSEEN 0)`},
		"spaces":          {`x  ( UNSEEN  5  )`, `x (UNSEEN 5)`},
	} {
		t.Run(id, func(t *testing.T) {
			sameAgain[StatusData](t, test.in, test.want)
			strictly(t, new(StatusData), test.in, false)
			var x StatusData
			d := wire.NewDecoder([]byte(test.in + "\r\n"))
			if err := x.Decode(d); err != nil || !d.AtEnd() || encoded(&x) != test.want {
				t.Errorf("with a line end: error %v, encoded %s", err, encoded(&x))
			}
		})
	}
}

func TestStatusErrors(t *testing.T) {
	for _, in := range []string{"", "x", "x (", "x (MESSAGES",
		`"a" b (MESSAGES 1)`, "(MESSAGES 1)", "x y", `x )(`} {
		if err := new(StatusData).Decode(wire.NewDecoder([]byte(in))); err == nil {
			t.Errorf("Decode(%q) did not fail", in)
		}
	}
}

func TestStatusAllocs(t *testing.T) {
	noAllocs(t, new(StatusData), `"a b" (MESSAGES 3 X-GUID abc MAILBOXID (F2212ea87) UIDNEXT 5)`)
}

func FuzzStatusData(f *testing.F) {
	f.Add([]byte(`My (old) files (MESSAGES 2 MAILBOXID (a) X-Y (b {1}` + "\r\n" + `c))`))
	f.Add([]byte(`INBOX (messages 1 RECENT 0 UIDVALIDITY 4294967295 APPENDLIMIT NIL UIDNEXT 0)`))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzed[StatusData](t, b) })
}

// TestStatusNotKnown reads numbers that a server does not know (row S05). Encode writes such a zero if it was received,
// as a proxy needs. Otherwise Encode leaves out the item, because a server must not send a number that it does not
// know.
func TestStatusNotKnown(t *testing.T) {
	const in = `INBOX (MESSAGES 0 UIDNEXT 0 UIDVALIDITY 0)`
	var x StatusData
	decoded(t, &x, in)
	if got := encoded(&x); got != in {
		t.Errorf("received zeros are encoded as %s, want %s", got, in)
	}
	strictly(t, new(StatusData), in, false)
	x = StatusData{Mailbox: []byte("INBOX"), Items: StatusMessages | StatusUIDNext | StatusUIDValidity}
	if got := encoded(&x); got != `INBOX (MESSAGES 0)` {
		t.Errorf("zeros that were not received are encoded as %s", got)
	}
	// Encode also follows the order of the received items if the program has removed items or added some.
	decoded(t, &x, `INBOX (UNSEEN 1 X-A 1 MESSAGES 5 X-B 2)`)
	x.Items = x.Items&^StatusUnseen | StatusRecent
	x.Ext = append(x.Ext, ExtData{"X-C", []byte("3")})
	if got := encoded(&x); got != `INBOX (X-A 1 MESSAGES 5 X-B 2 RECENT 0 X-C 3)` {
		t.Errorf("changed items are encoded as %s", got)
	}
}

// TestStatusInvalid reads items with invalid values. Each such item is left out, and the others are kept.
func TestStatusInvalid(t *testing.T) {
	for _, in := range []string{"MESSAGES x", "MESSAGES 4294967296", "UIDVALIDITY 1528896777421", "SIZE 99999999999999999999", "MAILBOXID a", "APPENDLIMIT (x)", "RECENT 4x",
		"UIDNEXT \"x\"", "HIGHESTMODSEQ (9)"} {
		for _, form := range []string{"box (UNSEEN 3 %s DELETED 4)", "box (%s UNSEEN 3 DELETED 4)", "box (UNSEEN 3 DELETED 4 %s)"} {
			text := strings.Replace(form, "%s", in, 1)
			x := new(StatusData)
			d := wire.NewDecoder([]byte(text))
			if err := x.Decode(d); err != nil || x.Unseen != 3 || x.Deleted != 4 || x.Items != StatusUnseen|StatusDeleted || x.UIDValidity != 0 || x.AppendLimit != 0 || !d.Used().Has(RuleInvalidValue) {
				t.Errorf("%s: error %v, got %+v", text, err, x)
			}
			strictly(t, new(StatusData), text, false)
		}
	}
}
