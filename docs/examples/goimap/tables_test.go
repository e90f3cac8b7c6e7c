package goimap

import (
	"fmt"
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

// exports returns the names that a package exports, as "client.Dial", or as "Client.Login" for methods and fields.
func exports(t *testing.T, dir string) map[string]bool {
	names := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no files, %v", dir, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		add := func(of, name string) {
			if ast.IsExported(name) && (of == f.Name.Name || ast.IsExported(of)) {
				names[of+"."+name] = true
			}
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				of := f.Name.Name
				if d.Recv != nil {
					of = strings.Trim(typeName(d.Recv.List[0].Type), "*")
				}
				add(of, d.Name.Name)
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						add(f.Name.Name, s.Name.Name)
						if x, ok := s.Type.(*ast.StructType); ok {
							for _, field := range x.Fields.List {
								for _, n := range field.Names {
									add(s.Name.Name, n.Name)
								}
							}
						}
					case *ast.ValueSpec:
						for _, n := range s.Names {
							add(f.Name.Name, n.Name)
						}
					}
				}
			}
		}
	}
	return names
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func moduleDir(t *testing.T, path string) string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// TestTables reads the tables of docs/goimap.md. Everything that the tables name must exist. The tables must name the
// functions and types that go-imap's client packages export, and the methods and fields of Client and Options.
func TestTables(t *testing.T) {
	v1, v2, ours := moduleDir(t, "github.com/emersion/go-imap"), moduleDir(t, "github.com/emersion/go-imap/v2"), "../../.."
	known := []map[string]bool{{}, {}, {}}
	for i, dirs := range [][]string{
		{v1, v1 + "/client"},
		{v2, v2 + "/imapclient", v2 + "/imapserver"},
		{"session", "session/serve", "session/serve/memory", "transport", "auth", "parser", "parser/match", "imaptest", "utils/numset", "commands", "commands/fetch", "commands/search", "commands/status",
			"commands/account", "commands/resync", "commands/mailboxes", "commands/fallback", "commands/content"},
	} {
		for _, dir := range dirs {
			if i == 2 {
				dir = filepath.Join(ours, dir)
			}
			for name := range exports(t, dir) {
				known[i][name] = true
			}
		}
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	named := []map[string]bool{{}, {}, {}}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || len(cells) < 3 {
			continue
		}
		cells = cells[len(cells)-3:] // the first table has one more column
		for i, cell := range cells {
			for _, m := range regexp.MustCompile("`([\\w.]+\\.\\w+)`").FindAllStringSubmatch(cell, -1) {
				name := m[1]
				if parts := strings.Split(name, "."); len(parts) == 3 { // numset.Set.Add
					name = parts[1] + "." + parts[2]
				}
				if !known[i][name] {
					t.Errorf("%s: %s does not exist", strings.TrimSpace(line), m[1])
				}
				named[i][name] = true
			}
		}
	}
	// Check only some types of package imap (go-imap version 2). A row about a type also covers its fields and
	// constants.
	constants := map[string]bool{"CapQuotaSet": true, "StoreFlagsSet": true}
	required := func(dir, pkg string, all bool) (list []string) {
		for name := range exports(t, dir) {
			switch of, rest, _ := strings.Cut(name, "."); {
			case all && (of == pkg && !regexp.MustCompile(`^(SortKey|GetMetadataDepth).+`).MatchString(rest) || of == "Client" || of == "Options"):
				list = append(list, name)
			case !all && of == pkg && !constants[rest] && regexp.MustCompile(`Options$|Data$|Set$|Criteria$|^BodyStructure`).MatchString(rest):
				list = append(list, name)
			}
		}
		return list
	}
	missing := func(i int, list []string) {
		for _, name := range list {
			if !named[i][name] {
				t.Errorf("version %d: %s is in no table", i+1, name)
			}
		}
	}
	missing(0, required(v1+"/client", "client", true))
	missing(1, required(v2+"/imapclient", "imapclient", true))
	missing(1, required(v2, "imap", false))
	if n := fmt.Sprint(len(named[0]) > 100, len(named[1]) > 180, len(named[2]) > 180); n != "true true true" {
		t.Errorf("the tables name %d, %d and %d things, want more than 100, 180 and 180", len(named[0]), len(named[1]), len(named[2]))
	}
}
