package imaptest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// TestREADMEProgram runs the README's program on a mailbox, on an empty one, and without a password.
func TestREADMEProgram(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	srv := imaptest.NewServer(t, imaptest.WithUser("alice", "secret"))
	pem, err := srv.CAPEM()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ca, source, program := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	const address = "mail.example.com:993"
	code := regexp.MustCompile("(?s)```go\n(.*?)```").FindStringSubmatch(string(text))[1]
	if strings.Count(code, address) != 1 {
		t.Fatalf("the program does not dial %s", address)
	}
	code = strings.Replace(code, address, srv.TLSAddr, 1)
	for file, b := range map[string][]byte{ca: pem, source: []byte(code)} {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", program, source)
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(password string) (string, error) {
		cmd := exec.CommandContext(t.Context(), program)
		cmd.Env = append(os.Environ(), "IMAP_PASSWORD="+password, "SSL_CERT_FILE="+ca)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("secret"); out != "" || err != nil {
		t.Errorf("an empty mailbox: %q, %v", out, err)
	}
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: hello\r\n\r\n"), parser.FlagSeen)
	if out, err := run("secret"); !strings.HasPrefix(out, "1 [") || !strings.HasSuffix(out, `\Seen] 18`+"\n") || err != nil {
		t.Errorf("a message: %q, %v", out, err)
	}
	if out, err := run(""); strings.Count(out, "\n") != 1 || !strings.Contains(out, "no password") || err == nil {
		t.Errorf("without a password: %q, %v", out, err)
	}
}

// TestRuleContributing checks that the code in CONTRIBUTING.md is in the file that it names.
func TestRuleContributing(t *testing.T) {
	text, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z0-9/_]+\\.go)`")
	parts := strings.Split(string(text), "```go\n")
	if len(parts) < 4 {
		t.Fatalf("%d pieces of code", len(parts)-1)
	}
	file := ""
	for i, part := range parts[1:] {
		if all := named.FindAllStringSubmatch(parts[i], -1); len(all) > 0 {
			file = all[len(all)-1][1] // the last file named before the code
		}
		code, _, _ := strings.Cut(part, "```")
		source, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(string(source), code) {
			t.Errorf("%s does not contain\n%s", file, code)
		}
	}
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(m[1], "/") {
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Error(err)
			}
		}
	}
}
