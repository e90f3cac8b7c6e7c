package match

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// maxChain limits how many ancestors adopt checks to avoid a cycle. If a message has more, adopt may leave out a link
// although it would not make a cycle. This can happen only if the child already has children, and the parent is deep in
// a long discussion.
const maxChain = 5000

// node is a message in a tree, or a dummy in place of a missing message.
type node struct {
	item     Message // nil in a dummy
	parent   *node
	children []*node
	kids     int // number of nodes whose parent is this node; valid until children is filled
	rank     int // position of the message when all messages are sorted by sent date and then by sequence number
}

// Thread arranges messages in trees, one for each discussion. items must be in the order of their sequence numbers.
// algorithm is ORDEREDSUBJECT or REFERENCES (RFC 5256 §3), or REFS, which sorts discussions by their latest arrival
// and ignores subjects. byUID says whether the result has UIDs or sequence numbers. The error is an *Error.
func Thread[M Message](items []M, algorithm string, byUID bool) (*parser.ThreadData, error) {
	var top []*node
	switch algorithm {
	case "ORDEREDSUBJECT":
		top = orderedSubject(items)
	case "REFERENCES":
		top = references(items, true)
	case "REFS":
		top = references(items, false)
	default:
		return nil, &Error{"", fmt.Sprintf("threading algorithm %s is not known", algorithm)}
	}
	out := new(parser.ThreadData)
	for _, n := range top {
		n.emit(out, byUID)
	}
	return out, nil
}

// emit adds a tree to the result. It does not use recursion, because the depth of a discussion may be the size of
// the mailbox.
func (n *node) emit(out *parser.ThreadData, byUID bool) {
	type todo struct {
		n      *node
		parent int
	}
	stack := []todo{{n, -1}}
	for len(stack) > 0 {
		t := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		num := uint32(0)
		if t.n.item != nil {
			num = t.n.item.Seq()
			if byUID {
				num = t.n.item.UID()
			}
		}
		at := out.Add(t.parent, num)
		for _, c := range slices.Backward(t.n.children) {
			stack = append(stack, todo{c, at})
		}
	}
}

// nodes returns a node for each message, with its rank.
func nodes[M Message](items []M) []*node {
	all := make([]node, len(items))
	dates := make([]time.Time, len(items))
	order := make([]int, len(items))
	out := make([]*node, len(items))
	for i := range items {
		all[i].item, dates[i], order[i], out[i] = items[i], sentDate(items[i]), i, &all[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return dates[a].Compare(dates[b]) })
	for rank, i := range order {
		all[i].rank = rank
	}
	return out
}

func byRank(a, b *node) int { return cmp.Compare(a.rank, b.rank) }

// orderedSubject makes a discussion of all messages with the same base subject.
func orderedSubject[M Message](items []M) []*node {
	all := nodes(items)
	slices.SortFunc(all, byRank)
	first := map[string]*node{}
	var top []*node
	for _, n := range all {
		s := Fold(content(n.item).Thread().Subject)
		if f := first[s]; f != nil {
			f.children = append(f.children, n)
			continue
		}
		first[s] = n
		top = append(top, n)
	}
	return top
}

// references builds the threads by the algorithm REFERENCES or, if subjects is false, by REFS.
func references[M Message](items []M, subjects bool) []*node {
	all := nodes(items)
	f := forest{ids: make(map[string]*node, len(all)), order: all}
	f.link(all)
	top := f.roots()
	top = prune(top)
	if !subjects {
		return byArrival(top)
	}
	sortSiblings(top)
	slices.SortStableFunc(top, byRank)
	top = gather(top)
	sortSiblings(top)
	slices.SortStableFunc(top, byRank)
	return top
}

// forest holds the messages by their Message-IDs, and the dummies.
type forest struct {
	ids   map[string]*node
	order []*node // all messages, and then the dummies in the order of their creation
}

// nodeOf returns the node of the message with the given Message-ID. If there is no such message, it returns a dummy.
func (f *forest) nodeOf(id string) *node {
	n := f.ids[id]
	if n == nil {
		n = new(node)
		f.ids[id] = n
		f.order = append(f.order, n)
	}
	return n
}

// link is step 1 of the algorithm REFERENCES. It first stores all messages by their Message-IDs, so that a message can
// refer to a later one.
func (f *forest) link(all []*node) {
	for _, n := range all {
		if id := content(n.item).Thread().ID; id != "" && f.ids[id] == nil {
			f.ids[id] = n
		}
	}
	f.order = slices.Clone(all)
	for _, n := range all {
		var prev *node
		for _, id := range content(n.item).Thread().References {
			ref := f.nodeOf(id)
			if prev != nil && ref.parent == nil {
				f.adopt(prev, ref)
			}
			prev = ref
		}
		if n.parent != nil {
			n.parent.kids-- // its own references are more reliable than those of other messages
			n.parent = nil
		}
		if prev != nil {
			f.adopt(prev, n)
		}
	}
	for _, n := range f.order {
		if n.parent != nil {
			n.parent.children = append(n.parent.children, n)
		}
	}
}

// adopt makes child a child of parent, unless parent is a descendant of child. child must have no parent. It sets
// child.parent, and counts the child in parent.kids. The field children is filled after all links are made.
func (f *forest) adopt(parent, child *node) {
	if parent == child {
		return
	}
	steps := 0
	for p := parent; p != nil && child.kids > 0; p = p.parent {
		if steps++; p == child || steps > maxChain {
			return
		}
	}
	child.parent = parent
	parent.kids++
}

// roots returns the messages and dummies without a parent.
func (f *forest) roots() []*node {
	var top []*node
	for _, n := range f.order {
		if n.parent == nil {
			top = append(top, n)
		}
	}
	return top
}

// prune is step 3 of the algorithm REFERENCES. It removes dummies, except for those at the top that have several
// children. It goes backward through order, in which each message comes after its parent, so it handles the children of
// a message before the message.
func prune(top []*node) []*node {
	order := flatten(top)
	for _, n := range slices.Backward(order) {
		var kept []*node
		for _, c := range n.children {
			if c.item == nil {
				kept = append(kept, c.children...)
			} else {
				kept = append(kept, c)
			}
		}
		n.children = kept
	}
	var out []*node
	for _, n := range top {
		switch {
		case n.item != nil || len(n.children) > 1:
			out = append(out, n)
		case len(n.children) == 1:
			out = append(out, n.children[0])
		}
	}
	return out
}

// flatten returns all messages of the trees. Each message comes before its children.
func flatten(top []*node) []*node {
	order := slices.Clone(top)
	for i := 0; i < len(order); i++ {
		order = append(order, order[i].children...)
	}
	return order
}

// sortSiblings sorts the children of each message by date. It begins with the deepest messages, because a dummy has the
// date of its first child.
func sortSiblings(top []*node) {
	for _, n := range slices.Backward(flatten(top)) {
		slices.SortStableFunc(n.children, byRank)
		if n.item == nil && len(n.children) > 0 {
			n.rank = n.children[0].rank
		}
	}
}

// subject returns the folded base subject of a discussion, and whether it is the subject of a reply.
func (n *node) subject() (string, bool) {
	if n.item == nil {
		n = n.children[0]
	}
	t := content(n.item).Thread()
	return Fold(t.Subject), t.Reply
}

// gather is step 5 of the algorithm REFERENCES. It joins discussions that have the same subject.
func gather(top []*node) []*node {
	type entry struct {
		n     *node
		reply bool
	}
	table := map[string]*entry{}
	for _, n := range top {
		s, reply := n.subject()
		if s == "" {
			continue
		}
		e := table[s]
		if e == nil {
			table[s] = &entry{n, reply}
		} else if e.n.item != nil && (n.item == nil || e.reply && !reply) {
			e.n, e.reply = n, reply
		}
	}
	into := map[*node]*node{} // from a message in the table to the new dummy that has replaced it
	var out []*node
	for _, n := range top {
		s, reply := n.subject()
		e := table[s]
		if s == "" || e == nil || e.n == n || into[n] != nil {
			out = append(out, n)
			continue
		}
		switch {
		case e.n.item == nil && n.item == nil:
			e.n.children = append(e.n.children, n.children...)
		case e.n.item == nil || reply && !e.reply:
			e.n.children = append(e.n.children, n)
		default:
			d := &node{children: []*node{e.n, n}}
			into[e.n] = d
			e.n = d
		}
	}
	for i, n := range out {
		if d := into[n]; d != nil {
			out[i] = d
		}
	}
	return out
}

// byArrival sorts siblings by date, and discussions by the latest arrival of their messages.
func byArrival(top []*node) []*node {
	sortSiblings(top)
	latest := map[*node]time.Time{}
	for _, n := range top {
		for _, m := range flatten([]*node{n}) {
			if m.item != nil && m.item.InternalDate().After(latest[n]) {
				latest[n] = m.item.InternalDate()
			}
		}
	}
	slices.SortStableFunc(top, func(a, b *node) int {
		return cmp.Or(latest[a].Compare(latest[b]), byRank(a, b))
	})
	return top
}
