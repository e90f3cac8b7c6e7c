package imaptest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// packages parses the packages of the module that others can import. It returns their files, except tests, by
// directory.
func packages(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	pkgs := map[string]map[string]*ast.File{}
	for _, file := range sources(t, ".go") {
		if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "docs/") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(file)
		if pkgs[dir] == nil {
			pkgs[dir] = map[string]*ast.File{}
		}
		pkgs[dir][file] = f
	}
	return pkgs
}

// TestRuleFileLength limits Go files to 500 lines.
func TestRuleFileLength(t *testing.T) {
	for _, file := range sources(t, ".go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > 500 {
			t.Errorf("%s has %d lines, want at most 500", file, n)
		}
	}
}

// TestRuleDocs requires a comment on every package and on everything that it exports.
func TestRuleDocs(t *testing.T) {
	for dir, files := range packages(t) {
		documented := false
		for file, f := range files {
			documented = documented || f.Doc != nil
			// An empty line separates a comment from the package clause, so it does not belong to the package.
			if f.Doc != nil && f.Name.Name != "main" && !strings.HasPrefix(f.Doc.Text(), "Package "+f.Name.Name+" ") {
				t.Errorf("%s: the comment of the package does not begin with its name", file)
			}
			for _, decl := range f.Decls {
				for name, doc := range exported(decl) {
					if strings.TrimSpace(doc) == "" {
						t.Errorf("%s: %s has no comment", file, name)
					}
				}
			}
		}
		if !documented {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

// exported returns the names that a declaration exports, each with its comment. For constants and variables in a group,
// the comment of the group counts too.
func exported(decl ast.Decl) map[string]string {
	out := map[string]string{}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
			out[d.Name.Name] = d.Doc.Text()
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					out[s.Name.Name] = d.Doc.Text() + s.Doc.Text()
				}
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() {
						out[name.Name] = d.Doc.Text() + s.Doc.Text() + s.Comment.Text()
					}
				}
			}
		}
	}
	return out
}

func receiver(d *ast.FuncDecl) string {
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// TestRuleValidUntil requires that a function that returns a []byte says how long it is valid, in its comment or in
// that of its type. Functions that append to a slice, and methods of standard interfaces, need not say it.
func TestRuleValidUntil(t *testing.T) {
	says := regexp.MustCompile(`(?i)valid\s+(until|for|as)|caller's|owned|caller owns`)
	for _, files := range packages(t) {
		types := map[string]string{}
		for _, f := range files {
			for _, decl := range f.Decls {
				if d, ok := decl.(*ast.GenDecl); ok {
					for _, spec := range d.Specs {
						if s, ok := spec.(*ast.TypeSpec); ok {
							types[s.Name.Name] = d.Doc.Text() + s.Doc.Text()
						}
					}
				}
			}
		}
		for file, f := range files {
			for _, decl := range f.Decls {
				if d, ok := decl.(*ast.FuncDecl); ok && d.Name.IsExported() && returnsBytes(d.Type) && !appends(d.Type) {
					doc := d.Doc.Text()
					if d.Recv != nil {
						if !ast.IsExported(receiver(d)) {
							continue
						}
						doc += types[receiver(d)]
					}
					if !says.MatchString(doc) {
						t.Errorf("%s: %s does not say how long its result is valid", file, d.Name.Name)
					}
				}
				d, ok := decl.(*ast.GenDecl)
				if !ok {
					continue
				}
				for _, spec := range d.Specs {
					s, ok := spec.(*ast.TypeSpec)
					if !ok || !s.Name.IsExported() {
						continue
					}
					st, ok := s.Type.(*ast.StructType)
					if !ok {
						continue
					}
					for _, field := range st.Fields.List {
						if isBytes(field.Type) && len(field.Names) > 0 && field.Names[0].IsExported() &&
							!says.MatchString(types[s.Name.Name]+field.Doc.Text()+field.Comment.Text()) {
							t.Errorf("%s: %s.%s does not say how long it is valid", file, s.Name.Name, field.Names[0].Name)
						}
					}
				}
			}
		}
	}
}

func isBytes(e ast.Expr) bool {
	a, ok := e.(*ast.ArrayType)
	if !ok || a.Len != nil {
		return false
	}
	id, ok := a.Elt.(*ast.Ident)
	return ok && id.Name == "byte"
}

func returnsBytes(f *ast.FuncType) bool {
	if f.Results == nil {
		return false
	}
	for _, r := range f.Results.List {
		if isBytes(r.Type) {
			return true
		}
	}
	return false
}

// appends reports whether the function has a parameter dst, the slice to which it appends.
func appends(f *ast.FuncType) bool {
	for _, p := range f.Params.List {
		for _, name := range p.Names {
			if name.Name == "dst" && isBytes(p.Type) {
				return true
			}
		}
	}
	return false
}

// TestRuleExamples requires a runnable example in every package that others can import.
func TestRuleExamples(t *testing.T) {
	has := map[string]bool{}
	for _, file := range sources(t, "_test.go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`(?m)^func Example`).Match(text) {
			has[filepath.Dir(file)] = true
		}
	}
	for dir, files := range packages(t) {
		if strings.Contains(dir, "internal") || dir == "../imaptest/interop" || isMain(files) {
			continue
		}
		if !has[dir] {
			t.Errorf("%s has no example", dir)
		}
	}
}

func isMain(files map[string]*ast.File) bool {
	for _, f := range files {
		return f.Name.Name == "main"
	}
	return false
}

// TestRuleREADME compiles the programs in the README.
func TestRuleREADME(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Fatal("the README has no program")
	}
	for i, b := range blocks {
		if !strings.HasPrefix(string(b[1]), "package ") {
			t.Errorf("block %d is not a whole program", i)
			continue
		}
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, b[1], 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("go", "vet", file)
		cmd.Dir = ".."
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("block %d: %v\n%s", i, err, out)
		}
	}
}

// TestRulePromises looks for the tests that the README and other documents name.
func TestRulePromises(t *testing.T) {
	var all strings.Builder
	for _, file := range sources(t, "_test.go") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	for _, file := range []string{"../README.md", "../CONTRIBUTING.md", "../docs/promises.md", "../docs/security.md", "../docs/errors.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("`((Test|Fuzz)\\w+)`").FindAllSubmatch(text, -1) {
			if !strings.Contains(all.String(), "func "+string(m[1])+"(") {
				t.Errorf("%s names %s, which does not exist", file, m[1])
			}
		}
	}
}

// TestRuleRFCs finds cited RFCs that docs/rfcs.md does not list.
func TestRuleRFCs(t *testing.T) {
	text, err := os.ReadFile("../docs/rfcs.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([0-9, ]+) \|`).FindAllSubmatch(text, -1) {
		for n := range strings.SplitSeq(string(row[1]), ", ") {
			listed[n] = true
		}
	}
	cited := regexp.MustCompile(`RFC ([0-9]+)`)
	for _, file := range sources(t, ".go") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range cited.FindAllSubmatch(b, -1) {
			if n := string(m[1]); !listed[n] {
				listed[n] = true
				t.Errorf("%s cites RFC %s, which docs/rfcs.md does not list", file, n)
			}
		}
	}
}

// TestRuleDone finds notes about unfinished work, and paths that exist only on one machine.
func TestRuleDone(t *testing.T) {
	bad := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b|not (yet )?implemen` + `ted|"/(wo` + `rk|ro` + `ot|ho` + `me)/`)
	for _, file := range sources(t, ".go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if bad.MatchString(line) {
				t.Errorf("%s:%d: a note about unfinished work, or a path of one machine: %s", file, i+1, strings.TrimSpace(line))
			}
		}
	}
}
