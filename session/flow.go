package session

import (
	"strings"

	"github.com/imapstack/imapstack/utils/numset"
)

// Flow says how a command affects others in flight, so that the session can send as many together as
// RFC 9051 §5.5 allows, and no more.
type Flow uint16

const (
	// Alone commands wait for everything before them, and everything after waits for them: AUTHENTICATE, STARTTLS,
	// COMPRESS, IDLE, LOGOUT.
	Alone Flow = 1 << iota
	// Barrier commands wait for everything before them, except Leads: SELECT.
	Barrier
	// UsesSeq commands have message sequence numbers in their arguments or their answer, so no command in flight may
	// allow EXPUNGE.
	UsesSeq
	// NoExpunge commands keep the server from sending EXPUNGE while they run: FETCH, STORE, SEARCH, SORT and THREAD
	// without UID (RFC 9051 §7.5.1, RFC 5256 §3), and SELECT, for the new mailbox. Every other command allows EXPUNGE.
	NoExpunge
	// Reads commands change nothing, so they may follow a SELECT before it is known to have succeeded.
	Reads
	// Removes commands remove messages from the open mailbox: EXPUNGE, MOVE. A server may report the messages as gone
	// only after it has answered all commands that arrived together (Dovecot does so for all commands in one packet),
	// so commands on the mailbox wait for them.
	Removes
	// ReadsFlags commands have a result that depends on flags.
	ReadsFlags
	// WritesFlags commands change flags.
	WritesFlags
	// Quiet commands may be answered as late as the server likes, so Config.StallTimeout does not apply: IDLE.
	Quiet
	// Shared commands let Handler see the responses that they claim.
	Shared
	// Leads commands neither work on a mailbox nor change how strings are sent, so a Barrier need not wait for their
	// answer: ID, and ENABLE of nothing but QRESYNC and CONDSTORE. A server must have executed such an ENABLE before it
	// looks at the SELECT after it, because it answers both in their order (RFC 9051 §5.5).
	Leads
	// Chains may follow another command with Chains whose answer has not come, although it is a Barrier: a SELECT after
	// a SELECT, if no command is needed for the mailbox of the first. The server runs both in their order, because the
	// second changes the meaning of the first (RFC 9051 §5.5).
	Chains
)

// ordered is the set of flows for which Together must look at the other command.
const ordered = Alone | Barrier | UsesSeq | ReadsFlags | WritesFlags

// Identity is how a response tells which command it answers.
type Identity uint8

const (
	// ByPlace is for a response that does not tell: SEARCH, CAPABILITY. One such command may be in flight.
	ByPlace Identity = iota
	// ByTag is for a response that contains the tag of the command: ESEARCH.
	ByTag
	// ByName is for a response that names what the command asked about, a mailbox or a quota root: STATUS, QUOTA.
	ByName
	// ByNumbers is for a response about a message that the command asked about: FETCH.
	ByNumbers
)

// Answer describes one kind of untagged response that answers a command.
type Answer struct {
	// Response is its name, "FETCH", or the name of its code, "[COPYUID]".
	Response string
	By       Identity
	// Name goes with ByName. Names that differ only in case are the same.
	Name string
	// Numbers goes with ByNumbers. A set with * may stand for any message.
	Numbers numset.Set
}

// TaggedOnly is the Answers of a command that no untagged response answers.
var TaggedOnly = []Answer{}

// apart reports whether a response tells which of two commands it answers.
func (a *Answer) apart(b *Answer) bool {
	switch {
	case a.Response != b.Response:
		return true
	case a.By != b.By:
		return false
	}
	switch a.By {
	case ByTag:
		return true
	case ByName:
		return !strings.EqualFold(a.Name, b.Name)
	case ByNumbers:
		return disjoint(a.Numbers, b.Numbers)
	}
	return false
}

// disjoint reports whether two sets are known to have no message in common.
func disjoint(a, b numset.Set) bool {
	if a.Kind() != b.Kind() || a.Dynamic() || b.Dynamic() || a.IsSaved() || b.IsSaved() {
		return false
	}
	firstA, okA := a.Min()
	lastA, _ := a.Max()
	firstB, okB := b.Min()
	lastB, _ := b.Max()
	return !okA || !okB || lastA < firstB || lastB < firstA || a.Intersect(b).Empty()
}

// alone reports whether the command must not have others in flight beside it.
func (c *Command) alone() bool { return c.Answers == nil || c.Flow&Alone != 0 }

// Together reports whether b may be sent while a, which was sent before it, has not been answered (RFC 9051 §5.5):
// neither changes what the other means, and each response tells which of them it answers.
func Together(a, b *Command) bool {
	switch f, g := a.Flow, b.Flow; {
	case a.alone() || b.alone():
		return false
	case f&g&Chains != 0:
		return true // the first command gets everything that comes until its answer
	case g&Barrier != 0 && f&Leads == 0:
		return false
	case g&UsesSeq != 0 && f&NoExpunge == 0, f&Removes != 0 && b.binds():
		return false
	case a.Changes != "" && strings.EqualFold(a.Changes, b.Asks):
		return false
	case f&ReadsFlags != 0 && g&WritesFlags != 0, f&WritesFlags != 0 && g&ReadsFlags != 0:
		return false
	}
	for i := range a.Answers {
		for j := range b.Answers {
			if !a.Answers[i].apart(&b.Answers[j]) {
				return false
			}
		}
	}
	return true
}

// declares reports whether a response with this name answers the command, according to its Answers.
func (c *Command) declares(response string) bool {
	for i := range c.Answers {
		if c.Answers[i].Response == response {
			return true
		}
	}
	return false
}

// Awaits reports whether responses with that name answer a command that is in flight or in the queue.
func (s *Session) Awaits(response string) bool {
	if s == nil {
		return false
	}
	for _, p := range s.queue.live() {
		if p.progress != answered && p.cmd.declares(response) {
			return true
		}
	}
	return false
}
