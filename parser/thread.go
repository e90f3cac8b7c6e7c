package parser

import (
	"iter"
	"slices"

	"github.com/imapstack/imapstack/wire"
)

// ThreadData is the payload of THREAD (RFC 5256 §4): messages in the form of trees, one for each thread.
//
// The trees are stored in one slice, each message before its answers. So reading, writing and walking them needs no
// recursion, even for a chain of a million answers.
type ThreadData struct {
	Nodes []ThreadNode // valid until the next Decode

	stack []threadList
}

// ThreadNode is one message of a ThreadData.
type ThreadNode struct {
	Num    uint32 // number or UID of the message; 0 for a missing message that has answers
	Parent int32  // index of the message that this one answers; -1 if it begins a thread
	Level  int32  // 0 for a message that begins a thread
}

// All yields the level and the number of each message. A message comes before its answers. The number is 0 for a
// missing message.
func (x *ThreadData) All() iter.Seq2[int, uint32] {
	return func(yield func(level int, num uint32) bool) {
		for _, n := range x.Nodes {
			if !yield(int(n.Level), n.Num) {
				return
			}
		}
	}
}

// Threads yields the messages of each thread. The slices are valid until the next Decode.
func (x *ThreadData) Threads() iter.Seq[[]ThreadNode] {
	return func(yield func([]ThreadNode) bool) {
		for i := 0; i < len(x.Nodes); {
			j := i + 1
			for j < len(x.Nodes) && x.Nodes[j].Level > 0 {
				j++
			}
			if !yield(x.Nodes[i:j:j]) {
				return
			}
			i = j
		}
	}
}

// Add appends a message that answers the message with index parent. If parent is -1, the message begins a thread. Add
// returns the index of the message. Add each message before its answers, in the order of Nodes.
func (x *ThreadData) Add(parent int, num uint32) int {
	level := int32(0)
	if parent >= 0 {
		level = x.Nodes[parent].Level + 1
	}
	x.Nodes = append(x.Nodes, ThreadNode{num, int32(parent), level})
	return len(x.Nodes) - 1
}

// threadList is a list that Decode has begun and not finished.
type threadList struct {
	before int32 // index of the message before the list
	lists  int32 // number of lists in it
	absent bool  // the list begins with a list and not with a number: its lists answer a missing message
}

// threadPlace says where in the current list Decode is.
type threadPlace uint8

const (
	threadOpen   threadPlace = iota // after the opening parenthesis
	threadMember                    // after a number
	threadNested                    // after a list within the list: only lists may follow
)

// Decode reads what follows the response's name.
func (x *ThreadData) Decode(d *wire.Decoder) error {
	// parent is the index of the last message read.
	x.Nodes, x.stack = reuse(x.Nodes), reuse(x.stack)
	if n := len(d.Rest()) / 8; cap(x.Nodes) < n {
		// This capacity is enough if each number has seven digits. If numbers are shorter, append grows the slice.
		x.Nodes = slices.Grow(x.Nodes, min(n, d.Limits().Items))
	}
	parent, place := -1, threadOpen
	for d.Err() == nil {
		list := d.Is('(')
		switch {
		case len(x.stack) == 0 && !list:
			if d.AtEnd() {
				return d.Err()
			}
			if noSP(d); !d.Is('(') {
				d.Expected("thread-list")
			}
			continue
		case len(x.stack) == 0:
		case place != threadOpen && d.Got(')'):
			top := x.stack[len(x.stack)-1]
			x.stack = x.stack[:len(x.stack)-1]
			if top.lists == 1 && (top.absent || !d.Tolerate(RuleThreadList)) {
				d.Expected("two thread-lists")
			}
			parent, place = int(top.before), threadNested
			continue
		case place == threadOpen && list:
			// The list begins with another list. So its lists answer a message that is missing. Add a node for that
			// message.
			parent = x.add(d, parent, 0)
			x.stack[len(x.stack)-1].absent = true
		case place == threadNested && !list:
			if noSP(d); !d.Is('(') && !d.Is(')') {
				d.Expected("thread-list")
			}
			continue
		case place == threadMember:
			d.SP()
			list = d.Is('(')
		}
		if list {
			d.Got('(')
			if n := len(x.stack); n > 0 {
				x.stack[n-1].lists++
			}
			x.stack = appendLimited(d, x.stack, threadList{before: int32(parent)})
			place = threadOpen
		} else {
			parent = x.add(d, parent, d.NzNumber())
			place = threadMember
		}
	}
	return d.Err()
}

func (x *ThreadData) add(d *wire.Decoder, parent int, num uint32) int {
	if most := d.Limits().Items; len(x.Nodes) >= most {
		d.Fail(&wire.LimitError{What: "items", Limit: int64(most), Size: int64(most) + 1})
	}
	if d.Err() != nil {
		return parent
	}
	return x.Add(parent, num)
}

// Encode writes what Decode reads.
func (x *ThreadData) Encode(e *wire.Encoder) {
	answers := make([]int32, len(x.Nodes))
	for i, n := range x.Nodes {
		if n.Parent < -1 || n.Parent >= int32(i) {
			e.Fail(&wire.ArgumentError{What: "thread", Reason: "has a message before the one that it answers"})
			return
		}
		if n.Parent >= 0 {
			answers[n.Parent]++
		}
	}
	// listed reports whether a message begins a list. If a message is the only answer to another, it does not begin a
	// list: it comes after the other message, in the same list.
	listed := func(i int32) bool {
		p := x.Nodes[i].Parent
		return p < 0 || answers[p] > 1 || x.Nodes[p].Num == 0
	}
	for i, n := range x.Nodes {
		switch p := n.Parent; {
		case !listed(int32(i)):
			e.SP()
		case p >= 0 && int(p) == i-1 && x.Nodes[p].Num != 0:
			e.Raw(" (")
		default:
			e.Byte('(')
		}
		if n.Num != 0 {
			e.Number(n.Num)
		} else if answers[i] == 0 {
			e.Fail(&wire.ArgumentError{What: "thread", Reason: "has a missing message without an answer"})
			return
		}
		next := int32(-1)
		if i+1 < len(x.Nodes) {
			next = x.Nodes[i+1].Parent
		}
		for j := int32(i); j != next; j = x.Nodes[j].Parent {
			if j < 0 {
				e.Fail(&wire.ArgumentError{What: "thread", Reason: "has an answer after those to another message"})
				return
			}
			if listed(j) {
				e.Byte(')')
			}
		}
	}
}

// Clone returns a copy that the caller owns.
func (x *ThreadData) Clone() *ThreadData { return &ThreadData{Nodes: slices.Clone(x.Nodes)} }
