package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestMain lets a test start the server as a process, so that the test can kill it.
func TestMain(m *testing.M) {
	if dir := os.Getenv("MAILDIRD_TEST_DIR"); dir != "" {
		if err := run(context.Background(), []string{"-listen", "127.0.0.1:0", "-dir", dir}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// start starts the server as a process. It returns the process, and the address at which the server listens.
func start(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "MAILDIRD_TEST_DIR="+dir)
	cmd.Stderr = io.Discard
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	addr, _, _ := strings.Cut(strings.TrimPrefix(line, "listening on "), ",")
	return cmd, addr
}

func dial(t *testing.T, ctx context.Context, addr string) *session.Session {
	t.Helper()
	s, err := session.Dial(ctx, transport.DialFunc(func(context.Context) (transport.Conn, error) { return net.Dial("tcp", addr) }), nil)
	if err == nil {
		_, err = commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowPlaintext()).Wait(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestOthers delivers a message and changes flags as another program may do in a Maildir.
func TestOthers(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	_, addr := start(t, dir)
	s := dial(t, ctx, addr)
	box, err := commands.Select(s, "INBOX", commands.CondStore()).Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "alice", "new", "1.others"), []byte("Subject: delivered\n\nhi\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, err := range commands.Idle(s).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if s.Mailbox().Exists == 1 {
			break
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "alice", "cur", "1.others*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("got the files %v, %v; want one", names, err)
	}
	if err := os.Rename(names[0], names[0]+"S"); err != nil {
		t.Fatal(err)
	}
	got := ""
	for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.Flags, fetch.ChangedSince(box.HighestModSeq+1)).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		got += fmt.Sprint(m.UID, m.Flags)
	}
	for got == "" { // the server may notice the change only after the next tick of the clock
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Fatal(err)
		}
		for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.Flags).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Flags) > 0 {
				got = fmt.Sprint(m.UID, m.Flags)
			}
		}
	}
	if !strings.Contains(got, `\Seen`) {
		t.Errorf("got the UID and flags %q, want \\Seen, which another program has set", got)
	}
	files, err := filepath.Glob(filepath.Join(dir, "alice", "c*", "*"))
	if err != nil || len(files) == 0 {
		t.Errorf("got the files %v and %v, want at least one file", files, err)
	}
	if b, err := os.ReadFile(files[len(files)-1]); err != nil || !bytes.Contains(b, []byte("delivered")) {
		t.Errorf("the file contains %q, %v; want the delivered message", b, err)
	}
}
