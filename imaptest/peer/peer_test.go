package peer_test

import (
	"bufio"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest/peer"
)

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":    "",
		"no host":    "PORT=143\n",
		"no port":    "HOST=127.0.0.1\n",
		"other text": "the server did not start\n",
	} {
		if e, err := peer.Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: no error, got %+v", name, e)
		}
	}
}

func TestReadKeepsLaterEqualsSigns(t *testing.T) {
	e, err := peer.Read(strings.NewReader("HOST=::1\nPORT=143\nPROCESS=imap -o a=b\nOTHER=x\n"))
	if err != nil || e.Process != "imap -o a=b" || e.Addr() != "[::1]:143" {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestDovecotIsFoundByItsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(file, []byte("NAME=dovecot\nHOST=127.0.0.1\nPORT=143\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("IMAPSTACK_DOVECOT", file)
	if e := peer.Dovecot(t); e.Name != "dovecot" || e.Addr() != "127.0.0.1:143" {
		t.Errorf("want the server of the file, got %+v", e)
	}
}

// TestInteropServers checks the descriptions that the scripts have written of their servers.
func TestInteropServers(t *testing.T) {
	for name, find := range map[string]func(testing.TB) peer.Env{"dovecot": peer.Dovecot, "cyrus": peer.Cyrus, "courier": peer.Courier, "dovecot-proxy": peer.DovecotProxy} {
		t.Run(name, func(t *testing.T) {
			e := find(t)
			if e.Name != name {
				t.Errorf("the name in the description is %q, want %q", e.Name, name)
			}
			plain, err := net.Dial("tcp", e.Addr())
			if err != nil {
				t.Fatal(err)
			}
			greeted(t, plain)
			secure, err := tls.Dial("tcp", e.TLSAddr(), e.ClientTLS(t))
			if err != nil {
				t.Fatal(err)
			}
			greeted(t, secure)
			if e.User == "" || e.Other == "" || e.Password == "" {
				t.Errorf("users %q and %q", e.User, e.Other)
			}
			if _, err := os.Stat(e.Conf); err != nil {
				t.Error(err)
			}
			if e.Token != "" && strings.Count(e.BearerToken(t), ".") != 2 {
				t.Errorf("token %q", e.BearerToken(t))
			}
		})
	}
}

func greeted(t *testing.T, c net.Conn) {
	t.Helper()
	defer c.Close()
	c.SetDeadline(time.Now().Add(2 * time.Minute))
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "* OK ") {
		t.Errorf("greeting %q, %v", line, err)
	}
}
