package parser

import (
	goflag "flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/imapstack/imapstack/wire"
)

var update = goflag.Bool("update", false, "rewrite testdata/quirks.txt and docs/quirks.md")

// quirkFile is the catalogue of what servers really send. Its rows have the form
//
//	[X01] the server that sends it
//	S: the octets, escaped as in a Go string; %T is the tag of the command
//	grammar: what is wrong by the grammar, or "legal"
//	result: what the parser or a session makes of it
//	seen: where it was reported
//	reads: one line for each response as a correct server would send it; after "!", the error
//	rules: the rules that are needed
//	ends: yes, if the connection cannot be used afterwards
//
// "go test -run Quirk -update" rewrites the lines that begin with "reads" and "rules". Check them before you commit
// them.
const quirkFile = "testdata/quirks.txt"

type quirk struct {
	area, id, by, raw, grammar, result, seen, ends string
	reads                                          []string
	rules                                          string
}

func quirks(t testing.TB) (list []*quirk) {
	b, err := os.ReadFile(quirkFile)
	if err != nil {
		t.Fatal(err)
	}
	area := ""
	var q *quirk
	for i, line := range strings.Split(string(b), "\n") {
		if line == "" {
			continue
		}
		if s, ok := strings.CutPrefix(line, "# "); ok {
			area = s
			continue
		}
		if line[0] == '[' {
			id, by, _ := strings.Cut(line[1:], "] ")
			q = &quirk{area: area, id: id, by: by}
			list = append(list, q)
			continue
		}
		key, text, ok := strings.Cut(line, ": ")
		switch {
		case !ok:
			t.Fatalf("line %d: %s", i+1, line)
		case key == "S":
			q.raw = text
		case key == "grammar":
			q.grammar = text
		case key == "result":
			q.result = text
		case key == "seen":
			q.seen = text
		case key == "reads":
			q.reads = append(q.reads, text)
		case key == "rules":
			q.rules = text
		case key == "ends":
			q.ends = text
		default:
			t.Fatalf("line %d: %s", i+1, line)
		}
	}
	return list
}

func writeQuirks(t *testing.T, list []*quirk) {
	var b strings.Builder
	area := ""
	for _, q := range list {
		if q.area != area {
			area = q.area
			fmt.Fprintf(&b, "# %s\n\n", area)
		}
		fmt.Fprintf(&b, "[%s] %s\nS: %s\ngrammar: %s\nresult: %s\nseen: %s\n", q.id, q.by, q.raw, q.grammar, q.result, q.seen)
		for _, s := range q.reads {
			fmt.Fprintf(&b, "reads: %s\n", s)
		}
		if q.rules != "" {
			fmt.Fprintf(&b, "rules: %s\n", q.rules)
		}
		if q.ends != "" {
			fmt.Fprintf(&b, "ends: %s\n", q.ends)
		}
		b.WriteByte('\n')
	}
	if err := os.WriteFile(quirkFile, []byte(strings.TrimSuffix(b.String(), "\n")), 0o666); err != nil {
		t.Fatal(err)
	}
}

// text returns the octets that a server with this quirk sends, with A1 as the tag.
func (q *quirk) text() string { return strings.ReplaceAll(unescapeOctets(q.raw), "%T", "A1") }

// unescapeOctets replaces the escapes \r, \n, \t and \xHH with their octets; HH stands for two hexadecimal digits.
// Other backslashes are kept.
func unescapeOctets(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			i++
			switch s[i] {
			case 'r':
				c = '\r'
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'x':
				fmt.Sscanf(s[i+1:min(i+3, len(s))], "%02x", &c)
				i += 2
			default:
				i--
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// escapeOctets is the reverse of unescapeOctets.
func escapeOctets(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c >= 0x7f, c == '\\' && i+1 < len(s) && strings.IndexByte("rntx", s[i+1]) >= 0:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// printable escapes each line, so that a text file can contain it.
func printable(lines []string) (out []string) {
	for _, s := range lines {
		out = append(out, escapeOctets(s))
	}
	return out
}

func ruleWords(rules wire.Rules) string {
	var list []string
	for r := range wire.Rule(64) {
		if rules.Has(r) {
			list = append(list, RuleName(r))
		}
	}
	return strings.Join(list, " ")
}

// TestQuirks reads every row of the catalogue. The parser must read the octets as the row says, and need exactly the
// rules of the row. Without rules, each deviation must be an error. A legal response must be read the same with and
// without rules.
func TestQuirks(t *testing.T) {
	list := quirks(t)
	if len(list) < 150 {
		t.Fatalf("the catalogue has %d rows, want at least 150", len(list))
	}
	seen := map[string]bool{}
	for _, q := range list {
		if seen[q.id] {
			t.Errorf("the catalogue has two rows with the name %s", q.id)
		}
		seen[q.id] = true
		text := q.text()
		got, end := readAllOf(t, strings.NewReader(text), wire.Limits{}, wire.AllRules)
		strict, strictEnd := readAllOf(t, strings.NewReader(text), wire.Limits{}, wire.Strict)
		var used wire.Rules
		wrong := false // whether reading without rules has reported an error
		for _, x := range got {
			used |= x.used
		}
		for _, x := range strict {
			if x.used != 0 {
				t.Errorf("%s: reading without rules used the rules %s", q.id, ruleWords(x.used))
			}
			wrong = wrong || x.err != nil || strings.HasPrefix(x.line, "?")
		}
		reads, strictly := ending(words(got), end), ending(words(strict), strictEnd)
		if slices.Equal(reads, strictly) {
			strictly = nil
		}
		reads, strictly = printable(reads), printable(strictly)
		legal := strings.HasPrefix(q.grammar, "legal")
		switch {
		case legal && used != 0:
			t.Errorf("%s: the row says legal, but reading it used the rules %s", q.id, ruleWords(used))
		case legal && strictly != nil:
			t.Errorf("%s: the row says legal, but reading it without rules gives another result (-with rules +without):\n%s", q.id, cmp.Diff(reads, strictly))
		case used != 0 && strictly == nil:
			t.Errorf("%s: reading used the rules %s, but the result is the same without rules", q.id, ruleWords(used))
		case !legal && !wrong && strictEnd == io.EOF:
			t.Errorf("%s: the row says %q, but reading it without rules reports no error", q.id, q.grammar)
		}
		if *update {
			q.reads, q.rules = reads, ruleWords(used)
			continue
		}
		if d := cmp.Diff(q.reads, reads); d != "" {
			t.Errorf("%s: the responses differ from the row (-row +got): %s", q.id, d)
		}
		if w := ruleWords(used); w != q.rules {
			t.Errorf("%s: reading used the rules %q, want %q", q.id, w, q.rules)
		}
	}
	if *update {
		writeQuirks(t, list)
	}
}

// ending adds err, which has ended the stream, to lines, unless err is io.EOF.
func ending(lines []string, err error) []string {
	if err != io.EOF && err != nil {
		return append(lines, "! "+err.Error())
	}
	return lines
}
