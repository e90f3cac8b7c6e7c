package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		url  string
		want Target // Command is not compared
	}{
		{"imaps://imap.example.org", Target{Scheme: "imaps", Addr: "imap.example.org:993", ServerName: "imap.example.org", Secure: true}},
		{"IMAPS://imap.example.org/", Target{Scheme: "imaps", Addr: "imap.example.org:993", ServerName: "imap.example.org", Secure: true}},
		{"imaps://alice@imap.example.org:1993/Sent%20Mail/2024", Target{Scheme: "imaps", Addr: "imap.example.org:1993",
			ServerName: "imap.example.org", Secure: true, User: "alice", Mailbox: "Sent Mail/2024"}},
		{"imaps://alice@example.org@imap.example.org", Target{Scheme: "imaps", Addr: "imap.example.org:993",
			ServerName: "imap.example.org", Secure: true, User: "alice@example.org"}},
		{"imaps://alice%40example.org;AUTH=scram-sha-256@imap.example.org", Target{Scheme: "imaps", Addr: "imap.example.org:993",
			ServerName: "imap.example.org", Secure: true, User: "alice@example.org", Auth: "SCRAM-SHA-256"}},
		{"imap://;AUTH=*@h", Target{Scheme: "imap", Addr: "h:143", ServerName: "h", StartTLS: true, Auth: "*"}},
		{"imap://h/%E5%8F%B0%E5%8C%97", Target{Scheme: "imap", Addr: "h:143", ServerName: "h", StartTLS: true, Mailbox: "台北"}},
		{"imap://h/台北", Target{Scheme: "imap", Addr: "h:143", ServerName: "h", StartTLS: true, Mailbox: "台北"}},
		{"imap+starttls://h:1143", Target{Scheme: "imap+starttls", Addr: "h:1143", ServerName: "h", StartTLS: true}},
		{"imap+insecure://127.0.0.1:143", Target{Scheme: "imap+insecure", Addr: "127.0.0.1:143", ServerName: "127.0.0.1", AllowPlaintext: true}},
		{"imap+insecure://[::1]", Target{Scheme: "imap+insecure", Addr: "[::1]:143", ServerName: "::1", AllowPlaintext: true}},
		{"imaps://[fe80::1%25eth0]:9", Target{Scheme: "imaps", Addr: "[fe80::1%eth0]:9", ServerName: "fe80::1", Secure: true}},
		{"imaps://h/%23shared%3B%3f", Target{Scheme: "imaps", Addr: "h:993", ServerName: "h", Secure: true, Mailbox: "#shared;?"}},
		{"imap+unix:/run/dovecot/imap", Target{Scheme: "imap+unix", Addr: "/run/dovecot/imap", Secure: true}},
		{"imap+unix:///run/a%20b", Target{Scheme: "imap+unix", Addr: "/run/a b", Secure: true}},
		{"imap+unix://alice@localhost/run/imap", Target{Scheme: "imap+unix", Addr: "/run/imap", Secure: true, User: "alice"}},
		{"imap+unix:relative", Target{Scheme: "imap+unix", Addr: "relative", Secure: true}},
	} {
		got, err := Parse(c.url)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.url, err)
			continue
		}
		got.opts = nil
		if g, w := describe(got), describe(&c.want); g != w {
			t.Errorf("%s:\n%s\nwant\n%s", c.url, g, w)
		}
		if (got.Upgrade() != nil) != got.StartTLS {
			t.Errorf("%s: StartTLS is %v, but Upgrade returns nil: %v", c.url, got.StartTLS, got.Upgrade() == nil)
		}
	}
}

func describe(t *Target) string {
	flags := ""
	for name, on := range map[string]bool{"starttls": t.StartTLS, "secure": t.Secure, "insecure": t.AllowPlaintext} {
		if on {
			flags += " " + name // only one of these is true for a URL, so the order of the map does not matter
		}
	}
	return strings.Join([]string{t.Scheme, t.Addr, t.ServerName, t.User, t.Auth, t.Mailbox, flags}, " | ")
}

func TestParseProcess(t *testing.T) {
	for _, c := range []struct {
		url  string
		want []string
	}{
		{"imap+process:ssh host imapd", []string{"ssh", "host", "imapd"}},
		{"imap+process:  /usr/lib/dovecot/imap  -c\t'/a b/dovecot.conf' -u alice ", []string{"/usr/lib/dovecot/imap", "-c", "/a b/dovecot.conf", "-u", "alice"}},
		{`imap+process:p "" '' a"b c"d 'e\f' "g\"h\\i\j" k\ l \" "'" '"'`, []string{"p", "", "", "ab cd", `e\f`, `g"h\i\j`, "k l", `"`, "'", `"`}},
		{"imap+process:p $HOME ~ * ; | 100%25", []string{"p", "$HOME", "~", "*", ";", "|", "100%25"}},
	} {
		got, err := Parse(c.url)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.url, err)
			continue
		}
		words := append([]string{got.Command.Name}, got.Command.Args...)
		if !slices.Equal(words, c.want) || !got.Secure || got.StartTLS {
			t.Errorf("%s: the words %q, want %q", c.url, words, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, url := range []string{
		"", "imap.example.org", "https://h", "imaps", "imaps:h", "imaps:/h", "imaps://", "imaps:///INBOX",
		"imaps://h:0", "imaps://h:65536", "imaps://h:imaps", "imaps://h:-1", "imaps://a b", "imaps://h%2Fx", "imaps://h\r\nx",
		"imaps://::1", "imaps://[::1", "imaps://[h]", "imaps://[::1]x", "imaps://[fe80::1%25]", "imaps://[fe80::1%25a\x00b]", "imaps://[fe80::1%25a%25b]", "imaps://h\xff",
		"imaps://h/%", "imaps://h/%4", "imaps://h/%zz", "imaps://h/%00", "imaps://h/a%0d%0ab", "imaps://h/%ff",
		"imaps://h/INBOX;UIDVALIDITY=1", "imaps://h/INBOX/;UID=20", "imaps://h/INBOX?SUBJECT%20x", "imaps://h/#news",
		"imaps://%ff@h", "imaps://u;x@h", "imaps://u;AUTH=@h", "imaps://u;AUTH=A B@h",
		"imap+unix:", "imap+unix://", "imap+unix://host/run/imap", "imap+unix:/a%00", "imap+unix:/a?b",
		"imap+process:", "imap+process:  ", "imap+process:''", "imap+process:a 'b", `imap+process:a "b`, `imap+process:a \`,
		"imap+process:a \x00", "imap+process:a \\\x00",
	} {
		got, err := Parse(url)
		if err == nil || got != nil || !strings.HasPrefix(err.Error(), "transport: url: ") {
			t.Errorf("%q: %+v, %v", url, got, err)
		}
	}
}

// The error of Parse does not contain the parts of a URL that may be secret.
func TestParseHidesPasswords(t *testing.T) {
	for _, url := range []string{
		"imaps://alice:hunter2@h", "imaps://alice:hunter2@", "imaps://alice:hunter2@h:hunter2", "imaps://:hunter2@h",
		"imaps://alice:hunter2%zz@h", "imaps://alice:hunter2/x@h", "imaps://alice:hunter2 @h", "imap://alice;AUTH=x:hunter2@h",
		"imaps:alice:hunter2@h", "imap://alice:\x00hunter2@h", "imap+unix://alice:hunter2@/run/imap", "hunter2:imaps://h",
		"imaps://alice;hunter2@h", "imaps://h/%hunter2", "imaps://h/x;hunter2", "imap+process:login -p 'hunter2",
	} {
		_, err := Parse(url)
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "alice") {
			t.Errorf("Parse(%q): no error, or one that quotes a secret: %v", url, err)
		}
	}
	if _, err := Parse("imaps://alice:@h"); err == nil {
		t.Error("Parse accepts a URL with an empty password")
	}
}

func TestTargetDials(t *testing.T) {
	a := newAuthority(t)
	secure := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { tlsEcho(c, a.good(t)) })
	plain := listen(t, "tcp", "127.0.0.1:0", echo)
	path := filepath.Join(t.TempDir(), "s")
	listen(t, "unix", path, echo)
	for _, url := range []string{
		"imaps://localhost:" + port(secure), "imaps://127.0.0.1:" + port(secure),
		"imap+insecure://127.0.0.1:" + port(plain), "imap+starttls://localhost:" + port(secure), "imap+unix:" + path,
	} {
		target, err := Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		target.TLSConfig = a.client()
		var d Dialer = target
		c, err := d.Dial(t.Context())
		if err != nil {
			t.Errorf("Dial of %s: %v", url, err)
			continue
		}
		if Secure(c) != target.Secure {
			t.Errorf("%s: %T: Secure() = %v, but Target.Secure is %v", url, c, Secure(c), target.Secure)
		}
		if up := target.Upgrade(); up != nil {
			if c, err = up(t.Context(), c, nil); err != nil {
				t.Errorf("Upgrade of %s: %v", url, err)
				continue
			}
		}
		chat(t, c, "a NOOP\r\n")
		c.Close()
		if target.TLSConfig.ServerName != "" {
			t.Errorf("%s: Dial or Upgrade has changed TLSConfig", url)
		}
	}
	target, err := Parse("imaps://localhost:" + port(secure))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Dial(t.Context()); !errors.As(err, new(*tls.CertificateVerificationError)) {
		t.Errorf("without the test's authority: %v, want a CertificateVerificationError", err)
	}
	if _, err := new(Target).Dial(t.Context()); err == nil {
		t.Error("Dial of an empty Target returns no error")
	}
}

func TestTargetOptions(t *testing.T) {
	stop := errors.New("stop")
	for _, url := range []string{"imaps://h", "imap://h", "imap+insecure://h"} {
		target, err := Parse(url, DialContext(func(context.Context, string, string) (net.Conn, error) { return nil, stop }))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := target.Dial(t.Context()); !errors.Is(err, stop) {
			t.Errorf("Dial of %s: %v, want the error of DialContext's function", url, err)
		}
	}
}

func TestTargetProcess(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	target, err := Parse("imap+process:'" + exe + "' x")
	if err != nil {
		t.Fatal(err)
	}
	target.Command.Env = append(os.Environ(), "TRANSPORT_TEST_CHILD=echo", "GORACE=atexit_sleep_ms=0")
	c, err := target.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	chat(t, c, "a NOOP\r\n")
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestTargetString(t *testing.T) {
	for url, want := range map[string]string{
		"imaps://alice@h/INBOX":           "imaps://h:993",
		"imap+unix:/run/imap":             "imap+unix:/run/imap",
		"imap+process:ssh -l alice imapd": "imap+process:ssh",
	} {
		if target, err := Parse(url); err != nil || target.String() != want {
			t.Errorf("Parse(%q) = %v, %v; want %s", url, target, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"imaps://alice%40x;AUTH=PLAIN@h:993/Sent%20Mail", "imap://[fe80::1%25eth0]:9/a", "imap+unix://u@/run/x",
		`imap+process:ssh "a \" b" 'c' d\ e`, "imap+insecure://127.0.0.1:143",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		target, err := Parse(s)
		if err != nil {
			if target != nil || !strings.HasPrefix(err.Error(), "transport: url: ") {
				t.Fatalf("%+v, %v", target, err)
			}
			return
		}
		n := 0
		for _, on := range []bool{target.StartTLS, target.Secure, target.AllowPlaintext} {
			if on {
				n++
			}
		}
		if n != 1 {
			t.Fatalf("%+v", target)
		}
		if target.Command != nil {
			// Quoting the words and splitting the line again gives the same words.
			line := ""
			for _, w := range append([]string{target.Command.Name}, target.Command.Args...) {
				line += " '" + strings.ReplaceAll(w, "'", `'\''`) + "'"
			}
			again, err := Parse("imap+process:" + line)
			if err != nil || again.Command.Name != target.Command.Name || !slices.Equal(again.Command.Args, target.Command.Args) {
				t.Fatalf("the command line %q becomes other words, or an error: %v", line, err)
			}
			return
		}
		if strings.ContainsAny(target.Addr+target.User+target.Mailbox, "\x00\r\n") {
			t.Fatalf("%+v", target)
		}
		if target.ServerName != "" {
			host, _, err := net.SplitHostPort(target.Addr)
			if bare, _, _ := strings.Cut(host, "%"); err != nil || bare != target.ServerName {
				t.Fatalf("the host of Addr %q is not ServerName %q: %v", target.Addr, target.ServerName, err)
			}
		}
	})
}
