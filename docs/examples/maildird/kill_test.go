package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// text returns the i-th message. Its contents depend only on i.
func text(i int) string {
	return fmt.Sprintf("Subject: %d\r\n\r\n%s", i, strings.Repeat(fmt.Sprintf("line of %d\r\n", i), 1+i%500))
}

// A message is what the client knows about one message. places holds the mailboxes in which it may be. It has one
// element if the server has acknowledged the last command for the message. If the server was killed before it answered,
// it has two: where the message was before the command, and where it is if the command was executed.
type message struct {
	places  []string // mailboxes; "" means nowhere
	uid     uint32   // the UID, if there is one place
	flagged bool
}

// killed is a server that is killed again and again, with what a client knows about it.
type killed struct {
	t        *testing.T
	ctx      context.Context
	dir      string
	s        *session.Session
	messages map[int]*message
	given    map[string]int    // the number of the message that has or had a UID, by "MAILBOX UID"
	valid    map[string]uint32 // UIDVALIDITY of mailboxes
	n        int
}

// TestKill kills the server at any moment, again and again, while messages are appended, flagged, moved and expunged.
// Everything that the server acknowledged must still be true: each message is whole and has the UID and the flags that
// were reported. A command in progress was executed or not, so a moved message is in one of the mailboxes and not in
// both (RFC 6851 §3.3). No UID is used twice.
func TestKill(t *testing.T) {
	rounds := 18
	if testing.Short() {
		rounds = 3
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	k := &killed{t: t, ctx: ctx, dir: t.TempDir(), messages: map[int]*message{}, given: map[string]int{}, valid: map[string]uint32{}}
	kinds := []struct {
		name string
		do   func(kill func(), round int) error
	}{{"append", k.appending}, {"move", k.moving}, {"expunge", k.expunging}}
	cut := map[string]int{}
	for round := range rounds {
		cmd, addr := start(t, k.dir)
		k.s = dial(t, ctx, addr)
		k.check()
		if t.Failed() {
			return
		}
		kind := kinds[round%len(kinds)]
		kill := func() { cmd.Process.Kill() }
		if err := kind.do(kill, round); err != nil {
			cut[kind.name]++
		}
		kill()
		cmd.Wait()
		k.s.Close()
	}
	_, addr := start(t, k.dir)
	k.s = dial(t, ctx, addr)
	k.check()
	t.Logf("%d messages, %d starts of the server; commands that were interrupted: %v", k.n, rounds, cut)
}

// add appends a message.
func (k *killed) add(flags ...parser.Flag) error {
	k.n++
	f := &message{places: []string{"", "INBOX"}}
	k.messages[k.n] = f
	got, err := commands.Append(k.s, "INBOX", strings.NewReader(text(k.n)), int64(len(text(k.n))), commands.WithFlags(append(flags, "$k")...)).Wait(k.ctx)
	if err != nil {
		return err
	}
	f.places = []string{"INBOX"}
	uid, _ := got.UIDs.Min()
	k.recordUID(f, k.n, "INBOX", uid)
	return nil
}

// recordUID records the UID of a message. It fails the test if another message has had that UID.
func (k *killed) recordUID(f *message, number int, box string, uid uint32) {
	key := fmt.Sprint(box, " ", uid)
	if other, twice := k.given[key]; twice && other != number {
		k.t.Fatalf("UID %d of %s was given to messages %d and %d", uid, box, other, number)
	}
	k.given[key], f.uid = number, uid
}

// appending appends messages, and sets the flag of some, until the server is killed: after 20 ms in round 0, and after
// 17 ms more in each further round.
func (k *killed) appending(kill func(), round int) error {
	if _, err := commands.Select(k.s, "INBOX").Wait(k.ctx); err != nil {
		return err
	}
	time.AfterFunc(time.Duration(20+17*round)*time.Millisecond, kill)
	for {
		if err := k.add(); err != nil {
			return err
		}
		if f := k.messages[k.n]; k.n%3 == 0 {
			if err := commands.Store(k.s, numset.Of(numset.UID, f.uid), commands.AddFlags.Silent(), parser.FlagFlagged).Wait(k.ctx); err != nil {
				return err
			}
			f.flagged = true
		}
	}
}

// many is the number of messages for a command that will be interrupted.
const many = 300

// fill delivers many messages to the Maildir, which is faster than appending them. Then it reads INBOX, so that the
// server notices them.
func (k *killed) fill() error {
	if err := k.add(); err != nil { // this also gives "$k" a letter
		return err
	}
	want := k.n + many
	for k.n < want {
		k.n++
		k.messages[k.n] = &message{places: []string{"INBOX"}}
		if err := os.WriteFile(filepath.Join(k.dir, "alice", "new", fmt.Sprintf("%09d.fill:2,a", k.n)), []byte(text(k.n)), 0o600); err != nil {
			return err
		}
	}
	return k.readMailbox("INBOX", nil)
}

// whenFewer kills the server as soon as a directory has lost a file.
func whenFewer(dir string, kill func()) {
	before, err := os.ReadDir(dir)
	for err == nil {
		var now []os.DirEntry
		if now, err = os.ReadDir(dir); len(now) < len(before) {
			break
		}
	}
	kill()
}

func (k *killed) moving(kill func(), _ int) error {
	return k.takeAll(kill, "Trash", func(uids numset.Set) error {
		got, err := commands.Move(k.s, uids, "Trash").Wait(k.ctx)
		if err != nil {
			return err
		}
		for from, to := range got.Pairs() {
			number := k.given[fmt.Sprint("INBOX ", from)]
			k.recordUID(k.messages[number], number, "Trash", to)
		}
		return nil
	})
}

func (k *killed) expunging(kill func(), _ int) error {
	return k.takeAll(kill, "", func(uids numset.Set) error {
		if err := commands.Store(k.s, uids, commands.AddFlags.Silent(), parser.FlagDeleted).Wait(k.ctx); err != nil {
			return err
		}
		for _, err := range commands.UIDExpunge(k.s, uids).All(k.ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// takeAll calls take, which moves the messages of INBOX to the mailbox to, or expunges them if to is "". It kills the
// server as soon as the file of one message is gone.
func (k *killed) takeAll(kill func(), to string, take func(uids numset.Set) error) error {
	if err := k.fill(); err != nil {
		k.t.Fatal(err)
	}
	if _, err := commands.Select(k.s, "INBOX").Wait(k.ctx); err != nil {
		k.t.Fatal(err)
	}
	uids, list := numset.Of(numset.UID), []*message{}
	for _, f := range k.messages {
		if slices.Equal(f.places, []string{"INBOX"}) {
			f.places = []string{"INBOX", to}
			uids.Add(f.uid)
			list = append(list, f)
		}
	}
	go whenFewer(filepath.Join(k.dir, "alice", "cur"), kill)
	err := take(uids)
	if err == nil {
		for _, f := range list {
			f.places = []string{to}
		}
	}
	return err
}

// check checks that every message is in a place where it may be.
func (k *killed) check() {
	k.t.Helper()
	seen := map[int]string{}
	for _, box := range []string{"INBOX", "Trash"} {
		if err := k.readMailbox(box, seen); err != nil {
			k.t.Fatal(err)
		}
	}
	for number, f := range k.messages {
		place := seen[number]
		if !slices.Contains(f.places, place) {
			k.t.Errorf("message %d is in %q, but may only be in %q", number, place, f.places)
		}
		f.places = []string{place}
	}
}

// readMailbox reads a mailbox, and checks each message. If seen is not nil, readMailbox adds the messages that it finds
// to seen.
func (k *killed) readMailbox(name string, seen map[int]string) error {
	box, err := commands.Examine(k.s, name).Wait(k.ctx)
	if err != nil {
		return err
	}
	if v := k.valid[name]; v != 0 && box.UIDValidity != v {
		k.t.Fatalf("UIDVALIDITY of %s was %d and is %d", name, v, box.UIDValidity)
	}
	k.valid[name] = box.UIDValidity
	for m, err := range commands.Fetch(k.s, numset.All(numset.UID), fetch.UID, fetch.Flags, fetch.Body("").Peek()).All(k.ctx) {
		if err != nil {
			return err
		}
		flags := fmt.Sprint(m.Flags)
		var body []byte
		for sec, err := range m.Sections {
			if err == nil {
				body, err = sec.AppendTo(nil, 1<<20)
			}
			if err != nil {
				return err
			}
		}
		number := 0
		fmt.Sscanf(string(body), "Subject: %d", &number)
		f := k.messages[number]
		if f == nil || string(body) != text(number) {
			k.t.Fatalf("UID %d of %s has %d octets that are not one of the messages", m.UID, name, len(body))
		}
		if seen != nil {
			if other, twice := seen[number]; twice {
				k.t.Errorf("message %d is in %s and in %s", number, other, name)
			}
			seen[number] = name
		}
		if f.uid != 0 && slices.Equal(f.places, []string{name}) && m.UID != f.uid {
			k.t.Errorf("message %d had UID %d and has %d", number, f.uid, m.UID)
		}
		k.recordUID(f, number, name, m.UID)
		if !strings.Contains(flags, "$k") || f.flagged && !strings.Contains(flags, `\Flagged`) {
			k.t.Errorf("message %d has the flags %s, want $k, and \\Flagged if it was set", number, flags)
		}
	}
	_, err = commands.Unselect(k.s).Wait(k.ctx)
	return errors.Join(err, k.ctx.Err())
}
