package session

import (
	"testing"
)

// TestTagLetters uses the cases of the function Int2AP in Python's imaplib.
func TestTagLetters(t *testing.T) {
	for n, want := range map[uint32]string{0: "", 1: "B", 15: "P", 16: "BA", 4096: "BAAA", 65535: "PPPP", 0xFFFFFFFF: "PPPPPPPP"} {
		if got := TagLetters(n); got != want {
			t.Errorf("TagLetters(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestTags(t *testing.T) {
	for prefix, want := range map[string]string{"": "A1", "KDGM": "KDGM1", "a1": "A1", "A1 NOOP\r\n": "A1", "abcdefghijklmnopq": "A1", "é": "A1"} {
		s := newSession(nil, &Config{TagPrefix: prefix})
		tag := s.appendTag(nil, 1)
		if string(tag) != want {
			t.Errorf("prefix %q: first tag %s, want %s", prefix, tag, want)
		}
		if n, ok := s.parseTag(tag); !ok || n != 1 {
			t.Errorf("parseTag(%q) = %d, %v, want 1, true", tag, n, ok)
		}
		for _, bad := range []string{"", "1", want + "x", want[:len(want)-1] + "0", want[:len(want)-1], "B" + want, want + "1234567890123456789"} {
			if n, ok := s.parseTag([]byte(bad)); ok && n == 1 {
				t.Errorf("parseTag takes %q for %q", bad, want)
			}
		}
	}
}
