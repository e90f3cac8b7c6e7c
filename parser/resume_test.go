package parser

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/imapstack/imapstack/wire"
)

// conversation has a response of every kind, literals in all positions, and lines that are not responses.
var conversation = strings.NewReplacer("\n", "\r\n").Replace(`* OK [CAPABILITY IMAP4rev2 AUTH=PLAIN] ready
* LIST (\HasNoChildren) "/" {9}
A mailbox ("OLDNAME" ({3}
old))
* 12 EXISTS
* OK [UIDVALIDITY 3857529045] {3} is text
+ go on {5}
* 3 FETCH (UID 7 FLAGS (\Seen) BODY[] {30}
) FLAGS ()
A1 OK forged
3456
 INTERNALDATE " 1-Feb-2020 00:00:00 +0000" X-NEW (a {2}
)) b) BODY[2] {40}
0123456789012345678901234567890123456789 RFC822.SIZE 9)
* 4 FETCH (BODY[1] {0}
 UID 9)
* 5 FETCH (ENVELOPE (NIL "a broken
 subject" NIL NIL NIL NIL NIL NIL NIL NIL) UID 8)
* 6 FETCH (ENVELOPE (NIL "never closed
* SEARCH 1 2 3
* X-BIG (a {25}
0123456789012345678901234 "b" {20}
01234567890123456789)
* URLFETCH "u" {25}
0123456789012345678901234 "v" NIL

220 what is this {3}
* {4}
abcd rest
* STATUS My files (MESSAGES 5)
A1 NO [OVERQUOTA] full
* BYE bye
`)

// TestResumeResponses reads the conversation octet by octet. For each offset, it also reads the conversation once with
// an interruption at that offset, and once cut off at that offset. An interruption must not change the responses. If
// the conversation is cut off, the responses before the last one must be complete.
func TestResumeResponses(t *testing.T) {
	for _, inline := range []int{1 << 16, 24, 1} {
		lim := wire.Limits{Inline: inline, Message: 1 << 20}
		read := func(rd io.Reader) ([]string, error) {
			list, err := readAllOf(t, rd, lim, wire.AllRules)
			return words(list), err
		}
		want, err := read(strings.NewReader(conversation))
		if err != io.EOF || len(want) != 17 {
			t.Fatalf("got %d responses, error %v; want 17 responses and io.EOF:\n%s", len(want), err, strings.Join(want, "\n"))
		}
		got, err := read(&hiccup{b: []byte(conversation)})
		if d := cmp.Diff(want, got); d != "" || err != io.EOF {
			t.Errorf("inline %d, octet by octet: error %v, responses (-want +got)\n%s", inline, err, d)
		}
		for i := range len(conversation) {
			got, err := read(&cutAt{[]byte(conversation), i})
			if d := cmp.Diff(want, got); d != "" || err != io.EOF {
				t.Fatalf("inline %d, interrupted at %d: error %v, responses (-want +got)\n%s", inline, i, err, d)
			}
			got, err = read(strings.NewReader(conversation[:i]))
			if err != io.EOF && err != io.ErrUnexpectedEOF {
				t.Fatalf("inline %d, cut off at %d: error %v", inline, i, err)
			}
			for j := range max(0, len(got)-1) {
				if got[j] != want[j] && !strings.HasPrefix(want[j], "* 5 FETCH") {
					t.Fatalf("inline %d, cut off at %d: got %q, want %q", inline, i, got[j], want[j])
				}
			}
		}
	}
}

// TestResumeWhileStreaming interrupts the wait for a section and continues it.
func TestResumeWhileStreaming(t *testing.T) {
	data := strings.Repeat("0123456789", 30)
	text := "* 1 FETCH (BODY[] {300}\r\n" + data + " UID 5)\r\n"
	for at := strings.Index(text, "}") + 3; at < len(text); at++ {
		r := NewReader(wire.NewReader(&cutAt{[]byte(text), at}, wire.Limits{Inline: 10}))
		resp, err := r.Next()
		if err != nil {
			t.Fatal(at, err)
		}
		m, err := resp.Fetch()
		if err != nil {
			t.Fatal(at, err)
		}
		var b strings.Builder
		for sec, err := range m.Sections {
			if err == os.ErrDeadlineExceeded {
				break // the wait after the section was interrupted; Finish reads the rest
			}
			if _, err := io.Copy(&b, sec); err != nil && err != os.ErrDeadlineExceeded {
				t.Fatalf("interrupted at %d: reading the section: %v", at, err)
			}
			if _, err := sec.WriteTo(&b); err != nil {
				t.Fatalf("interrupted at %d: writing the section: %v", at, err)
			}
		}
		if err := m.Finish(); err != nil || m.UID != 5 || b.String() != data {
			t.Fatalf("interrupted at %d: Finish returns %v, UID is %d, the section has %d octets", at, err, m.UID, b.Len())
		}
	}
}
