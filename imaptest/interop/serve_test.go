package interop

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
	"github.com/imapstack/imapstack/transport"
)

// TestOwnServe runs the suite for real servers on the server of session/serve, with its back end in memory.
func TestOwnServe(t *testing.T) {
	b := memory.New()
	if err := b.AddUser("alice", "secret"); err != nil {
		t.Fatal(err)
	}
	ours, theirs, err := imaptest.LoopbackTLS()
	if err != nil {
		t.Fatal(err)
	}
	srv := &serve.Server{Backend: b, Auth: b.Auth(), TLSConfig: ours, InsecureAuth: true, ID: map[string]string{"name": "serve"}, Hosts: []string{"localhost", "127.0.0.1"}}
	listen := func(do func(l net.Listener) error) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- do(l) }()
		t.Cleanup(func() {
			srv.Close()
			if err := <-done; !errors.Is(err, serve.ErrServerClosed) {
				t.Error(err)
			}
		})
		return l.Addr().String()
	}
	plain := listen(srv.Serve)
	secure := listen(func(l net.Listener) error { return srv.ServeTLS(l, "", "") })
	url := func(url string) func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
		return byURL(url, theirs)
	}
	for _, w := range []way{
		{"tcp", url("imap+insecure://" + plain)},
		{"starttls", url("imap+starttls://" + plain)},
		{"tls", url("imaps://" + secure)},
		{"tls+deflate", deflated(url("imaps://" + secure))},
	} {
		t.Run(w.name, func(t *testing.T) { suite(t, peer.Env{User: "alice", Password: "secret"}, w) })
	}
}

// byURL dials and logs in.
func byURL(url string, cfg *tls.Config) func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session {
	return loggedIn(func(t *testing.T, _ peer.Env, config *session.Config) *session.Session {
		t.Helper()
		target, err := transport.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		target.TLSConfig = cfg
		s, err := session.Dial(timeout(t), target, config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	})
}

// TestOwnMaildird runs the suite on the example server that keeps mail on disk.
func TestOwnMaildird(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "maildird")
	if out, err := exec.Command("go", "build", "-o", program, "../../docs/examples/maildird").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(program, "-listen", "127.0.0.1:0", "-dir", filepath.Join(dir, "mail"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("maildird ended with %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	addr, _, _ := strings.Cut(strings.TrimPrefix(line, "listening on "), ",")
	for _, w := range []way{{"tcp", byURL("imap+insecure://"+addr, nil)}, {"tcp+deflate", deflated(byURL("imap+insecure://"+addr, nil))}} {
		t.Run(w.name, func(t *testing.T) { suite(t, peer.Env{User: "alice", Password: "secret"}, w) })
	}
}
