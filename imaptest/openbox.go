package imaptest

import (
	"context"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/utils/numset"
)

// openBox presents an open mailbox of the store as a serve.Mailbox.
type openBox struct {
	v        *store.View
	c        *conn          // the connection whose client has it open; nil if package serve has opened it for its own use
	zone     *time.Location // see WithZone
	validity uint32         // the UIDVALIDITY that the mailbox had when it was opened
	keywords int            // how many keywords package serve knows
}

// Changes returns what has happened in the mailbox since the last call. The UIDVALIDITY in the result is always the one
// that the mailbox had when it was selected, because a server that has lost its index does not tell the clients that
// have the mailbox open.
func (b *openBox) Changes(context.Context) (*serve.Changes, error) {
	n := b.v.News()
	ch := &serve.Changes{
		UIDValidity: b.validity, UIDNext: n.UIDNext, HighestModSeq: n.HighestModSeq, ReadOnly: b.v.ReadOnly(),
		New: n.New, Changed: n.Changed, Expunged: n.Expunged, Gone: n.Deleted, Name: b.v.User().NameOf(b.v.Mailbox()),
	}
	if k := b.v.Mailbox().KeywordCount() + 1; k != b.keywords {
		b.keywords = k
		ch.Flags, ch.PermanentFlags = b.v.Flags()
	}
	return ch, nil
}

// Forget drops messages whose expunge was reported to the client.
func (b *openBox) Forget(uids []uint32) { b.v.Forget(uids) }

// Recent returns how many messages are \Recent.
func (b *openBox) Recent(context.Context) (uint32, error) { return uint32(b.v.Recent()), nil }

func (b *openBox) Fetch(_ context.Context, uids []uint32, need serve.Need, yield func(*serve.Message) bool) error {
	var content *message.Message
	m := serve.Message{Content: func() (*message.Message, error) { return content, nil }}
	var last *store.Flags
	b.v.Each(uids, func(it *store.Item) bool {
		m.UID, m.Recent, m.Gone, m.ModSeq = it.UID, it.Recent, it.Gone, it.ModSeq
		if it.Flags != last {
			last = it.Flags
			m.Flags = last.Names()
		}
		// Do not read fields that are not needed: they are elsewhere in memory, so reading them takes time.
		if need&^serve.NeedFlags != 0 {
			b.fill(&m, it, need)
			content = it.Content
		}
		return yield(&m)
	})
	return nil
}

// fill fills in the fields that are needed besides the flags.
func (b *openBox) fill(m *serve.Message, it *store.Item, need serve.Need) {
	if need&serve.NeedDate != 0 {
		if m.Date = it.Date; b.zone != nil {
			m.Date = m.Date.In(b.zone)
		}
	}
	if need&serve.NeedSize != 0 {
		m.Size = it.Content.Size()
	}
	if need&serve.NeedSaved != 0 {
		m.Saved = it.Saved
	}
	if need&serve.NeedIDs != 0 {
		m.EmailID, m.ThreadID = it.EmailID(), it.ThreadID()
	}
}

// seqs returns the sequence numbers of the messages with these UIDs.
func (b *openBox) seqs(uids []uint32) ([]store.Range, error) {
	return b.v.Resolve(numset.Of(numset.UID, uids...).Ranges(), true)
}

func (b *openBox) Store(_ context.Context, uids []uint32, change *serve.FlagChange) error {
	_, err := b.store(uids, change, store.StoreOptions{Report: true})
	return err
}

func (b *openBox) StoreUnchanged(_ context.Context, uids []uint32, change *serve.FlagChange, since uint64) (modified []uint32, err error) {
	done, err := b.store(uids, change, store.StoreOptions{Report: true, Conditional: true, UnchangedSince: since})
	return b.uids(done.Modified), err
}

func (b *openBox) StoreFlags(_ context.Context, uids []uint32, change *serve.FlagChange, opt serve.StoreOptions) (*serve.Stored, error) {
	done, err := b.store(uids, change, store.StoreOptions{Silent: opt.Silent, Conditional: opt.Conditional, UnchangedSince: opt.UnchangedSince})
	return &serve.Stored{ModSeq: done.ModSeq, Changed: b.v.UIDs(done.Changed), Modified: b.uids(done.Modified), Gone: done.Gone}, err
}

// ChangedSince returns the UIDs of the messages whose mod-sequence is higher than since.
func (b *openBox) ChangedSince(_ context.Context, since uint64) ([]uint32, error) {
	return b.uids(b.v.ChangedSince(since, b.v.All())), nil
}

// uids returns the UIDs of the messages with these sequence numbers.
func (b *openBox) uids(seqs []store.Range) (out []uint32) {
	for uid := range store.All(b.v.UIDs(seqs)) {
		out = append(out, uid)
	}
	return out
}

func (b *openBox) store(uids []uint32, change *serve.FlagChange, opt store.StoreOptions) (done store.Stored, err error) {
	seqs, err := b.seqs(uids)
	if err == nil {
		done, err = b.v.Store(seqs, flagOps[change.Op], change.Flags, opt)
	}
	return done, asReply(err)
}

// flagOps maps the operations of STORE to those of the store.
var flagOps = map[parser.StoreOp]store.FlagOp{parser.StoreReplace: store.SetFlags, parser.StoreAdd: store.AddFlags, parser.StoreRemove: store.RemoveFlags}

func (b *openBox) Expunge(_ context.Context, uids []uint32) error {
	seqs, err := b.v.All(), error(nil)
	if uids != nil {
		seqs, err = b.seqs(uids)
	}
	if err == nil {
		_, err = b.v.Expunge(seqs)
	}
	return asReply(err)
}

func (b *openBox) Vanished(_ context.Context, since uint64) (numset.Set, error) {
	return numset.FromRanges(numset.UID, b.v.Vanished(since, nil, store.Known{})), nil
}

func (b *openBox) Copy(_ context.Context, uids []uint32, to string) (*serve.Copied, error) {
	return b.transfer(b.v.Copy, uids, to)
}

func (b *openBox) Move(_ context.Context, uids []uint32, to string) (*serve.Copied, error) {
	return b.transfer(b.v.Move, uids, to)
}

func (b *openBox) transfer(f func(seqs []store.Range, to string) (store.Copied, error), uids []uint32, to string) (*serve.Copied, error) {
	if b.v.User().Mailbox(to) == nil {
		return nil, no(parser.CodeTryCreate, "no such mailbox")
	}
	seqs, err := b.seqs(uids)
	if err != nil {
		return nil, asReply(err)
	}
	done, err := f(seqs, to)
	out := &serve.Copied{UIDValidity: done.UIDValidity}
	for uid := range store.All(done.Src) {
		out.From = append(out.From, uid)
	}
	for uid := range store.All(done.Dst) {
		out.To = append(out.To, uid)
	}
	return out, asReply(err)
}

// MailboxID returns the MAILBOXID (RFC 8474).
func (b *openBox) MailboxID(context.Context) (string, error) { return b.v.Mailbox().ID(), nil }

// SavesDates reports that messages have a SAVEDATE.
func (b *openBox) SavesDates() bool { return true }

func (b *openBox) Close() error {
	b.v.Close()
	if c := b.c; c != nil {
		c.show(c.name, "")
	}
	return nil
}

// view returns the mailbox that the client has open, or nil.
func (c *conn) view() *store.View {
	if b, ok := c.m.Mailbox().(*openBox); ok {
		return b.v
	}
	return nil
}
