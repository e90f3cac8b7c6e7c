package disk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/disk"
)

// useUp uses all mod-sequences that the file of the mailbox reserves, and returns the last one. It adds messages, and
// then changes the flags of the message with the given UID.
func (s *twoBoxes) useUp(name string, m *disk.Mailbox, uid uint32) uint64 {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.boxes[name].Dir, "state"))
	if err != nil {
		s.t.Fatal(err)
	}
	var validity, next, reserved uint64
	if _, err := fmt.Sscan(string(text), &validity, &next, &reserved); err != nil {
		s.t.Fatal(err)
	}
	for i := s.changes(m).HighestModSeq + 1; i < reserved; i++ {
		s.put(name, fmt.Sprintf("m%d", 1000+i))
	}
	s.changes(m)
	if err := m.Store(ctx, []uint32{uid}, &serve.FlagChange{Op: parser.StoreReplace, Flags: []string{`\Deleted`}}); err != nil {
		s.t.Fatal(err)
	}
	last := s.changes(m).HighestModSeq
	if last != reserved {
		s.t.Fatalf("got mod-sequence %d, want %d", last, reserved)
	}
	return last
}

// TestVanishedWithoutModSeq checks expunges that have no mod-sequence of their own: one while the program was not
// running, and one when the file with the counters could not be written. A client that knows the highest mod-sequence
// from before an expunge must learn of that expunge (RFC 7162 §3.2.5).
func TestVanishedWithoutModSeq(t *testing.T) {
	root := t.TempDir()
	s := newTwoBoxes(t, root)
	s.put("a", "m1", "m2")
	last := s.useUp("a", s.open("a"), 1)
	names, err := filepath.Glob(filepath.Join(s.boxes["a"].Dir, "m1,*"))
	if err != nil || len(names) != 1 || os.Remove(names[0]) != nil {
		t.Fatal(names, err)
	}
	s = newTwoBoxes(t, root) // the program has restarted
	m := s.open("a")
	if set, err := m.Vanished(ctx, last); err != nil || !set.Contains(1) {
		t.Errorf("Vanished after a restart: got %s, %v; want it to contain 1", set, err)
	}

	last = s.useUp("a", m, 2)
	if err := os.Mkdir(filepath.Join(s.boxes["a"].Dir, ".state.new"), 0o700); err != nil { // the file cannot be written
		t.Fatal(err)
	}
	if err := m.Expunge(ctx, []uint32{2}); err != nil {
		t.Fatal(err)
	}
	if set, err := m.Vanished(ctx, last); err != nil || !set.Contains(2) {
		t.Errorf("Vanished after an expunge without a mod-sequence: got %s, %v; want it to contain 2", set, err)
	}
}

// TestOldCaches checks that Load removes the cache of a message that another program has removed while the program was
// not running.
func TestOldCaches(t *testing.T) {
	root := t.TempDir()
	s := newTwoBoxes(t, root)
	s.put("a", "m1", "m2")
	m := s.open("a")
	s.changes(m)
	s.flags(m, []uint32{1, 2}) // reads the messages, so that they have caches
	names, err := filepath.Glob(filepath.Join(s.boxes["a"].Dir, "m1,*"))
	if err != nil || len(names) != 1 || os.Remove(names[0]) != nil {
		t.Fatal(names, err)
	}
	newTwoBoxes(t, root) // the program has restarted
	caches, err := filepath.Glob(filepath.Join(root, "a", "cache", "*"))
	if err != nil || len(caches) != 1 || filepath.Base(caches[0]) != "m2" {
		t.Errorf("caches: got %q, %v; want only that of m2", caches, err)
	}
}
