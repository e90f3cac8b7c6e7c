package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/docs/examples/internal/exampletest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestInteropMirror changes both sides between runs, on real servers.
func TestInteropMirror(t *testing.T) {
	ctx := t.Context()
	for _, env := range []peer.Env{peer.Dovecot(t), peer.Cyrus(t)} {
		url, set := exampletest.Real(t, env, "Subject: there\r\n\r\ntext\r\n")
		a, box, err := set.Account(url, "IMAP_PASSWORD")
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		dir := t.TempDir()
		var last *mirror
		again := func() string {
			t.Helper()
			out, err := run(t, a, dir, func(m *mirror) { m.only, last = box, m })
			if err != nil {
				t.Fatalf("%s: %v\n%s", env.Name, err, out)
			}
			return out
		}
		again()
		boxDir := filepath.Join(dir, dirOf(box, last.delim))
		if got := localLines(t, boxDir); got != ` "Subject: there\n\ntext\n"` {
			t.Fatalf("%s: the Maildir has %s, want the message of the server", env.Name, got)
		}
		d := &maildir{dir: boxDir}
		if err := d.scan("none"); err != nil {
			t.Fatal(err)
		}
		if err := d.setFlags(d.fresh[0], "FS"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(boxDir, "new", "1.here"), []byte("Subject: here\n\ntext\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		again()
		var uids []uint32
		var flags []string
		err = a.Do(ctx, box, func(s *session.Session) error {
			for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, fetch.Flags).All(ctx) {
				if err != nil {
					return err
				}
				uids, flags = append(uids, m.UID), append(flags, lettersOf(m.Flags))
			}
			if len(uids) != 2 || flags[0] != "FS" || flags[1] != "" {
				t.Fatalf("%s: the server has the UIDs %v with the flags %q, want two messages, the first with FS", env.Name, uids, flags)
			}
			if err := commands.Store(s, numset.Of(numset.UID, uids[0]), commands.AddFlags, parser.FlagAnswered).Wait(ctx); err != nil {
				return err
			}
			gone := numset.Of(numset.UID, uids[1])
			if err := commands.Store(s, gone, commands.AddFlags, parser.FlagDeleted).Wait(ctx); err != nil {
				return err
			}
			return commands.UIDExpunge(s, gone).Wait(ctx)
		}, account.Bulk)
		if err != nil {
			t.Fatal(err)
		}
		again()
		if got := localLines(t, boxDir); got != `FRS "Subject: there\n\ntext\n"` {
			t.Errorf("%s: the Maildir has %s, want one message with FRS", env.Name, got)
		}
		if out := again(); strings.TrimSpace(out) != "" {
			t.Errorf("%s: nothing had changed, but mirror did\n%s", env.Name, out)
		}
	}
}
