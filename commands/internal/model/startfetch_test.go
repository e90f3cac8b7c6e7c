package model

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// got is the contents of a FETCH response.
type got struct {
	seq, uid uint32
	flags    flags
	size     uint64
	subject  string
	body     []byte
	has      items
}

type items uint8

const (
	hasFlags items = 1 << iota
	hasSize
	hasSubject
	hasBody
)

func (g got) String() string {
	return fmt.Sprintf("message %d: UID %d, flags %v, %d octets, subject %q, %d octets read, has %b", g.seq, g.uid, g.flags.names(), g.size, g.subject, len(g.body), g.has)
}

// take reads a FETCH response.
func take(c *cmd, m *parser.Fetch) got {
	g := got{seq: m.Seq, uid: m.UID, size: m.Size}
	if m.Has("FLAGS") {
		g.has |= hasFlags
		g.flags = flagsOf(m.Flags)
	}
	if m.Has("RFC822.SIZE") {
		g.has |= hasSize
	}
	var env parser.Envelope
	if ok, err := m.Envelope(&env); err != nil {
		c.fail("envelope: %v", err)
	} else if ok {
		g.has |= hasSubject
		g.subject = string(env.Subject)
	}
	for sec, err := range m.Sections {
		if err != nil {
			c.sectionErr = err
			break
		}
		b, err := io.ReadAll(sec)
		if err != nil {
			c.sectionErr = err
			break
		}
		g.has |= hasBody
		g.body = b
	}
	g.uid = m.UID // the UID may follow a streamed section
	return g
}

// held returns the data of a value that must not change until the next turn of the loop.
func held(m *parser.Fetch) string {
	return fmt.Sprint(m.Seq, m.UID, m.Flags, m.Size, string(m.Raw("ENVELOPE")))
}

func (r *run) startFetch(o op) {
	x := r.choose(o, false)
	var want items
	list := []fetch.Item{fetch.UID}
	marks := false
	switch o.A % 8 {
	case 0, 1:
		want = hasFlags
		list = append(list, fetch.Flags)
	case 2:
		want = hasSize
		list = append(list, fetch.Size)
	case 3:
		want = hasSubject | hasFlags
		list = append(list, fetch.Envelope, fetch.Flags)
	case 4, 5:
		want = hasBody
		list = append(list, fetch.Body("").Peek())
	case 6:
		want = hasBody
		marks = true
		list = append(list, fetch.Body(""))
	case 7:
		want = hasBody | hasSize | hasFlags
		list = append(list, fetch.Flags, fetch.Size, fetch.Body("").Peek())
	}
	c := &cmd{selected: true, seq: x.seqs != nil, reads: !marks, writes: marks}
	var data []got
	stream(c, commands.Fetch(r.s, x.set, list...), func(m *parser.Fetch) { data = append(data, take(c, m)) }, held)
	r.began(c, "FETCH %v %v %b", x.set.Kind(), x.set, want)
	c.exec = func(st *state) (parser.Status, func()) {
		m := st.open
		targets := m.among(x.in)
		due := map[uint32]flags{}
		for _, t := range targets {
			if marks && !st.epoch.ro {
				t.flags |= seen
			}
			due[t.uid] = t.flags
		}
		status := parser.OK
		if x.loose {
			status = 0
		}
		return status, func() { c.fetched(st, m, x, want, due, data) }
	}
}

// fetched checks the responses to a FETCH or STORE.
func (c *cmd) fetched(st *state, m *mailbox, x chosen, want items, due map[uint32]flags, data []got) {
	right := map[uint32]int{}
	for _, g := range data {
		if x.seqs != nil {
			uid, ok := x.seqs[g.seq]
			if !ok || g.uid != 0 && g.uid != uid {
				c.fail("contains unrequested data: %v", g)
				continue
			}
			g.uid = uid
		}
		if g.uid == 0 && x.set.Kind() == numset.Seq {
			continue // an unsolicited report of flags, which may be about any message, because 1:* includes all messages
		}
		if x.set.IsSaved() && g.has == hasFlags && !x.in(g.uid) && st.octets(m, g.uid) != nil {
			continue // an unsolicited report of flags, which the session takes for a part of the answer, because it does not know the messages in $
		}
		if g.uid == 0 || !x.in(g.uid) {
			c.fail("contains unrequested data: %v", g)
			continue
		}
		octets := st.octets(m, g.uid)
		if octets == nil {
			c.fail("contains a message that was never in %s: %v", m.name, g)
			continue
		}
		subject, _, _ := bytes.Cut(bytes.TrimPrefix(octets, []byte("Subject: ")), []byte("\r\n"))
		switch {
		case g.has&hasSize != 0 && g.size != uint64(len(octets)):
			c.fail("size: %v, and the message has %d", g, len(octets))
		case g.has&hasBody != 0 && !bytes.Equal(g.body, octets):
			c.fail("body: %v: %.60q, and the message is %.60q", g, g.body, octets)
		case g.has&hasSubject != 0 && g.subject != string(subject):
			c.fail("subject: %v, and it is %q", g, subject)
		}
		f, own := due[g.uid]
		if g.has&want == want && (!own || want&hasFlags == 0 || g.flags == f) {
			right[g.uid]++
		}
		if k := right[g.uid]; k > 1 && want&^hasFlags != 0 {
			c.fail("tells %d times: %v", k, g)
		}
	}
	if !c.whole() {
		return
	}
	for uid, f := range due {
		if right[uid] == 0 {
			c.fail("lacks UID %d, with flags %v; it contains %v", uid, f.names(), data)
		}
	}
}

func (r *run) startStore(o op) {
	x := r.choose(o, false)
	op := []commands.StoreOp{commands.AddFlags, commands.RemoveFlags, commands.SetFlags, commands.AddFlags}[o.A%4]
	silent := o.A>>2&1 == 0
	if silent {
		op = op.Silent()
	}
	never := o.A>>8&15 == 0 && r.s.Caps().Has("CONDSTORE")
	if never {
		op = op.UnchangedSince(0)
	}
	f := drawnFlags(o.B)
	c := &cmd{selected: true, seq: x.seqs != nil, writes: true}
	var data []got
	stream(c, commands.Store(r.s, x.set, op, f.names()...), func(m *parser.Fetch) { data = append(data, take(c, m)) }, held)
	r.began(c, "STORE %v %v %v%v %v %v", x.set.Kind(), x.set, []string{"+", "-", "", "+"}[o.A%4], f.names(), silent, never)
	c.exec = func(st *state) (parser.Status, func()) {
		if st.epoch.ro {
			return parser.NO, nil
		}
		m, due := st.open, map[uint32]flags{}
		targets := m.among(x.in)
		if never {
			c.modified = func() { c.leftAlone(x, targets) }
			return 0, nil
		}
		for _, t := range targets {
			switch o.A % 4 {
			case 1:
				t.flags &^= f
			case 2:
				t.flags = f
			default:
				t.flags |= f
			}
			due[t.uid] = t.flags
		}
		status := parser.OK
		if x.loose {
			status = 0
		}
		if silent {
			due = nil
		}
		return status, func() { c.fetched(st, m, x, hasFlags, due, data) }
	}
}

// leftAlone checks the error of a STORE with UNCHANGEDSINCE whose messages had been changed.
func (c *cmd) leftAlone(x chosen, targets []*message) {
	var e *commands.ModifiedError
	if !errors.As(c.err, &e) {
		if c.r.s.Err() != nil || overKept(c.err) {
			return
		}
		if len(targets) > 0 && c.err == nil && !c.left || c.err != nil && !c.cancels && !errors.Is(c.err, parser.CodeExpungeIssued) {
			c.fail("ended with %v, and must have left %d messages as they were", c.err, len(targets))
		}
		return
	}
	if e.Messages.Kind() != x.set.Kind() {
		c.fail("left %v %v, but was about %v", e.Messages.Kind(), e.Messages, x.set.Kind())
		return
	}
	for _, t := range targets {
		at := t.uid
		for seq, uid := range x.seqs {
			if uid == t.uid {
				at = seq
			}
		}
		if !e.Messages.Contains(at) {
			c.fail("left %v as they were, and UID %d too", e.Messages, t.uid)
		}
	}
}
