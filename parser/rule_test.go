package parser

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestRules checks that every rule has a name, a number of its own and a comment, and that the code asks for it. Only
// one place in the code may ask for a rule of this package.
func TestRules(t *testing.T) {
	asked := map[string]int{}
	declared := map[string]bool{}
	for _, dir := range []string{".", "../wire"} {
		names, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Tolerate" && len(n.Args) == 1 {
						if id, ok := n.Args[0].(*ast.Ident); ok {
							asked[dir+id.Name]++
						}
					}
				case *ast.ValueSpec:
					rule := n.Names[0].Name
					if !strings.HasPrefix(rule, "Rule") || len(rule) < 6 || rule == "RuleFirstFree" || f.Name.Name == "parser" && n.Type == nil && len(n.Values) > 0 {
						break
					}
					declared[dir+rule] = true
					if n.Doc == nil || !strings.HasPrefix(n.Doc.Text(), rule+" ") {
						t.Errorf("%s: %s has no comment that begins with its name", name, rule)
					}
				}
				return true
			})
		}
	}
	seen := map[string]bool{}
	for r := range wire.Rule(64) {
		name := RuleName(r)
		if name == "" {
			continue
		}
		if seen[name] {
			t.Errorf("two rules have the name %s", name)
		}
		seen[name] = true
	}
	for rule := range declared {
		_, name, _ := strings.Cut(rule, "Rule")
		if !seen[name] {
			t.Errorf("Rule%s has no name", name)
		}
		if n := asked[rule]; n == 0 && strings.HasPrefix(rule, ".R") {
			t.Errorf("no code asks for Rule%s", name)
		}
	}
	if len(declared) != len(seen) {
		t.Errorf("%d rules are declared, but ruleNames has %d names", len(declared), len(seen))
	}
	// A rule of package wire may have several places that ask for it; a rule of this package has one.
	for r := wire.RuleFirstFree; RuleName(r) != ""; r++ {
		if n := asked[".Rule"+RuleName(r)]; n != 1 {
			t.Errorf("%d places in the code ask for Rule%s, want 1", n, RuleName(r))
		}
	}
	if RuleName(64) != "" || RuleName(200) != "" {
		t.Error("an unknown rule has a name")
	}
}
