package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/imapstack/imapstack/commands/resync"
)

// states holds the state of each mailbox, in one file.
type states struct {
	file   string
	noSync bool // do not wait until the file is on the disk
	mu     sync.Mutex
	boxes  map[string]resync.State
	dirs   dirs // directories with changes that may not be on the disk
	saved  time.Time
	dirty  bool
}

func loadStates(file string) (*states, error) {
	s := &states{file: file, boxes: map[string]resync.State{}, saved: time.Now()}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s.boxes)
	}
	if err != nil {
		return nil, fmt.Errorf("the state cannot be read: %w", err)
	}
	return s, nil
}

func (s *states) get(name string) (resync.State, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, known := s.boxes[name]
	return st.Clone(), known
}

// put records the state of a mailbox, and the directories of its Maildir that have changed. It writes the file unless
// the file was written less than a second ago.
func (s *states) put(name string, st resync.State, d *maildir) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boxes[name], s.dirty = st, true
	for dir := range d.changed {
		s.dirs.add(dir)
	}
	d.changed = nil
	if time.Since(s.saved) < time.Second {
		return nil
	}
	return s.write()
}

// save writes the file if something has changed.
func (s *states) save() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dirty {
		return nil
	}
	return s.write()
}

// write replaces the file as a whole: a reader finds either the old file or the new one. Before that, write waits until
// the changes in the Maildirs are on the disk. If the file were newer than a Maildir after a power failure, mirror
// would take the difference for changes of the user.
func (s *states) write() error {
	if err := s.sync(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(s.boxes, "", "\t")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.file+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil && !s.noSync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), s.file); err != nil {
		return err
	}
	s.saved, s.dirty = time.Now(), false
	s.dirs.add(filepath.Dir(s.file))
	return s.sync()
}

// sync waits until the changes in s.dirs are on the disk, unless s.noSync is set. Then it empties s.dirs.
func (s *states) sync() error {
	for dir := range s.dirs {
		if !s.noSync {
			if err := syncDir(dir); err != nil {
				return err
			}
		}
		delete(s.dirs, dir)
	}
	return nil
}

// dirs is a set of directories.
type dirs map[string]bool

func (s *dirs) add(dir string) {
	if *s == nil {
		*s = dirs{}
	}
	(*s)[dir] = true
}

// syncDir waits until the names in a directory are on the disk.
var syncDir = func(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
