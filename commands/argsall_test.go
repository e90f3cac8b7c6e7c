package commands_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stringTypes are the types of parameters that may contain a string, and plainTypes are the types of those that
// cannot. If a type belongs to this package, the test checks its exported fields instead.
var (
	stringTypes = []string{"string", "[]string", "...string", "[]byte", "io.Reader", "auth.Secret", "auth.Credentials", "sasl.Client", "parser.Flag", "...parser.Flag", "parser.ObjectIDs",
		"parser.Rights", "...parser.EntryAtt", "...parser.EntryValue", "...parser.ResourceLimit", "[]parser.PushField", "[]parser.ConvertParam", "...IDField",
		"Message", "...Message", "ThreadAlgorithm", "...URLParam"}
	// plainTypes includes types whose values come from other functions of the package, which have rows of their own.
	// It also includes types with a function that writes to a wire.Encoder, which FuzzEncoder tests.
	plainTypes = []string{"func(*wire.Encoder)", "*wire.Encoder", "*session.Session", "context.Context", "numset.Set", "numset.Kind", "uint32", "uint64", "int64", "int", "...uint32", "[]uint32", "time.Time", "time.Duration",
		"*tls.Config", "*session.Stream[T]", "func(*T) *T", "iter.Seq[uint32]", "*parser.Response", "*parser.Fetch", "*parser.StatusData", "session.Caps", "error", "bool", "func(*URLContent, error) bool",
		"...AppendOption", "...LoginOption", "...SelectOption", "...MetadataOption", "...ListOption", "...fetch.Item", "fetch.Item", "...ConvertItem", "[]status.Item", "...status.Item",
		"...EventGroup", "...AppendExt", "...CreateParam", "StoreItem", "[]MailboxFilter", "Key", "...Key", "search.Key", "...search.Return", "[]search.SortKey", "fetch.Section", "Item", "...Item", "[]Item", "StoreOp", "RightsOp", "Resync", "WatchOptions", "auth.Options", "parser.ESearchItems"}
)

// noString lists functions that have a string parameter but need no row, with the reasons.
var noString = map[string]string{
	"StartTLS":          "TLS uses the name, and no command contains it",
	"SignIn":            "it calls Authenticate and Login, which have rows",
	"Collect":           "nothing is sent",
	"NewLiveResults":    "nothing is sent",
	"Name":              "nothing is sent: MultiSearchResult.Name",
	"Value":             "nothing is sent: Metadata.Value",
	"Quota":             "nothing is sent: QuotaRoots.Quota",
	"Named":             "nothing is sent: RawResult.Named",
	"ClaimList":         "nothing is sent",
	"ListOption.Answer": "nothing is sent",
	"fetch.In":          "the extension decides what the brackets contain; the item refuses text that would close them",
	"fetch.Ext.Section": "the same as fetch.In",
	"fetch.EncodeAs":    "the caller chooses the name, as with a wire.Encoder",
}

// inputTypes are the types, in this package and in packages fetch, search and status, whose fields the caller sets.
var inputTypes = []string{"IDField", "Message", "Part", "Event", "SelectOption", "MetadataOption", "ListOption", "Return", "SortKey", "Ext", "EventGroup"}

// TestEveryStringHasARow checks that TestEveryStringArgument has a row for each exported function with a parameter
// that may contain a string, and for each field that the caller sets.
func TestEveryStringHasARow(t *testing.T) {
	covered := map[string]bool{}
	for _, r := range argRows {
		for name := range strings.FieldsSeq(r.covers) {
			covered[name] = true
			for typ := range strings.SplitSeq(name, ".") {
				covered[typ] = true // name may be Type.Field or package.Function: this covers the type, too
			}
		}
	}
	var files []string
	for _, dir := range []string{".", "fetch", "search", "status"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range entries {
			if strings.HasSuffix(f.Name(), ".go") && !strings.HasSuffix(f.Name(), "_test.go") {
				files = append(files, filepath.Join(dir, f.Name()))
			}
		}
	}
	functions := 0
	for _, f := range files {
		// In argRow.covers, the names of the file's package begin with prefix.
		prefix := ""
		if dir := filepath.Dir(f); dir != "." {
			prefix = dir + "."
		}
		file, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if !d.Name.IsExported() {
					continue
				}
				functions++
				for _, p := range d.Type.Params.List {
					typ := written(p.Type)
					switch {
					case slices.Contains(plainTypes, typ) || d.Recv != nil && d.Name.Name == "Format":
					case !slices.Contains(stringTypes, typ):
						t.Errorf("%s: does %s contain a string? Add it to stringTypes or plainTypes", prefix+d.Name.Name, typ)
					case !covered[prefix+d.Name.Name] && noString[prefix+d.Name.Name] == "":
						t.Errorf("%s has a parameter of type %s, but no row", prefix+d.Name.Name, typ)
					}
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					typ, ok := spec.(*ast.TypeSpec)
					if !ok || !slices.Contains(inputTypes, typ.Name.Name) {
						continue
					}
					for _, f := range typ.Type.(*ast.StructType).Fields.List {
						if x := written(f.Type); !slices.Contains(stringTypes, x) && x != "[]parser.Flag" && x != "[]parser.EntryAtt" {
							continue
						}
						for _, n := range f.Names {
							name := prefix + typ.Name.Name + "." + n.Name
							if !n.IsExported() || n.Name == "Needs" {
								continue
							}
							if !covered[name] && noString[name] == "" {
								t.Errorf("%s has no row", name)
							}
						}
					}
				}
			}
		}
	}
	if functions < 100 {
		t.Errorf("found only %d functions", functions)
	}
}

// written returns a type as it is written in the source.
func written(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return written(x.X) + "." + x.Sel.Name
	case *ast.StarExpr:
		return "*" + written(x.X)
	case *ast.ArrayType:
		return "[]" + written(x.Elt)
	case *ast.Ellipsis:
		return "..." + written(x.Elt)
	case *ast.IndexExpr:
		return written(x.X) + "[" + written(x.Index) + "]"
	case *ast.FuncType:
		var in, out []string
		for _, p := range x.Params.List {
			in = append(in, written(p.Type))
		}
		if x.Results != nil {
			for _, p := range x.Results.List {
				out = append(out, written(p.Type))
			}
		}
		s := "func(" + strings.Join(in, ", ") + ")"
		if len(out) > 0 {
			s += " " + strings.Join(out, ", ")
		}
		return s
	}
	return "?"
}
