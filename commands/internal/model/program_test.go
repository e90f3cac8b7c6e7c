package model

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// kind is the kind of an op.
type kind uint8

const (
	opSelect kind = iota
	opExamine
	opClose
	opUnselect
	opFetch
	opLearn // FETCH 1:* (UID) and a wait for its result; the program then knows which message each sequence number means
	opStore
	opCopy
	opMove
	opAppend
	opExpunge
	opUIDExpunge
	opSearch
	opSort
	opThread
	opStatus
	opList
	opNoop
	opCreate
	opDelete
	opRename
	opQuota
	opMetadata
	opIdle
	// The following ops start no command. They wait for commands that were started, loop over or discard their
	// results, poll, or sleep.
	opWait
	opWaitAll
	opLoop
	opDiscard
	opPoll
	opSleep
	kinds
)

var kindNames = [...]string{"select", "examine", "close", "unselect", "fetch", "learn", "store", "copy", "move", "append", "expunge", "uidexpunge",
	"search", "sort", "thread", "status", "list", "noop", "create", "delete", "rename", "quota", "metadata", "idle", "wait", "waitall", "loop", "discard", "poll", "sleep"}

// weights says how often each kind of op is drawn.
var weights = [kinds]int{opSelect: 6, opExamine: 2, opClose: 1, opUnselect: 1, opFetch: 12, opLearn: 3, opStore: 12, opCopy: 5, opMove: 3,
	opAppend: 8, opExpunge: 2, opUIDExpunge: 3, opSearch: 10, opSort: 3, opThread: 2, opStatus: 6, opList: 3, opNoop: 2, opCreate: 2, opDelete: 1, opRename: 1,
	opQuota: 1, opMetadata: 2, opIdle: 1, opWait: 24, opWaitAll: 3, opLoop: 10, opDiscard: 2, opPoll: 2, opSleep: 2}

// An op is one step of a program. Its numbers are drawn from a seed. They get a meaning only when the op runs, so the
// other ops can still run if one is removed.
type op struct {
	Kind       kind
	A, B, C, D uint32
	Body       []op `json:",omitempty"` // the ops in the body of a loop
}

func (o op) String() string {
	s := fmt.Sprintf("%s %d %d %d %d", kindNames[o.Kind], o.A, o.B, o.C, o.D)
	if len(o.Body) == 0 {
		return s
	}
	var b strings.Builder
	b.WriteString(s + " {\n")
	for _, x := range o.Body {
		b.WriteString("\t" + strings.ReplaceAll(x.String(), "\n", "\n\t") + "\n")
	}
	return b.String() + "}"
}

// A program is the ops and the settings that determine a run.
type program struct {
	Seed    uint64
	Layer   int      // see layers
	Without []string `json:",omitempty"` // capabilities that the server does not have
	Order   int      // how the server answers: see orders
	Window  int      // session.Config.Window; 0 means the default
	Room    int      // octets that each direction of the link holds
	Delay   int      // the longest delay on the link, in microseconds
	Cut     bool     // whether the link cuts writes into pieces
	Inline  int      // wire.Limits.Inline; 0 means the default
	Keep    int64    // session.Config.MaxKept; 0 means the default
	Others  int      // how many changes the second client makes
	QResync bool     // whether the program enables QRESYNC
	Cancels int      // one wait in this many is cancelled; 0 means none
	Serial  bool     `json:",omitempty"` // each command is waited for as soon as it is started
	Bad     int      // how many SELECTs the server answers with BAD
	Ops     []op
}

func (p *program) String() string {
	head := *p
	head.Ops = nil
	h, _ := json.Marshal(head)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", h)
	for _, o := range p.Ops {
		fmt.Fprintf(&b, "%v\n", o)
	}
	j, _ := json.Marshal(p)
	fmt.Fprintf(&b, "%s", j)
	return b.String()
}

// count returns the number of ops, including those in the bodies of loops.
func count(ops []op) (n int) {
	for _, o := range ops {
		n += 1 + count(o.Body)
	}
	return n
}

const (
	layerPlain = iota
	layerTLS
	layerStartTLS
	layerDeflate
	layerStartTLSDeflate
	layers
)

// draw makes a program from a seed.
func draw(seed uint64) *program {
	r := rand.New(rand.NewPCG(seed, 4711))
	p := &program{Seed: seed, Room: 64 << 10, Delay: 2000, Cut: r.IntN(2) == 0}
	if r.IntN(3) == 0 {
		p.Layer = r.IntN(layers)
	}
	for _, c := range []string{"LITERAL+", "LITERAL-", "ESEARCH", "UIDPLUS", "QRESYNC", "IMAP4REV2", "MULTIAPPEND"} {
		if r.IntN(4) == 0 {
			p.Without = append(p.Without, c)
			if c == "LITERAL+" && r.IntN(2) == 0 {
				p.Without = append(p.Without, "LITERAL-")
			}
		}
	}
	if len(p.Without) > 0 && !slices.Contains(p.Without, "IMAP4REV2") {
		p.Without = append(p.Without, "IMAP4REV2") // IMAP4rev2 includes all of these
	}
	p.Order = r.IntN(orders)
	switch r.IntN(6) {
	case 0:
		p.Window = 1
	case 1:
		p.Window = 64 + r.IntN(500)
	case 2:
		p.Window = 4096
	case 3:
		p.Window = 64 << 10
		p.Room = 256 << 10
	}
	if p.Window > 0 && p.Window < 4096 && r.IntN(2) == 0 {
		p.Room = max(p.Window, 256)
	} else if r.IntN(8) == 0 {
		p.Room = 200 + r.IntN(2000)
	}
	// The window must not be larger than the link's buffers.
	p.Room = max(p.Room, p.Window)
	if r.IntN(8) == 0 {
		p.Delay = 0
	}
	if r.IntN(8) == 0 {
		p.Inline = 100 + r.IntN(2000)
	}
	if r.IntN(10) == 0 {
		p.Keep = int64(200 + r.IntN(4000))
	}
	if r.IntN(3) > 0 {
		p.Others = 1 + r.IntN(30)
	}
	p.QResync = r.IntN(4) == 0
	if r.IntN(2) == 0 {
		p.Cancels = 1 + r.IntN(8)
	}
	if r.IntN(6) == 0 {
		p.Bad = 1 + r.IntN(3)
	}
	p.Serial = r.IntN(12) == 0
	n := 5 + r.IntN(60)
	p.Ops = append(p.Ops, op{Kind: opSelect, A: r.Uint32N(2)})
	if r.IntN(4) > 0 {
		p.Ops = append(p.Ops, op{Kind: opLearn})
	}
	for count(p.Ops) < n {
		p.Ops = append(p.Ops, drawOp(r, 3))
	}
	return p
}

func drawOp(r *rand.Rand, depth int) op {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	x := r.IntN(sum)
	k := kind(0)
	for ; x >= weights[k]; k++ {
		x -= weights[k]
	}
	o := op{Kind: k, A: r.Uint32N(1 << 16), B: r.Uint32N(1 << 16), C: r.Uint32N(1 << 16), D: r.Uint32N(1 << 16)}
	if k == opLoop && depth > 0 {
		for range r.IntN(5) {
			o.Body = append(o.Body, drawOp(r, depth-1))
		}
	}
	return o
}

// without returns a copy of the program that lacks n ops. The argument from is the index of the first of these.
func (p *program) without(from, n int) *program {
	q := *p
	at := 0
	var cut func(ops []op) []op
	cut = func(ops []op) (out []op) {
		for _, o := range ops {
			gone := at >= from && at < from+n
			at++
			body := cut(o.Body)
			if gone {
				continue
			}
			o.Body = body
			out = append(out, o)
		}
		return out
	}
	q.Ops = cut(p.Ops)
	return &q
}

// shrink returns the smallest program that it finds for which fails is true.
func shrink(p *program, fails func(*program) bool) *program {
	try := func(f func(*program)) {
		q := *p
		f(&q)
		if fails(&q) {
			p = &q
		}
	}
	for n := max(1, count(p.Ops)/2); ; n /= 2 {
		for from := 0; from < count(p.Ops); {
			if q := p.without(from, n); fails(q) {
				p = q
			} else {
				from += n
			}
		}
		if n <= 1 {
			break
		}
	}
	try(func(q *program) { q.Layer = layerPlain })
	try(func(q *program) { q.Without = nil })
	try(func(q *program) { q.Order = 0 })
	try(func(q *program) { q.Window = 0 })
	try(func(q *program) { q.Window, q.Room = 0, 64<<10 })
	try(func(q *program) { q.Delay = 2000 })
	try(func(q *program) { q.Cut = false })
	try(func(q *program) { q.Inline = 0 })
	try(func(q *program) { q.Keep = 0 })
	try(func(q *program) { q.Others = 0 })
	try(func(q *program) { q.Others /= 4 })
	try(func(q *program) { q.QResync = false })
	try(func(q *program) { q.Cancels = 0 })
	try(func(q *program) { q.Bad = 0 })
	try(func(q *program) { q.Serial = true })
	for from := 0; from < count(p.Ops); {
		if q := p.without(from, 1); fails(q) {
			p = q
		} else {
			from++
		}
	}
	return p
}
