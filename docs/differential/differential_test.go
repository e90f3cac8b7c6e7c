package differential

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// explained lists the rows of the catalogue of quirks, and the examples of RFCs, that the two libraries understand
// differently, with the reasons.
var explained = map[string]string{
	"X26": "go-imap drops a backslash that escapes nothing; parser keeps it",
	"B01": "go-imap returns a multipart without parts as a single part; parser returns a multipart",
	"Y18": "go-imap accepts numbers of 64 bits; RFC 7162 §7 allows 63",
	"M06": "the same tree, which parser writes without unnecessary parentheses",
}

var tagOf = regexp.MustCompile(`\(TAG "[^"]*"`)

// kindOf returns the name of the command that a text answers, and the mailbox or quota root. It returns "" unless both
// libraries have the command.
func kindOf(text string) (kind, mailbox string) {
	r := parser.NewReader(wire.NewReader(strings.NewReader(text), wire.Limits{}))
	for {
		resp, err := r.Next()
		if err != nil {
			return kind, mailbox
		}
		k := ""
		switch resp.Name {
		case "FETCH", "LIST", "SEARCH", "ESEARCH", "SORT", "THREAD", "CAPABILITY", "NAMESPACE", "ID":
			k = resp.Name
		case "QUOTA":
			var x parser.Quota
			if x.Decode(resp.Decoder()) == nil {
				k, mailbox = "QUOTA", string(x.Root)
			}
		case "STATUS":
			var x parser.StatusData
			if x.Decode(resp.Decoder()) == nil {
				k, mailbox = "STATUS", x.Name()
			}
		case "FLAGS", "EXISTS":
			k = "SELECT"
		case "OK", "NO", "BAD":
			if k = "STATUSLINE"; resp.Kind != parser.Tagged {
				k = "SELECT"
			}
		}
		if kind == "" || kind == "SELECT" && k != "STATUSLINE" && k != "" {
			kind = k
		}
	}
}

// compare reads a text with both libraries. taken reports whether go-imap accepts the text. same reports whether both
// return the same values; it is also true if go-imap does not accept the text, or has no command that the text answers.
// If same is false, diff describes the difference.
func compare(t *testing.T, text string) (same, taken bool, diff string) {
	kind, mailbox := kindOf(strings.ReplaceAll(text, "%T", "A1"))
	if kind == "" {
		return true, false, ""
	}
	var a, b []string
	var aerr, berr error
	synctest.Test(t, func(*testing.T) { a, aerr = theirs(kind, text, mailbox) })
	if aerr != nil {
		return true, false, ""
	}
	b, berr = ours(kind, strings.ReplaceAll(text, "%T", "A1"))
	if berr != nil {
		return false, true, fmt.Sprintf("%s: ours fails: %v\ntheirs %q", kind, berr, a)
	}
	if slices.Equal(a, b) {
		return true, true, ""
	}
	return false, true, fmt.Sprintf("%s\ntheirs %q\nours   %q", kind, a, b)
}

func check(t *testing.T, id, text string, takes *int) {
	t.Helper()
	same, taken, diff := compare(t, text)
	if taken {
		*takes++
	}
	why := explained[id]
	switch {
	case !same && why == "":
		t.Errorf("%s: %q: %s", id, text, diff)
	case same && why != "":
		t.Errorf("%s: %q: both libraries return the same values, although the difference is explained as %q", id, text, why)
	}
}

func TestQuirks(t *testing.T) {
	b, err := os.ReadFile("../../parser/testdata/quirks.txt")
	if err != nil {
		t.Fatal(err)
	}
	id, rows, taken := "", 0, 0
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "[") {
			id = line[1:strings.IndexByte(line, ']')]
		}
		if text, ok := strings.CutPrefix(line, "S: "); ok && id[0] != 'G' {
			rows++
			check(t, id, octets(text), &taken)
		}
	}
	t.Logf("go-imap accepts %d of %d rows", taken, rows)
}

func TestRFCs(t *testing.T) {
	b, err := os.ReadFile("../../parser/testdata/rfc.txt")
	if err != nil {
		t.Fatal(err)
	}
	undo := strings.NewReplacer(`\\`, `\`, `\n`, "\r\n")
	lines, taken := 0, 0
	for line := range strings.Lines(string(b)) {
		text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "S: ")
		if !ok || text[0] == '+' {
			continue
		}
		lines++
		text = tagOf.ReplaceAllString(undo.Replace(text), `(TAG "%T"`)
		if text[0] != '*' {
			_, rest, _ := strings.Cut(text, " ")
			text = "%T " + rest
		}
		check(t, text, text+"\r\n", &taken)
	}
	t.Logf("go-imap accepts %d of %d lines", taken, lines)
}

func TestGenerated(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(1, 2))}
	taken := 0
	const n = 3000
	for i := range n {
		_, text := g.response()
		check(t, fmt.Sprint("generated ", i), text, &taken)
		if t.Failed() {
			return
		}
	}
	t.Logf("go-imap accepts %d of %d responses", taken, n)
}

// octets replaces the escapes of the catalogue by the octets for which they stand.
func octets(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			if at := strings.IndexByte("rntx", s[i+1]); at == 3 {
				fmt.Sscanf(s[i+2:i+4], "%02x", &c)
				i += 3
			} else if at >= 0 {
				c = "\r\n\t"[at]
				i++
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}
