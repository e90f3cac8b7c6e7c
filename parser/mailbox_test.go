package parser

import (
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestDecodeMailbox(t *testing.T) {
	for _, test := range []struct {
		raw  string
		utf8 bool
		want string
	}{
		{"INBOX", false, "INBOX"},
		{"iNbOx", true, "INBOX"},
		{"Inbox/x", false, "Inbox/x"},
		{"~peter/mail/&U,BTFw-/&ZeVnLIqe-", false, "~peter/mail/台北/日本語"},
		{"~peter/mail/&U,BTFw-", true, "~peter/mail/&U,BTFw-"},
		{"a&-b", false, "a&b"},
		{"a&-b", true, "a&-b"},
		{"été", true, "été"},
		{"été", false, "\xffété"},
		{"M\xfcll", false, "M\xfcll"},
		{"a&b", false, "\xffa&b"},
		{"x\ty", false, "\xffx\ty"},
		{"\xff&", false, "\xff\xff&"},
		{"\xffx", true, "\xff\xffx"},
		{"", false, ""},
	} {
		if got := DecodeMailbox([]byte(test.raw), test.utf8); got != test.want {
			t.Errorf("DecodeMailbox(%q, %v) = %q, want %q", test.raw, test.utf8, got, test.want)
		}
	}
}

func TestEncodeMailbox(t *testing.T) {
	for _, test := range []struct {
		name       string
		mutf7, utf string
	}{
		{"INBOX", "INBOX", "INBOX"},
		{"inbox", "INBOX", "INBOX"},
		{"inbox/a", "inbox/a", "inbox/a"},
		{"a b", `"a b"`, `"a b"`},
		{"a&b", "a&-b", "a&b"},
		{"台北", "&U,BTFw-", `"台北"`},
		{"NIL", `"NIL"`, `"NIL"`},
		{"", `""`, `""`},
		{"bang\xff", "{5+}\r\nbang\xff", "{5+}\r\nbang\xff"},
	} {
		for _, utf := range []bool{false, true} {
			want := test.mutf7
			if utf {
				want = test.utf
			}
			e := wire.NewEncoder(wire.Mode{UTF8: utf, LiteralPlus: true})
			EncodeMailbox(e, test.name)
			if got := string(e.Bytes()); got != want || e.Err() != nil {
				t.Errorf("EncodeMailbox(%q), UTF8 %v: got %q, error %v", test.name, utf, got, e.Err())
			}
			raw := AppendMailbox(nil, test.name, utf)
			if got := DecodeMailbox(raw, utf); got != test.name && test.name != "inbox" {
				t.Errorf("%q is encoded to %q, which is decoded to %q", test.name, raw, got)
			}
		}
	}
	e := wire.NewEncoder(wire.Mode{})
	EncodeListMailbox(e, "日*/%")
	if got := string(e.Bytes()); got != "&ZeU-*/%" {
		t.Errorf("EncodeListMailbox writes %q", got)
	}
}

// FuzzMailbox decodes a name, encodes the result, and decodes that again. Both results must be the same.
func FuzzMailbox(f *testing.F) {
	f.Add("INBOX", true)
	f.Add("~peter/mail/&U,BTFw-", false)
	f.Add("\xff", false)
	f.Fuzz(func(t *testing.T, raw string, utf bool) {
		name := DecodeMailbox([]byte(raw), utf)
		if again := DecodeMailbox(AppendMailbox(nil, name, utf), utf); again != name {
			t.Errorf("%q is decoded to %q, and after encoding that to %q", raw, name, again)
		}
	})
}

// TestMailboxNamesRoundTrip sends names back as they were listed, octet for octet, even if their encoding is wrong. No
// two of these names may be decoded to the same name.
func TestMailboxNamesRoundTrip(t *testing.T) {
	raws := []string{"&BBAEMQQyACYEMwQ0BDU-", "a&b", "x&", "&Jjo!", "&U,BTFw-&ZeVnLIqe-", "\xc3\xa4", "&AOQ-", "M\xfcll", "&AGE-", "a", "&", "&-", "&AEkATgBCAE8AWA-",
		"\xef\xbf\xbd", "&//0-", "x\x7f", "&2D0-", "&AOQ-&AOQ-", "&AOQA5A-", "\xff", "\xff\xff", "\xffa&b", "a b\tc", "", "&AOQ-/a&b", "NIL", "*%", "&2D3c5w-"}
	for _, utf8 := range []bool{false, true} {
		seen := map[string]string{}
		for _, raw := range raws {
			name := DecodeMailbox([]byte(raw), utf8)
			if other, ok := seen[name]; ok {
				t.Errorf("%q and %q are both decoded to %q", raw, other, name)
			}
			seen[name] = raw
			if got := AppendMailbox(nil, name, utf8); string(got) != raw {
				t.Errorf("%q is decoded to %q, which AppendMailbox encodes to %q", raw, name, got)
			}
			e := wire.NewEncoder(wire.Mode{Server: true, UTF8: utf8})
			EncodeMailbox(e, name)
			if got := wire.NewDecoder([]byte(sentBytes(t, e))).AString(); string(got) != raw {
				t.Errorf("%q is decoded to %q, which EncodeMailbox writes as %q", raw, name, got)
			}
			if shown := DisplayMailbox(name); !isUTF8([]byte(shown)) {
				t.Errorf("DisplayMailbox shows %q as %q, which is not UTF-8", raw, shown)
			}
		}
	}
}

func FuzzMailboxName(f *testing.F) {
	f.Add("&U,BTFw-&ZeVnLIqe-", false)
	f.Fuzz(func(t *testing.T, raw string, utf8 bool) {
		name := DecodeMailbox([]byte(raw), utf8)
		if got := AppendMailbox(nil, name, utf8); string(got) != raw && name != Inbox {
			t.Errorf("%q is decoded to %q, which AppendMailbox encodes to %q", raw, name, got)
		}
	})
}
