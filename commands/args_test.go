package commands_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// nasty has strings that a program may pass by mistake, or that an attacker may choose.
var nasty = []string{
	"", " ", "x", "two words", `"`, `\`, `"quoted\`, `\"`, "(", ")", "(a b)", "{5}", "{5+}", "{5-}", "~{3}", "{5}\r\nhello", "{0}\r\n", "a\r\nA9 LOGOUT", "\r\n", "\r", "\n", "a\nb",
	"a\rb", "NIL", "nil", "*", "%", "a*b%", "]", "a]b", "[a]", "[", "a[1.2", "<0.5>", "a<0>", "&", "&-", "&AOQ-", "~", "=", "+", "-", "$", "INBOX", "inbox", "Inbox/x", "UID", "Grüße & mehr", "日本", "\u2028", "\u0085",
	"\x7f", "\x01", "\x1b[2J", "\t", "\xff\xfe", "\xc3", "e\u0301", "\ufeffx", "1", "1:*", "/", "//", "/a//b", "/shared/comment", `\Seen`, `\*`, "a,b", "a;b",
	"aLpha", "bEta", strings.Repeat("x", 1000), strings.Repeat("z", 5000), strings.Repeat(`"\ä`, 1500), strings.Repeat("y\r\n", 5000), "trailing ", " leading", "a  b", "a%00b", "a:b@c", "A1 OK",
	"x\x00y", "\x00",
}

// TestEveryStringArgument passes the nasty strings in all arguments that are strings. The server reads exactly one
// command, with the string as its argument. A string that cannot be sent is refused before an octet is sent.
func TestEveryStringArgument(t *testing.T) {
	for _, w := range serverKinds {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			rows, heards := rowsOf(t, w)
			if t.Failed() {
				return
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			s, j := newRecorder(t, ctx, w)
			defer s.Close()
			sent, refusals := 0, 0
			for i := range rows {
				for _, n := range nasty {
					for k, in := range [][2]string{{n, "x"}, {"x", n}} {
						if k == 1 && !rows[i].words && rows[i].read == nil && !strings.Contains(lower(fmt.Sprint(heards[i])), lower(sampleB)) {
							continue // this row passes only one string
						}
						refused, err := j.play(ctx, s, &rows[i], heards[i], in[0], in[1])
						if err == nil && refused && strings.Contains(rows[i].free, "ab"[k:k+1]) && sendable(n) {
							err = fmt.Errorf("refused, although it can be sent")
						}
						if err != nil {
							t.Errorf("%s of %.60q: %.600v", rows[i].covers, in, err)
						}
						if s.Err() != nil {
							t.Fatal(s.Err())
						}
						if refused {
							refusals++
						} else {
							sent++
						}
					}
				}
			}
			t.Logf("%d rows, %d sent, %d refused", len(rows), sent, refusals)
		})
	}
}

// sendable reports whether a string can be sent in every argument that may be any text. It must not contain NUL, and it
// must be valid UTF-8, because mailbox names have to be.
func sendable(s string) bool { return strings.ToValidUTF8(s, "") == s && !strings.Contains(s, "\x00") }
