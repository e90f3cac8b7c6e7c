package goimap

import (
	"flag"
	"os"
	"regexp"
	"testing"
)

var update = flag.Bool("update", false, "write the functions into docs/goimap.md")

const document = "../../goimap.md"

// TestDocument compares the functions in docs/goimap.md with those that TestSame runs. The document must contain all of
// them.
func TestDocument(t *testing.T) {
	code := map[string]string{}
	for _, file := range []string{"v1_test.go", "v2_test.go", "here_test.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?ms)^func (\w+)\(.*?^}\n`).FindAllStringSubmatch(string(source), -1) {
			code[m[1]] = m[0]
		}
	}
	old, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	text := regexp.MustCompile("(?s)```go\nfunc (\\w+)\\(.*?\n```\n").ReplaceAllStringFunc(string(old), func(block string) string {
		name := regexp.MustCompile(`func (\w+)`).FindStringSubmatch(block)[1]
		seen[name] = true
		return "```go\n" + code[name] + "```\n"
	})
	for name := range code {
		if !seen[name] {
			t.Errorf("%s is not in %s", name, document)
		}
	}
	if *update {
		if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if text != string(old) {
		t.Errorf("%s differs from the functions: go test -run TestDocument -update", document)
	}
}
