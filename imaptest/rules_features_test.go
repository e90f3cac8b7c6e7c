package imaptest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// featureRows is the least number of rows of docs/features.md.
const featureRows = 211

var ticked = regexp.MustCompile("`([^`]+)`")

func tickedWords(cell string) (words []string) {
	for _, m := range ticked.FindAllStringSubmatch(cell, -1) {
		words = append(words, m[1])
	}
	return words
}

// TestRuleFeatures checks docs/features.md, the table of the whole protocol. Each row must name a test and something
// exported, and all names must exist. A row that names a real server must name a test on it. Each capability that the
// code knows must be in the table.
func TestRuleFeatures(t *testing.T) {
	text, err := os.ReadFile("../docs/features.md")
	if err != nil {
		t.Fatal(err)
	}
	api, tests := exportedNames(t), testNames(t)
	caps := map[string]bool{}
	next := 1
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		n, err := strconv.Atoi(strings.TrimSpace(cells[0]))
		if !strings.HasPrefix(line, "| ") || err != nil {
			continue
		}
		if n != next || len(cells) != 6 {
			t.Errorf("found row %d with %d cells, want row %d with 6 cells", n, len(cells), next)
		}
		if next++; len(cells) != 6 {
			continue
		}
		for _, name := range tickedWords(cells[2]) {
			caps[strings.ToUpper(name)] = true
		}
		names, shown, servers := tickedWords(cells[3]), tickedWords(cells[4]), strings.TrimSpace(cells[5])
		if len(names) == 0 {
			t.Errorf("row %d names no API", n)
		}
		for _, name := range names {
			if !api[name] {
				t.Errorf("row %d: %s does not exist", n, name)
			}
		}
		if len(shown) == 0 {
			t.Errorf("row %d has no test", n)
		}
		real := false
		for _, name := range shown {
			if !tests[name] {
				t.Errorf("row %d: test %s does not exist", n, name)
			}
			real = real || strings.Contains(name, ".TestInterop")
		}
		if none := strings.HasPrefix(servers, "none: "); servers == "" || none && len(servers) < len("none: because") || !none && !real {
			t.Errorf("row %d: %q is neither a server with a test on it nor a reason", n, servers)
		}
	}
	if next <= featureRows {
		t.Errorf("%d rows, want %d", next-1, featureRows)
	}
	known := knownCapabilities(t)
	if len(known) < 60 {
		t.Errorf("only %d capabilities are found in the code: %q", len(known), known)
	}
	for _, name := range known {
		if !caps[name] {
			t.Errorf("the code knows %s, but docs/features.md has no row for it", name)
		}
	}
}

// exportedNames returns what the module's packages export: functions, types, constants and variables as "package.Name",
// methods and fields as "package.Type.Name".
func exportedNames(t *testing.T) map[string]bool {
	names := map[string]bool{}
	for _, files := range packages(t) {
		for _, f := range files {
			add := func(parts ...string) { names[f.Name.Name+"."+strings.Join(parts, ".")] = true }
			for _, decl := range f.Decls {
				switch d := decl.(type) {
				case *ast.FuncDecl:
					if d.Recv != nil {
						add(receiver(d), d.Name.Name)
					} else {
						add(d.Name.Name)
					}
				case *ast.GenDecl:
					for _, spec := range d.Specs {
						switch s := spec.(type) {
						case *ast.ValueSpec:
							for _, name := range s.Names {
								add(name.Name)
							}
						case *ast.TypeSpec:
							add(s.Name.Name)
							if st, ok := s.Type.(*ast.StructType); ok {
								for _, field := range st.Fields.List {
									for _, name := range field.Names {
										add(s.Name.Name, name.Name)
									}
								}
							}
						}
					}
				}
			}
		}
	}
	return names
}

// testNames returns the tests of the module, each with the name of its directory.
func testNames(t *testing.T) map[string]bool {
	names := map[string]bool{}
	for _, file := range sources(t, "_test.go") {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && d.Recv == nil && strings.HasPrefix(d.Name.Name, "Test") {
				names[filepath.Base(filepath.Dir(file))+"."+d.Name.Name] = true
			}
		}
	}
	return names
}

// tables lists the packages that contain names of capabilities, each with the constants and variables that hold the
// names.
var tables = map[string][]string{
	"../commands": {"listExtended", "contextSearch"}, "../session": {"implied"}, "../session/serve": {"extensions"}, "../imaptest": {"extensions", "beforeLogin"},
}

// optionMakers are the functions that make an option. Their second or fourth argument is the option's capability.
var optionMakers = []string{"selection", "returning", "searchReturn", "otherListing"}

var capabilityShape = regexp.MustCompile(`^[A-Z][A-Z0-9+-]*(4rev[12])?(=([A-Z0-9+-]*))?$`)

// knownCapabilities returns, in upper case, the capabilities that the client uses and the servers offer. It finds them
// in Needs and need(), in the arguments of Has, HasAny and Values, in options, and in the tables of capabilities.
func knownCapabilities(t *testing.T) []string {
	found := map[string]bool{}
	take := func(e ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		value, err := strconv.Unquote(lit.Value)
		if err != nil {
			return
		}
		for name := range strings.SplitSeq(value, "|") {
			if len(name) > 1 && capabilityShape.MatchString(name) {
				found[strings.ToUpper(name)] = true
			}
		}
	}
	all := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if e, ok := n.(*ast.BasicLit); ok {
				take(e)
			}
			return true
		})
	}
	for dir, files := range packages(t) {
		if tables[dir] == nil {
			continue
		}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.KeyValueExpr:
					if key, ok := x.Key.(*ast.Ident); ok && key.Name == "Needs" {
						take(x.Value)
					}
				case *ast.AssignStmt:
					if sel, ok := x.Lhs[0].(*ast.SelectorExpr); ok && sel.Sel.Name == "Needs" {
						take(x.Rhs[0])
					}
				case *ast.FuncDecl:
					if x.Name.Name == "need" && x.Body != nil {
						ast.Inspect(x.Body, func(n ast.Node) bool {
							if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
								take(r.Results[0])
							}
							return true
						})
					}
				case *ast.CallExpr:
					if sel, ok := x.Fun.(*ast.SelectorExpr); ok && len(x.Args) == 1 && slices.Contains([]string{"Has", "HasAny", "Values"}, sel.Sel.Name) {
						take(x.Args[0])
					}
					if id, ok := x.Fun.(*ast.Ident); ok && slices.Contains(optionMakers, id.Name) && len(x.Args) > 1 {
						take(x.Args[min(len(x.Args), 4)-1])
					}
				case *ast.CompositeLit:
					if typ, ok := x.Type.(*ast.Ident); ok && typ.Name == "SelectOption" && len(x.Elts) > 0 {
						take(x.Elts[0])
					}
				case *ast.ValueSpec:
					if slices.Contains(tables[dir], x.Names[0].Name) {
						all(x)
					}
				}
				return true
			})
		}
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
