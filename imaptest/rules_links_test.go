package imaptest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// anchors returns the anchors of a document's headings, as GitHub names them.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	text = regexp.MustCompile("(?ms)^```.*?^```").ReplaceAllString(text, "")
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		title := regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(m[1], "$1")
		title = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(title), "")
		found[strings.ReplaceAll(title, " ", "-")] = true
	}
	return found
}

// TestRuleLinks follows the links of the documents to files and headings of the project.
func TestRuleLinks(t *testing.T) {
	for _, file := range sources(t, ".md") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]*`").ReplaceAllString(string(b), "")
		for _, m := range regexp.MustCompile(`\]\(([^)\s]*)\)`).FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue
			}
			at := file
			if target != "" {
				at = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(at); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", file, m[1])
				continue
			}
			if anchor == "" {
				continue
			}
			if there, err := os.ReadFile(at); err != nil || !anchors(string(there))[anchor] {
				t.Errorf("%s: %s has no heading for the link %s", file, at, m[1])
			}
		}
	}
}

// TestRuleBook checks that every document of docs is a chapter of docs/README.md.
func TestRuleBook(t *testing.T) {
	book, err := os.ReadFile("../docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range sources(t, ".md") {
		name, ok := strings.CutPrefix(file, "../docs/")
		if ok && name != "README.md" && !strings.Contains(name, "/") && !strings.Contains(string(book), "]("+name+")") {
			t.Errorf("docs/README.md has no chapter %s", name)
		}
	}
	main, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(main), "](docs/README.md)") {
		t.Error("the README has no link to docs/README.md")
	}
}
