package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// key draws a search key that matches only messages of the programs.
func (r *run) key(o op) (k search.Key, text string, fits func(*message) bool) {
	own := search.Subject("own-")
	switch o.A % 6 {
	case 0:
		return own, "own", func(*message) bool { return true }
	case 1:
		f := 5 + o.B%4
		return search.And(own, search.Keyword(flagNames[f])), fmt.Sprint("keyword ", flagNames[f]), func(m *message) bool { return m.flags&(1<<f) != 0 }
	case 2:
		return search.And(search.Seen, own), "seen", func(m *message) bool { return m.flags&seen != 0 }
	case 3:
		return search.And(own, search.Not(search.Deleted)), "not deleted", func(m *message) bool { return m.flags&deleted == 0 }
	default:
		o.D = o.D&^3 | 1<<7 // without sequence numbers and without $
		x := r.choose(o, false)
		return search.And(search.In(x.set), own), fmt.Sprint("uid ", x.set), func(m *message) bool { return x.in(m.uid) }
	}
}

// numbers says what the numbers in the result of a search mean: UIDs, or sequence numbers in a view of the mailbox.
type numbers struct {
	kind numset.Kind
	list []uint32
}

func (r *run) numbers(o op) numbers {
	if o.D>>4&3 == 0 && r.knows() && !slices.Contains(r.view.list, 0) {
		return numbers{numset.Seq, slices.Clone(r.view.list)}
	}
	return numbers{kind: numset.UID}
}

// uids returns the UIDs for the numbers in list, or false if they are not known.
func (n numbers) uids(c *cmd, list []uint32) ([]uint32, bool) {
	if n.kind == numset.UID {
		return list, true
	}
	if c.after != c.gone {
		return nil, false // messages have been expunged since, so the numbers are those of another view
	}
	var out []uint32
	for _, seq := range list {
		if seq == 0 || int(seq) > len(n.list) {
			return nil, false // the message has been added since then
		}
		out = append(out, n.list[seq-1])
	}
	return out, true
}

func (r *run) startSearch(o op) {
	key, text, fits := r.key(o)
	num := r.numbers(o)
	c := &cmd{selected: true, seq: num.kind == numset.Seq, reads: true}
	var options []search.Return
	if r.s.Caps().Has("ESEARCH") && (o.Kind != opSort || r.s.Caps().Has("ESORT")) && o.Kind != opThread {
		switch o.C >> 12 % 4 {
		case 0:
			options = append(options, search.ReturnAll)
		case 1:
			options = append(options, search.ReturnCount)
		}
	}
	saves := o.Kind == opSearch && len(options) > 0 && o.D>>10&3 == 0 && r.s.Caps().Has("SEARCHRES")
	if saves {
		options = append(options, search.ReturnSave)
	}
	counts := len(options) > 0 && o.C>>12%4 == 1
	var found func() (uids []uint32, n uint32)
	sorted := false
	switch o.Kind {
	case opSearch:
		out := new(commands.SearchResult)
		call(c, commands.Search(r.s, num.kind, key, options...), out)
		found = func() (uids []uint32, n uint32) { return slices.Collect(out.Found.Numbers()), out.Count }
	case opSort:
		out := new(commands.SortResult)
		by := search.BySize
		if o.B>>8&1 == 0 {
			by = by.Reverse()
		}
		sorted = true
		call(c, commands.Sort(r.s, num.kind, []search.SortKey{by}, key, options...), out)
		found = func() (uids []uint32, n uint32) { return slices.Collect(out.All()), out.Count }
	default:
		out := new(parser.ThreadData)
		call(c, commands.Thread(r.s, num.kind, commands.References, key), out)
		found = func() (uids []uint32, n uint32) {
			for _, x := range out.Nodes {
				if x.Num != 0 {
					uids = append(uids, x.Num)
				}
			}
			slices.Sort(uids)
			return uids, uint32(len(uids))
		}
	}
	c.saves = saves
	r.began(c, "%s %v %s %d", strings.ToUpper(kindNames[o.Kind]), num.kind, text, len(options))
	c.exec = func(st *state) (parser.Status, func()) {
		var due []*message
		for _, m := range st.open.list {
			if fits(m) {
				due = append(due, m)
			}
		}
		if sorted {
			slices.SortStableFunc(due, func(a, b *message) int {
				d := len(r.contents[a.content]) - len(r.contents[b.content])
				if o.B>>8&1 == 0 {
					d = -d
				}
				return d
			})
		}
		want := make([]uint32, 0, len(due))
		for _, m := range due {
			want = append(want, m.uid)
		}
		if saves {
			st.saved = want
		}
		return parser.OK, func() {
			list, n := found()
			uids, ok := num.uids(c, list)
			if int(n) != len(want) || !counts && ok && fmt.Sprint(uids) != fmt.Sprint(want) {
				c.fail("has found %d: %v, and it is %v", n, uids, want)
			}
		}
	}
}

func (r *run) startStatus(o op) {
	name, out := r.target(o.A), new(parser.StatusData)
	c := &cmd{}
	r.began(call(c, commands.Status(r.s, name, status.Messages, status.UIDNext, status.UIDValidity, status.Unseen), out), "STATUS %s", name)
	c.exec = func(st *state) (parser.Status, func()) {
		m := st.boxes[name]
		if m == nil {
			return parser.NO, nil
		}
		own, unseen, next := len(m.list), 0, m.next+1
		for _, x := range m.list {
			if x.flags&seen == 0 {
				unseen++
			}
		}
		return parser.OK, func() {
			ever := 0
			if !m.pure {
				ever = r.others.ever(name)
			}
			if n := int(out.Messages); n < own || n > own+ever || int(out.Unseen) < unseen || int(out.Unseen) > unseen+ever ||
				m.pure && out.UIDNext != next || out.UIDNext < next || m.validity != 0 && out.UIDValidity != m.validity {
				c.fail("reports %+v, and it is %d messages, %d unseen (and others' %d), next UID %d, %d", *out, own, unseen, ever, next, m.validity)
			}
		}
	}
}

func (r *run) startList(o op) {
	pattern := []string{"*", "%", "N*", "INB*"}[o.A%4]
	c := &cmd{}
	var names []string
	name := func(l *parser.ListData) string { return string(l.Mailbox) }
	stream(c, commands.List(r.s, "", pattern), func(l *parser.ListData) { names = append(names, name(l)) }, name)
	r.began(c, "LIST %s", pattern)
	c.exec = func(st *state) (parser.Status, func()) {
		var due []string
		for _, n := range st.names() {
			if o.A%4 < 2 || strings.HasPrefix(n, strings.TrimSuffix(pattern, "*")) {
				due = append(due, n)
			}
		}
		return parser.OK, func() {
			slices.Sort(names)
			if c.whole() && fmt.Sprint(names) != fmt.Sprint(due) {
				c.fail("reports %v, and it is %v", names, due)
			}
			for i, n := range names {
				if !slices.Contains(due, n) || i > 0 && n == names[i-1] {
					c.fail("reports %v, and it is %v", names, due)
				}
			}
		}
	}
}

func (r *run) startNames(o op) {
	name, to := fmt.Sprint("N", o.A%3), fmt.Sprint("N", o.B%3)
	c := &cmd{}
	switch o.Kind {
	case opCreate:
		r.began(call(c, commands.Create(r.s, name), new(string)), "CREATE %s", name)
	case opDelete:
		r.began(call(c, commands.Delete(r.s, name), new(struct{})), "DELETE %s", name)
	default:
		r.began(call(c, commands.Rename(r.s, name, to), new(struct{})), "RENAME %s %s", name, to)
	}
	c.exec = func(st *state) (parser.Status, func()) {
		m := st.boxes[name]
		if (m == nil) != (o.Kind == opCreate) || o.Kind == opRename && st.boxes[to] != nil {
			return parser.NO, nil
		}
		switch o.Kind {
		case opCreate:
			st.boxes[name] = newMailbox(name, 0)
		case opDelete:
			delete(st.boxes, name)
		default:
			delete(st.boxes, name)
			m.name = to
			st.boxes[to] = m
		}
		return parser.OK, nil
	}
}

func (r *run) startMetadata(o op) {
	name := r.target(o.A)
	const entry = "/private/comment"
	c := &cmd{}
	if o.Kind == opQuota {
		out := new(commands.QuotaRoots)
		r.began(call(c, commands.GetQuotaRoot(r.s, name), out), "GETQUOTAROOT %s", name)
		c.exec = func(st *state) (parser.Status, func()) {
			if st.boxes[name] == nil {
				return parser.NO, nil
			}
			return parser.OK, func() {
				if out.Mailbox != name {
					c.fail("tells of %q", out.Mailbox)
				}
			}
		}
		return
	}
	if o.B&1 == 0 {
		value := fmt.Sprint("v", o.B)
		set := commands.SetMetadata(r.s, name, parser.EntryValue{Entry: entry, Value: []byte(value)})
		r.began(call(c, set, new(struct{})), "SETMETADATA %s %s", name, value)
		c.exec = func(st *state) (parser.Status, func()) {
			m := st.boxes[name]
			if m == nil {
				return parser.NO, nil
			}
			m.comment = value
			return parser.OK, nil
		}
		return
	}
	out := new(commands.Metadata)
	r.began(call(c, commands.GetMetadata(r.s, name, []string{entry}), out), "GETMETADATA %s", name)
	c.exec = func(st *state) (parser.Status, func()) {
		m := st.boxes[name]
		if m == nil {
			return parser.NO, nil
		}
		due := m.comment
		return parser.OK, func() {
			if string(out.Value(entry)) != due {
				c.fail("reports %q, and it is %q", out.Value(entry), due)
			}
		}
	}
}
