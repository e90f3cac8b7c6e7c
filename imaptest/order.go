package imaptest

import (
	"math/rand/v2"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// Order is how a server answers commands that have arrived together (RFC 9051 §5.5). The server always runs the
// commands in their order; an Order only determines when it sends their responses.
type Order uint8

// Some things are the same in all orders, because clients must be able to rely on them. While a command that uses
// sequence numbers is unanswered, the server does not send EXPUNGE. Responses about one message come in the order of
// the commands, and so do responses that do not name their command, such as SEARCH.
const (
	// InTurn answers one command after the other.
	InTurn Order = iota
	// TaggedLast does what Dovecot does with commands that concern the selected mailbox and have arrived together. First
	// it sends the data of all of them, and then their tagged responses, both in the order of the commands. It answers
	// other commands, and commands that are BAD, at once.
	TaggedLast
	// Mixed sends the responses in a random order (see WithSeed) that RFC 9051 allows: it answers commands before
	// earlier ones, and interleaves answers response by response. If one command changes what another asks for, it
	// answers the two in turn.
	Mixed
)

// String returns the order in words.
func (o Order) String() string {
	return [...]string{"in turn", "tagged last", "mixed", "unknown"}[min(o, 3)]
}

// WithOrder sets how the server answers commands that have arrived together; without it, the server answers in turn.
// Commands have arrived together if the server can read them without waiting for its client. Before the server waits,
// it sends the responses that it has held back. The server always answers some commands in turn: LOGIN, SELECT, IDLE
// and all others that change the state of the connection, and a command with a [Fault] that does not only change the
// answer.
func WithOrder(o Order) Option { return func(opt *options) { opt.order = o } }

// touch is a bit set of the kinds of data that a command reads or changes.
type touch uint8

const (
	touchMessages touch = 1 << iota
	touchNames          // mailboxes, and what belongs to them: rights, quotas, annotations
)

// alone lists the commands that the server always answers in turn.
var alone = map[string]bool{
	"STARTTLS": true, "LOGIN": true, "AUTHENTICATE": true, "LOGOUT": true, "ENABLE": true, "SELECT": true, "EXAMINE": true, "CLOSE": true, "UNSELECT": true,
	"IDLE": true, "NOTIFY": true, "UNAUTHENTICATE": true, "COMPRESS": true, "CANCELUPDATE": true,
}

// reporters lists the commands whose answers report all expunges that the client does not know yet.
var reporters = map[string]bool{"EXPUNGE": true, "MOVE": true, "REPLACE": true, "NOOP": true, "CHECK": true}

// changers lists the commands that change something.
var changers = map[string]touch{
	"STORE": touchMessages, "EXPUNGE": touchMessages, "COPY": touchMessages, "MOVE": touchMessages, "REPLACE": touchMessages, "APPEND": touchMessages,
	"CREATE": touchNames, "DELETE": touchNames | touchMessages, "RENAME": touchNames | touchMessages, "SUBSCRIBE": touchNames, "UNSUBSCRIBE": touchNames,
	"SETACL": touchNames, "DELETEACL": touchNames, "SETQUOTA": touchNames, "SETMETADATA": touchNames, "SETANNOTATION": touchNames, "RESETKEY": touchNames,
}

// readers are the commands whose answers depend on data that others may change.
var readers = map[string]touch{
	"FETCH": touchMessages, "SEARCH": touchMessages, "SORT": touchMessages, "THREAD": touchMessages, "URLFETCH": touchMessages, "STATUS": touchMessages | touchNames,
	"ESEARCH": touchMessages | touchNames, "LIST": touchNames | touchMessages, "LSUB": touchNames, "GETACL": touchNames, "MYRIGHTS": touchNames, "LISTRIGHTS": touchNames,
	"GETQUOTA": touchNames | touchMessages, "GETQUOTAROOT": touchNames | touchMessages, "GETMETADATA": touchNames, "GETANNOTATION": touchNames, "GENURLAUTH": touchNames,
}

// together holds the state of the commands that are answered together.
type together struct {
	order   Order
	rng     *rand.Rand
	holding bool // responses are gathered
	reading bool // the server is about to wait for the next command
	groups  []*group
	octets  int
	seqs    bool // one of the commands in groups uses sequence numbers
	shifted bool // one of the commands in groups has changed sequence numbers
	due     bool // after the data of all commands, changes of the mailbox are to be reported
	expunge bool // the changes to be reported include expunges
	uid     bool // one of the commands whose changes are due is a UID command
}

// group holds the responses of one command.
type group struct {
	reads, writes touch
	late          bool // the command concerns the selected mailbox: with TaggedLast, its tagged response waits
	list          []response
}

// The limits on the commands and octets that are held back.
const (
	maxTogether       = 64
	maxTogetherOctets = 1 << 20
)

// begin sets the order of answers on a connection.
func (t *together) begin(o Order, seed uint64, num int) {
	if t.order = o; o == Mixed {
		t.rng = rand.New(rand.NewPCG(seed, ^uint64(num)))
	}
}

// join begins to gather the responses of a command. It adds the command to those that are held back. If the RFC does
// not allow the server to answer it together with them, join first delivers their responses.
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
	seqs := known && cmd.In == serve.Selected && cmd.Updates == serve.UpdatesButExpunge && !h.UID
	// RFC 9051 §7.5.1: the server does not send EXPUNGE while FETCH, STORE or SEARCH is unanswered. It also does not
	// send EXPUNGE before a command that the client has sent already and that uses the old sequence numbers.
	if t.seqs && reporters[h.Name] || (t.shifted || t.due && t.expunge) && seqs || len(t.groups) >= maxTogether {
		c.deliver()
	}
	t.seqs = t.seqs || seqs
	t.holding = true
	t.groups = append(t.groups, &group{reads: readers[h.Name], writes: changers[h.Name], late: known && cmd.In == serve.Selected || h.Name == "NOOP"})
}

// joinBad is join for a command that could not be read.
func (c *conn) joinBad() {
	if t := &c.batch; t.order != InTurn {
		t.holding = true
		t.groups = append(t.groups, &group{})
	}
}

// changes notes that the current command changes data that other commands read.
func (t *together) changes(what touch) {
	if t.holding {
		t.groups[len(t.groups)-1].writes |= what
	}
}

// Updates returns what a command reports about the selected mailbox. With TaggedLast, changes are reported only after
// the data of later commands, as Dovecot does. Until then, those commands use the old sequence numbers.
func (c *conn) Updates(h *parser.CommandHead, may serve.Updates, r *serve.Reply) serve.Updates {
	t := &c.batch
	if t.order == TaggedLast && t.holding && !c.m.Enabled("NOTIFY") && t.groups[len(t.groups)-1].late {
		// A BAD command does not cause a report. Its answer is sent before the changes (see arrange), so the changes
		// could come while no command is in progress, and then EXPUNGE is not allowed (RFC 9051 §7.5.1).
		if may != serve.UpdatesNone && r.Status != parser.BAD {
			t.due = true
			t.expunge = t.expunge || may == serve.UpdatesAll
			t.uid = t.uid || h.UID
		}
		return serve.UpdatesDeferred
	}
	if may == serve.UpdatesAll && !t.expunges() {
		return serve.UpdatesButExpunge
	}
	return may
}

// syncNow returns the responses for the changes that Updates has postponed.
func (c *conn) syncNow() (list []response) {
	t := &c.batch
	if !t.due || c.view() == nil || c.m.Err() != nil {
		return nil
	}
	allow := t.expunge && t.expunges()
	t.due, t.holding = false, false // the responses for the changes are not held back
	if err := c.m.SendUpdates(allow, t.uid); err != nil && c.m.Err() == nil {
		c.m.Fail(err)
	}
	t.uid = false
	flat, err := c.flatten()
	if err != nil && c.m.Err() == nil {
		c.m.Fail(err)
	}
	return splitResponses(flat)
}

// expunges reports whether the server may report expunges now.
func (t *together) expunges() bool { return !t.seqs }

// flatten returns what has been encoded, and empties the encoder.
func (c *conn) flatten() (flat []byte, err error) {
	flat, err = flatten(c.out.Segments())
	c.out.Reset(c.m.Mode())
	return flat, err
}

// put sends complete responses, or holds them back.
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
		t.due = false // do not report the mailbox's changes now; the current command reports them when it ends
		return c.deliver()
	}
	return nil
}

// deliver sends the responses that were held back, and holds nothing back until the next command.
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

// beforeWait sends the responses that were held back. The server calls it before it waits for the client.
func (c *conn) beforeWait() {
	t := &c.batch
	if len(t.groups) == 0 {
		c.sendHeldTagged()
		return
	}
	c.deliver()
	c.sendHeldTagged()
}
