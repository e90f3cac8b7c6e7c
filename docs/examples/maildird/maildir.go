package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// A box is a Maildir, which all connections share that have it open. What lasts is on disk, and what is done is done by renaming
// a file: whenever the program dies, a message is where it was or where it was to be. scan finds out.
//
//	new/BASE:2,LETTERS                          a message that was delivered or appended, and has no UID yet
//	cur/BASE,U=UID,M=MODSEQ.LETTERS:2,LETTERS   a message; LETTERS are its flags, twice, so that a change by others shows
//	cache/BASE                                  what is known of a message, so that it is taken apart once
//	state                                       UIDVALIDITY, and how far UIDs and mod-sequences may have been used
//	keywords                                    flags for which Maildir has no letter: the first is "a", the next "b"
type box struct {
	mu       sync.Mutex
	dir      string
	validity uint32
	next     uint32 // UID
	modseq   uint64
	nextMax  uint32 // how far next and modseq may go before state is written again
	modMax   uint64
	keywords []string
	msgs     []msg // by UID; never changed in place
	seen     [2]time.Time
	open     map[*mailbox]bool
	gone     bool
}

// A msg is a message as it was last seen.
type msg struct {
	uid           uint32
	modseq        uint64
	base, letters string
	size          int64
	date          time.Time
}

func (m *msg) file() string {
	return fmt.Sprintf("cur/%s,U=%d,M=%d.%s:2,%s", m.base, m.uid, m.modseq, m.letters, m.letters)
}

// parseName takes the name of a file apart. The UID is 0 if there is none; changed is whether others have set flags.
func parseName(name string) (m msg, changed bool) {
	base, info, _ := strings.Cut(name, ":")
	letters := []byte(strings.TrimPrefix(info, "2,"))
	slices.Sort(letters)
	m.base, m.letters = base, string(slices.Compact(letters))
	base, rest, _ := strings.Cut(base, ",U=")
	uid, rest, _ := strings.Cut(rest, ",M=")
	modseq, was, _ := strings.Cut(rest, ".")
	n, err := strconv.ParseUint(uid, 10, 32)
	q, err2 := strconv.ParseUint(modseq, 10, 63)
	if err == nil && err2 == nil {
		m.uid, m.modseq, m.base = uint32(n), q, base
	}
	return m, was != m.letters
}

// writeFile writes a file so that it is whole whenever it is read, and lasts.
func writeFile(dir, name, content string) error {
	tmp, err := os.CreateTemp(filepath.Join(dir, "tmp"), name)
	if err != nil {
		return err
	}
	_, err = tmp.WriteString(content)
	if err = cmp.Or(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(dir, name))
	}
	return cmp.Or(err, lasting(dir))
}

// lasting makes the names in a directory last.
func lasting(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func makeMaildir(dir string) (err error) {
	for _, sub := range []string{"tmp", "new", "cur", "cache"} {
		err = cmp.Or(err, os.MkdirAll(filepath.Join(dir, sub), 0o700))
	}
	return err
}

// load reads what lasts.
func (b *box) load() error {
	b.validity, b.next, b.modseq = uint32(time.Now().Unix()), 1, 1
	if text, err := os.ReadFile(filepath.Join(b.dir, "state")); err == nil {
		if _, err = fmt.Sscan(string(text), &b.validity, &b.next, &b.modseq); err != nil {
			return err
		}
	}
	text, _ := os.ReadFile(filepath.Join(b.dir, "keywords"))
	b.keywords = strings.Fields(string(text))
	return cmp.Or(b.reserve(), b.scan(true))
}

// reserve sees to it that the next UID and mod-sequence are never used again, whatever happens: state says how far they may go.
func (b *box) reserve() error {
	if b.next < b.nextMax && b.modseq < b.modMax {
		return nil
	}
	b.nextMax, b.modMax = b.next+1000, b.modseq+1000
	return writeFile(b.dir, "state", fmt.Sprintln(b.validity, b.nextMax, b.modMax))
}

// scan takes in what has been done, here or by others, and gives UIDs to new messages. The lock is held.
func (b *box) scan(anyway bool) error {
	var stamp [2]time.Time
	for i, sub := range []string{"cur", "new"} {
		if info, err := os.Stat(filepath.Join(b.dir, sub)); err == nil {
			stamp[i] = info.ModTime()
		}
	}
	if stamp == b.seen && !anyway || b.gone {
		return nil
	}
	if b.seen = stamp; time.Since(stamp[0]) < time.Second || time.Since(stamp[1]) < time.Second {
		b.seen = [2]time.Time{} // more may happen within the clock's tick
	}
	var found, fresh []msg
	at := map[string]string{} // where the files of fresh are, by base
	for _, sub := range []string{"cur", "new"} {
		entries, err := os.ReadDir(filepath.Join(b.dir, sub))
		if err != nil {
			return err
		}
		for _, e := range entries {
			m, changed := parseName(e.Name())
			if i, ok := b.find(m.uid); ok && !changed && b.msgs[i].base == m.base && b.msgs[i].modseq == m.modseq {
				found = append(found, b.msgs[i])
				continue
			}
			info, err := e.Info()
			if err != nil || e.Name()[0] == '.' {
				continue // it has another name by now
			}
			if m.size, m.date = info.Size(), info.ModTime(); m.uid != 0 && !changed {
				found = append(found, m)
				b.next, b.modseq = max(b.next, m.uid+1), max(b.modseq, m.modseq)
			} else {
				fresh, at[m.base] = append(fresh, m), filepath.Join(b.dir, sub, e.Name())
			}
		}
	}
	slices.SortFunc(fresh, func(x, y msg) int { return strings.Compare(x.base, y.base) })
	for _, m := range fresh {
		if err := b.reserve(); err != nil {
			return err
		}
		b.modseq++
		if m.modseq = b.modseq; m.uid == 0 {
			m.uid = b.next
			b.next++
		}
		if os.Rename(at[m.base], filepath.Join(b.dir, m.file())) == nil {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(x, y msg) int { return cmp.Compare(x.uid, y.uid) })
	b.msgs = slices.CompactFunc(found, func(x, y msg) bool { return x.uid == y.uid })
	for h := range b.open {
		h.wake()
	}
	return lasting(filepath.Join(b.dir, "cur"))
}

func byUID(m msg, uid uint32) int { return cmp.Compare(m.uid, uid) }

// find returns the place of a UID. The lock is held.
func (b *box) find(uid uint32) (int, bool) { return slices.BinarySearchFunc(b.msgs, uid, byUID) }

// Maildir's letters, and the flags that they are.
const letterList, flagList = "DFRST", `\Draft \Flagged \Answered \Seen \Deleted`

// all returns all flags, and their letters. The lock is held.
func (b *box) all() (flags []string, letters string) {
	return append(strings.Fields(flagList), b.keywords...), letterList + "abcdefghijklmnopqrstuvwxyz"[:len(b.keywords)]
}

// flags returns what letters stand for. The lock is held.
func (b *box) flags(s string) (out []string) {
	flags, letters := b.all()
	for i, f := range flags {
		if strings.IndexByte(s, letters[i]) >= 0 {
			out = append(out, f)
		}
	}
	return out
}

// letters returns the letters of flags, sorted. A flag that is new gets one that is free. The lock is held.
func (b *box) letters(want []string) (string, error) {
	var out []byte
	for _, f := range want {
		flags, letters := b.all()
		i := slices.IndexFunc(flags, func(x string) bool { return strings.EqualFold(x, f) })
		if i < 0 {
			if len(b.keywords) == 26 {
				return "", fmt.Errorf("%w: a Maildir has room for 26 keywords", parser.CodeLimit)
			}
			if err := writeFile(b.dir, "keywords", strings.Join(append(b.keywords, f), "\n")); err != nil {
				return "", err
			}
			b.keywords = append(b.keywords, f)
			_, letters = b.all()
			i = len(flags)
		}
		out = append(out, letters[i])
	}
	slices.Sort(out)
	return string(out), nil
}
