package main

import (
	"cmp"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session/serve"
)

// mailbox is a box that a connection has open.
type mailbox struct {
	*box
	user *user
	wake func()
	told []serve.Known // what there was when Changes was called last
}

func (m *mailbox) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, m)
	return nil
}

// Changes compares what there is with what there was.
func (m *mailbox) Changes(context.Context) (*serve.Changes, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.scan(false); err != nil {
		return nil, err
	}
	ch := &serve.Changes{UIDValidity: m.validity, UIDNext: m.next, HighestModSeq: m.modseq, Gone: m.gone}
	ch.Flags, _ = m.all()
	now := make([]serve.Known, len(m.msgs))
	for i, x := range m.msgs {
		now[i] = serve.Known{UID: x.uid, ModSeq: x.modseq}
	}
	ch.Compare(m.told, now)
	m.told = now
	return ch, nil
}

func (m *mailbox) Fetch(ctx context.Context, uids []uint32, _ serve.Need, yield func(*serve.Message) bool) error {
	for _, uid := range uids {
		m.mu.Lock()
		i, ok := m.find(uid)
		if !ok {
			m.mu.Unlock()
			continue
		}
		f := &file{m: m, msg: m.msgs[i]}
		x := &f.msg
		out := &serve.Message{UID: uid, Flags: m.flags(x.letters), ModSeq: x.modseq, Date: x.date, Size: x.size, Content: f.content}
		m.mu.Unlock()
		more := yield(out)
		if f.f != nil {
			f.f.Close()
		}
		if !more || ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// file is a message's file, opened when it is first read.
type file struct {
	m   *mailbox
	msg msg
	f   *os.File
}

func (f *file) ReadAt(p []byte, off int64) (n int, err error) {
	if f.f == nil {
		f.m.mu.Lock()
		defer f.m.mu.Unlock()
		if i, ok := f.m.find(f.msg.uid); ok {
			f.msg = f.m.msgs[i] // its flags may have changed, and its name with them
		}
		if f.f, err = os.Open(filepath.Join(f.m.dir, f.msg.file())); err != nil {
			f.f = nil
			return 0, err
		}
	}
	return f.f.ReadAt(p, off)
}

// content takes the message apart, once for all times.
func (f *file) content() (*message.Message, error) {
	cache := filepath.Join(f.m.dir, "cache", f.msg.base)
	if b, err := os.ReadFile(cache); err == nil {
		if m, err := message.Restore(b, f); err == nil && m.Size() == f.msg.size {
			return m, nil
		}
	}
	m, err := message.Open(f, f.msg.size)
	if err != nil {
		return nil, err
	}
	if b, err := m.AppendCache(nil); err == nil {
		os.WriteFile(cache, b, 0o600) // if it is not whole, Restore will say so
	}
	return m, nil
}

func (m *mailbox) Store(ctx context.Context, uids []uint32, ch *serve.FlagChange) error {
	_, err := m.StoreUnchanged(ctx, uids, ch, math.MaxUint64)
	return err
}

func (m *mailbox) StoreUnchanged(_ context.Context, uids []uint32, ch *serve.FlagChange, since uint64) (modified []uint32, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	want, err := m.letters(ch.Flags)
	if err = cmp.Or(err, m.scan(false), m.reserve()); err != nil {
		return nil, err
	}
	m.modseq++
	for _, uid := range uids {
		i, ok := m.find(uid)
		if !ok {
			continue
		}
		x := m.msgs[i]
		if x.modseq > since {
			modified = append(modified, uid)
			continue
		}
		letters := slices.DeleteFunc([]byte(x.letters), func(c byte) bool { return strings.IndexByte(want, c) >= 0 || ch.Op == parser.StoreReplace })
		if ch.Op != parser.StoreRemove {
			letters = append(letters, want...)
		}
		slices.Sort(letters)
		if old := x.file(); x.letters != string(letters) {
			x.letters, x.modseq = string(letters), m.modseq
			err = cmp.Or(err, os.Rename(filepath.Join(m.dir, old), filepath.Join(m.dir, x.file())))
		}
	}
	return modified, cmp.Or(err, m.scan(true))
}

func (m *mailbox) Expunge(_ context.Context, uids []uint32) (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.msgs {
		if _, ok := slices.BinarySearch(uids, x.uid); (ok || uids == nil) && strings.Contains(x.letters, "T") {
			err = cmp.Or(err, os.Remove(filepath.Join(m.dir, x.file())))
			os.Remove(filepath.Join(m.dir, "cache", x.base))
		}
	}
	return cmp.Or(err, m.scan(true))
}
