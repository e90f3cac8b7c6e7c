package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/crlf"
	"github.com/imapstack/imapstack/utils/mutf7"
)

// load puts the mail of a Maildir or an mbox into a user's mailboxes.
func load(srv *imaptest.Server, user, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return loadMbox(srv.Mailbox(user, "INBOX"), f)
	}
	if err := loadMaildir(srv.Mailbox(user, "INBOX"), path); err != nil {
		return err
	}
	// Maildir++: a folder is a directory whose name begins with a dot, and dots separate the levels of its name.
	list, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range list {
		name, folder := strings.CutPrefix(e.Name(), ".")
		if !folder || !e.IsDir() || name == "" {
			continue
		}
		name = mutf7.DecodeLenient([]byte(strings.ReplaceAll(name, ".", "/")))
		if err := loadMaildir(srv.Mailbox(user, name), filepath.Join(path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// maildirFlags maps each letter that may follow ":2," in a file's name to a flag.
var maildirFlags = map[rune]parser.Flag{
	'D': parser.FlagDraft, 'F': parser.FlagFlagged, 'R': parser.FlagAnswered, 'S': parser.FlagSeen, 'T': parser.FlagDeleted, 'P': parser.FlagForwarded,
}

// loadMaildir loads the messages of cur and new, in the order in which they were delivered. If the lines of a message
// end in LF, as in most Maildirs, loadMaildir replaces LF with CRLF. Otherwise it leaves the octets as they are.
func loadMaildir(box *imaptest.Mailbox, dir string) error {
	type file struct {
		path  string
		date  time.Time
		flags []parser.Flag
	}
	var files []file
	found := false
	for _, sub := range []string{"cur", "new"} {
		list, err := os.ReadDir(filepath.Join(dir, sub))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		found = true
		for _, e := range list {
			if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
				continue
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			m := file{path: filepath.Join(dir, sub, e.Name()), date: info.ModTime()}
			if _, letters, ok := strings.Cut(e.Name(), ":2,"); ok {
				for _, c := range letters {
					if f, known := maildirFlags[c]; known {
						m.flags = append(m.flags, f)
					}
				}
			}
			files = append(files, m)
		}
	}
	if !found {
		return fmt.Errorf("%s is not a Maildir: it has neither cur nor new", dir)
	}
	slices.SortStableFunc(files, func(a, b file) int {
		if c := a.date.Compare(b.date); c != 0 {
			return c
		}
		return strings.Compare(filepath.Base(a.path), filepath.Base(b.path))
	})
	for _, m := range files {
		b, err := os.ReadFile(m.path)
		if err != nil {
			return err
		}
		if _, err := box.AppendAt(m.date, mailLines(b), m.flags...); err != nil {
			return fmt.Errorf("%s: %w", m.path, err)
		}
	}
	return nil
}

// mailLines returns b with CRLF for LF, or b itself if its lines end in CRLF.
func mailLines(b []byte) []byte {
	if bytes.Contains(b, []byte("\r\n")) {
		return b
	}
	return crlf.Append(nil, b)
}

// loadMbox loads the messages of an mbox. Each message begins with a line "From ". If a line of a message begins with
// one or more ">" and "From ", loadMbox removes one ">".
func loadMbox(box *imaptest.Mailbox, r io.Reader) error {
	var msg []byte
	var date time.Time
	n, open := 0, false
	end := func() error {
		if !open {
			return nil
		}
		n++
		msg = bytes.TrimSuffix(msg, []byte("\n")) // the empty line before the next "From "
		var flags []parser.Flag
		flags = append(flags, statusFlags(msg)...)
		_, err := box.AppendAt(date, mailLines(msg), flags...)
		if err != nil {
			return fmt.Errorf("message %d: %w", n, err)
		}
		msg = nil
		return nil
	}
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		switch {
		case bytes.HasPrefix(line, []byte("From ")):
			if err := end(); err != nil {
				return err
			}
			open, date = true, fromLine(string(line))
		case !open && len(bytes.TrimSpace(line)) > 0:
			return errors.New("not an mbox: it does not begin with a line \"From \"")
		case bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")):
			msg = append(msg, line[1:]...)
		default:
			msg = append(msg, line...)
		}
		if err == io.EOF {
			return end()
		}
	}
}

// fromLine returns the date of a line "From somebody@somewhere Mon Mar  2 09:30:00 2026"; zero if it has none.
func fromLine(line string) time.Time {
	fields := strings.Fields(line)
	if len(fields) < 7 {
		return time.Time{}
	}
	t, err := time.Parse("Mon Jan 2 15:04:05 2006", strings.Join(fields[len(fields)-5:], " "))
	if err != nil {
		return time.Time{}
	}
	return t
}

// statusFlags returns the flags that the header fields Status and X-Status of a message in an mbox name.
func statusFlags(msg []byte) (flags []parser.Flag) {
	header, _, _ := bytes.Cut(msg, []byte("\n\n"))
	letters := map[rune]parser.Flag{'R': parser.FlagSeen, 'A': parser.FlagAnswered, 'F': parser.FlagFlagged, 'D': parser.FlagDeleted, 'T': parser.FlagDraft}
	for line := range strings.Lines(string(header)) {
		name, value, ok := strings.Cut(line, ":")
		if !ok || !strings.EqualFold(name, "Status") && !strings.EqualFold(name, "X-Status") {
			continue
		}
		for _, c := range value {
			if f, known := letters[c]; known {
				flags = append(flags, f)
			}
		}
	}
	return flags
}
