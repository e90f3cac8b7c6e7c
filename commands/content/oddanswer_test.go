package content_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands/content"
	"github.com/imapstack/imapstack/commands/internal/sessiontest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestUnaskedSections checks that Download ignores sections that it has not asked for. The server may send them because
// of NOTIFY (RFC 5465 §5.2).
func TestUnaskedSections(t *testing.T) {
	for name, c := range map[string]struct {
		caps, part, script string
		way                content.Way
	}{
		"in a response of its own": {"", "2", "C: A2 UID FETCH 7 BODY.PEEK[2]\n" +
			"S: * 1 FETCH (UID 7 BODY[HEADER.FIELDS (SUBJECT)] \"Subject: x\")\nS: * 1 FETCH (UID 7 BODY[2] \"right\")\nS: A2 OK done\n", content.AsItIs},
		"before the part": {"", "2", "C: A2 UID FETCH 7 BODY.PEEK[2]\n" +
			"S: * 1 FETCH (UID 7 BODY[1] NIL BODY[] \"wrong\" BODY[2] \"right\" BODY[2.MIME] \"wrong\")\nS: A2 OK done\n", content.AsItIs},
		"only another": {"", "2", "C: A2 UID FETCH 7 BODY.PEEK[2]\nS: * 1 FETCH (UID 7 BODY[1] \"wrong\")\nS: A2 OK done\n", content.None},
		"BODY in place of BINARY": {" BINARY", "2;base64", "C: A2 UID FETCH 7 BINARY.PEEK[2]\nS: * 1 FETCH (UID 7 BODY[2] \"d3Jvbmc=\")\nS: A2 OK done\n" +
			"C: A3 UID FETCH 7 BODY.PEEK[2]\nS: * 1 FETCH (UID 7 BODY[2] \"cmlnaHQ=\")\nS: A3 OK done\n", content.Decoded},
		"a header before the message": {"", "", "C: A2 UID FETCH 7 BODY.PEEK[]\nS: * 1 FETCH (UID 7 BODY[HEADER] \"wrong\" BODY[] \"right\")\nS: A2 OK done\n", content.AsItIs},
		"RFC822 for the message":      {"", "", "C: A2 UID FETCH 7 BODY.PEEK[]\nS: * 1 FETCH (UID 7 RFC822 \"right\")\nS: A2 OK done\n", content.AsItIs},
	} {
		t.Run(name, func(t *testing.T) {
			s := sessiontest.PlaySelected(t, c.caps, c.script)
			p := new(content.Part)
			if _, encoding, _ := strings.Cut(c.part, ";"); c.part != "" {
				p.Path, p.Encoding = []uint32{2}, encoding
			}
			var b strings.Builder
			way, err := content.Download(t.Context(), s, 7, p, &b)
			if want := map[bool]string{true: "right"}[c.way != content.None]; b.String() != want || way != c.way || (err == nil) != (way != content.None) {
				t.Errorf("Download: got %q, %v, %v; want %q, %v", b.String(), way, err, want, c.way)
			}
		})
	}
}

// TestSplitResponses checks that Load and Messages join the responses if the server describes each message in several
// of them, and reports changes of flags in between.
func TestSplitResponses(t *testing.T) {
	const envelope = `ENVELOPE (NIL "subject %d" NIL NIL NIL NIL NIL NIL NIL NIL)`
	const body = `BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" %[1]d 1)`
	answer := func(format string, n int) string { return "S: * 1 FETCH (" + fmt.Sprintf(format, n) + ")\n" }
	ask := func(uids string) string {
		return "C: A2 UID FETCH " + uids + " (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)\n"
	}
	seven := answer(`UID 7 FLAGS (\Seen) `+envelope, 7) + answer("UID 7 RFC822.SIZE 70 "+body, 7)
	for name, script := range map[string]string{
		"in two":           seven,
		"flags first":      "S: * 1 FETCH (UID 7 FLAGS (\\Seen))\n" + answer("UID 7 RFC822.SIZE 70 "+body, 7) + answer("UID 7 "+envelope, 7),
		"another at last":  seven + answer(`UID 7 `+envelope, 8),
		"flags at the end": seven + "S: * 1 FETCH (UID 7 FLAGS (\\Deleted))\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := sessiontest.PlaySelected(t, "", ask("7")+script+"S: A2 OK done\n")
			m, err := content.Load(t.Context(), s, 7)
			if err != nil || m.Subject != "subject 7" || m.Size != 70 || len(m.Parts.Plain) != 1 || len(m.Flags) != 1 || m.Flags[0] != parser.FlagSeen {
				t.Errorf("Load: got %+v, %v; want subject 7, size 70, one plain text and only the flag Seen", m, err)
			}
		})
	}
	s := sessiontest.PlaySelected(t, "", ask("1:9")+seven+answer("UID 8 "+envelope, 8)+"S: * 3 FETCH (UID 9 FLAGS ())\n"+answer("UID 9 "+body, 9)+"S: A2 NO half of it\n")
	var got []string
	for m, err := range content.Messages(t.Context(), s, numset.Span(numset.UID, 1, 9)) {
		if err != nil {
			got = append(got, "error")
			continue
		}
		got = append(got, fmt.Sprintf("%d %q %d", m.UID, m.Subject, len(m.Parts.Plain)))
	}
	if want := `7 "subject 7" 1, 8 "subject 8" 0, 9 "" 1, error`; strings.Join(got, ", ") != want {
		t.Errorf("Messages: got %s\nwant %s", strings.Join(got, ", "), want)
	}
}

// TestTextOfWrongSize checks that ReadText limits what the server sends even if the server has reported a size that is
// too small.
func TestTextOfWrongSize(t *testing.T) {
	for name, c := range map[string]struct{ encoding, script string }{
		"plain":  {"", "C: A2 UID FETCH 7 BODY.PEEK[1]<0.5>\nS: * 1 FETCH (UID 7 BODY[1]<0> \"12345\")\nS: A2 OK done\n"},
		"base64": {"base64", "C: A2 UID FETCH 7 BODY.PEEK[1]<0.1040>\nS: * 1 FETCH (UID 7 BODY[1]<0> \"MTIzNDU2Nzg5MA==\")\nS: A2 OK done\n"},
	} {
		s := sessiontest.PlaySelected(t, "", c.script)
		text, err := content.ReadText(t.Context(), s, 7, &content.Part{Path: []uint32{1}, MediaType: "text/plain", Encoding: c.encoding}, 4)
		if err != nil || text.String != "1234" || !text.Cut {
			t.Errorf("%s: got %+v, %v; want 1234 and Cut", name, text, err)
		}
	}
}

// TestASCII checks that UTF8 reads a text as UTF-8 if its charset is missing, US-ASCII or unknown-8bit.
func TestASCII(t *testing.T) {
	for _, charset := range []string{"", "us-ascii", "ascii", "us-ascii*en", "unknown-8bit"} {
		p := &content.Part{MediaType: "text/plain", Charset: charset, Path: []uint32{1}}
		r, known := p.UTF8(strings.NewReader("caf\u00e9"))
		if b, err := io.ReadAll(r); string(b) != "caf\u00e9" || err != nil || !known {
			t.Errorf("UTF8 of %q: got %q, %v, %v; want %q, true", charset, b, known, err, "caf\u00e9")
		}
	}
	p := &content.Part{MediaType: "text/plain", Charset: "iso-8859-1*de"}
	if b, _ := io.ReadAll(func() io.Reader { r, _ := p.UTF8(strings.NewReader("\xe9")); return r }()); string(b) != "\u00e9" {
		t.Errorf("a charset with a language: got %q, want %q", b, "\u00e9")
	}
}
