package disk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/disk"
)

// TestCounters plays a program that assigns UIDs and mod-sequences, crashes and starts again, several times. No number
// is assigned twice, and UIDVALIDITY does not change.
func TestCounters(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	uid, modseq, validity := uint32(0), uint64(0), uint32(0)
	for life := range 5 {
		c, err := disk.OpenCounters(file)
		if err != nil {
			t.Fatal(err)
		}
		if life > 0 && c.UIDValidity != validity {
			t.Fatalf("UIDVALIDITY has changed from %d to %d", validity, c.UIDValidity)
		}
		validity = c.UIDValidity
		for range []int{0, 1, 999, 1000, 2500}[life] { // the number of UIDs after which the program crashes
			u, err := c.NextUID()
			m, err2 := c.NextModSeq()
			if err = errors.Join(err, err2); err != nil || u <= uid || m <= modseq {
				t.Fatalf("got UID %d after %d and mod-sequence %d after %d: %v", u, uid, m, modseq, err)
			}
			uid, modseq = u, m
		}
	}
	c, err := disk.OpenCounters(file)
	if err != nil {
		t.Fatal(err)
	}
	c.MarkUsed(70_000, 90_000)
	if u, err := c.NextUID(); err != nil || u != 70_001 {
		t.Errorf("NextUID after UID 70000 was marked as used: got %d, %v; want 70001", u, err)
	}
	c.MarkUsed(1<<32-1, 0)
	if u, err := c.NextUID(); err == nil {
		t.Errorf("NextUID after the highest UID was marked as used: got %d, want an error", u)
	}
	other, err := disk.OpenCounters(filepath.Join(filepath.Dir(file), "other"))
	if err != nil || other.UIDValidity == validity {
		t.Errorf("two mailboxes that were created in the same second have UIDVALIDITY %d; error %v", validity, err)
	}
	if err := os.WriteFile(file, []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.OpenCounters(file); err == nil {
		t.Error("OpenCounters ignored a file that it could not read, so UIDs may be used twice")
	}
}

// TestSaveMessage saves incomplete messages, and a message whose file name is already in use. The incomplete messages
// must leave no file, and the last message must not overwrite the file that exists.
func TestSaveMessage(t *testing.T) {
	name := filepath.Join(t.TempDir(), "m")
	date := time.Unix(1e9, 0)
	for _, r := range []io.Reader{strings.NewReader("short"), io.MultiReader(strings.NewReader("12345678"), failing{})} {
		if err := disk.SaveMessage(name, &serve.NewMessage{Body: r, Size: 8, Date: date}); err == nil {
			t.Error("SaveMessage accepted an incomplete message")
		}
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file of an incomplete message: got %v, want that it does not exist", err)
		}
	}
	if err := disk.SaveMessage(name, &serve.NewMessage{Body: strings.NewReader("12345678"), Size: 8, Date: date}); err != nil {
		t.Fatal(err)
	}
	if err := disk.SaveMessage(name, &serve.NewMessage{Body: strings.NewReader("x"), Size: 1}); !errors.Is(err, os.ErrExist) {
		t.Errorf("SaveMessage with the name of an existing file: got %v, want %v", err, os.ErrExist)
	}
	info, err := os.Stat(name)
	if err != nil || info.Size() != 8 || !info.ModTime().Equal(date) {
		t.Errorf("the saved file: got %v, %v; want 8 bytes and the date of the message", info, err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

func TestKeywords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keywords")
	k, err := disk.OpenKeywords(file, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"$Work", "$work", "junk", "a"} {
		if n, err := k.Number(name); err != nil || n != []int{0, 0, 1, 2}[i] {
			t.Errorf("number of %s: got %d, %v; want %d", name, n, err, []int{0, 0, 1, 2}[i])
		}
	}
	if _, err := k.Number("b"); !errors.Is(err, parser.CodeLimit) {
		t.Errorf("a keyword above the limit: got %v, want %v", err, parser.CodeLimit)
	}
	if k, err = disk.OpenKeywords(file, 3); err != nil || !slices.Equal(k.Names(), []string{"$Work", "junk", "a"}) {
		t.Errorf("keywords after the file was read again: got %q, %v", k.Names(), err)
	}
}

// TestFileCache truncates a message's cache to each shorter length. The message is still read correctly.
func TestFileCache(t *testing.T) {
	dir := t.TempDir()
	name, cache := filepath.Join(dir, "m"), filepath.Join(dir, "cache")
	const text = "Subject: hello\r\n\r\nbody\r\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	opened := 0
	read := func() {
		t.Helper()
		f := disk.File{Open: func() (*os.File, error) { opened++; return os.Open(name) }, Size: int64(len(text)), Cache: cache}
		m, err := f.Message()
		if err != nil {
			t.Fatal(err)
		}
		if s := m.Envelope().Subject; string(s) != "hello" {
			t.Errorf("subject: got %q, want hello", s)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	read()
	good, err := os.ReadFile(cache)
	if err != nil {
		t.Fatal(err)
	}
	if read(); opened != 1 {
		t.Errorf("with a cache, the file was opened %d times in all, want once", opened)
	}
	for n := range good {
		if err := os.WriteFile(cache, good[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		read()
	}
	if opened != 1+len(good) {
		t.Errorf("of %d truncated caches, Message replaced %d", len(good), opened-1)
	}
}

// fileLayout is a Folder for tests. The name of a file is NAME, or NAME,UID,MODSEQ,FLAGS with "t" for \Deleted and
// "s" for \Seen.
type fileLayout struct {
	dir  string
	fail error // the error of the next Rename
}

func (l *fileLayout) Scan(_ bool, known func(uint32) (disk.Message, bool)) (list []disk.Message, ok bool, err error) {
	names, err := filepath.Glob(filepath.Join(l.dir, "m*"))
	for _, name := range names {
		info, e := os.Stat(name)
		if e != nil {
			return nil, false, e
		}
		m := disk.Message{Path: filepath.Base(name), Size: info.Size(), Date: info.ModTime()}
		part := strings.Split(m.Path, ",")
		if m.Name = part[0]; len(part) == 4 {
			if _, err := fmt.Sscan(part[1]+" "+part[2], &m.UID, &m.ModSeq); err != nil {
				return nil, false, err
			}
			if x, ok := known(m.UID); ok && x.Path != m.Path {
				m.ModSeq = 0
			}
			if strings.Contains(part[3], "t") {
				m.Flags = append(m.Flags, `\Deleted`)
			}
			if strings.Contains(part[3], "s") {
				m.Flags = append(m.Flags, `\Seen`)
			}
		}
		list = append(list, m)
	}
	return list, true, err
}

func (l *fileLayout) Rename(m *disk.Message, from string) error {
	if err := l.fail; err != nil {
		l.fail = nil
		return err
	}
	flags := ""
	if slices.Contains(m.Flags, `\Deleted`) {
		flags += "t"
	}
	if slices.Contains(m.Flags, `\Seen`) {
		flags += "s"
	}
	m.Path = fmt.Sprintf("%s,%d,%d,%s", m.Name, m.UID, m.ModSeq, flags)
	return os.Rename(from, filepath.Join(l.dir, m.Path))
}

func (l *fileLayout) Sync() error     { return disk.SyncDir(l.dir) }
func (l *fileLayout) Flags() []string { return []string{`\Deleted`, `\Seen`} }

var ctx = context.Background()
