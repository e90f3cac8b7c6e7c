package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// letters lists the flags that a Maildir can express, with their letters.
var letters = []struct {
	letter byte
	flag   parser.Flag
}{{'D', parser.FlagDraft}, {'F', parser.FlagFlagged}, {'P', parser.FlagForwarded}, {'R', parser.FlagAnswered}, {'S', parser.FlagSeen}, {'T', parser.FlagDeleted}}

// lettersOf returns the letters of those flags that a Maildir can express.
func lettersOf(flags []parser.Flag) string {
	var b []byte
	for _, l := range letters {
		if parser.HasFlag(flags, l.flag) {
			b = append(b, l.letter)
		}
	}
	return string(b)
}

// flagsOf returns the flags for which letters stand.
func flagsOf(text string) (flags []parser.Flag) {
	for _, l := range letters {
		if strings.IndexByte(text, l.letter) >= 0 {
			flags = append(flags, l.flag)
		}
	}
	return flags
}

// file is a message in a Maildir.
type file struct {
	sub, base string // "cur" or "new", and the name without flags
	flags     string // the letters of its flags, in alphabetical order
	others    string // other letters, such as those that Dovecot uses for keywords; mirror keeps them
	rest      string // what follows the letters; mirror keeps it, too
	uid       uint32 // 0 if the message is not on the server
}

// setInfo sets the fields of a file that come from the part of its name after ":2,".
func (f *file) setInfo(info string) {
	i := 0
	for i < len(info) && (info[i]|0x20)-'a' < 26 {
		i++
	}
	f.flags, f.rest = lettersOf(flagsOf(info[:i])), info[i:]
	f.others = strings.Map(func(c rune) rune {
		if strings.ContainsRune(f.flags, c) {
			return -1
		}
		return c
	}, info[:i])
}

// name returns the file's path in the Maildir. The letters in it are in ASCII order.
func (f *file) name() string {
	info := []byte(f.flags + f.others)
	if slices.Sort(info); f.sub == "new" && len(info) == 0 && f.rest == "" {
		return f.sub + sep + f.base
	}
	return "cur" + sep + f.base + ":2," + string(info) + f.rest
}

const sep = string(filepath.Separator)

// maildir is the Maildir of a mailbox.
type maildir struct {
	dir   string
	mark  string // the text before the UID in the names of its files
	byUID map[uint32]*file
	fresh []*file // files that the server does not have
	path  map[*file]string
	// changed holds the directories with changes that may not be on the disk. states.write waits until they are.
	changed dirs
}

// markOf returns the text before the UIDs in the names of a mailbox's files. A file that a mail program has moved here
// from another Maildir, or that is from before a change of UIDVALIDITY, has another mark, so scan ignores its UID.
func markOf(mailbox string, uidValidity uint32) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%d %s", uidValidity, mailbox)
	return fmt.Sprintf(",I=%08x.", h.Sum32())
}

// scan finds the messages in the Maildir. If its directory does not exist, there are no messages.
func (d *maildir) scan(mark string) error {
	d.mark, d.byUID, d.fresh, d.path = mark, map[uint32]*file{}, nil, map[*file]string{}
	for _, sub := range []string{"cur", "new"} {
		list, err := os.ReadDir(filepath.Join(d.dir, sub))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range list {
			if strings.HasPrefix(e.Name(), ".") || e.IsDir() {
				continue
			}
			base, info, _ := strings.Cut(e.Name(), ":2,")
			f := &file{sub: sub, base: base}
			f.setInfo(info)
			if i := strings.LastIndex(base, mark); i >= 0 {
				if uid, err := strconv.ParseUint(base[i+len(mark):], 10, 32); err == nil && d.byUID[uint32(uid)] == nil {
					f.uid = uint32(uid)
				}
			}
			d.path[f] = filepath.Join(sub, e.Name())
			if f.uid > 0 {
				d.byUID[f.uid] = f
			} else {
				d.fresh = append(d.fresh, f)
			}
		}
	}
	slices.SortFunc(d.fresh, func(a, b *file) int { return cmp.Compare(a.base, b.base) })
	return nil
}

// make creates the directories.
func (d *maildir) make() error {
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := makeDir(filepath.Join(d.dir, sub), &d.changed); err != nil {
			return err
		}
	}
	return nil
}

// makeDir creates a directory and its parents, unless they exist. It adds the directories whose contents it has changed
// to the set changed.
func makeDir(dir string, changed *dirs) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if parent := filepath.Dir(dir); parent != dir {
			if err := makeDir(parent, changed); err != nil {
				return err
			}
			changed.add(parent)
		}
	}
	return os.MkdirAll(dir, 0o700)
}

// uids returns the UIDs of the messages in the Maildir.
func (d *maildir) uids() numset.Set {
	all := make([]uint32, 0, len(d.byUID))
	for uid := range d.byUID {
		all = append(all, uid)
	}
	return numset.Of(numset.UID, all...)
}

// rename gives a file the name that its fields describe.
func (d *maildir) rename(f *file) error {
	to := f.name()
	if to == d.path[f] {
		return nil
	}
	if err := os.Rename(filepath.Join(d.dir, d.path[f]), filepath.Join(d.dir, to)); err != nil {
		return err
	}
	d.path[f] = to
	d.namesChanged()
	return nil
}

// setFlags changes a file's flags. A message with flags is no longer new.
func (d *maildir) setFlags(f *file, flags string) error {
	f.flags = flags
	return d.rename(f)
}

// pair records, in the name of the file f, that it is the message with the UID uid.
func (d *maildir) pair(f *file, uid uint32) error {
	base := f.base
	if i := strings.Index(base, ",I="); i >= 0 {
		base = base[:i]
	}
	f.base, f.uid = base+d.mark+strconv.FormatUint(uint64(uid), 10), uid
	d.byUID[uid] = f
	d.fresh = slices.DeleteFunc(d.fresh, func(g *file) bool { return g == f })
	return d.rename(f)
}

// forget removes the UIDs in the set from the names of files. The files remain, as messages that the server does not
// have.
func (d *maildir) forget(uids numset.Set) error {
	for uid := range uids.Numbers() {
		f := d.byUID[uid]
		base, _, _ := strings.Cut(f.base, ",I=")
		f.base, f.uid = base+forgotten, 0
		if err := d.rename(f); err != nil {
			return err
		}
		delete(d.byUID, uid)
		d.fresh = append(d.fresh, f)
	}
	slices.SortFunc(d.fresh, func(a, b *file) int { return cmp.Compare(a.base, b.base) })
	return nil
}

// forgotten ends the name of a file whose UID is no longer valid.
const forgotten = ",I=none"

// known reports whether the Maildir has a file that has, or once had, a UID in its name.
func (d *maildir) known() bool {
	return len(d.byUID) > 0 || slices.ContainsFunc(d.fresh, func(f *file) bool { return strings.Contains(f.base, ",I=") })
}

// remove deletes the message with a UID, if the Maildir has it.
func (d *maildir) remove(uid uint32) error {
	f := d.byUID[uid]
	if f == nil {
		return nil
	}
	delete(d.byUID, uid)
	d.namesChanged()
	if err := os.Remove(filepath.Join(d.dir, d.path[f])); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

var delivered atomic.Uint64

// began is the beginning of the names of this run's files: the time when the run began, and its process ID.
var began = sync.OnceValue(func() string {
	now := time.Now()
	return fmt.Sprintf("%d.M%dP%dQ", now.Unix(), now.Nanosecond()/1000, os.Getpid())
})

// host is this machine's name, in the form that Maildir uses in file names.
var host = sync.OnceValue(func() string {
	name, _ := os.Hostname()
	return strings.NewReplacer("/", "_", ":", "_", ",", "_").Replace(name)
})

// create writes a message into tmp, with LF line ends, as is usual in a Maildir. The function done, which create
// returns, gives the file its name in the Maildir. Until then the file is not a message of the Maildir.
func (d *maildir) create(r io.Reader) (done func(uid uint32, flags string, date time.Time, sync bool) error, err error) {
	base := began() + strconv.FormatUint(delivered.Add(1), 10) + "." + host()
	tmp := d.dir + sep + "tmp" + sep + base
	out, err := newFile(tmp)
	if err != nil {
		return nil, err
	}
	lines := lfWriters.Get().(*lfWriter)
	lines.w, lines.cr, lines.n = out, false, 0
	if _, err = io.Copy(lines, r); err == nil {
		err = lines.flush()
	}
	lines.w = nil
	lfWriters.Put(lines)
	if err != nil {
		out.Close()
		os.Remove(tmp)
		return nil, err
	}
	return func(uid uint32, flags string, date time.Time, sync bool) error {
		f := &file{sub: "cur", base: base + d.mark + strconv.FormatUint(uint64(uid), 10), flags: flags, uid: uid}
		if flags == "" {
			f.sub = "new"
		}
		if sync {
			if err := out.Sync(); err != nil {
				return err
			}
		}
		if err := out.Close(); err != nil {
			return err
		}
		if !date.IsZero() {
			os.Chtimes(tmp, date, date)
		}
		return rename(tmp, d.dir+sep+f.name())
	}, nil
}

// namesChanged records that files of the Maildir were created, renamed or removed.
func (d *maildir) namesChanged() {
	d.changed.add(filepath.Join(d.dir, "cur"))
	d.changed.add(filepath.Join(d.dir, "new"))
}

// lfWriter writes LF for CRLF, and does not change anything else. It writes in pieces of the size of its buffer.
type lfWriter struct {
	w   io.Writer
	cr  bool // the last octet was a CR, which is not written yet
	n   int  // bytes in buf
	buf [32 << 10]byte
}

// lfWriters holds the lfWriters that are not in use.
var lfWriters = sync.Pool{New: func() any { return new(lfWriter) }}

func (l *lfWriter) Write(p []byte) (int, error) {
	all := len(p)
	for len(p) > 0 {
		if l.n > len(l.buf)-2 {
			if err := l.writeBuf(); err != nil {
				return all - len(p), err
			}
		}
		if l.cr && p[0] != '\n' {
			l.buf[l.n] = '\r'
			l.n++
		}
		piece := p[:min(len(p), len(l.buf)-l.n)]
		i := bytes.IndexByte(piece, '\r')
		if l.cr = i >= 0; l.cr {
			l.n += copy(l.buf[l.n:], piece[:i])
			p = p[i+1:]
		} else {
			l.n += copy(l.buf[l.n:], piece)
			p = p[len(piece):]
		}
	}
	return all, nil
}

// writeBuf writes the contents of the buffer, and empties it.
func (l *lfWriter) writeBuf() error {
	_, err := l.w.Write(l.buf[:l.n])
	l.n = 0
	return err
}

// flush writes everything that is not written yet.
func (l *lfWriter) flush() error {
	if l.cr {
		l.cr = false
		if l.n == len(l.buf) {
			if err := l.writeBuf(); err != nil {
				return err
			}
		}
		l.buf[l.n] = '\r'
		l.n++
	}
	return l.writeBuf()
}
