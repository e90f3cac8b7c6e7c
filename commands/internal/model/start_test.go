package model

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// The mailboxes that programs open. C does not exist.
var selectable = []string{"INBOX", "A", "B", "INBOX", "A", "C"}

func (r *run) target(n uint32) string {
	return []string{"INBOX", "A", "B", "A", "INBOX", "C", "N0", "N1", "N2"}[n%9]
}

// start starts the command of an op.
func (r *run) start(o op) {
	s := r.s
	switch o.Kind {
	case opSelect, opExamine:
		r.startSelect(o)
	case opClose, opUnselect:
		r.startLeave(o)
	case opFetch:
		r.startFetch(o)
	case opStore:
		r.startStore(o)
	case opCopy, opMove:
		r.startCopy(o)
	case opExpunge, opUIDExpunge:
		r.startExpunge(o)
	case opAppend:
		r.startAppend(o)
	case opSearch, opSort, opThread:
		r.startSearch(o)
	case opStatus:
		r.startStatus(o)
	case opList:
		r.startList(o)
	case opNoop:
		out := new(struct{})
		c := &cmd{exec: func(*state) (parser.Status, func()) { return parser.OK, nil }}
		r.began(call(c, commands.Noop(s), out), "NOOP")
	case opCreate, opDelete, opRename:
		r.startNames(o)
	case opQuota, opMetadata:
		r.startMetadata(o)
	case opIdle:
		r.startIdle(o)
	}
}

func (r *run) startSelect(o op) {
	name, out, c := selectable[o.A%uint32(len(selectable))], new(commands.Selected), &cmd{}
	word := "SELECT"
	if o.Kind == opExamine {
		word = "EXAMINE"
		call(c, commands.Examine(r.s, name), out)
	} else {
		call(c, commands.Select(r.s, name), out)
	}
	r.began(c, "%s %s", word, name)
	r.beginEpoch(c, name, o.Kind == opExamine)
	c.exec = func(st *state) (parser.Status, func()) {
		m := st.boxes[name]
		if m == nil {
			st.open, st.epoch = nil, nil
			return parser.NO, nil
		}
		st.open, st.epoch, st.saved = m, c.opens, nil
		own, other := len(m.list), r.others.ever(name)
		return parser.OK, func() {
			if out.Name != name || out.UIDValidity != m.validity || int(out.Exists) < own || int(out.Exists) > own+other || out.ReadOnly != c.opens.ro {
				c.fail("opened %+v; there are %d messages of our own, and at most %d others", *out, own, other)
			}
		}
	}
}

func (r *run) startLeave(o op) {
	c := &cmd{selected: true}
	if o.Kind == opClose {
		r.began(call(c, commands.CloseMailbox(r.s), new(struct{})), "CLOSE")
		c.writes = true
	} else {
		r.began(call(c, commands.Unselect(r.s), new(struct{})), "UNSELECT")
	}
	r.beginEpoch(c, "", false)
	c.exec = func(st *state) (parser.Status, func()) {
		if o.Kind == opClose && !st.epoch.ro {
			st.open.remove(func(x *message) bool { return x.flags&deleted != 0 })
		}
		st.open, st.epoch = nil, c.opens
		return parser.OK, nil
	}
}

// chosen is a set of messages: the set to send, and the messages that it means.
type chosen struct {
	set   numset.Set
	in    func(uid uint32) bool
	seqs  map[uint32]uint32 // the UIDs of the sequence numbers in the set
	loose bool              // some of the messages may be gone, which the program does not know yet, so the server may answer with an error
}

// choose chooses messages of the current epoch's mailbox. If own is true, as for a copy, it chooses only the
// programs' own messages.
func (r *run) choose(o op, own bool) chosen {
	name := r.epoch.name
	base := 1000 * baseOf(name)
	if n := len(r.view.list); o.D&3 == 1 && n > 0 && r.knows() {
		first := int(o.C) % n
		x := chosen{seqs: map[uint32]uint32{}}
		var seqs []uint32
		for i := first; i < n && i <= first+int(o.C>>8)%5; i++ {
			uid := r.view.list[i]
			if uid == 0 || own && r.others.has(name, uid) {
				break
			}
			x.loose = x.loose || r.others.has(name, uid)
			x.seqs[uint32(i+1)] = uid
			seqs = append(seqs, uint32(i+1))
		}
		if len(seqs) > 0 {
			x.set = numset.Of(numset.Seq, seqs...)
			x.in = func(uid uint32) bool {
				for _, u := range x.seqs {
					if u == uid {
						return true
					}
				}
				return false
			}
			return x
		}
	}
	if o.D>>7&7 == 0 && r.s.Caps().Has("SEARCHRES") {
		// The result that the last search has saved contains only the programs' own messages.
		return chosen{set: numset.Saved(numset.UID), in: func(uid uint32) bool { return slices.Contains(r.model.saved, uid) }}
	}
	next := base + 10
	if base != 0 {
		next = r.srv.Mailbox("alice", name).Status().UIDNext
	}
	var uids []uint32
	span := next - base
	first := base + 1 + o.C%span
	n := uint32(1)
	switch o.D >> 2 & 3 {
	case 1:
		n = 1 + o.C>>8%8
	case 2:
		first, n = base+1, span
	}
	for uid := first; uid < first+n; uid++ {
		if !own || uid < next && !r.others.has(name, uid) {
			uids = append(uids, uid)
		}
	}
	if len(uids) == 0 {
		uids = []uint32{base + 999}
	}
	x := chosen{set: numset.Of(numset.UID, uids...)}
	if o.D>>2&3 == 3 && !own {
		x.set = numset.All(numset.UID)
		x.in = func(uint32) bool { return true }
		return x
	}
	x.in = x.set.Contains
	return x
}

func (r *run) startCopy(o op) {
	x, name, out := r.choose(o, true), r.target(o.A), new(commands.CopyUID)
	c := &cmd{selected: true, seq: x.seqs != nil}
	word := "COPY"
	if o.Kind == opMove {
		word, c.writes = "MOVE", true
		call(c, commands.Move(r.s, x.set, name), out)
	} else {
		call(c, commands.Copy(r.s, x.set, name), out)
	}
	r.began(c, "%s %v %v %s", word, x.set.Kind(), x.set, name)
	c.exec = func(st *state) (parser.Status, func()) {
		to := st.boxes[name]
		if to == nil {
			return parser.NO, nil
		}
		targets := st.open.among(x.in)
		if o.Kind == opMove && st.epoch.ro {
			if len(targets) == 0 {
				return 0, nil
			}
			return parser.NO, nil
		}
		var pairs [][2]uint32
		for _, t := range targets {
			pairs = append(pairs, [2]uint32{t.uid, st.add(to, t.content, t.flags)})
		}
		if o.Kind == opMove {
			st.open.remove(func(y *message) bool { return slices.Contains(targets, y) })
		}
		return parser.OK, func() {
			var told [][2]uint32
			for from, to := range out.Pairs() {
				told = append(told, [2]uint32{from, to})
			}
			if r.s.Caps().Has("UIDPLUS") && (fmt.Sprint(told) != fmt.Sprint(pairs) || len(pairs) > 0 && to.validity != 0 && out.UIDValidity != to.validity) {
				c.fail("reports %v of %d, and it is %v", told, out.UIDValidity, pairs)
			}
		}
	}
}

func (r *run) startExpunge(o op) {
	c := &cmd{selected: true, writes: true}
	n := 0
	count := func(*commands.Expunged) { n++ }
	same := func(x *commands.Expunged) string { return fmt.Sprint(x.Seq, x.UIDs) }
	in := func(uint32) bool { return true }
	if o.Kind == opUIDExpunge {
		if !r.s.Caps().Has("UIDPLUS") {
			return
		}
		o.D &^= 3 // no sequence numbers
		x := r.choose(o, false)
		in = x.in
		r.began(stream(c, commands.UIDExpunge(r.s, x.set), count, same), "UID EXPUNGE %v", x.set)
	} else {
		r.began(stream(c, commands.Expunge(r.s), count, same), "EXPUNGE")
	}
	c.exec = func(st *state) (parser.Status, func()) {
		if st.epoch.ro {
			return parser.NO, nil
		}
		gone := st.open.remove(func(x *message) bool { return x.flags&deleted != 0 && in(x.uid) })
		return parser.OK, func() {
			if c.whole() && len(gone) > 0 && n == 0 {
				c.fail("reports nothing, but %v are gone", gone)
			}
		}
	}
}

// slow is a message's body whose octets become available in pieces.
type slow struct {
	b     []byte
	piece int
	pause time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	if len(s.b) == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.pause)
	n := copy(p[:min(len(p), s.piece)], s.b)
	s.b = s.b[n:]
	return n, nil
}

func (r *run) startAppend(o op) {
	name, out := r.target(o.A), new(commands.AppendUID)
	size := 80 + int(o.B%300)
	switch o.C % 8 {
	case 0:
		size = 4000 + int(o.B%200)
	case 1:
		size = 20_000 + int(o.B)
	}
	n := r.content(size)
	b := r.contents[n]
	var src io.Reader = bytes.NewReader(b)
	if o.C>>3%4 == 0 {
		src = &slow{b, 1 + int(o.B%3000), time.Duration(o.D%500) * time.Microsecond}
	}
	f := drawnFlags(o.D) &^ deleted
	c := &cmd{literal: true}
	call(c, commands.Append(r.s, name, src, int64(len(b)), commands.WithFlags(f.names()...)), out)
	r.began(c, "APPEND %s own-%d of %d", name, n, len(b))
	c.exec = func(st *state) (parser.Status, func()) {
		to := st.boxes[name]
		if to == nil {
			return parser.NO, nil
		}
		uid := st.add(to, n, f)
		return parser.OK, func() {
			if r.s.Caps().Has("UIDPLUS") && (!out.UIDs.Equal(numset.Of(numset.UID, uid)) || to.validity != 0 && out.UIDValidity != to.validity) {
				c.fail("reports UID %v of %d, and it is %d", out.UIDs, out.UIDValidity, uid)
			}
		}
	}
}

func (r *run) startIdle(o op) {
	c := &cmd{}
	x := commands.Idle(r.s)
	x.StopAfter(time.Duration(1+o.A%50)*time.Millisecond, 10*time.Second)
	stream(c, x, func(*parser.Response) {}, func(*parser.Response) string { return "" })
	r.began(c, "IDLE")
	c.exec = func(*state) (parser.Status, func()) { return parser.OK, nil }
	// IDLE ends only when the loop over its stream ends, so the loop runs at once.
	r.loop(context.Background(), c, op{Body: o.Body})
}

// learn finds out, by FETCH, which message each sequence number means.
func (r *run) learn(ctx context.Context) {
	if !r.knows() || len(r.view.list) == 0 {
		return
	}
	x := chosen{set: numset.All(numset.Seq), in: func(uint32) bool { return true }}
	c := &cmd{selected: true, reads: true}
	var data []got
	stream(c, commands.Fetch(r.s, x.set, fetch.UID), func(m *parser.Fetch) { data = append(data, take(c, m)) }, held)
	r.began(c, "FETCH seq 1:* (UID)")
	c.exec = func(st *state) (parser.Status, func()) {
		m, due := st.open, map[uint32]flags{}
		for _, t := range m.list {
			due[t.uid] = t.flags
		}
		return 0, func() { c.fetched(st, m, x, 0, due, data) }
	}
	c.busy = true
	err := c.loop(ctx, func() bool { return true })
	c.busy = false
	r.outcome(c, err, "learn")
	if err == nil && r.view.gone == c.gone && r.view.name == c.epoch.name {
		for _, g := range data {
			r.view.see(g.seq, g.uid)
		}
	}
}
