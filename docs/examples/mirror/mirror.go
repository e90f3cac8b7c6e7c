package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/docs/examples/internal/program"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/displaysafe"
)

// mirror is one run of the program.
type mirror struct {
	account   *account.Account
	conns     int
	dir       string
	stateFile string
	only      string
	deleteAll bool
	noSync    bool
	verbose   bool
	out       io.Writer
	bar       *program.Bar

	printing sync.Mutex
	states   *states
	delim    string // the server's hierarchy delimiter

	signIn, trip time.Duration // how long it took to connect, and then to list the mailboxes
}

// mailbox is a mailbox of the server.
type mailbox struct {
	name   string
	dir    string
	status *parser.StatusData // nil if the server did not send it
}

// logf prints a line above the bar, if -v is set.
func (m *mirror) logf(format string, args ...any) {
	if m.verbose {
		m.printf(format, args...)
	}
}

// printf prints a line above the bar.
func (m *mirror) printf(format string, args ...any) {
	m.printing.Lock()
	defer m.printing.Unlock()
	m.bar.Print(m.out, displaysafe.Line(fmt.Sprintf(format, args...)))
}

func (m *mirror) run(ctx context.Context) error {
	var created dirs
	if err := makeDir(m.dir, &created); err != nil {
		return err
	}
	unlock, err := lock(m.stateFile + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if m.states, err = loadStates(m.stateFile); err != nil {
		return err
	}
	m.states.noSync, m.states.dirs = m.noSync, created
	boxes, err := m.list(ctx)
	if err != nil {
		return err
	}
	made, failed, err := m.makeMissing(ctx, boxes)
	if err != nil {
		return err
	}
	var todo [][]mailbox // one connection mirrors all mailboxes of a list
	var glances []mailbox
	messages := 0
	for _, box := range append(boxes, made...) {
		if !m.wanted(box.name) {
			continue
		}
		switch need, n := m.needed(box); need {
		case all:
			todo = append(todo, []mailbox{box})
			messages += n
		case glance:
			glances = append(glances, box)
		}
	}
	for some := range slices.Chunk(glances, manyBoxes) {
		todo = append(todo, some)
	}
	// Mirror several lists of mailboxes at a time, each on its own connection. If one fails, the others continue.
	var wg sync.WaitGroup
	var mu sync.Mutex
	next := make(chan []mailbox)
	for range m.connections(len(todo), messages) {
		wg.Go(func() {
			for boxes := range next {
				err := m.account.Do(ctx, "", func(s *session.Session) error { return m.mirror(ctx, s, boxes) }, account.Repeatable)
				if err != nil {
					mu.Lock()
					failed = append(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, boxes := range todo {
		next <- boxes
	}
	close(next)
	wg.Wait()
	return errors.Join(append(failed, m.states.save())...)
}

// wanted reports whether the user wants to mirror a mailbox.
func (m *mirror) wanted(name string) bool { return m.only == "" || program.Match(m.only, name) }

// list lists the mailboxes, each with the STATUS that shows whether it has changed, in one round trip if the server
// supports that.
func (m *mirror) list(ctx context.Context) (boxes []mailbox, err error) {
	add := func(l *parser.ListData, st *parser.StatusData) {
		if l.Delim != 0 {
			m.delim = string(l.Delim)
		}
		if !l.Has(parser.AttrNoSelect) {
			boxes = append(boxes, mailbox{l.Name(), filepath.Join(m.dir, dirOf(l.Name(), m.delim)), st})
		}
	}
	listed := false
	began := time.Now()
	err = m.account.Do(ctx, "", func(s *session.Session) error {
		m.signIn = time.Since(began)
		boxes, listed = nil, s.Caps().HasAny("LIST-STATUS|IMAP4REV2")
		if !listed {
			return nil
		}
		list, err := commands.ListStatus(s, "", "*", resync.StatusItems(s.Caps())).Wait(ctx)
		for _, l := range list {
			add(l.List, l.Status)
		}
		m.trip = time.Since(began) - m.signIn
		return err
	}, account.Repeatable)
	if err == nil && !listed {
		var list []*parser.ListData
		list, err = m.account.Mailboxes(ctx)
		for _, l := range list {
			add(l, nil)
		}
	}
	if err == nil && !slices.ContainsFunc(boxes, func(b mailbox) bool { return strings.EqualFold(b.name, "INBOX") }) {
		err = account.ErrPartial // each account has an INBOX
	}
	return boxes, err
}

// makeMissing creates the mailboxes of Maildirs that the server lacks. If the server once had such a mailbox, somebody
// has deleted it there; makeMissing then does not touch the Maildir, and prints a line. If the mailbox would belong in
// another directory, the next run would find that one empty, and delete the messages. So makeMissing does not create
// such a mailbox, and adds an error to failed.
func (m *mirror) makeMissing(ctx context.Context, boxes []mailbox) (made []mailbox, failed []error, err error) {
	there := map[string]bool{}
	for _, box := range boxes {
		there[box.dir] = true
	}
	err = filepath.WalkDir(m.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !e.IsDir() || path == m.dir {
			return nil
		}
		if name := e.Name(); name == "cur" || name == "new" || name == "tmp" || strings.HasPrefix(name, ".") {
			return fs.SkipDir
		}
		if _, err := os.Stat(filepath.Join(path, "cur")); err != nil || there[path] {
			return nil
		}
		rel, err := filepath.Rel(m.dir, path)
		if err != nil {
			return err
		}
		name := nameOf(rel, m.delim)
		if !m.wanted(name) {
			return nil
		}
		if dir := dirOf(name, m.delim); dir != rel {
			failed = append(failed, fmt.Errorf("%s is not mirrored, because a mailbox of this name belongs in %s; rename it", path, filepath.Join(m.dir, dir)))
			return nil
		}
		if _, known := m.states.get(name); known {
			m.printf("%s has been deleted on the server; its messages stay in %s", name, path)
			return nil
		}
		m.logf("%s: created on the server", name)
		made = append(made, mailbox{name: name, dir: path})
		return m.account.Do(ctx, "", func(s *session.Session) error {
			_, err := commands.Create(s, name).Wait(ctx)
			return err
		})
	})
	return made, failed, err
}

// many is a number of messages. If at least that many must be transferred, mirror uses several connections, however
// near the server is.
const many = 50

// manyBoxes is the greatest number of mailboxes in one call of resync.Glance.
const manyBoxes = 50

// need says what must be done with a mailbox.
type need int

const (
	nothing need = iota
	glance       // flags have changed on the server, or messages are gone: resync.Glance may report all changes
	all
)

// needed returns what may have to be done with a mailbox, and how many messages may have to be transferred. It counts
// at most the constant many of the new messages on the server, and returns many if it does not know the number.
func (m *mirror) needed(box mailbox) (n need, messages int) {
	st, known := m.states.get(box.name)
	d := &maildir{dir: box.dir}
	if err := d.scan(markOf(box.name, st.UIDValidity)); err != nil || !known || box.status == nil {
		return all, many // mirror will report the error
	}
	messages = len(d.fresh)
	if next := box.status.UIDNext; next > st.UIDNext {
		messages += int(min(next-st.UIDNext, many))
	}
	add, remove := d.changes(&st)
	switch {
	case len(d.fresh) > 0 || !d.uids().Equal(st.UIDs) || len(add)+len(remove) > 0:
		return all, messages
	case st.Unchanged(box.status):
		return nothing, 0
	case box.status.UIDValidity == st.UIDValidity && box.status.UIDNext == st.UIDNext:
		return glance, 0
	}
	return all, messages
}

// connections returns how many connections to use. turns is the number of mailboxes; those that share a call of
// resync.Glance count as one. A further connection costs a sign-in, and a process on the server, so it must save more
// time than it costs. If few messages must be transferred, a mailbox takes about as long as the listing did.
func (m *mirror) connections(turns, messages int) int {
	alone := time.Duration(turns) * m.trip // the time that one connection takes
	if messages < many && (alone < 2*m.signIn || alone < 100*time.Millisecond) {
		return min(1, turns)
	}
	return min(m.conns, turns)
}

// dirOf returns the directory of a mailbox: each level of the name is an element of the path. Octets that could have
// another meaning in a path become %XX, and so does the first octet of a level named cur, new or tmp. An empty level
// becomes %.
func dirOf(name, delim string) string {
	levels := []string{name}
	if delim != "" {
		levels = strings.Split(name, delim)
	}
	for i, level := range levels {
		var b strings.Builder
		for j, c := range []byte(level) {
			if c < ' ' || c == '/' || c == '\\' || c == '%' || c == ':' || c == 0x7f || c == '.' && j == 0 {
				fmt.Fprintf(&b, "%%%02X", c)
			} else {
				b.WriteByte(c)
			}
		}
		switch level = b.String(); level {
		case "":
			level = "%"
		case "cur", "new", "tmp":
			level = fmt.Sprintf("%%%02X%s", level[0], level[1:])
		}
		levels[i] = level
	}
	return filepath.Join(levels...)
}

// nameOf is the reverse of dirOf.
func nameOf(dir, delim string) string {
	levels := strings.Split(filepath.ToSlash(dir), "/")
	for i, level := range levels {
		if level == "%" {
			level = ""
		}
		var b []byte
		for j := 0; j < len(level); j++ {
			var c byte
			if level[j] == '%' && j+2 < len(level) {
				if n, err := fmt.Sscanf(level[j+1:j+3], "%02X", &c); n == 1 && err == nil {
					b = append(b, c)
					j += 2
					continue
				}
			}
			b = append(b, level[j])
		}
		levels[i] = string(b)
	}
	if delim == "" {
		delim = "/"
	}
	return strings.Join(levels, delim)
}
