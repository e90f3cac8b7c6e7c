package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

// logged collects the log of the proxy.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs a proxy. It returns the address for STARTTLS, the address for TLS, and the log.
func start(t *testing.T, set settings) (addr, tlsAddr string, log *logged) {
	t.Helper()
	set.addr, set.tlsAddr = "127.0.0.1:0", "127.0.0.1:0"
	ctx, stop := context.WithCancel(t.Context())
	log = new(logged)
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, set, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), w)
		w.Close()
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		for _, secret := range []string{"s3cret", "m4ster", "bed5time", "c2VjcmV0"} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("a secret is in the log:\n%s", log)
			}
		}
	})
	for in := bufio.NewScanner(r); in.Scan(); {
		if a, ok := strings.CutPrefix(in.Text(), "ADDR="); ok {
			addr = a
		}
		if a, ok := strings.CutPrefix(in.Text(), "TLS_ADDR="); ok {
			tlsAddr = a
		}
		if in.Text() == "ready" {
			go io.Copy(io.Discard, r)
			return addr, tlsAddr, log
		}
	}
	t.Fatal("the proxy has not started:", <-done)
	return
}

// client talks to the proxy line by line.
type client struct {
	net.Conn
	t  *testing.T
	in *bufio.Reader
}

func dial(t *testing.T, addr string, withTLS bool) *client {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	if withTLS {
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	}
	x := &client{c, t, bufio.NewReader(c)}
	x.until("* ")
	return x
}

// do sends a command, with LF replaced by CRLF, and returns everything up to its tagged answer.
func (c *client) do(line string) string {
	c.t.Helper()
	fmt.Fprintf(c, "%s\r\n", strings.ReplaceAll(line, "\n", "\r\n"))
	tag, _, _ := strings.Cut(line, " ")
	return c.until(tag + " ")
}

func (c *client) until(prefix string) string {
	c.t.Helper()
	var all strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		all.WriteString(line)
		if err != nil {
			c.t.Fatalf("waiting for %q: %v, after %q", prefix, err, all.String())
		}
		if strings.HasPrefix(line, prefix) {
			return all.String()
		}
	}
}

// want sends a command. The responses must contain each of the words. If a word begins with "!", they must not contain
// the rest of it.
func (c *client) want(line string, words ...string) {
	c.t.Helper()
	got := c.do(line)
	for _, w := range words {
		if no, ok := strings.CutPrefix(w, "!"); ok == strings.Contains(got, no) && ok || !ok && !strings.Contains(got, w) {
			c.t.Errorf("%s: got %q, want %q", line, got, w)
		}
	}
}

// backEnds starts a server with TLS and STARTTLS for alice and one in clear text for bob, and writes the certificate of
// the authority of alice's server to a file.
func backEnds(t *testing.T, opts ...imaptest.Option) (alice, bob *imaptest.Server, set settings) {
	t.Helper()
	alice = imaptest.NewServer(t, append(opts, imaptest.WithUser("alice", "s3cret"))...)
	bob = imaptest.NewServer(t, append(opts, imaptest.AllowPlain(), imaptest.WithUser("bob", "s3cret"))...)
	pem, err := alice.CAPEM()
	if err != nil {
		t.Fatal(err)
	}
	set.ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(set.ca, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, b := range []string{"alice=imap+starttls://localhost:" + port(alice.Addr), "b*=imap+insecure://" + bob.Addr} {
		if err := set.backs.Set(b); err != nil {
			t.Fatal(err)
		}
	}
	return alice, bob, set
}

func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr)
	return p
}

// TestUsersAndTLS checks that the proxy logs each user in to the right back end, over TLS and after STARTTLS, and
// refuses passwords in clear text.
func TestUsersAndTLS(t *testing.T) {
	alice, bob, set := backEnds(t)
	addr, tlsAddr, log := start(t, set)
	a := dial(t, tlsAddr, true)
	a.want("A0 CAPABILITY", "AUTH=PLAIN", "!STARTTLS", "!LOGINDISABLED")
	a.want("A1 LOGIN alice s3cret", "A1 OK [CAPABILITY IMAP4rev1", "!COMPRESS", "! AUTH=", "!STARTTLS")
	a.want("A2 CREATE of-alice", "A2 OK")

	b := dial(t, addr, false)
	b.want("B0 LOGIN bob s3cret", "B0 NO [PRIVACYREQUIRED]")
	b.want("B1 STARTTLS", "B1 OK")
	c := tls.Client(b.Conn, &tls.Config{InsecureSkipVerify: true})
	b = &client{c, t, bufio.NewReader(c)}
	b.want("B2 LOGIN bob wrong", "B2 NO [AUTHENTICATIONFAILED]")
	b.want("B3 AUTHENTICATE PLAIN AGJvYgBzM2NyZXQ=", "B3 OK [CAPABILITY")
	b.want("B4 LIST \"\" *", "!of-alice", "INBOX")
	b.want("B5 LOGIN alice s3cret", "B5 BAD")
	b.want("B6 LOGOUT", "* BYE", "B6 OK")
	if n := len(alice.Connections()); n != 1 || len(alice.Received()) == 0 || len(bob.Received()) == 0 {
		t.Errorf("got %d connections to alice's server, want 1, and commands on both servers", n)
	}
	nobody := dial(t, tlsAddr, true)
	nobody.want("C1 LOGIN carol s3cret", "C1 NO [AUTHENTICATIONFAILED]")
	nobody.want("C2 SELECT INBOX", "C2 BAD")
	for i := range 8 {
		nobody.want(fmt.Sprintf("D%d \"", i), "BAD")
	}
	nobody.until("* BYE")
	a.want("A9 LOGOUT", "A9 OK")
	for _, want := range []string{"user=alice", "user=bob", "CREATE of-alice", "commands=", "octets="} {
		for range 3000 {
			if strings.Contains(log.String(), want) {
				break
			}
			time.Sleep(20 * time.Millisecond) // the proxy logs the end of a connection a little later
		}
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in the log:\n%s", want, log)
		}
	}
}

// TestRules checks a proxy that hides capabilities, forbids a command, and adds a prefix to the names of mailboxes.
func TestRules(t *testing.T) {
	_, bob, set := backEnds(t)
	set.plain, set.prefix = true, "work/"
	set.hide.Set("move,idle")
	set.forbid.Set("delete")
	addr, _, _ := start(t, set)
	c := dial(t, addr, false)
	c.want("A1 LOGIN {3+}\nbob {6+}\ns3cret", "A1 OK", "!MOVE", "!IDLE", "UIDPLUS", "!CATENATE")
	c.want("A2 CAPABILITY", "* CAPABILITY IMAP4rev1", "!MOVE", "UIDPLUS")
	c.want("A3 CREATE box", "A3 OK")
	c.want("A4 CREATE \"my box\"", "A4 OK")
	if got := bob.Mailboxes("bob"); !strings.Contains(fmt.Sprint(got), "work/my box") {
		t.Errorf("the back end has the mailboxes %q, want work/my box among them", got)
	}
	c.want("A5 LIST \"\" *", "INBOX", " box\r\n", `"my box"`, "!work")
	c.want("A6 LIST \"\" b%", "!INBOX", " box\r\n", "!my box", "!work")
	c.want("A7 LIST \"\" \"\"", `"/" ""`)
	c.want("A8 STATUS box (MESSAGES)", "* STATUS box (MESSAGES 0)")
	c.want("B1 APPEND box (\\Seen) {5+}\nhello", "B1 OK")
	c.want("B2 APPEND {6+}\nmy box {100000+}\n"+strings.Repeat("x", 100000), "B2 OK")
	c.want("B3 SELECT box", "* 1 EXISTS", "B3 OK")
	c.want("B4 UID COPY 1 INBOX", "B4 OK")
	c.want("B5 REPLACE 1 \"my box\" {3+}\nabc", "B5 OK")
	c.want("B6 STATUS \"my box\" (MESSAGES)", `"my box" (MESSAGES 2)`)
	c.want("C1 DELETE box", "C1 NO [CANNOT]")
	c.want("C2 NAMESPACE", `* NAMESPACE (("" "/")) NIL NIL`)
	c.want("C3 RENAME box box2", "C3 OK")
	c.want("C4 LIST \"\" box%", "box2", "!work")
	c.want("C5 SELECT a b c", "C5 BAD")
	c.want("C6 STARTTLS", "C6 BAD")
	if got := fmt.Sprint(bob.Mailboxes("bob")); !strings.Contains(got, "work/box2") || strings.Contains(got, "[box") {
		t.Errorf("the back end has the mailboxes %s, want work/box2 and none that begins with box", got)
	}
}

// TestMaster checks a proxy that checks the users' passwords itself, and logs in to back ends as a master.
func TestMaster(t *testing.T) {
	_, _, set := backEnds(t, imaptest.WithMaster("master", "m4ster"))
	t.Setenv("PROXY_MASTER", "m4ster")
	set.plain, set.master, set.users = true, "master", filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(set.users, []byte("alice:bed5time\nbob:bed5time\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	addr, _, _ := start(t, set)
	for _, user := range []string{"alice", "bob"} {
		c := dial(t, addr, false)
		c.want("A1 LOGIN "+user+" s3cret", "A1 NO")
		c.want("A2 LOGIN "+user+" bed5time", "A2 OK")
		c.want("A3 SELECT INBOX", "A3 OK")
	}
}

// TestBackEndGoes closes a back end while a client uses it.
func TestBackEndGoes(t *testing.T) {
	_, bob, set := backEnds(t)
	set.plain = true
	addr, _, _ := start(t, set)
	c := dial(t, addr, false)
	c.want("A1 LOGIN bob s3cret", "A1 OK")
	bob.Close()
	if _, err := io.ReadAll(c.in); err != nil {
		t.Error(err)
	}
	d := dial(t, addr, false)
	d.want("A1 LOGIN bob s3cret", "A1 NO [UNAVAILABLE]")
}

// TestDemo starts the proxy without -back.
func TestDemo(t *testing.T) {
	_, tlsAddr, _ := start(t, settings{})
	for _, user := range []string{"alice", "bob"} {
		c := dial(t, tlsAddr, true)
		c.want("A1 LOGIN "+user+" secret", "A1 OK")
		c.want("A2 SELECT INBOX", "A2 OK")
	}
}
