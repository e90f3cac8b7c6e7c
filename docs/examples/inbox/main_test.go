package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	if err := demo(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Connected by STARTTLS", "Entwürfe", "受信箱", "Jürgen Müller", "Protokoll der Sitzung – März", `application/pdf "Protokoll März.pdf"`,
		"写真 of the harbour", "message/rfc822", "Carol asks whether", "Are you there?",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the output:\n%s", want, out.String())
		}
	}
}

// TestErrors makes the mistakes that people make. The program must print one line that names the mistake.
func TestErrors(t *testing.T) {
	srv := imaptest.NewServer(t)
	poor := imaptest.NewServer(t, imaptest.WithMechanisms("PLAIN"))
	pem, err := srv.CAPEM()
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	smtp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer smtp.Close()
	go func() {
		for {
			c, err := smtp.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "220 mail.example.com ESMTP\r\n")
			io.Copy(io.Discard, c)
		}
	}()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, c := range []struct {
		name, url, password string
		set                 settings
		want                string
	}{
		{"wrong password", "imaps://alice@" + srv.TLSAddr, "wrong", settings{caFile: ca}, "does not let alice in"},
		{"no such mechanism", "imaps://alice;AUTH=GSSAPI@" + srv.TLSAddr, "secret", settings{caFile: ca}, "no usable mechanism"},
		{"no such mailbox", "imaps://alice@" + srv.TLSAddr + "/nonesuch", "secret", settings{caFile: ca}, `mailbox "nonesuch"`},
		{"bad certificate", "imaps://alice@" + srv.TLSAddr, "secret", settings{}, "certificate"},
		{"wrong host", "imaps://alice@" + closed.Addr().String(), "secret", settings{}, "refused"},
		{"not IMAP", "imap+insecure://alice@" + smtp.Addr().String(), "secret", settings{}, "not an IMAP server"},
		{"no TLS", "imap+insecure://alice@" + poor.Addr, "secret", settings{}, "password was not sent"},
		{"no user", "imaps://" + srv.TLSAddr, "secret", settings{caFile: ca}, "names no user"},
		{"no URL", "gopher://x", "secret", settings{}, "url"},
		{"no file", "imaps://alice@" + srv.TLSAddr, "secret", settings{caFile: ca + ".none"}, "no such file"},
		{"no program", "imap+process:/nonexistent/imapd", "secret", settings{}, "/nonexistent/imapd"},
	} {
		t.Setenv("IMAP_PASSWORD", c.password)
		err := remote(t.Context(), io.Discard, c.url, c.set)
		if err == nil {
			t.Errorf("%s: got no error, want %q", c.name, c.want)
			continue
		}
		if text := explain(err); !strings.Contains(text, c.want) || strings.ContainsAny(text, "\r\n") || strings.Contains(text, c.password) && c.password == "wrong" {
			t.Errorf("%s: got %q, want one line with %q and without the password", c.name, text, c.want)
		}
	}
}

// TestNothingMovesTheCursor prints text that a hostile server could send.
func TestNothingMovesTheCursor(t *testing.T) {
	for _, s := range []string{"\x1b[2J", "a\rb", "a\nb", "\u009b31m", "\u202eevil", "\x00", "\xff", "\u2028"} {
		if got := visible(s); strings.ContainsAny(got, "\x1b\r\n\x00\u009b\u202e\u2028") {
			t.Errorf("%q is printed as %q", s, got)
		}
	}
	if got := visible("Grüße 写真 –"); got != "Grüße 写真 –" {
		t.Errorf("visible changes text without control characters to %q", got)
	}
}
