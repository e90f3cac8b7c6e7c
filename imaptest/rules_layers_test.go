package imaptest_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/imapstack/imapstack/"

// layers says for each directory which packages and other modules it may import, directly or not, and which packages of
// the standard library it must not import itself. A package belongs to the row with the longest name that is a prefix
// of its path.
var layers = map[string]struct{ may, third, never string }{
	"utils":  {"", "golang.org/x/text", "net context os log log/slog sync"},
	"wire":   {"", "", "net context os log log/slog time sync unsafe reflect"},
	"parser": {"wire utils", "golang.org/x/text", "net context os log log/slog sync unsafe reflect"},

	"parser/message": {"wire parser utils", "golang.org/x/text", "net context os log log/slog unsafe reflect"},
	"parser/match":   {"wire parser parser/message utils", "golang.org/x/text", "net context os log log/slog sync unsafe reflect"},

	"transport": {"", "", "log log/slog"},
	"auth":      {"utils", "github.com/emersion/go-sasl golang.org/x/text", "os log"},
	"session":   {"wire parser transport utils", "golang.org/x/text", "os/exec log"},

	"session/serve": {"wire parser parser/message parser/match transport auth utils", "github.com/emersion/go-sasl golang.org/x/text", "os/exec log"},

	"session/relay": {"wire parser transport utils", "golang.org/x/text", "os os/exec log log/slog unsafe reflect"},

	"commands/internal/arg":  {"wire parser utils", "golang.org/x/text", "net context os log log/slog sync unsafe reflect"},
	"commands/internal/read": {"wire parser utils", "golang.org/x/text", "net context os log log/slog sync unsafe reflect"},
	"commands/fetch":         {"wire parser utils commands/internal/arg commands/internal/read", "golang.org/x/text", "net context os log log/slog sync unsafe reflect"},
	"commands/search":        {"wire parser utils commands/internal/arg commands/internal/read commands/fetch", "golang.org/x/text", "net context os log log/slog sync unsafe reflect"},
	"commands/status":        {"wire parser utils commands/internal/read", "golang.org/x/text", "net context os log log/slog sync unsafe reflect"},

	"commands": {"wire parser transport session auth utils commands/internal/arg commands/internal/read commands/fetch commands/search commands/status", "github.com/emersion/go-sasl golang.org/x/text", "os log"},

	"commands/internal/sessiontest": {"wire parser parser/message parser/match transport session session/serve commands commands/internal/arg commands/internal/read commands/fetch commands/search commands/status auth utils imaptest", "github.com/emersion/go-sasl golang.org/x/text github.com/google/go-cmp", ""},

	"imaptest": {"wire parser parser/message parser/match transport session/serve auth utils", "github.com/emersion/go-sasl golang.org/x/text github.com/google/go-cmp", ""},
	"docs":     {"wire parser parser/message parser/match transport session session/serve session/relay commands commands/internal/arg commands/internal/read commands/fetch commands/search commands/status auth utils imaptest", "github.com/emersion/go-sasl golang.org/x/text github.com/google/go-cmp", ""},
}

// goList runs go list in the module's root and returns its lines.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Fields(string(out))
}

// sources returns the files of the module whose names have the given ending, and stats each of them. Without the calls
// of stat, go test would reuse a cached result after a change: it notices changes only in files that the test process
// itself has looked at, but go list is another process.
func sources(t *testing.T, ending string) (files []string) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (e.Name() == "testdata" || strings.HasPrefix(e.Name(), ".") && e.Name() != "..") {
			return filepath.SkipDir
		}
		if !e.IsDir() && strings.HasSuffix(path, ending) {
			if _, err := os.Stat(path); err != nil {
				return err
			}
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// layerOf returns the row to which a package of the module belongs, or "" if there is none.
func layerOf(path string) (layer string) {
	for l := range layers {
		if (path == l || strings.HasPrefix(path, l+"/")) && len(l) > len(layer) {
			layer = l
		}
	}
	return layer
}

func TestRuleLayers(t *testing.T) {
	sources(t, ".go")
	packages := map[string][]string{}
	for _, p := range goList(t, "-f", "{{.ImportPath}}", "./...") {
		l := layerOf(strings.TrimPrefix(p, module))
		if l == "" {
			t.Errorf("no row of layers is for package %s", p)
			continue
		}
		packages[l] = append(packages[l], p)
	}
	for layer, rule := range layers {
		if packages[layer] == nil {
			t.Errorf("layers has a row for %s, which does not exist", layer)
			continue
		}
		// -deps lists all dependencies, except those of tests.
		for _, p := range goList(t, append([]string{"-deps", "-f", `{{if not .Standard}}{{.ImportPath}}{{end}}`}, packages[layer]...)...) {
			if rest, ours := strings.CutPrefix(p, module); ours {
				if l := layerOf(rest); l != layer && !slices.Contains(strings.Fields(rule.may), l) {
					t.Errorf("%s imports %s, directly or not, which layers does not allow", layer, rest)
				}
			} else if !slices.ContainsFunc(strings.Fields(rule.third), func(m string) bool { return p == m || strings.HasPrefix(p, m+"/") }) {
				t.Errorf("%s imports the other module's package %s, directly or not, which layers does not allow", layer, p)
			}
		}
		for _, p := range goList(t, append([]string{"-f", `{{join .Imports "\n"}}`}, packages[layer]...)...) {
			if slices.Contains(strings.Fields(rule.never), p) {
				t.Errorf("%s imports %s", layer, p)
			}
		}
	}
}

// TestRuleUtils checks that the packages of utils do not import each other.
func TestRuleUtils(t *testing.T) {
	sources(t, ".go")
	for _, line := range goList(t, "-f", `{{$p := .ImportPath}}{{range .Imports}}{{$p}}>{{.}}{{"\n"}}{{end}}`, "./utils/...") {
		from, to, _ := strings.Cut(line, ">")
		if strings.HasPrefix(to, module+"utils/") {
			t.Errorf("%s imports %s", from, to)
		}
	}
}

func TestRuleTopLevel(t *testing.T) {
	allowed := strings.Fields("wire parser transport session commands auth utils imaptest docs findings Makefile README.md go.mod go.sum LICENSE CHANGELOG.md CONTRIBUTING.md cover.out")
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s does not belong at the top", e.Name())
		}
	}
}

func TestRuleModules(t *testing.T) {
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(f) < 2 || !strings.Contains(f[0], ".") || strings.Contains(line, "// indirect") {
			continue
		}
		if !slices.Contains([]string{"github.com/emersion/go-sasl", "golang.org/x/text", "github.com/google/go-cmp"}, f[0]) {
			t.Errorf("go.mod requires %s", f[0])
		}
	}
}
