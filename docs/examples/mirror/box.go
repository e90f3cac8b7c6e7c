package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/utils/numset"
)

// accident is a number of messages. If at least that many messages have vanished from a Maildir, and none is left,
// mirror assumes an accident, such as a disk that is not mounted, unless -delete-all is set.
const accident = 5

// work is the state of mirroring one mailbox.
type work struct {
	*mirror
	s    *session.Session
	box  mailbox
	d    *maildir
	pass *resync.Pass
	gone numset.Set // messages deleted from the Maildir
	left numset.Set // messages that the server has reported, but not sent
}

// mirror brings Maildirs up to date with their mailboxes, and then the mailboxes with the Maildirs. It can be repeated
// at any time. If there are several mailboxes, it asks for the changes of all of them in one round trip.
func (m *mirror) mirror(ctx context.Context, s *session.Session, boxes []mailbox) error {
	var all []*work
	var passes []*resync.Pass
	var failed []error
	for _, box := range boxes {
		w, err := m.begin(s, box)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", box.name, err))
			continue
		}
		all, passes = append(all, w), append(passes, w.pass)
	}
	if len(passes) > 1 {
		if err := resync.Glance(ctx, passes...); err != nil {
			return err
		}
	}
	for i, w := range all {
		if err := w.run(ctx); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", w.box.name, err))
		}
		if s.Err() != nil || ctx.Err() != nil {
			if i+1 < len(all) {
				failed = append(failed, s.Err(), ctx.Err()) // the other mailboxes are left out
			}
			break
		}
	}
	return errors.Join(failed...)
}

// begin reads the Maildir of a mailbox, and prepares the pass over the mailbox. It returns an error if an accident
// seems to have emptied the Maildir.
func (m *mirror) begin(s *session.Session, box mailbox) (*work, error) {
	st, _ := m.states.get(box.name)
	w := &work{mirror: m, s: s, box: box, d: &maildir{dir: box.dir}, left: numset.Of(numset.UID)}
	if err := w.d.make(); err != nil {
		return nil, err
	}
	if err := w.d.scan(markOf(box.name, st.UIDValidity)); err != nil {
		return nil, err
	}
	w.gone = st.UIDs.WithKind(numset.UID).Difference(w.d.uids())
	if n, _ := w.gone.Len(); n >= accident && !w.d.known() && !m.deleteAll {
		return nil, fmt.Errorf("all %d messages are gone from %s; if they should be deleted on the server as well, use -delete-all", n, box.dir)
	}
	w.pass = resync.New(s, box.name, st, &resync.Options{Batch: 500})
	return w, nil
}

// run applies the changes in the mailbox to the Maildir, and then the changes in the Maildir to the mailbox.
func (w *work) run(ctx context.Context) error {
	for c, err := range w.pass.All(ctx) {
		if err != nil {
			return err
		}
		if err := w.opened(); err != nil {
			return err
		}
		if err := w.pull(ctx, c); err != nil {
			return err
		}
		if err := w.states.put(w.box.name, w.pass.State(), w.d); err != nil {
			return err
		}
	}
	err := w.opened()
	if err == nil {
		err = w.forgetMoved()
	}
	if err == nil {
		err = w.push(ctx)
	}
	if saving := w.states.put(w.box.name, w.pass.State(), w.d); err == nil {
		err = saving
	}
	if err == nil && !w.left.Empty() {
		err = fmt.Errorf("the server did not send the messages %v; the next run asks for them again", w.left)
	}
	return err
}

// opened reads the Maildir again if it was read for another UIDVALIDITY than that of the mailbox.
func (w *work) opened() error {
	mark := markOf(w.box.name, w.pass.State().UIDValidity)
	if mark == w.d.mark {
		return nil
	}
	return w.d.scan(mark)
}

// forgetMoved treats files as new messages if the server does not have the UIDs in their names. Such a file was moved
// out of the Maildir, and moved back after mirror had deleted its message on the server.
func (w *work) forgetMoved() error {
	if box := w.s.Mailbox(); box == nil || box.Name != w.box.name || box.ReadOnly {
		return nil // push does nothing either
	}
	if w.pass.Unreadable() > 0 {
		return nil // the server may have messages that the pass could not read
	}
	moved := w.d.uids().Difference(w.pass.State().UIDs)
	if !moved.Empty() {
		w.logf("%s: the server does not have the UIDs of some files, which become new messages: %v", w.box.name, moved)
	}
	return w.d.forget(moved)
}

// pull applies to the Maildir a change that was made on the server.
func (w *work) pull(ctx context.Context, c *resync.Change) error {
	n := int(c.Count)
	w.bar.Expect(n)
	switch c.Kind {
	case resync.Reset:
		// The UIDs in the names of files are no longer valid, even if UIDVALIDITY is the same. arrived compares the
		// messages with the files.
		w.gone = numset.Of(numset.UID)
		if err := w.d.forget(w.d.uids()); err != nil {
			return err
		}
	case resync.Gone:
		for uid := range c.UIDs.Numbers() {
			if err := w.d.remove(uid); err != nil {
				return err
			}
		}
		w.gone = w.gone.Difference(c.UIDs)
	case resync.Flags:
		for uid, flags := range c.Messages() {
			if f := w.d.byUID[uid]; f != nil {
				// Keep flags that were changed in the Maildir; push sets them on the server.
				if err := w.d.setFlags(f, merge(lettersOf(c.Was(uid)), f.flags, lettersOf(flags))); err != nil {
					return err
				}
			}
		}
	case resync.Arrived:
		if err := w.arrived(ctx, c); err != nil {
			return err
		}
		n = 0
	}
	w.bar.Did(n, w.box.name)
	w.logf("%s: %v %v", w.box.name, c.Kind, c.UIDs)
	return nil
}

// merge merges the flags of the two sides. base holds the flags that both had before.
func merge(base, here, there string) string {
	var out []byte
	for _, l := range letters {
		has := func(s string) bool { return bytes.IndexByte([]byte(s), l.letter) >= 0 }
		if has(here) != has(base) && has(here) || has(here) == has(base) && has(there) {
			out = append(out, l.letter)
		}
	}
	return string(out)
}

// arrived downloads messages, except those that the Maildir already has because a run was interrupted or the mailbox
// has new UIDs.
func (w *work) arrived(ctx context.Context, c *resync.Change) error {
	missing := c.UIDs
	if len(w.d.fresh) > 0 {
		if err := w.recognize(ctx, c); err != nil {
			return err
		}
	}
	for uid := range c.UIDs.Numbers() {
		if f := w.d.byUID[uid]; f != nil {
			missing.Remove(uid)
			if err := w.d.setFlags(f, merge("", f.flags, lettersOf(c.Flags(uid)))); err != nil {
				return err
			}
			w.bar.Did(1, w.box.name)
		}
	}
	if missing.Empty() {
		return nil
	}
	left := missing.Clone()
	// Write to the disk in other goroutines, while this one reads from the network.
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	slots := make(chan struct{}, 8)
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
	}
	err := func() error {
		for m, err := range commands.Fetch(w.s, missing, fetch.UID, fetch.InternalDate, fetch.Body("").Peek()).All(ctx) {
			if err != nil {
				return err
			}
			for sec, err := range m.Sections {
				if err != nil {
					return err
				}
				if !sec.Is("BODY", "") || sec.IsNIL() {
					continue
				}
				done, err := w.d.create(sec)
				if err != nil {
					return err
				}
				if m.UID == 0 || len(m.Date) == 0 { // the server has sent the UID or the date after the section
					if err := m.Finish(); err != nil {
						return err
					}
				}
				uid := m.UID
				date, _ := imapdate.Parse(m.Date)
				if !left.Contains(uid) {
					return fmt.Errorf("the server sent UID %d, which was not asked for, or sent it twice", uid)
				}
				left.Remove(uid)
				flags := lettersOf(c.Flags(uid))
				if w.noSync {
					if err := done(uid, flags, date, false); err != nil {
						return err
					}
					w.bar.Did(1, w.box.name)
					break
				}
				slots <- struct{}{}
				wg.Go(func() {
					defer func() { <-slots }()
					if err := done(uid, flags, date, true); err != nil {
						fail(err)
					}
				})
				w.bar.Did(1, w.box.name)
				break
			}
		}
		return nil
	}()
	wg.Wait()
	if err == nil {
		err = first
	}
	w.d.namesChanged()
	if err == nil && !left.Empty() {
		// If the State had these messages, the next run would take them for messages deleted from the Maildir.
		w.left = w.left.Union(left)
		w.pass.Edit(func(st *resync.State) { st.Remove(left) })
	}
	return err
}

// digest returns a digest of a message's header that does not depend on its line ends.
func digest(r io.Reader) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadSlice('\n')
		line = bytes.TrimRight(line, "\r\n")
		if len(line) > 0 {
			h.Write(line)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		h.Write([]byte{'\n'})
		if err == io.EOF || len(line) == 0 && err == nil {
			return [sha256.Size]byte(h.Sum(nil)), nil
		}
		if err != nil {
			return sum, err
		}
	}
}

// recognize finds the files of messages on the server by their headers. It is needed after uploads whose UIDs are
// unknown, because the answer was lost or the server does not send them, and after a change of UIDVALIDITY.
func (w *work) recognize(ctx context.Context, c *resync.Change) error {
	here := map[[sha256.Size]byte][]*file{}
	for _, f := range w.d.fresh {
		in, err := os.Open(filepath.Join(w.d.dir, w.d.path[f]))
		if err != nil {
			return err
		}
		sum, err := digest(in)
		in.Close()
		if err != nil {
			return err
		}
		here[sum] = append(here[sum], f)
	}
	for m, err := range commands.Fetch(w.s, c.UIDs, fetch.UID, fetch.Body("HEADER").Peek()).All(ctx) {
		if err != nil {
			return err
		}
		var sum [sha256.Size]byte
		found := false
		for sec, err := range m.Sections {
			if err == nil && sec.Is("BODY", "HEADER") && !sec.IsNIL() {
				found = true
				sum, err = digest(sec)
			}
			if err != nil {
				return err
			}
		}
		if files := here[sum]; found && len(files) > 0 && w.d.byUID[m.UID] == nil {
			here[sum] = files[1:]
			if err := w.d.pair(files[0], m.UID); err != nil {
				return err
			}
		}
	}
	return nil
}

// changes compares the flags in the Maildir with those in st. add maps each flag that was set in the Maildir to the
// messages for which it was set. remove does the same for the flags that were removed.
func (d *maildir) changes(st *resync.State) (add, remove map[parser.Flag]numset.Set) {
	add, remove = map[parser.Flag]numset.Set{}, map[parser.Flag]numset.Set{}
	both := st.UIDs.WithKind(numset.UID).Intersect(d.uids())
	for _, l := range letters {
		var uids []uint32
		for uid, f := range d.byUID {
			if bytes.IndexByte([]byte(f.flags), l.letter) >= 0 {
				uids = append(uids, uid)
			}
		}
		here := numset.Of(numset.UID, uids...).Intersect(both)
		there := numset.Of(numset.UID)
		for f, set := range st.Flags {
			if f.Equal(l.flag) {
				there = set.Intersect(both)
			}
		}
		if more := here.Difference(there); !more.Empty() {
			add[l.flag] = more
		}
		if less := there.Difference(here); !less.Empty() {
			remove[l.flag] = less
		}
	}
	return add, remove
}
