package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// page is a buffer on which a test can wait for a text.
type page struct {
	mu      sync.Mutex
	b       bytes.Buffer
	written chan struct{}
}

func newPage() *page { return &page{written: make(chan struct{}, 1)} }

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.written <- struct{}{}:
	default:
	}
	return p.b.Write(b)
}

func (p *page) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// await waits until a text has been written.
func (p *page) await(ctx context.Context, t *testing.T, text string) {
	t.Helper()
	for !strings.Contains(p.String(), text) {
		select {
		case <-p.written:
		case <-ctx.Done():
			t.Fatalf("waiting for %q: got %s", text, p)
		}
	}
}

// TestNotify waits for mail of two accounts, over connections that end, and runs a command for each message.
func TestNotify(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var ca, netrc []byte
	var urls []string
	var servers []*imaptest.Server
	for i, password := range []string{"one", "two"} {
		srv := imaptest.NewServer(t, imaptest.WithUser("alice", password))
		srv.Mailbox("alice", "INBOX").Append([]byte("Subject: there before\r\n\r\n\r\n"))
		pem, err := srv.CAPEM()
		if err != nil {
			t.Fatal(err)
		}
		ca = append(ca, pem...)
		servers = append(servers, srv)
		// Both servers have the same host name, so the file of passwords tells the accounts apart by their users.
		user := fmt.Sprint("alice", i)
		if err := srv.AddUser(user, password); err != nil {
			t.Fatal(err)
		}
		netrc = fmt.Appendf(netrc, "machine 127.0.0.1 login %s password %s\n", user, password)
		urls = append(urls, "imaps://"+user+"@"+srv.TLSAddr)
	}
	set := settings{command: `echo "ran for $IMAP_UID of $IMAP_MAILBOX: $IMAP_SUBJECT"`}
	set.CAFile, set.Netrc = filepath.Join(dir, "ca.pem"), filepath.Join(dir, "netrc")
	for name, text := range map[string][]byte{set.CAFile: ca, set.Netrc: netrc} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, errs := newPage(), newPage()
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- run(running, out, errs, urls, set) }()
	for i, srv := range servers {
		user := fmt.Sprint("alice", i)
		if err := srv.WaitIdleIn(ctx, user, "INBOX"); err != nil {
			t.Fatal(err)
		}
		inbox := srv.Mailbox(user, "INBOX")
		inbox.Append([]byte("From: =?utf-8?Q?J=C3=BCrgen?= <j@example.com>\r\nSubject: first $(echo no)\x1b[2J\r\n\r\n\r\n"))
		out.await(ctx, t, "INBOX  Jürgen: first $(echo no)")
		out.await(ctx, t, "ran for 1 of INBOX: first $(echo no)")
		// Mail that arrives while there is no connection is reported as well.
		srv.Inject(imaptest.Bye{Code: parser.CodeUnavailable}, imaptest.When{Moment: imaptest.Now})
		inbox.Append([]byte(fmt.Sprintf("Subject: second of %s\r\n\r\n\r\n", user)))
		out.await(ctx, t, "ran for 2 of INBOX: second of "+user+"\n")
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if s := out.String(); strings.Contains(s, "\x1b") || strings.Contains(s, "there before") || strings.Count(s, "second of") != 4 {
		t.Errorf("got %q, want no control characters, no earlier mail, and two lines about each second message", s)
	}
}

// TestNotifyErrors checks that the program says why an account cannot be watched: its password is wrong, or its URL
// names no user.
func TestNotifyErrors(t *testing.T) {
	srv := imaptest.NewServer(t)
	pem, err := srv.CAPEM()
	if err != nil {
		t.Fatal(err)
	}
	var set settings
	set.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(set.CAFile, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("IMAP_PASSWORD", "wrong")
	out, errs := newPage(), newPage()
	err = run(t.Context(), out, errs, []string{"imaps://alice@" + srv.TLSAddr}, set)
	if err == nil || !strings.Contains(errs.String(), "given up") || !strings.Contains(errs.String(), "Ask the user") {
		t.Errorf("got %v and %s, want the reason for giving up", err, errs)
	}
	if err := run(t.Context(), out, errs, []string{"imaps://" + srv.TLSAddr}, set); err == nil || !strings.Contains(err.Error(), "names no user") {
		t.Errorf("a URL without a user: got %v, want an error with \"names no user\"", err)
	}
}
