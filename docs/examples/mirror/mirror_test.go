package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/transport"
)

// accountOf returns alice's account on a test server. wrap, if not nil, wraps its connections.
func accountOf(t *testing.T, srv *imaptest.Server, wrap func(net.Conn) net.Conn) *account.Account {
	a := account.New(account.Options{
		Dialer: transport.DialFunc(func(context.Context) (transport.Conn, error) {
			c, sc := imaptest.Pipe(0)
			go srv.ServeConn(sc, "")
			if wrap != nil {
				c = wrap(c)
			}
			return c, nil
		}),
		Credentials: auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")},
		Auth:        auth.Options{AllowPlaintext: true},
		Patience:    time.Millisecond,
		MinBackoff:  1, MaxBackoff: 1,
	})
	t.Cleanup(func() { a.Close() })
	return a
}

// run is one run of the program.
func run(t *testing.T, a *account.Account, dir string, change func(*mirror)) (string, error) {
	var out bytes.Buffer
	m := &mirror{account: a, conns: 3, dir: dir, stateFile: filepath.Join(dir, ".mirror"), out: &out, noSync: true, verbose: true}
	if change != nil {
		change(m)
	}
	err := m.run(t.Context())
	return out.String(), err
}

func mustRun(t *testing.T, a *account.Account, dir string) string {
	t.Helper()
	out, err := run(t, a, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// localLines returns a line for each message of a Maildir, with its flags and its text.
func localLines(t *testing.T, dir string) string {
	t.Helper()
	d := &maildir{dir: dir}
	if err := d.scan("none"); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range d.fresh {
		text, err := os.ReadFile(filepath.Join(dir, d.path[f]))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %q", f.flags, text))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// remoteLines returns the same lines for a mailbox on the server.
func remoteLines(box *imaptest.Mailbox) string {
	var lines []string
	for m := range box.Messages() {
		lines = append(lines, fmt.Sprintf("%s %q", lettersOf(m.Flags), strings.ReplaceAll(string(m.Body), "\r\n", "\n")))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func same(t *testing.T, what, dir string, box *imaptest.Mailbox) {
	t.Helper()
	if h, th := localLines(t, dir), remoteLines(box); h != th {
		t.Fatalf("%s: the Maildir has\n%s\nand the mailbox has\n%s", what, h, th)
	}
}

func mail(i int) []byte { return fmt.Appendf(nil, "Subject: %d\r\n\r\ntext\r\n", i) }

// localChange makes one change in a Maildir, as a mail program does.
func localChange(t *testing.T, dir string, rnd *rand.Rand, i int) {
	d := &maildir{dir: dir}
	if err := d.scan("none"); err != nil {
		t.Fatal(err)
	}
	if len(d.fresh) < 3 || rnd.IntN(3) == 0 {
		text := strings.ReplaceAll(string(mail(1000+i)), "\r\n", "\n")
		if err := os.WriteFile(filepath.Join(dir, "new", fmt.Sprintf("%d.here", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	f := d.fresh[rnd.IntN(len(d.fresh))]
	if rnd.IntN(4) == 0 {
		if err := os.Remove(filepath.Join(dir, d.path[f])); err != nil {
			t.Fatal(err)
		}
		return
	}
	flag := flagsOf("FRS")[rnd.IntN(3)]
	flags := flagsOf(f.flags)
	if parser.HasFlag(flags, flag) {
		flags = without(flags, flag)
	} else {
		flags = append(flags, flag)
	}
	if err := d.setFlags(f, lettersOf(flags)); err != nil {
		t.Fatal(err)
	}
}

func remoteChange(t *testing.T, box *imaptest.Mailbox, rnd *rand.Rand, i int) {
	var uids []uint32
	for m := range box.Messages() {
		uids = append(uids, m.UID)
	}
	if len(uids) < 3 || rnd.IntN(3) == 0 {
		box.Append(mail(i), flagsOf("FS")[rnd.IntN(2)])
		return
	}
	uid := uids[rnd.IntN(len(uids))]
	switch rnd.IntN(4) {
	case 0:
		box.Expunge(uid)
	case 1:
		box.RemoveFlags(flagsOf("FRS")[:1+rnd.IntN(2)], uid)
	default:
		box.AddFlags(flagsOf("FRS")[:1+rnd.IntN(2)], uid)
	}
}

// TestBothWays changes both sides between runs, on servers of several kinds.
func TestBothWays(t *testing.T) {
	for _, without := range []string{"", "QRESYNC", "QRESYNC CONDSTORE LIST-STATUS ESEARCH IMAP4rev2", "QRESYNC CONDSTORE UIDPLUS LIST-STATUS IMAP4rev2 LITERAL+ LITERAL-"} {
		t.Run("without "+without, func(t *testing.T) {
			srv := imaptest.NewServer(t, imaptest.Without(strings.Fields(without)...))
			a := accountOf(t, srv, nil)
			boxes := []*imaptest.Mailbox{srv.Mailbox("alice", "INBOX"), srv.Mailbox("alice", "Work/a:b"), srv.Mailbox("alice", "cur")}
			dirs := []string{"INBOX", "Work/a%3Ab", "%63ur"}
			dir := t.TempDir()
			rnd := rand.New(rand.NewPCG(1, 2))
			for round := range 25 {
				for range rnd.IntN(6) {
					remoteChange(t, boxes[rnd.IntN(3)], rnd, 100*round+rnd.IntN(100))
				}
				if round > 0 {
					for range rnd.IntN(6) {
						localChange(t, filepath.Join(dir, dirs[rnd.IntN(3)]), rnd, 100*round+rnd.IntN(100))
					}
				}
				mustRun(t, a, dir)
				if strings.Contains(without, "UIDPLUS") {
					mustRun(t, a, dir) // a run to get the UIDs of the uploaded messages
				}
				for i, box := range boxes {
					same(t, fmt.Sprint("round ", round), filepath.Join(dir, dirs[i]), box)
				}
			}
			mustRun(t, a, dir) // a run that sees what the run before has changed
			srv.Forget()
			if out := mustRun(t, a, dir); out != "" {
				t.Errorf("nothing had changed, but mirror did\n%s", out)
			}
			if got := srv.Received(); without == "" && (len(got.Named("SELECT"))+len(got.Named("STORE"))+len(got.Named("FETCH")) > 0 || len(got) > 3) {
				t.Errorf("nothing had changed, but mirror sent %v", got.Strings())
			}
		})
	}
}

// TestInterrupted cuts the connection of a run, at many places, and then runs mirror again. Nothing is lost, and no
// message exists twice.
func TestInterrupted(t *testing.T) {
	for at := int64(0); at < 6000; at += 97 {
		srv, err := imaptest.New(imaptest.WithSeed(uint64(at)))
		if err != nil {
			t.Fatal(err)
		}
		box := srv.Mailbox("alice", "INBOX")
		dir := t.TempDir()
		for i := range 8 {
			box.Append(mail(i), flagsOf("FS")[:i%3]...)
		}
		mustRun(t, accountOf(t, srv, nil), dir)
		rnd := rand.New(rand.NewPCG(uint64(at), 2))
		for i := range 8 {
			remoteChange(t, box, rnd, 100+i)
			localChange(t, filepath.Join(dir, "INBOX"), rnd, 200+i)
		}
		side := imaptest.Side(at/97%2 == 0)
		bad := accountOf(t, srv, func(c net.Conn) net.Conn {
			return imaptest.NewLink(c, imaptest.ClientSide, 1, imaptest.Cut{From: side, After: at})
		})
		run(t, bad, dir, func(m *mirror) { m.conns = 1 })
		mustRun(t, accountOf(t, srv, nil), dir)
		same(t, fmt.Sprint("cut after ", at), filepath.Join(dir, "INBOX"), box)
		srv.Close()
	}
}
