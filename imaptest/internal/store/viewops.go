package store

import (
	"slices"
	"strings"
)

// StoreOptions are the modifiers of STORE.
type StoreOptions struct {
	Silent         bool   // .SILENT: the server does not send the flags
	Conditional    bool   // the command has UNCHANGEDSINCE (RFC 7162 §3.1.3)
	UnchangedSince uint64 // the modification sequence number of UNCHANGEDSINCE
	Report         bool   // Sync and News report the changes to this view, as to all others
}

// Stored is the result of a STORE. All ranges are sorted sequence numbers; the slices are the caller's.
type Stored struct {
	Done     []Range // messages for which to send FETCH, including those that had the flags already
	Changed  []Range // messages of Done whose flags, and so modification sequence numbers, have changed
	Modified []Range // messages that failed UNCHANGEDSINCE
	Gone     bool    // some messages are expunged, and the client does not know it yet
	ModSeq   uint64  // the modification sequence number of the messages in Changed
}

// Store changes the flags of messages (RFC 9051 §6.4.6). It does not change flags that the user may not change. If the
// user may not change any of the flags (RFC 4314 §4), or the view is read-only, it fails with ErrNoPerm. If the mailbox
// accepts no more keywords, it fails with ErrLimit. If a flag is invalid, it fails with ErrClientBug. If Store fails, it
// has changed nothing. View.Items returns the new state of the messages.
func (v *View) Store(seqs []Range, op FlagOp, flags []string, opt StoreOptions) (Stored, error) {
	var out Stored
	m := v.mailbox
	if v.readOnly {
		return out, fail(ErrNoPerm, "the mailbox is open read-only")
	}
	p, err := parseFlags(flags, m.store.limits)
	if err != nil {
		return out, err
	}
	mask, keywords := v.Rights().flagMask()
	asked := p.system != 0 || len(p.keywords) > 0
	if asked && p.system&mask == 0 && (len(p.keywords) == 0 || !keywords) || mask == 0 && !keywords {
		return out, fail(ErrNoPerm, "you may not change these flags")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c := flagChange{op: op, system: p.system, mask: mask, fixed: !keywords, report: opt.Report}
	// If the user's rights do not allow the whole change, a client that asked for silence cannot know the result.
	switch full := uint8(1<<len(systemFlags) - 1); {
	case !opt.Silent:
	case op == SetFlags:
		c.report = c.report || mask != full || !keywords
	default:
		c.report = c.report || p.system&^mask != 0 || len(p.keywords) > 0 && !keywords
	}
	if keywords {
		if c.keywords, err = m.flags.resolve(p.keywords, op != RemoveFlags, m.store.limits.Keywords); err != nil {
			return out, err
		}
	}
	next := m.modseq + 1
	out.ModSeq = next
	for _, r := range seqs {
		v.list.each(int(r.Start)-1, int(r.Stop)-1, func(i int, e entry) bool {
			seq := uint32(i + 1)
			switch {
			case e.msg.gone:
				out.Gone = true
			case opt.Conditional && e.msg.modseq > opt.UnchangedSince:
				out.Modified = Add(out.Modified, seq)
			default:
				out.Done = Add(out.Done, seq)
				if m.setFlags(e.msg, &c, next, v, opt.Silent) {
					out.Changed = Add(out.Changed, seq)
				}
			}
			return true
		})
	}
	if len(out.Changed) > 0 {
		m.wake(v, FlagChange)
	}
	return out, nil
}

// setFlags applies one change to one message and reports whether the flags are different now. The argument by is the
// view whose client asked for the change, or nil.
func (m *Mailbox) setFlags(x *msg, c *flagChange, modseq uint64, by *View, silent bool) bool {
	f := m.flags.apply(x.flags, c)
	if f == x.flags {
		return false
	}
	// A client that asked for silence knows the new flags only if it knew the old ones.
	known := by != nil && !c.report && (!silent || c.op == SetFlags || x.modseq <= by.told || x.origin == by.id)
	if (x.flags.system^f.system)&(sysSeen|sysDeleted) != 0 {
		m.count(x, -1)
		x.flags = f
		m.count(x, 1)
	}
	x.flags = f
	x.origin = 0
	if known {
		x.origin = by.id
	} else if by != nil {
		by.dirty.Store(true)
	}
	m.modseq = modseq
	m.note(x, modseq)
	return true
}

// Expunge removes the messages among seqs that have \Deleted (RFC 9051 §6.4.3, §6.4.9); View.All returns the sequence
// numbers of all messages of the view. It returns how many messages it has removed. Sync returns the sequence numbers
// of the removed messages. It needs the right e. Without this right, or if the view is read-only, it fails with
// ErrNoPerm.
func (v *View) Expunge(seqs []Range) (int, error) {
	if v.readOnly || !v.Rights().Has('e') {
		return 0, fail(ErrNoPerm, "you may not expunge messages")
	}
	m := v.mailbox
	m.store.mu.RLock()
	defer m.store.mu.RUnlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	var uids []uint32
	if Count(seqs) < len(m.doomed) {
		for _, r := range seqs {
			v.list.each(int(r.Start)-1, int(r.Stop)-1, func(_ int, e entry) bool {
				if !e.msg.gone && e.msg.flags.Deleted() {
					uids = append(uids, e.uid)
				}
				return true
			})
		}
	} else {
		for x := range m.doomed {
			if i, ok := v.list.rank(x.uid); ok && Contains(seqs, uint32(i+1)) {
				uids = append(uids, x.uid)
			}
		}
		slices.Sort(uids)
	}
	return m.expunge(uids, v), nil
}

// expunge drops messages, releases their quota and wakes views and watches. The caller holds the store's lock for
// reading.
func (m *Mailbox) expunge(uids []uint32, by *View) int {
	gone := m.drop(uids)
	if len(gone) == 0 {
		return 0
	}
	var size int64
	for _, x := range gone {
		size += x.content.Size()
	}
	m.release(len(gone), size)
	m.wake(by, MessageExpunged)
	return len(gone)
}

// Expunge removes messages, whatever their flags, as if another client did. It returns how many it has removed.
func (m *Mailbox) Expunge(uids ...uint32) int {
	uids = slices.Clone(uids)
	slices.Sort(uids)
	m.store.mu.RLock()
	defer m.store.mu.RUnlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.expunge(slices.Compact(uids), nil)
}

// SetFlags changes the flags of messages, as if another client did, and returns how many messages it has changed. It
// fails with ErrClientBug for an invalid flag, and with ErrLimit if the mailbox accepts no more keywords or a keyword
// is too long.
func (m *Mailbox) SetFlags(op FlagOp, flags []string, uids ...uint32) (int, error) {
	p, err := parseFlags(flags, m.store.limits)
	if err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k, err := m.flags.resolve(p.keywords, op != RemoveFlags, m.store.limits.Keywords)
	if err != nil {
		return 0, err
	}
	c := flagChange{op: op, system: p.system, keywords: k, mask: sysAnswered | sysFlagged | sysDeleted | sysSeen | sysDraft}
	n, next := 0, m.modseq+1
	for _, u := range uids {
		if i, ok := m.list.rank(u); ok && m.setFlags(m.list.at(i).msg, &c, next, nil, false) {
			n++
		}
	}
	if n > 0 {
		m.wake(nil, FlagChange)
	}
	return n, nil
}

// AddKeyword makes keywords known to the mailbox, so that FLAGS lists them before a message has them.
func (m *Mailbox) AddKeyword(names ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" || strings.HasPrefix(n, `\`) })
	_, err := m.flags.resolve(names, true, m.store.limits.Keywords)
	return err
}
