package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// start runs the program until it prints READY, and returns the values of the lines NAME=VALUE before that. stop ends the
// program, and returns its exit status.
func start(t *testing.T, args ...string) (printed map[string]string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	var diag bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, args, strings.NewReader(""), w, &diag)
		w.Close()
	}()
	printed = map[string]string{}
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if lines.Text() == "READY" {
			return printed, func() int { cancel(); return <-code }
		}
		name, value, _ := strings.Cut(lines.Text(), "=")
		printed[name] = value
	}
	cancel()
	t.Fatalf("imaptestd has exited with status %d: %s", <-code, diag.String())
	return nil, nil
}

// talk sends lines, and returns everything that the server sends until it ends the connection.
func talk(t *testing.T, c net.Conn, lines ...string) string {
	t.Helper()
	defer c.Close()
	c.SetDeadline(time.Now().Add(2 * time.Minute))
	for i, line := range append(lines, "LOGOUT") {
		fmt.Fprintf(c, "A%d %s\r\n", i+1, line)
	}
	all, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("after %s, reading fails: %v", all, err)
	}
	return string(all)
}

func contains(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

func TestServes(t *testing.T) {
	p, stop := start(t, "-addr", "127.0.0.1:0", "-tls-addr", "127.0.0.1:0", "-user", "alice:secret", "-user", "bob:pass:word", "-without", "MOVE,AUTH=PLAIN", "-without", "idle")
	c, err := net.Dial("tcp", p["ADDR"])
	if err != nil {
		t.Fatal(err)
	}
	// Passwords go in plain text over loopback.
	said := talk(t, c, "LOGIN bob pass:word", "CAPABILITY", "SELECT INBOX", "MOVE 1 x")
	contains(t, said, "A1 OK", "A3 OK", "A4 BAD", "* BYE")
	if caps, _, _ := strings.Cut(said[strings.Index(said, "* CAPABILITY"):], "\r\n"); strings.Contains(caps, "MOVE") || strings.Contains(caps, "IDLE") || strings.Contains(said, "AUTH=PLAIN") {
		t.Errorf("the server offers MOVE, IDLE or AUTH=PLAIN, which -without has removed:\n%s", said)
	}
	pem, err := os.ReadFile(p["CA"])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("no certificate in %s", pem)
	}
	for _, host := range []string{"localhost", "127.0.0.1"} {
		secure, err := tls.Dial("tcp", p["TLS_ADDR"], &tls.Config{RootCAs: pool, ServerName: host})
		if err != nil {
			t.Fatal(err)
		}
		contains(t, talk(t, secure, "LOGIN alice secret"), "A1 OK")
	}
	if code := stop(); code != 0 {
		t.Error(code)
	}
	if _, err := os.Stat(p["CA"]); !os.IsNotExist(err) {
		t.Errorf("the file of the CA still exists: %v", err)
	}
}

func TestPlaintext(t *testing.T) {
	p, stop := start(t, "-addr", "127.0.0.1:0", "-tls-addr", "", "-plaintext", "no", "-preset", "rev1")
	defer stop()
	c, err := net.Dial("tcp", p["ADDR"])
	if err != nil {
		t.Fatal(err)
	}
	contains(t, talk(t, c, "LOGIN alice secret"), "[CAPABILITY IMAP4rev1 ", "LOGINDISABLED", "A1 NO")
}

func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("no mail\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		says string
		code int
		args []string
	}{
		{"NAME:PASSWORD", 1, []string{"-user", "alice"}}, {"no preset", 1, []string{"-preset", "x"}}, {"no order", 1, []string{"-order", "x"}}, {"unexpected argument", 2, []string{"x"}}, {"-bad", 2, []string{"-bad"}},
		{"are empty", 1, []string{"-addr", "", "-tls-addr", ""}}, {"not a Maildir", 1, []string{"-mail", dir}}, {"not an mbox", 1, []string{"-mail", text}},
		{"no such file", 1, []string{"-mail", dir + "/x"}}, {"-plaintext", 1, []string{"-plaintext", "maybe"}}, {"usage:", 0, []string{"-help"}},
	} {
		var out, diag bytes.Buffer
		if code := run(t.Context(), c.args, nil, &out, &diag); code != c.code || !strings.Contains(diag.String(), c.says) || out.Len() > 0 {
			t.Errorf("%q: exit status %d, output %q and %q; want status %d and %q", c.args, code, &out, &diag, c.code, c.says)
		}
	}
}

func TestStdio(t *testing.T) {
	var out, diag bytes.Buffer
	in := strings.NewReader("A1 SELECT INBOX\r\nA2 LOGOUT\r\n")
	if code := run(t.Context(), []string{"-stdio", "alice"}, in, &out, &diag); code != 0 || diag.Len() > 0 {
		t.Errorf("exit status %d, and the messages %s; want 0 and none", code, &diag)
	}
	contains(t, out.String(), "* PREAUTH ", "A1 OK", "* BYE", "A2 OK")
}

func TestMail(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("md/cur/1.a.host:2,FS", "Subject: one\n\nbody\n")
	write("md/new/2.b.host", "Subject: two\r\n\r\n\x00\xffbody without an end")
	write("md/.Entw&APw-rfe.Old/cur/3.c.host:2,D", "Subject: three\n\n")
	write("mbox", "From alice@localhost Mon Mar  2 09:30:00 2026\nSubject: four\nStatus: RO\n\n>From the start\n>>From further\n\nFrom bob Tue Mar  3 10:00:00 2026\nSubject: five\n\nend")
	var out, diag bytes.Buffer
	run(t.Context(), []string{"-stdio", "alice", "-mail", dir + "/md"}, strings.NewReader("A1 SELECT INBOX\r\nA2 FETCH 1:* (FLAGS BODY.PEEK[])\r\n"+
		"A3 SELECT Entw&APw-rfe/Old\r\nA4 FETCH 1 (FLAGS BODY.PEEK[])\r\nA5 LOGOUT\r\n"), &out, &diag)
	contains(t, out.String(), "* 2 EXISTS", "Subject: one\r\n\r\nbody\r\n", "Subject: two\r\n\r\n\x80\xffbody without an end)", `\Flagged`, "* 1 EXISTS", `(\Recent \Draft)`, "A4 OK")
	out.Reset()
	run(t.Context(), []string{"-stdio", "alice", "-mail", dir + "/mbox"}, strings.NewReader("A1 SELECT INBOX\r\nA2 FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[])\r\nA5 LOGOUT\r\n"), &out, &diag)
	contains(t, out.String(), "* 2 EXISTS", "\r\n\r\nFrom the start\r\n>From further\r\n)", `FLAGS (\Recent \Seen)`, `" 2-Mar-2026 09:30:00 +0000"`, "five\r\n\r\nend)")
	if diag.Len() > 0 {
		t.Errorf("imaptestd has printed %s", diag.String())
	}
}

// TestOrderAndStrict checks that -order changes the order of answers, and that -strict refuses what no RFC allows.
func TestOrderAndStrict(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-order", "taggedlast"}, "* SEARCH\r\n* SEARCH\r\nA2 OK"},
		{[]string{"-order", "turn"}, "* SEARCH\r\nA2 OK"},
		{[]string{"-strict"}, "A4 BAD"},
		{[]string{"-order", "mixed", "-seed", "3"}, "A4 OK"},
	} {
		var out, diag bytes.Buffer
		run(t.Context(), append(test.args, "-stdio", "alice"), strings.NewReader("A1 SELECT INBOX\r\nA2 SEARCH ALL\r\nA3 SEARCH ALL\r\nA4 SEARCH SINCE 31-Feb-2024\r\nA5 LOGOUT\r\n"), &out, &diag)
		contains(t, out.String(), test.want)
	}
}
