package disk_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/disk"
)

// twoBoxes has two Boxes of one user.
type twoBoxes struct {
	t     *testing.T
	mu    sync.Mutex
	boxes map[string]*disk.Box
	lay   map[string]*fileLayout
}

func newTwoBoxes(t *testing.T, root string) *twoBoxes {
	s := &twoBoxes{t: t, boxes: map[string]*disk.Box{}, lay: map[string]*fileLayout{}}
	for _, name := range []string{"a", "b"} {
		dir := filepath.Join(root, name)
		s.lay[name] = &fileLayout{dir: dir}
		s.boxes[name] = &disk.Box{Dir: dir, Folder: s.lay[name], Lock: &s.mu, MaxKeywords: 3, Find: func(name string) (*disk.Box, error) {
			if b := s.boxes[name]; b != nil {
				return b, nil
			}
			return nil, parser.CodeTryCreate
		}}
		if err := errors.Join(os.MkdirAll(dir, 0o700), s.boxes[name].Load()); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *twoBoxes) open(name string) *disk.Mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.boxes[name].Open(nil)
}

// put creates files in a mailbox, as another program would.
func (s *twoBoxes) put(name string, files ...string) {
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(s.boxes[name].Dir, f), []byte("Subject: "+f+"\r\n\r\n"), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *twoBoxes) changes(m *disk.Mailbox) *serve.Changes {
	s.t.Helper()
	ch, err := m.Changes(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	return ch
}

// flags returns the UIDs and flags of messages as text.
func (s *twoBoxes) flags(m *disk.Mailbox, uids []uint32) string {
	s.t.Helper()
	out := ""
	err := m.Fetch(ctx, uids, serve.NeedFlags|serve.NeedContent, func(x *serve.Message) bool {
		content, err := x.Content()
		if err != nil {
			s.t.Fatal(err)
		}
		out += fmt.Sprintf("%d%s%v", x.UID, content.Envelope().Subject, x.Flags)
		return true
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func TestBox(t *testing.T) {
	root := t.TempDir()
	s := newTwoBoxes(t, root)
	s.put("a", "m2", "m1", "m3")
	m, other := s.open("a"), s.open("a")
	first := s.changes(m)
	if !slices.Equal(first.New, []uint32{1, 2, 3}) || first.UIDNext != 4 {
		t.Fatalf("first changes: got %+v", first)
	}
	s.changes(other)
	if err := m.Store(ctx, []uint32{1, 3}, &serve.FlagChange{Op: parser.StoreAdd, Flags: []string{`\Deleted`}}); err != nil {
		t.Fatal(err)
	}
	ch := s.changes(other)
	if !slices.Equal(ch.Changed, []uint32{1, 3}) || ch.HighestModSeq <= first.HighestModSeq {
		t.Errorf("changes for the other connection after a Store: got %+v", ch)
	}
	if modified, err := other.StoreUnchanged(ctx, []uint32{1, 2}, &serve.FlagChange{Op: parser.StoreAdd, Flags: []string{`\Seen`}}, first.HighestModSeq); err != nil || !slices.Equal(modified, []uint32{1}) {
		t.Errorf("StoreUnchanged of a message that has changed and one that has not: got %v, %v; want [1]", modified, err)
	}
	before := s.changes(other).HighestModSeq
	if err := m.Store(ctx, []uint32{2}, &serve.FlagChange{Op: parser.StoreReplace, Flags: []string{`\seen`}}); err != nil {
		t.Fatal(err)
	}
	if after := s.changes(other); after.HighestModSeq != before || len(after.Changed) != 0 {
		t.Errorf("changes after a Store of flags that the message has already: got %+v", after)
	}
	if err := m.Expunge(ctx, []uint32{1, 2}); err != nil {
		t.Fatal(err)
	}
	if ch := s.changes(other); !slices.Equal(ch.Expunged, []uint32{1}) || ch.HighestModSeq <= before {
		t.Errorf("changes after Expunge: got %+v", ch)
	}
	if set, err := m.Vanished(ctx, before); err != nil || set.String() != "1" {
		t.Errorf("Vanished: got %s, %v; want 1", set, err)
	}
	if got := s.flags(m, []uint32{1, 2, 3}); got != `2m2[\Seen]3m3[\Deleted]` {
		t.Errorf("got %q, want %q", got, `2m2[\Seen]3m3[\Deleted]`)
	}
	if err := m.Store(ctx, []uint32{2}, &serve.FlagChange{Op: parser.StoreAdd, Flags: []string{`\Deleted`}}); err != nil {
		t.Fatal(err)
	}
	if got := s.flags(m, []uint32{2}); got != `2m2[\Deleted \Seen]` {
		t.Errorf("flags in the order in which Scan finds them: got %s", got)
	}

	dir := filepath.Join(root, "c")
	if err := os.Rename(filepath.Join(root, "a"), dir); err != nil {
		t.Fatal(err)
	}
	s.lay["a"].dir = dir
	s.boxes["a"].Renamed(dir)
	if n, err := s.boxes["a"].Keywords.Number("x"); err != nil || n != 0 {
		t.Errorf("number of a keyword after Renamed: got %d, %v; want 0", n, err)
	}
	for i := range 1001 { // more UIDs than one write of the file reserves
		s.put("a", fmt.Sprintf("m%d", 10+i))
	}
	if ch := s.changes(other); len(ch.New) != 1001 {
		t.Errorf("changes after Renamed: got %d new messages, want 1001", len(ch.New))
	}
	if err := os.Rename(dir, filepath.Join(root, "a")); err != nil {
		t.Fatal(err)
	}

	s = newTwoBoxes(t, root) // the program has restarted
	m = s.open("a")
	if ch := s.changes(m); !slices.Equal(ch.New[:2], []uint32{2, 3}) || ch.UIDValidity != first.UIDValidity || ch.UIDNext < 1005 {
		t.Errorf("first changes after a restart: got %+v", ch)
	}
	if set, err := m.Vanished(ctx, before); err != nil || !set.Contains(1) {
		t.Errorf("Vanished since before the restart: got %s, %v", set, err)
	}
}

// TestBoxOtherPrograms renames and removes files as another program would.
func TestBoxOtherPrograms(t *testing.T) {
	s := newTwoBoxes(t, t.TempDir())
	s.put("a", "m1", "m2", "m3")
	m := s.open("a")
	first := s.changes(m)
	names, err := filepath.Glob(filepath.Join(s.boxes["a"].Dir, "m[12],*"))
	if err != nil || len(names) != 2 {
		t.Fatal(names, err)
	}
	if err := errors.Join(os.Rename(names[0], names[0]+"s"), os.Remove(names[1])); err != nil {
		t.Fatal(err)
	}
	if got := s.flags(m, []uint32{1, 3}); got == "" {
		t.Error("Fetch cannot read a file that another program has renamed")
	}
	ch := s.changes(m)
	if !slices.Equal(ch.Changed, []uint32{1}) || !slices.Equal(ch.Expunged, []uint32{2}) || ch.HighestModSeq <= first.HighestModSeq {
		t.Errorf("changes after another program has renamed one file and removed another: got %+v", ch)
	}
	if got := s.flags(m, []uint32{1, 2}); got != `1m1[\Seen]` {
		t.Errorf("got %q, want %q", got, `1m1[\Seen]`)
	}
	caches, err := filepath.Glob(filepath.Join(s.boxes["a"].Dir, "cache", "*"))
	if err != nil || len(caches) != 2 {
		t.Errorf("caches: got %q, %v; want those of two messages", caches, err)
	}
}

// TestBoxMove moves messages to another mailbox, to the same one, and to one that fails before all are moved.
func TestBoxMove(t *testing.T) {
	s := newTwoBoxes(t, t.TempDir())
	s.put("a", "m1", "m2", "m3")
	s.put("b", "m0")
	a, b := s.open("a"), s.open("b")
	s.changes(a)
	s.changes(b)
	done, err := a.Move(ctx, []uint32{1, 3, 9}, "b")
	if err != nil || !slices.Equal(done.From, []uint32{1, 3}) || !slices.Equal(done.To, []uint32{2, 3}) {
		t.Fatalf("Move: got %+v, %v", done, err)
	}
	if x, y := s.changes(a), s.changes(b); !slices.Equal(x.Expunged, []uint32{1, 3}) || !slices.Equal(y.New, []uint32{2, 3}) {
		t.Errorf("changes after Move: got %+v in the old mailbox, and %+v in the new one", x, y)
	}
	if got := s.flags(b, []uint32{1, 2, 3}); got != "1m0[]2m1[]3m3[]" {
		t.Errorf("got %q, want %q", got, "1m0[]2m1[]3m3[]")
	}
	done, err = b.Move(ctx, []uint32{1, 2}, "b")
	if err != nil || !slices.Equal(done.To, []uint32{4, 5}) {
		t.Fatalf("Move to the same mailbox: got %+v, %v", done, err)
	}
	if ch := s.changes(b); !slices.Equal(ch.Expunged, []uint32{1, 2}) || !slices.Equal(ch.New, []uint32{4, 5}) {
		t.Errorf("changes after Move to the same mailbox: got %+v", ch)
	}
	if _, err := b.Move(ctx, []uint32{3}, "c"); !errors.Is(err, parser.CodeTryCreate) {
		t.Errorf("Move to a mailbox that does not exist: got %v, want %v", err, parser.CodeTryCreate)
	}
	full := errors.New("full")
	s.lay["a"].fail = full // the first message cannot be moved
	if _, err := b.Move(ctx, []uint32{3, 4}, "a"); !errors.Is(err, full) {
		t.Errorf("Move to a full mailbox: got %v, want %v", err, full)
	}
	if got := s.flags(b, []uint32{3, 4, 5}); got != "3m3[]4m0[]5m1[]" {
		t.Errorf("got %q, want %q", got, "3m3[]4m0[]5m1[]")
	}
	gone := filepath.Join(s.boxes["b"].Dir, "m1,5,*")
	names, err := filepath.Glob(gone)
	if err != nil || len(names) != 1 || os.Remove(names[0]) != nil {
		t.Fatal(names, err)
	}
	s.boxes["b"].Folder = lateScan{s.lay["b"]} // another program has removed the last message since the scan
	if _, err := b.Move(ctx, []uint32{3, 4, 5}, "a"); !errors.Is(err, parser.CodeInUse) {
		t.Errorf("Move of a message that another program has just removed: got %v, want %v", err, parser.CodeInUse)
	}
	if ch := s.changes(b); !slices.Equal(ch.Expunged, []uint32{5}) {
		t.Errorf("changes after the failed Move: got %+v, want that UID 5 is expunged", ch)
	}
	if got := s.flags(b, []uint32{3, 4}) + s.flags(a, []uint32{1, 2, 3, 4, 5, 6, 7, 8}); got != "3m3[]4m0[]2m2[]" {
		t.Errorf("after the failed Move, the mailboxes have %s", got)
	}
}

// lateScan is a Folder that scans only if it is forced to.
type lateScan struct{ *fileLayout }

func (l lateScan) Scan(force bool, known func(uint32) (disk.Message, bool)) ([]disk.Message, bool, error) {
	if !force {
		return nil, false, nil
	}
	return l.fileLayout.Scan(force, known)
}

// unsynced is a Folder whose Sync fails.
type unsynced struct{ *fileLayout }

var errSync = errors.New("the disk is broken")

func (unsynced) Sync() error { return errSync }

// TestMoveUnsynced moves messages to or from a mailbox whose file names cannot be made durable. The messages stay where
// they were, because the answer to the client is NO.
func TestMoveUnsynced(t *testing.T) {
	for _, broken := range []string{"a", "b"} {
		s := newTwoBoxes(t, t.TempDir())
		s.put("a", "m1", "m2")
		a, b := s.open("a"), s.open("b")
		s.changes(a)
		s.changes(b)
		s.boxes[broken].Folder = unsynced{s.lay[broken]}
		if _, err := a.Move(ctx, []uint32{1, 2}, "b"); !errors.Is(err, errSync) {
			t.Errorf("%s is broken: Move: got %v, want %v", broken, err, errSync)
		}
		s.boxes[broken].Folder = s.lay[broken]
		if ch := s.changes(a); len(ch.New)+len(ch.Expunged)+len(ch.Changed) != 0 {
			t.Errorf("%s is broken: the mailbox from which Move failed has changes %+v, want none", broken, ch)
		}
		if ch := s.changes(b); len(ch.New) != 0 {
			t.Errorf("%s is broken: the mailbox to which Move failed has new messages %d, want none", broken, ch.New)
		}
		if got := s.flags(a, []uint32{1, 2}); got != "1m1[]2m2[]" {
			t.Errorf("%s is broken: messages after the failed Move: got %q, want m1 and m2", broken, got)
		}
		if done, err := a.Move(ctx, []uint32{1, 2}, "b"); err != nil || len(done.From) != 2 {
			t.Errorf("Move after %s was repaired: got %+v, %v; want both messages moved", broken, done, err)
		}
	}
}

// TestAddUnsynced adds a message whose name cannot be made durable. No message is left, because the client may append
// it again.
func TestAddUnsynced(t *testing.T) {
	s := newTwoBoxes(t, t.TempDir())
	m := s.open("a")
	s.changes(m)
	b := s.boxes["a"]
	b.Folder = unsynced{s.lay["a"]}
	file := filepath.Join(b.Dir, "new")
	if err := os.WriteFile(file, []byte("Subject: x\r\n\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	_, _, err := b.Add(disk.Message{Name: "m1", Size: 14}, file)
	s.mu.Unlock()
	if !errors.Is(err, errSync) {
		t.Errorf("Add: got %v, want %v", err, errSync)
	}
	b.Folder = s.lay["a"]
	if ch := s.changes(m); len(ch.New) != 0 {
		t.Errorf("Changes after the failed Add: got %+v, want no new messages", ch)
	}
}
