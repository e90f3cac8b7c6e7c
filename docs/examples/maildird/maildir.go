package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imapstack/imapstack/session/serve/disk"
)

// A maildir tells a disk.Box how the files of a mailbox are laid out. Other programs may deliver to it, and change
// flags.
//
//	new/BASE                                    a message that another program has delivered
//	cur/BASE,U=UID,M=MODSEQ.LETTERS:2,LETTERS   a message; LETTERS are its flags
//
// LETTERS are the letters of Maildir for system flags and $Forwarded, and "a" for the first of the Box's keywords, "b"
// for the next. They are in the name twice: other programs change only those at the end, so a difference between the
// two shows that another program has changed the flags.
type maildir struct {
	box  *disk.Box
	seen [2]time.Time
}

func makeMaildir(dir string) (err error) {
	for _, sub := range []string{"tmp", "new", "cur"} { // cur is created last, because a directory with cur is a mailbox
		err = cmp.Or(err, os.MkdirAll(filepath.Join(dir, sub), 0o700))
	}
	return err
}

// Scan parses the names of files. It compares the modification times of the directories to find out whether anything
// has changed.
func (d *maildir) Scan(force bool, known func(uid uint32) (disk.Message, bool)) (list []disk.Message, ok bool, err error) {
	dirs := [2]string{filepath.Join(d.box.Dir, "cur"), filepath.Join(d.box.Dir, "new")}
	var stamp [2]time.Time
	for i, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, false, err
		}
		stamp[i] = info.ModTime()
	}
	if stamp == d.seen && !force {
		return nil, false, nil
	}
	if d.seen = stamp; time.Since(stamp[0]) < time.Second || time.Since(stamp[1]) < time.Second {
		d.seen = [2]time.Time{} // another change within the same tick of the clock would not change the modification time
	}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, false, err
		}
		for _, e := range entries {
			m := d.parse(e.Name())
			if x, ok := known(m.UID); ok && x.ModSeq == m.ModSeq && x.Name == m.Name {
				list = append(list, x)
				continue
			}
			info, err := e.Info()
			if err != nil || e.Name()[0] == '.' {
				continue // the file is hidden, or was renamed after the directory was read
			}
			m.Path, m.Size, m.Date = filepath.Join(filepath.Base(dir), e.Name()), info.Size(), info.ModTime()
			list = append(list, m)
		}
	}
	return list, true, nil
}

// parse parses the name of a file. The result has no mod-sequence if another program has changed the flags, and neither
// a mod-sequence nor a UID if another program has delivered the message.
func (d *maildir) parse(name string) (m disk.Message) {
	base, info, _ := strings.Cut(name, ":")
	letters := strings.TrimPrefix(info, "2,")
	m.Flags, m.Name = d.flags(letters), base
	base, rest, _ := strings.Cut(base, ",U=")
	uid, rest, _ := strings.Cut(rest, ",M=")
	modseq, was, _ := strings.Cut(rest, ".")
	n, err := strconv.ParseUint(uid, 10, 32)
	q, err2 := strconv.ParseUint(modseq, 10, 63)
	if err == nil && err2 == nil {
		if m.UID, m.Name = uint32(n), base; was == letters {
			m.ModSeq = q
		}
	}
	return m
}

// Rename renames a message's file.
func (d *maildir) Rename(m *disk.Message, from string) error {
	letters, err := d.letters(m.Flags)
	if err != nil {
		return err
	}
	m.Path = filepath.Join("cur", fmt.Sprintf("%s,U=%d,M=%d.%s:2,%s", m.Name, m.UID, m.ModSeq, letters, letters))
	return os.Rename(from, filepath.Join(d.box.Dir, m.Path))
}

// Sync makes sure that names are on the disk.
func (d *maildir) Sync() error { return disk.SyncDir(filepath.Join(d.box.Dir, "cur")) }

// letterList holds the letters of the flags in letterFlags, in the same order, and then those of keywords.
const letterList = "DFPRSTabcdefghijklmnopqrstuvwxyz"

var letterFlags = []string{`\Draft`, `\Flagged`, `$Forwarded`, `\Answered`, `\Seen`, `\Deleted`}

// Flags returns all flags, in the order of their letters.
func (d *maildir) Flags() []string { return slices.Concat(letterFlags, d.box.Keywords.Names()) }

// flags returns the flags for which letters stand.
func (d *maildir) flags(letters string) (out []string) {
	all := d.Flags()
	for i := range min(len(all), len(letterList)) {
		if strings.IndexByte(letters, letterList[i]) >= 0 {
			out = append(out, all[i])
		}
	}
	return out
}

// letters returns the letters of flags, sorted. A new keyword gets a free letter.
func (d *maildir) letters(flags []string) (string, error) {
	var out []byte
	for _, f := range flags {
		i := slices.IndexFunc(letterFlags, func(x string) bool { return strings.EqualFold(x, f) })
		if i < 0 {
			n, err := d.box.Keywords.Number(f)
			if err != nil {
				return "", err
			}
			i = n + len(letterFlags)
		}
		out = append(out, letterList[i])
	}
	slices.Sort(out)
	return string(out), nil
}
