package mutf7_test

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/imapstack/imapstack/utils/mutf7"
)

var names = []struct{ text, wire string }{
	{"INBOX", "INBOX"},
	{"", ""},
	{"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"}, // RFC 3501 §5.1.3
	{"Entwürfe", "Entw&APw-rfe"},
	{"a&b", "a&-b"},
	{"&", "&-"},
	{"\U0001f4e7 mail", "&2D3c5w- mail"},
	{"\tx", "&AAk-x"},
}

func TestBothWays(t *testing.T) {
	for _, n := range names {
		if got := mutf7.Encode(n.text); got != n.wire {
			t.Errorf("Encode(%q) = %q, want %q", n.text, got, n.wire)
		}
		if got, err := mutf7.Decode(n.wire); got != n.text || err != nil {
			t.Errorf("Decode(%q) = %q, %v, want %q", n.wire, got, err, n.text)
		}
		if got := mutf7.DecodeLenient([]byte(n.wire)); got != n.text {
			t.Errorf("DecodeLenient(%q) = %q, want %q", n.wire, got, n.text)
		}
	}
}

func TestInvalid(t *testing.T) {
	for _, s := range []string{
		"&", "&A", "&Jjo", "&Jjo!", "a\x00", "é", "&AGE-", "&2D0-", "&3c4-", "&U,BTFw-&ZeVnLIqe-", "&AAB-", "&BBAEMQQyACYEMwQ0BDU-",
	} {
		if got, err := mutf7.Decode(s); err == nil {
			t.Errorf("Decode(%q) = %q, want an error", s, got)
		}
	}
}

func TestLenientKeepsWhatItCannotRead(t *testing.T) {
	for _, s := range []struct{ wire, want string }{
		{"&", "&"}, {"AT&T", "AT&T"}, {"Müll", "Müll"}, {"\xff", "\xff"}, {"a&b&APw-", "a&bü"},
		{"&BBAEMQQyACYEMwQ0BDU-", "Абв&где"}, // Yandex also encodes "&"
	} {
		if got := mutf7.DecodeLenient([]byte(s.wire)); got != s.want {
			t.Errorf("DecodeLenient(%q) = %q, want %q", s.wire, got, s.want)
		}
	}
}

func FuzzMUTF7(f *testing.F) {
	for _, n := range names {
		f.Add(n.wire)
		f.Add(n.text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if text, err := mutf7.Decode(s); err == nil {
			if again := mutf7.Encode(text); again != s {
				t.Errorf("%q decodes to %q, which encodes to %q", s, text, again)
			}
		}
		if utf8.ValidString(s) {
			if back, err := mutf7.Decode(mutf7.Encode(s)); err != nil || back != s {
				t.Errorf("%q comes back as %q, %v", s, back, err)
			}
		}
		mutf7.DecodeLenient([]byte(s))
	})
}

func ExampleEncode() {
	fmt.Println(mutf7.Encode("Entwürfe"))
	// Output: Entw&APw-rfe
}
