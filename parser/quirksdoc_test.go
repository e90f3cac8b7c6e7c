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

// ruleSentences returns the comments on the rules. The keys are the names of the rules. The name of the rule at the
// beginning of each comment is left out.
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

// makeQuirksDoc returns the text of docs/quirks.md.
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

Other tests use each row, too. The parser reads the row with all rules, and without rules. A session receives it, and must still work afterwards unless
the row says that the connection cannot be used after it. Another library reads it for comparison (docs/differential).

The parser tolerates a deviation from the grammar only if a named rule allows it. All rules are on by default.
` + "`session.Config.Rules`, `parser.Reader.SetRules` and `wire.Decoder.SetRules`" + ` choose other rules. ` + "`session.Config.Strict`" + ` turns all rules off, and
then each of these deviations is an error. ` + "`Response.Used`" + ` and ` + "`session.Handler.Deviation`" + ` report which rules were needed.
` + "`parser.RuleName`" + ` returns the name of a rule. No rule changes the meaning of a correct response. No rule depends on the name or version that a server announces.

The rule InvalidValue limits all other damage: only what cannot be read is lost. Damage within an element of a list costs that element, damage within a
value costs that value, and damage within an item costs that item. The parser delivers what comes before the damage. If the parser can find the end of
the damage, it also delivers what comes after it. After a damaged response, the parser goes on with the next response if it can tell where that begins;
otherwise the connection ends. The errors of ` + "`Fetch.Err`, `Fetch.Envelope`" + ` and other methods say what is missing. They are of type ` + "`parser.Error`" + `, which has
the sequence number and the UID of the message.

## What is lost, and why

` + "`TestMutations`" + ` damages every valid response that the project has, one token at a time, in twelve ways. The tokens of response codes and texts are included.
The test is part of ` + "`make test`" + `; ` + "`make mutate`" + ` prints the figures. The parser must deliver everything outside the damaged element unchanged, unless the
damage is of a kind in the table below. After each damaged response, the parser must read the next one. The test also fails if a kind in the table no longer occurs.

Of 31,083 damaged copies of 746 responses, 94.1 % lose nothing outside the damaged element. Some responses are correct only as a whole, such as the
result of a SEARCH. Of the copies of all other responses, 96.3 % lose nothing outside the damaged element. These copies keep 98.2 % of everything that is
not damaged, and 99.8 % of what comes before the damage. These kinds of damage cost more:

| What is damaged | What is lost, and why |
|---|---|
` + lossRows() + `
In the tables of responses, ` + "`%T`" + ` is the tag of the command. The line after → is the response as the parser reads it, in the form that a correct server
would send. In the column "Sent by", "unnamed" stands for a server that the report does not name, and "any" for a response that any server could send.

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
			fmt.Fprintf(&b, "\n## %s\n\n| | Sent by | What is sent, and how the parser reads it | Legal, or what is wrong | Result | Rules |\n|---|---|---|---|---|---|\n", area)
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

// lossRows returns the rows of the table of damage that costs more than the damaged element.
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

// TestQuirkRules checks that the catalogue has a row for every rule for responses.
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
			t.Errorf("no row of the catalogue needs the rule %s", name)
		}
	}
}
