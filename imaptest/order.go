package imaptest

import (
	"math/rand/v2"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// Order is how a server answers commands that came together (RFC 9051 §5.5). What a command does is done in the
// order of the commands always; an Order says when it is told.
type Order uint8

// The orders. Whatever a client must be able to rely on holds in all of them: an EXPUNGE is told when no command that it
// would confuse is unanswered, and what is told of one message, or by responses that say nothing of whose they are, such as SEARCH,
// comes in the order of the commands.
const (
	// InTurn answers one command after the other.
	InTurn Order = iota
	// TaggedLast tells the data of all commands that have come by then, in turn, and then the tagged answers of those that are about the open
	// mailbox, in turn, as Dovecot does. What is not about it, or is BAD, is answered at once.
	TaggedLast
	// Mixed tells all of it in an order by chance (see WithSeed), of those that are allowed: commands answered before earlier ones, and
	// answers interleaved response by response. A command that changes what another one asks for is answered in turn with it.
	Mixed
)

// String returns the order in words.
func (o Order) String() string {
	return [...]string{"in turn", "tagged last", "mixed", "unknown"}[min(o, 3)]
}

// WithOrder sets how commands that came together are answered; without it, in turn. Commands have come together as far as the server
// need not wait for any of them: it tells what it holds back before it waits for its client. LOGIN, SELECT, IDLE and what else
// changes the state of the connection is answered in turn always, and so is a command that a [Fault] befalls, unless the fault
// changes no more than what is answered.
func WithOrder(o Order) Option { return func(opt *options) { opt.order = o } }

// touch is what a command reads or changes, of what other commands read or change.
type touch uint8

const (
	touchMessages touch = 1 << iota
	touchNames          // mailboxes, and what belongs to them: rights, quotas, annotations
)

// alone are the commands that are answered in turn always.
var alone = map[string]bool{
	"STARTTLS": true, "LOGIN": true, "AUTHENTICATE": true, "LOGOUT": true, "ENABLE": true, "SELECT": true, "EXAMINE": true, "CLOSE": true, "UNSELECT": true,
	"IDLE": true, "NOTIFY": true, "UNAUTHENTICATE": true, "COMPRESS": true, "CANCELUPDATE": true,
}

// tellers are the commands that tell of expunges by all means.
var tellers = map[string]bool{"EXPUNGE": true, "MOVE": true, "REPLACE": true, "NOOP": true, "CHECK": true}

// changers are the commands that change something.
var changers = map[string]touch{
	"STORE": touchMessages, "EXPUNGE": touchMessages, "COPY": touchMessages, "MOVE": touchMessages, "REPLACE": touchMessages, "APPEND": touchMessages,
	"CREATE": touchNames, "DELETE": touchNames | touchMessages, "RENAME": touchNames | touchMessages, "SUBSCRIBE": touchNames, "UNSUBSCRIBE": touchNames,
	"SETACL": touchNames, "DELETEACL": touchNames, "SETQUOTA": touchNames, "SETMETADATA": touchNames, "SETANNOTATION": touchNames, "RESETKEY": touchNames,
}

// readers are the commands that need what others may change.
var readers = map[string]touch{
	"FETCH": touchMessages, "SEARCH": touchMessages, "SORT": touchMessages, "THREAD": touchMessages, "URLFETCH": touchMessages, "STATUS": touchMessages | touchNames,
	"ESEARCH": touchMessages | touchNames, "LIST": touchNames | touchMessages, "LSUB": touchNames, "GETACL": touchNames, "MYRIGHTS": touchNames, "LISTRIGHTS": touchNames,
	"GETQUOTA": touchNames | touchMessages, "GETQUOTAROOT": touchNames | touchMessages, "GETMETADATA": touchNames, "GETANNOTATION": touchNames, "GENURLAUTH": touchNames,
}

// together is the commands that are to be answered together.
type together struct {
	order   Order
	rng     *rand.Rand
	holding bool // what is said is gathered
	reading bool // the next command is waited for
	groups  []*group
	octets  int
	seqs    bool // one of them uses sequence numbers
	shifted bool // by one of them, sequence numbers have changed
	due     bool // what has changed in the mailbox is to be told behind the data of all
	expunge bool // expunges too
	uid     bool // one of those that wait for it is a UID command
}

// group is what is told for one command.
type group struct {
	reads, writes touch
	late          bool // about the open mailbox
	list          []response
}

// How much is held back.
const (
	maxTogether       = 64
	maxTogetherOctets = 1 << 20
)

// begin sets the order of a connection.
func (t *together) begin(o Order, seed uint64, num int) {
	if t.order = o; o == Mixed {
		t.rng = rand.New(rand.NewPCG(seed, ^uint64(num)))
	}
}

// join begins to gather what is told for a command, with those that are held back if it may be told with them.
func (c *conn) join(h *parser.CommandHead) {
	t := &c.batch
	if t.order == InTurn {
		return
	}
	cmd, known := c.srv.machine.Command(h.Name)
	if alone[h.Name] {
		c.deliver()
		return
	}
	seqs := known && cmd.In == serve.Selected && cmd.Tells == serve.TellsSafe && !h.UID
	// RFC 9051 §7.5.1: no EXPUNGE while FETCH, STORE or SEARCH is unanswered, nor before a command whose numbers were meant before it.
	if t.seqs && tellers[h.Name] || (t.shifted || t.due && t.expunge) && seqs || len(t.groups) >= maxTogether {
		c.deliver()
	}
	t.seqs = t.seqs || seqs
	t.holding = true
	t.groups = append(t.groups, &group{reads: readers[h.Name], writes: changers[h.Name], late: known && cmd.In == serve.Selected || h.Name == "NOOP"})
}

// joinBad is join of a command that could not be read.
func (c *conn) joinBad() {
	if t := &c.batch; t.order != InTurn {
		t.holding = true
		t.groups = append(t.groups, &group{})
	}
}

// changes notes that the command at hand changes what others read.
func (t *together) changes(what touch) {
	if t.holding {
		t.groups[len(t.groups)-1].writes |= what
	}
}

// syncLater reports whether what has changed in the mailbox is told behind the data of later commands too, as Dovecot does: until then, they
// count messages as before.
func (c *conn) syncLater(h *parser.CommandHead, may serve.Tells, r *reply) bool {
	t := &c.batch
	if t.order != TaggedLast || !t.holding || c.view == nil || c.notify != nil || may == serve.TellsNothing || !t.groups[len(t.groups)-1].late {
		return false
	}
	switch {
	case c.synced:
		c.synced = false
	case r.Status == parser.BAD:
		// It is answered before that, and there may be no command left to tell it in.
	default:
		t.due = true
		t.expunge = t.expunge || may == serve.TellsAll || h.UID
		t.uid = t.uid || h.UID
	}
	return true
}

// syncNow tells what syncLater has put off.
func (c *conn) syncNow() (list []response) {
	t := &c.batch
	if !t.due || c.view == nil || c.m.Err() != nil {
		return nil
	}
	allow := t.expunge && t.expunges()
	t.due, t.holding = false, false // what is told now is told
	c.sync(allow)
	t.uid = false
	c.closeGone()
	c.tellPoint(&reply{})
	flat, err := c.flatten()
	if err != nil && c.m.Err() == nil {
		c.m.Fail(err)
	}
	return splitResponses(flat)
}

// expunges reports whether expunges may be told of now.
func (t *together) expunges() bool { return !t.seqs }

// flatten returns what has been encoded, which waits no more.
func (c *conn) flatten() (flat []byte, err error) {
	flat, err = flatten(c.out.Segments())
	c.out.Reset(c.m.Mode())
	return flat, err
}

// put says whole responses, or holds them back.
func (c *conn) put(b []byte) error {
	t := &c.batch
	if !t.holding || len(b) == 0 {
		return c.write(b)
	}
	g := t.groups[len(t.groups)-1]
	for _, r := range splitResponses(b) {
		g.list = append(g.list, r)
		word, _ := keyOf(r.text)
		t.shifted = t.shifted || word == "EXPUNGE" || word == "VANISHED"
	}
	if t.octets += len(b); t.octets > maxTogetherOctets {
		t.due = false // the command at hand does it, in its end
		return c.deliver()
	}
	return nil
}

// deliver says what was held back, and holds nothing back until the next command.
func (c *conn) deliver() error {
	t := &c.batch
	if len(t.groups) == 0 {
		return c.m.Err()
	}
	if c.out.Len() > 0 && t.holding {
		flat, err := c.flatten()
		if err != nil {
			return err
		}
		g := t.groups[len(t.groups)-1]
		g.list = append(g.list, splitResponses(flat)...)
	}
	var out []byte
	for _, r := range t.arrange(c.syncNow()) {
		out = append(out, r.text...)
	}
	t.groups, t.octets, t.holding, t.seqs, t.shifted, t.due, t.expunge = nil, 0, false, false, false, false, false
	if err := c.write(out); err != nil && c.m.Err() == nil {
		c.m.Fail(err)
	}
	return c.m.Err()
}

// beforeWait is done before the client is waited for.
func (c *conn) beforeWait() {
	t := &c.batch
	if len(t.groups) == 0 {
		c.tellLate()
		return
	}
	err := c.deliver()
	c.tellLate()
	if err == nil && t.reading {
		c.notifyNow(false)
		c.flush()
	}
}
