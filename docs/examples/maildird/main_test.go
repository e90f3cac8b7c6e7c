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
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestMain lets a test start the server as a process, to kill it.
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

// start starts the server as a process, and returns where it listens.
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
		_, err = commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowInsecure()).Wait(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// text is the i-th message, whose contents follow from its number.
func text(i int) string {
	return fmt.Sprintf("Subject: %d\r\n\r\n%s", i, strings.Repeat(fmt.Sprintf("line of %d\r\n", i), 1+i%500))
}

// TestKill kills the server at any moment, again and again, while messages are appended, flagged and moved: what was acknowledged is there,
// whole, with the UID and the flags that were told, and nothing is there twice under a UID.
func TestKill(t *testing.T) {
	rounds := 15
	if testing.Short() {
		rounds = 3
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	dir := t.TempDir()
	acked := map[uint32]int{} // the number of a message by its UID
	flagged := map[uint32]bool{}
	validity := uint32(0)
	n := 0
	for round := range rounds {
		cmd, addr := start(t, dir)
		s := dial(t, ctx, addr)
		if validity != 0 {
			check(t, ctx, s, validity, acked, flagged)
		}
		box, err := commands.Select(s, "INBOX").Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if validity = box.UIDValidity; t.Failed() {
			return
		}
		time.AfterFunc(time.Duration(20+17*round)*time.Millisecond, func() { cmd.Process.Kill() }) // at another moment each time
		for {
			n++
			got, err := commands.Append(s, "INBOX", strings.NewReader(text(n)), int64(len(text(n))), commands.WithFlags("$k")).Wait(ctx)
			if err != nil {
				break
			}
			uid, _ := got.UIDs.Min()
			if _, twice := acked[uid]; twice {
				t.Fatalf("UID %d was given twice", uid)
			}
			acked[uid] = n
			if n%3 == 0 {
				if err := commands.Store(s, numset.Of(numset.UID, uid), commands.AddFlags.Silent(), parser.FlagFlagged).Wait(ctx); err != nil {
					break
				}
				flagged[uid] = true
			}
		}
		cmd.Wait()
		s.Close()
	}
	if len(acked) < rounds {
		t.Errorf("only %d messages in %d rounds", len(acked), rounds)
	}
	_, addr := start(t, dir)
	check(t, ctx, dial(t, ctx, addr), validity, acked, flagged)
	t.Logf("%d messages were acknowledged in %d lives", len(acked), rounds)
}

// check looks whether all is there that was acknowledged.
func check(t *testing.T, ctx context.Context, s *session.Session, validity uint32, acked map[uint32]int, flagged map[uint32]bool) {
	t.Helper()
	box, err := commands.Examine(s, "INBOX").Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if box.UIDValidity != validity {
		t.Fatalf("UIDVALIDITY was %d and is %d", validity, box.UIDValidity)
	}
	seen := map[uint32]bool{}
	for m, err := range commands.Fetch(s, numset.All(numset.UID), commands.UID, commands.Flags, commands.Body("").Peek()).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		var flags []string
		for _, f := range m.Flags {
			flags = append(flags, string(f))
		}
		uid := uint32(0)
		var body []byte
		for sec, err := range m.Sections {
			if err != nil {
				t.Fatal(err)
			}
			if body, err = sec.AppendTo(nil, 1<<20); err != nil {
				t.Fatal(err)
			}
		}
		if uid = m.UID; seen[uid] {
			t.Errorf("UID %d is there twice", uid)
		}
		seen[uid] = true
		number, ok := acked[uid]
		if !ok {
			continue // it was on its way, and may be there
		}
		if string(body) != text(number) {
			t.Errorf("UID %d has %d octets that are not those of message %d", uid, len(body), number)
		}
		if all := strings.Join(flags, " "); !strings.Contains(all, "$k") || flagged[uid] && !strings.Contains(all, `\Flagged`) {
			t.Errorf("UID %d has the flags %s", uid, all)
		}
	}
	for uid, number := range acked {
		if !seen[uid] {
			t.Errorf("message %d, UID %d, was acknowledged and is lost", number, uid)
		}
	}
	if _, err := commands.Unselect(s).Wait(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestOthers has another program deliver a message and change flags, as Maildir is made for.
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
		t.Fatal(names, err)
	}
	if err := os.Rename(names[0], names[0]+"S"); err != nil {
		t.Fatal(err)
	}
	got := ""
	for m, err := range commands.Fetch(s, numset.All(numset.UID), commands.Flags, commands.ChangedSince(box.HighestModSeq+1)).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		got += fmt.Sprint(m.UID, m.Flags)
	}
	for got == "" { // the clock's tick may have to pass
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Fatal(err)
		}
		for m, err := range commands.Fetch(s, numset.All(numset.UID), commands.Flags).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Flags) > 0 {
				got = fmt.Sprint(m.UID, m.Flags)
			}
		}
	}
	if !strings.Contains(got, `\Seen`) {
		t.Errorf("flags that another program has set: %q", got)
	}
	files, err := filepath.Glob(filepath.Join(dir, "alice", "c*", "*"))
	if err != nil || len(files) == 0 {
		t.Errorf("%v, %v", files, err)
	}
	if b, err := os.ReadFile(files[len(files)-1]); err != nil || !bytes.Contains(b, []byte("delivered")) {
		t.Errorf("%q, %v", b, err)
	}
}
