package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/disk"
)

// watched is a Folder that scans if it is forced to, or if the test has set the field changed.
type watched struct {
	*fileLayout
	changed bool
	fail    error // the error of the next Scan
}

func (w *watched) Scan(force bool, known func(uint32) (disk.Message, bool)) ([]disk.Message, bool, error) {
	if !force && !w.changed {
		return nil, false, nil
	}
	w.changed = false
	if err := w.fail; err != nil {
		w.fail = nil
		return nil, false, err
	}
	return w.fileLayout.Scan(force, known)
}

// TestScanAgain checks what happens if a scan fails after the Folder has noticed that the directory has changed. The
// next scan finds the changes, although the directory has not changed again.
func TestScanAgain(t *testing.T) {
	s := newTwoBoxes(t, t.TempDir())
	s.put("a", "m1")
	m := s.open("a")
	s.changes(m)
	w := &watched{fileLayout: s.lay["a"]}
	s.boxes["a"].Folder = w

	broken := errors.New("the disk does not answer")
	s.put("a", "m2")
	w.changed, w.fail = true, broken
	if _, err := m.Changes(ctx); !errors.Is(err, broken) {
		t.Fatalf("Changes: got %v, want %v", err, broken)
	}
	if ch := s.changes(m); !slices.Equal(ch.New, []uint32{2}) {
		t.Errorf("Changes after a scan that failed: got %+v, want the new UID 2", ch)
	}

	s.put("a", "m3")
	w.changed, w.fileLayout.fail = true, fs.ErrNotExist // another program has moved the new message
	if ch := s.changes(m); len(ch.New) != 0 {
		t.Errorf("Changes after a rename that failed: got %+v, want no new messages", ch)
	}
	if ch := s.changes(m); !slices.Equal(ch.New, []uint32{4}) {
		t.Errorf("Changes after a rename that failed: got %+v, want the new UID 4", ch)
	}
}

// TestScanRace checks what happens if another program changes the flags of a message again, after the Box has found the
// first change and before the Box has renamed the file. The message must not be reported as expunged, because no client
// would then see it again in its session.
func TestScanRace(t *testing.T) {
	s := newTwoBoxes(t, t.TempDir())
	s.put("a", "m1", "m2")
	m := s.open("a")
	s.changes(m)
	w := &watched{fileLayout: s.lay["a"]}
	s.boxes["a"].Folder = w
	names, err := filepath.Glob(filepath.Join(s.boxes["a"].Dir, "m1,*"))
	if err != nil || len(names) != 1 || os.Rename(names[0], names[0]+"s") != nil {
		t.Fatal(names, err)
	}
	w.changed, w.fileLayout.fail = true, fs.ErrNotExist
	if ch := s.changes(m); len(ch.Expunged) != 0 {
		t.Errorf("Changes: got %+v, want nothing expunged", ch)
	}
	if ch := s.changes(m); !slices.Equal(ch.Changed, []uint32{1}) || len(ch.New) != 0 {
		t.Errorf("Changes after the next scan: got %+v, want that UID 1 has changed", ch)
	}
	if got := s.flags(m, []uint32{1}); got != `1m1[\Seen]` {
		t.Errorf("flags: got %q, want %q", got, `1m1[\Seen]`)
	}
}

// TestScanUsedUID checks what happens if a file has a UID above UIDNEXT, and no mod-sequence. This can be so if the
// file with the counters is older than the message, and another program has changed the message's flags. New messages
// get higher UIDs.
func TestScanUsedUID(t *testing.T) {
	s := newTwoBoxes(t, t.TempDir())
	s.put("a", "m1,500,0,", "m2")
	m := s.open("a")
	if ch := s.changes(m); !slices.Equal(ch.New, []uint32{500, 501}) || ch.UIDNext != 502 {
		t.Errorf("Changes: got %+v, want UIDs 500 and 501", ch)
	}
}

// forgetful is a Folder whose Scan omits a message; the field times says in how many calls. A real Scan may omit a
// message if another program renames its file while the directory is read.
type forgetful struct {
	*fileLayout
	uid   uint32
	times int
}

func (f *forgetful) Scan(force bool, known func(uint32) (disk.Message, bool)) ([]disk.Message, bool, error) {
	list, ok, err := f.fileLayout.Scan(force, known)
	if f.times--; f.times >= 0 {
		list = slices.DeleteFunc(list, func(m disk.Message) bool { return m.UID == f.uid })
	}
	return list, ok, err
}

// TestScanMisses checks what happens if a read of the directory misses a message. The message must not be reported as
// expunged, because a client would not see it again in its session, and a client with QRESYNC would never see it again.
func TestScanMisses(t *testing.T) {
	root := t.TempDir()
	s := newTwoBoxes(t, root)
	s.put("a", "m1", "m2")
	m := s.open("a")
	s.changes(m)
	for times := range 3 {
		s.boxes["a"].Folder = &forgetful{s.lay["a"], 1, times}
		if ch := s.changes(m); len(ch.Expunged) != 0 {
			t.Errorf("Changes after %d reads that missed a message: got %+v, want nothing expunged", times, ch)
		}
	}
	s.boxes["a"].Folder = s.lay["a"]
	if ch := s.changes(m); len(ch.New)+len(ch.Expunged)+len(ch.Changed) != 0 {
		t.Errorf("Changes after a complete read: got %+v, want none", ch)
	}

	b := &disk.Box{Dir: filepath.Join(root, "a"), Folder: &forgetful{s.lay["a"], 1, 1}, Lock: &s.mu, MaxKeywords: 3}
	if err := b.Load(); err != nil {
		t.Fatal(err)
	}
	s.boxes["a"] = b
	if ch := s.changes(s.open("a")); !slices.Equal(ch.New, []uint32{1, 2}) {
		t.Errorf("Changes after Load missed a message at first: got %+v, want the new UIDs 1 and 2", ch)
	}

	names, err := filepath.Glob(filepath.Join(root, "a", "m1,*"))
	if err != nil || len(names) != 1 || os.Remove(names[0]) != nil {
		t.Fatal(names, err)
	}
	if ch := s.changes(m); !slices.Equal(ch.Expunged, []uint32{1}) {
		t.Errorf("Changes after another program has removed a message: got %+v, want UID 1 expunged", ch)
	}
}

// TestFlagsInUse stores and expunges messages whose flags another program has changed since the last scan. The new flags
// stay.
func TestFlagsInUse(t *testing.T) {
	s := newTwoBoxes(t, t.TempDir())
	s.put("a", "m1", "m2", "m3")
	m := s.open("a")
	s.changes(m)
	setSeen := func(name string) {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(s.boxes["a"].Dir, name+",*"))
		if err != nil || len(names) != 1 || os.Rename(names[0], names[0]+"s") != nil {
			t.Fatal(names, err)
		}
	}
	s.boxes["a"].Folder = lateScan{s.lay["a"]}
	last := s.changes(m).HighestModSeq
	deleted := &serve.FlagChange{Op: parser.StoreAdd, Flags: []string{`\Deleted`}}
	setSeen("m1")
	if err := m.Store(ctx, []uint32{1, 2}, deleted); err != nil {
		t.Errorf("Store: %v", err)
	}
	setSeen("m3")
	if modified, err := m.StoreUnchanged(ctx, []uint32{3}, deleted, last); err != nil || !slices.Equal(modified, []uint32{3}) {
		t.Errorf("StoreUnchanged: got %v, %v; want that UID 3 was modified", modified, err)
	}
	if got := s.flags(m, []uint32{1, 2, 3}); got != `1m1[\Deleted \Seen]2m2[\Deleted]3m3[\Seen]` {
		t.Errorf("flags: got %q", got)
	}
	setSeen("m2")
	if err := m.Expunge(ctx, nil); err != nil {
		t.Errorf("Expunge: %v", err)
	}
	if got := s.flags(m, []uint32{1, 2, 3}); got != `3m3[\Seen]` {
		t.Errorf("messages after Expunge: got %q, want that of UID 3", got)
	}
}
