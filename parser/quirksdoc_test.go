package parser

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/imapstack/imapstack/wire"
)

const quirksDoc = "../docs/quirks.md"

// ruleSentences returns the comments on the rules. The keys are the names of the rules. It removes the name at the
// beginning of each comment.
func ruleSentences(t *testing.T) map[string]string {
	out := map[string]string{}
	for _, dir := range []string{".", "../wire"} {
		files, err := filepath.Glob(dir + "/rule*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(err)
		}
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if v, ok := n.(*ast.ValueSpec); ok && v.Doc != nil && strings.HasPrefix(v.Names[0].Name, "Rule") {
					_, text, _ := strings.Cut(strings.Join(strings.Fields(v.Doc.Text()), " "), " ")
					out[strings.TrimPrefix(v.Names[0].Name, "Rule")] = text
				}
				return true
			})
		}
	}
	return out
}

// cell escapes text for a table in Markdown.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// code formats octets for a table in Markdown.
func code(s string) string {
	if strings.Contains(s, "`") {
		return "`` " + cell(s) + " ``"
	}
	return "`" + cell(s) + "`"
}

// makeQuirksDoc returns the document of the catalogue.
func makeQuirksDoc(t *testing.T) string {
	list, sentences := quirks(t), ruleSentences(t)
	rows := map[string][]string{}
	for _, q := range list {
		for _, r := range strings.Fields(q.rules) {
			rows[r] = append(rows[r], q.id)
		}
	}
	var b strings.Builder
	b.WriteString(`# What servers really send

` + "`go test ./parser -run Quirk -update`" + ` generates this file from parser/testdata/quirks.txt. A test compares the two.

Other tests read each row. The parser reads it alone, with all rules and with none. A session reads it, and must still work afterwards unless the
row says otherwise. Another library reads it for comparison (docs/differential).

The parser tolerates a deviation from the grammar only if a named rule allows it. All rules are on by default.
` + "`session.Config.Rules`, `parser.Reader.SetRules` and `wire.Decoder.SetRules`" + ` choose other rules. ` + "`session.Config.Strict`" + ` turns all rules off, and
then each of these deviations is an error. ` + "`Response.Used`" + ` and ` + "`session.Handler.Deviation`" + ` report the rules that were needed.
` + "`parser.RuleName`" + ` returns their names. No rule changes the meaning of a correct response. No rule depends on the name or version that a server announces.

The rule InvalidValue limits all other damage: only what cannot be read is lost. A damaged element costs that element, a damaged value that value, and
a damaged item that item. The parser delivers what comes before the damage. If it can find the end of the damage, it also delivers what comes after it.
It always reads the next response. ` + "`Fetch.Err`, `Fetch.Envelope`" + ` and the errors of other methods say what is missing, and from which message:
` + "`parser.Error`" + ` has its sequence number and its UID. The connection ends only if the framing cannot be trusted any more.

## What is lost, and why

` + "`TestMutations`" + ` damages every valid response that the project has, one token at a time, in twelve ways. The tokens include response codes and texts.
The test runs in every ` + "`make test`" + `; ` + "`make mutate`" + ` prints the figures. The parser must deliver everything outside the damaged element unchanged, or the
damage must be of a kind in the table below. The test fails if a kind no longer occurs. The parser must always read the next response.

Of 31,083 damaged copies of 746 responses, 94.1 % lose nothing outside the damaged element. Some responses are correct only as a whole, such as the
result of a SEARCH. Of the other damaged copies, 96.3 % lose nothing outside the damaged element. They keep 98.2 % of everything that is not damaged, and
99.8 % of what comes before the damage. These kinds of damage cost more:

| What is damaged | What is lost, and why |
|---|---|
` + lossRows() + `
In the tables, ` + "`%T`" + ` is the tag of the command. The line after → is the response as the parser reads it, in the form that a correct server would send.

## The rules

| Rule | What it does | Rows |
|---|---|---|
`)
	for r := range wire.Rule(64) {
		name := RuleName(r)
		if name == "" || CommandRules.Has(r) && rows[name] == nil || r == RuleAtomString {
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, cell(sentences[name]), strings.Join(rows[name], " "))
	}
	area := ""
	for _, q := range list {
		if q.area != area {
			area = q.area
			fmt.Fprintf(&b, "\n## %s\n\n| | Sent by | What is sent, and how the parser reads it | Grammar | Result | Rules |\n|---|---|---|---|---|---|\n", area)
		}
		said := code(q.raw)
		for _, s := range q.reads {
			s, bad, _ := strings.Cut(s, " !")
			if s = strings.TrimRight(s, " "); s != "" {
				said += "<br>→ " + code(clipped(s))
			}
			if bad != "" {
				said += " and an error"
			}
		}
		rules := q.rules
		if rules == "" {
			rules = "–"
		}
		grammar := strings.TrimSuffix(strings.TrimSuffix(q.grammar, "reject"), ": ")
		if grammar == "" {
			grammar = "wrong"
		}
		result := q.result
		if q.ends != "" {
			result += "; the connection cannot be used after it"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", q.id, cell(q.by), said, cell(grammar), cell(result), rules)
	}
	b.WriteString("\n## Where they were seen\n\nThese are threads and files of public projects. \"defects#N\" is issue N of github.com/modern-email/defects.\n\n")
	for _, q := range list {
		fmt.Fprintf(&b, "- %s: %s\n", q.id, q.seen)
	}
	return b.String()
}

// lossRows returns the kinds of damage that cost more than the damaged element.
func lossRows() string {
	var b strings.Builder
	for _, l := range losses {
		fmt.Fprintf(&b, "| %s | %s |\n", cell(l.name), cell(l.why))
	}
	return b.String()
}

func clipped(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

func TestQuirksDoc(t *testing.T) {
	want := makeQuirksDoc(t)
	if *update {
		if err := os.WriteFile(quirksDoc, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(quirksDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/quirks.md is out of date: go test ./parser -run Quirk -update\n%s", cmp.Diff(strings.Split(string(got), "\n"), strings.Split(want, "\n")))
	}
}

// TestQuirkRules checks that every rule for responses has a row that needs it.
func TestQuirkRules(t *testing.T) {
	have := map[string]bool{}
	for _, q := range quirks(t) {
		for _, r := range strings.Fields(q.rules) {
			have[r] = true
		}
	}
	commands := []wire.Rule{RuleStoreModifierLast, RuleNotifyEvents, RuleMetadataEntries, RuleAtomString}
	for r := range wire.Rule(64) {
		if name := RuleName(r); name != "" && !have[name] && !slices.Contains(commands, r) {
			t.Errorf("no row takes %s", name)
		}
	}
}
