package imaptest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTestingGuide runs the examples of docs/testing.md.
func TestTestingGuide(t *testing.T) {
	text, err := os.ReadFile("../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```(go|sh)\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) != 3 {
		t.Fatalf("there are %d examples", len(blocks))
	}
	for _, b := range blocks {
		name := regexp.MustCompile(`^(?:package )?\w+`).FindString(string(b[2]))
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "guide_test."+string(b[1]))
			if err := os.WriteFile(file, b[2], 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("go", "test", "-count=1", file)
			if string(b[1]) == "sh" {
				if err := exec.Command("python3", "-c", "import imaplib").Run(); err != nil {
					t.Skip("SKIPPED: the example needs Python with its library")
				}
				cmd = exec.Command("bash", "-eu", file)
			}
			cmd.Dir, cmd.Env = "..", append(os.Environ(), "DIR="+dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestGuideNamesTests looks for the tests that the guide names.
func TestGuideNamesTests(t *testing.T) {
	text, err := os.ReadFile("../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, pattern := range []string{"*_test.go", "../auth/*_test.go", "../parser/message/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(b)
		}
	}
	names := regexp.MustCompile("`(Test[A-Z]\\w+)`").FindAllStringSubmatch(string(text), -1)
	if len(names) < 30 {
		t.Errorf("only %d tests are named", len(names))
	}
	for _, m := range names {
		if !strings.Contains(code.String(), "func "+m[1]+"(") {
			t.Errorf("there is no %s", m[1])
		}
	}
}
