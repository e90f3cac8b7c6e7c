package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
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

// put records the state of a mailbox, and writes the file unless it was written less than a second ago.
func (s *states) put(name string, st resync.State) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boxes[name], s.dirty = st, true
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

// write replaces the file as a whole: a reader finds either the old file or the new one.
func (s *states) write() error {
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
	return nil
}
