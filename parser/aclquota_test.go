package parser

import (
	"errors"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestACL(t *testing.T) {
	for in, want := range map[string]string{
		`INBOX Fred rwipslxetad Chris lrswi`: `INBOX Fred rwipslxetad Chris lrswi`,
		`"a b" "-fred" w anyone ""`:          `"a b" -fred w anyone ""`,
		`INBOX`:                              `INBOX`,
		"x {4}\r\nJoe  lr09":                 `x "Joe " lr09`,
	} {
		sameAgain[ACL](t, in, want)
		strictly(t, new(ACL), in, true)
	}
	var x ACL
	decoded(t, &x, `Inbox fred lrs anyone l`)
	if x.Name() != "INBOX" || len(x.Entries) != 2 || !x.Entries[0].Rights.Has(RightSeen) || x.Entries[1].Rights.Has(RightRead) {
		t.Errorf("got %+v, want INBOX with the entries of fred and anyone", x)
	}
	c := x.Clone()
	decoded(t, &x, `x y z`)
	if encoded(c) != `Inbox fred lrs anyone l` {
		t.Error("the clone shares memory")
	}
	sameAgain[ACL](t, `x  fred  lr `, `x fred lr`)
	strictly(t, &x, `x fred lr `, false)
	strictly(t, &x, `x fred LR`, false)
	for _, in := range []string{``, `x fred`, `x (`, `x fred (`} {
		d := wire.NewDecoder([]byte(in))
		if err := x.Decode(d); err == nil && d.AtEnd() {
			t.Errorf("Decode(%q) did not fail", in)
		}
	}
	noAllocs(t, &x, `Inbox fred lrs anyone l`)
}

func TestListRights(t *testing.T) {
	for _, in := range []string{`~/Mail/saved smith la r swicdkxte`, `archive/imap anyone "" l r s w i p k x t e c d a 0 1 2 3 4 5 6 7 8 9`, `x y z`} {
		sameAgain[ListRights](t, in, in)
		strictly(t, new(ListRights), in, true)
	}
	var x ListRights
	decoded(t, &x, `inbox smith la r swicdkxte`)
	if x.Name() != "INBOX" || string(x.Identifier) != "smith" || x.Required != "la" || len(x.Optional) != 2 {
		t.Errorf("got %+v, want INBOX, smith, la and two sets of optional rights", x)
	}
	if c := x.Clone(); encoded(c) != encoded(&x) {
		t.Errorf("the clone is %s, want %s", encoded(c), encoded(&x))
	}
	strictly(t, &x, `x y`, false)
	strictly(t, &x, `x y z a*`, false)
	noAllocs(t, &x, `inbox smith la r swicdkxte`)
}

func TestMyRights(t *testing.T) {
	sameAgain[MyRights](t, `INBOX rwiptsldaex`, `INBOX rwiptsldaex`)
	strictly(t, new(MyRights), `INBOX rwiptsldaex`, true)
	var x MyRights
	decoded(t, &x, `"&ZeU-" lr`)
	if x.Name() != "日" || encoded(x.Clone()) != `&ZeU- lr` {
		t.Errorf("got %+v, want the mailbox 日 and an equal clone", x)
	}
	decoded(t, &x, `x LR`)
	if x.Rights != "LR" {
		t.Errorf("got the rights %q, want LR", x.Rights)
	}
	strictly(t, &x, `x LR`, false)
}

func TestRights(t *testing.T) {
	for s, want := range map[Rights]Rights{"": "", "lr": "lr", "lrc": "cklrx", "d": "detx", "lrlr": "lr", "cd": "cdektx"} {
		if got := s.Modern(); got != want {
			t.Errorf("Modern(%q) = %q, want %q", s, got, want)
		}
	}
	if !Rights("rl").Equal("lrl") || Rights("rl").Equal("r") {
		t.Error(`"rl" must equal "lrl" and must not equal "r"`)
	}
	if Rights("Rl").Valid() || !Rights("rl9").Valid() {
		t.Error(`"Rl" must be invalid and "rl9" must be valid`)
	}
}

func TestQuota(t *testing.T) {
	for id, test := range map[string]struct {
		in, want string
		strict   bool
	}{
		"RFC":      {`"" (STORAGE 10 512)`, `"" (STORAGE 10 512)`, true},
		"RFC 9208": {`"!partition/sda4" (STORAGE 104 10923847 MESSAGE 42 18446744073709551615)`, `!partition/sda4 (STORAGE 104 10923847 MESSAGE 42 18446744073709551615)`, true},
		"case":     {`"#user/alice" (storage 54 111 message 42 1000)`, `#user/alice (STORAGE 54 111 MESSAGE 42 1000)`, true},
		"U01":      {`"#user/alice" (STORAGE 54 111 MESSAGE 42  1000)`, `#user/alice (STORAGE 54 111 MESSAGE 42 1000)`, false},
		"U03":      {`"" ()`, `"" ()`, true},
		"U04":      {`User]quota (STORAGE 1 2)`, `User]quota (STORAGE 1 2)`, true},
		"U05":      {`"ROOT"`, `ROOT ()`, false},
		"negative": {`x (STORAGE -1 2)`, `x (STORAGE 0 2)`, false},
	} {
		t.Run(id, func(t *testing.T) {
			sameAgain[Quota](t, test.in, test.want)
			strictly(t, new(Quota), test.in, test.strict)
		})
	}
	var x Quota
	decoded(t, &x, `root (storage 1 2 X-NEW 3 4)`)
	if r, ok := x.Resource(ResourceStorage); !ok || r.Usage != 1 || r.Limit != 2 {
		t.Errorf("got %+v, want STORAGE with the usage 1 and the limit 2", x)
	}
	if _, ok := x.Resource(ResourceMailbox); ok {
		t.Error("a resource that was not sent has a limit")
	}
	if got, want := encoded(x.Clone()), `root (STORAGE 1 2 X-NEW 3 4)`; got != want {
		t.Errorf("the clone is %s, want %s", got, want)
	}
	for _, in := range []string{``, `x (STORAGE 1)`, `x y`} {
		if err := x.Decode(wire.NewDecoder([]byte(in))); err == nil {
			t.Errorf("Decode(%q) did not fail", in)
		}
	}
	noAllocs(t, &x, `"" (STORAGE 10 512)`)
}

func TestQuotaRoot(t *testing.T) {
	for in, want := range map[string]string{`INBOX ""`: `INBOX ""`, `comp.mail.mime`: `comp.mail.mime`, `"a b" r "#user/alice"`: `"a b" r #user/alice`} {
		sameAgain[QuotaRoot](t, in, want)
		strictly(t, new(QuotaRoot), in, true)
	}
	var x QuotaRoot
	decoded(t, &x, `inbox a b`)
	if x.Name() != "INBOX" || len(x.Roots) != 2 || encoded(x.Clone()) != `inbox a b` {
		t.Errorf("got %+v, want INBOX, two roots and an equal clone", x)
	}
	noAllocs(t, &x, `inbox a b`)
	for _, v := range []value{new(QuotaRoot), new(ACL), new(ListRights), new(Metadata), new(Annotation), new(GenURLAuth), new(ApplePush), new(URLFetchData)} {
		d := wire.NewDecoder([]byte(`a b c d e f g h i j k l`))
		d.SetLimits(wire.Limits{Items: 2})
		var limit *wire.LimitError
		if err := v.Decode(d); !errors.As(err, &limit) && err == nil {
			t.Errorf("%T decodes more items than the limit allows", v)
		}
	}
}

func FuzzACL(f *testing.F) {
	f.Add([]byte(`INBOX Fred rwipslxetad  Chris lrswi `))
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzed[ACL](t, b)
		fuzzed[ListRights](t, b)
		fuzzed[MyRights](t, b)
	})
}

func FuzzQuota(f *testing.F) {
	f.Add([]byte(`"#user/alice" (STORAGE 54 111 MESSAGE 42  1000)`))
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzed[Quota](t, b)
		fuzzed[QuotaRoot](t, b)
	})
}

// TestObsoleteRights checks that a server of RFC 2086 gets no more rights than the caller meant, however it reads
// the two obsolete rights (RFC 4314 §2.1.1).
func TestObsoleteRights(t *testing.T) {
	for s, want := range map[Rights]Rights{
		"": "", "lrs": "lrs", "lrswipkxtea": "acdilprsw", "lrk": "lr", "lrkx": "clr", "lrte": "lr", "lrtex": "dlr", "lc9": "9cl",
	} {
		if got := s.Obsolete(); got != want {
			t.Errorf("Obsolete(%q) = %q, want %q", s, got, want)
		}
	}
}
