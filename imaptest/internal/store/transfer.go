package store

import "slices"

// Copied is the result of a COPY or MOVE (RFC 4315 §3, COPYUID): the old UIDs and the new UIDs, in the
// same order and both sorted. The slices are the caller's.
type Copied struct {
	UIDValidity uint32 // UIDVALIDITY of the destination
	Src, Dst    []Range
}

// copied returns a message that shares the content of x, to be added to another mailbox.
func (x *msg) copied() pending {
	return pending{
		NewMessage{Content: x.content, Date: x.date, thread: x.thread},
		parsed{x.flags.system, x.flags.names[len(x.flags.names)-len(x.flags.keywords):]},
	}
}

// Copy adds the messages to another mailbox, all of them or none (RFC 9051 §6.4.7). It needs the right i on the other
// mailbox, and the rights s, t and w there to copy the flags. It fails with ErrExpungeIssued if one of the messages is
// gone, and otherwise with the errors of User.Append.
func (v *View) Copy(seqs []Range, to string) (Copied, error) {
	dst, rights, err := v.destination(to)
	if err != nil {
		return Copied{}, err
	}
	v.mailbox.mu.RLock()
	uids, news, size, gone := v.gather(seqs, rights)
	v.mailbox.mu.RUnlock()
	if gone {
		return Copied{}, fail(ErrExpungeIssued, "some of the messages were expunged")
	}
	if err := dst.checkAll(news); err != nil {
		return Copied{}, err
	}
	s := v.user.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := dst.reserve(len(news), size, false); err != nil {
		return Copied{}, err
	}
	dst.mu.Lock()
	defer dst.mu.Unlock()
	a, err := dst.insert(news)
	if err != nil {
		dst.release(len(news), size)
		return Copied{}, err
	}
	if len(news) == 0 {
		return Copied{}, nil
	}
	dst.wake(nil, MessageNew)
	return Copied{a.UIDValidity, uids, []Range{a.UIDs}}, nil
}

// Move moves the messages to another mailbox in one step (RFC 6851); Sync returns the expunges. It needs the rights of
// Copy on the other mailbox, and t and e on this one. It leaves out messages that are gone already; if all are gone, it
// fails with ErrExpungeIssued.
func (v *View) Move(seqs []Range, to string) (Copied, error) {
	if r := v.Rights(); v.readOnly || !r.Has('t') || !r.Has('e') {
		return Copied{}, fail(ErrNoPerm, "you may not take messages out of the mailbox")
	}
	dst, rights, err := v.destination(to)
	if err != nil {
		return Copied{}, err
	}
	s, src := v.user.store, v.mailbox
	s.mu.RLock()
	defer s.mu.RUnlock()
	defer lockBoth(src, dst)()
	uids, news, size, gone := v.gather(seqs, rights)
	if len(news) == 0 {
		if gone {
			return Copied{}, fail(ErrExpungeIssued, "the messages were expunged")
		}
		return Copied{}, nil
	}
	if err := dst.checkAllLocked(news); err != nil {
		return Copied{}, err
	}
	a, err := v.exchange(dst, uids, size, news, size)
	if err != nil {
		return Copied{}, err
	}
	return Copied{a.UIDValidity, uids, []Range{a.UIDs}}, nil
}

// Replace adds a message to a mailbox and expunges one message of the view, in one step (RFC 8508). It needs the rights
// t and e on the view's mailbox, and i on the other one. It fails with ErrExpungeIssued if the message is gone, and
// otherwise with the errors of User.Append.
func (v *View) Replace(seq uint32, to string, n NewMessage) (Appended, error) {
	if r := v.Rights(); v.readOnly || !r.Has('t') || !r.Has('e') {
		return Appended{}, fail(ErrNoPerm, "you may not take messages out of the mailbox")
	}
	dst, rights, err := v.destination(to)
	if err != nil {
		return Appended{}, err
	}
	news, size, err := dst.prepare([]NewMessage{n}, rights)
	if err != nil {
		return Appended{}, err
	}
	s, src := v.user.store, v.mailbox
	s.mu.RLock()
	defer s.mu.RUnlock()
	defer lockBoth(src, dst)()
	uids, _, old, gone := v.gather([]Range{span(seq, seq)}, rights)
	if gone || len(uids) == 0 {
		return Appended{}, fail(ErrExpungeIssued, "the message was expunged")
	}
	return v.exchange(dst, uids, old, news, size)
}

// exchange adds messages to dst and removes others from the view's mailbox. The caller holds the locks of both
// mailboxes. If both are under the same quota root, only the difference between the old and the new messages counts
// against its limits.
func (v *View) exchange(dst *Mailbox, uids []Range, old int64, news []pending, size int64) (Appended, error) {
	src, n := v.mailbox, Count(uids)
	src.release(n, old)
	if err := dst.reserve(len(news), size, false); err != nil {
		src.charge(n, old)
		return Appended{}, err
	}
	a, err := dst.insert(news)
	if err != nil {
		dst.release(len(news), size)
		src.charge(n, old)
		return a, err
	}
	src.drop(slices.AppendSeq(make([]uint32, 0, n), All(uids)))
	dst.wake(nil, MessageNew)
	src.wake(v, MessageExpunged)
	return a, nil
}

// destination returns the mailbox to which messages are added, and the user's rights on it.
func (v *View) destination(to string) (*Mailbox, Rights, error) {
	dst, rights, err := v.user.find(to)
	if err == nil && !rights.Has('i') {
		err = denied(dst, rights, "add messages to")
	}
	return dst, rights, err
}

// gather makes copies of messages, with the flags that the user's rights on the destination allow. The caller holds the
// lock of the view's mailbox.
func (v *View) gather(seqs []Range, rights Rights) (uids []Range, news []pending, size int64, gone bool) {
	mask, keywords := rights.flagMask()
	for _, r := range seqs {
		v.list.each(int(r.Start)-1, min(int(r.Stop), v.list.n)-1, func(_ int, e entry) bool {
			if e.msg.gone {
				gone = true
				return true
			}
			p := e.msg.copied()
			p.flags.system &= mask
			if !keywords {
				p.flags.keywords = nil
			}
			uids = Add(uids, e.uid)
			news = append(news, p)
			size += p.Content.Size()
			return true
		})
	}
	return uids, news, size, gone
}

func (m *Mailbox) checkAll(news []pending) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.checkAllLocked(news)
}

func (m *Mailbox) checkAllLocked(news []pending) error {
	limit := m.limitLocked()
	for i := range news {
		if err := m.store.checkSize(news[i].Content.Size(), limit); err != nil {
			return err
		}
	}
	return nil
}

// lockBoth locks one or two mailboxes and returns a function that unlocks them.
func lockBoth(a, b *Mailbox) func() {
	if a == b {
		a.mu.Lock()
		return a.mu.Unlock
	}
	if a.order > b.order {
		a, b = b, a
	}
	a.mu.Lock()
	b.mu.Lock()
	return func() {
		b.mu.Unlock()
		a.mu.Unlock()
	}
}
