package session

import (
	"strings"

	"github.com/imapstack/imapstack/utils/numset"
)

// Flow says how a command affects others in flight. The session uses it to send as many commands together as RFC 9051
// §5.5 allows, and no more.
type Flow uint16

const (
	// Alone marks a command that is never in flight together with another, such as AUTHENTICATE, STARTTLS, COMPRESS,
	// IDLE and LOGOUT.
	Alone Flow = 1 << iota
	// Barrier marks a command, such as SELECT, that waits until all commands before it have been answered, except those
	// with Leads.
	Barrier
	// UsesSeq marks a command with message sequence numbers in its arguments or its answer. It waits for each command
	// during which the server may send EXPUNGE.
	UsesSeq
	// NoExpunge marks a command during which the server must not send EXPUNGE: FETCH, STORE, SEARCH, SORT and THREAD
	// without UID (RFC 9051 §7.5.1, RFC 5256 §3), and SELECT, for the new mailbox. During any other command it may send
	// EXPUNGE.
	NoExpunge
	// Reads marks a command that changes nothing, so it may follow a SELECT whose answer has not arrived.
	Reads
	// Removes marks a command that removes messages from the open mailbox, such as EXPUNGE and MOVE. Later commands on
	// the mailbox wait for it. Some servers first answer all commands that arrived together, and then report that the
	// messages are gone. Dovecot does so for the commands in one packet.
	Removes
	// ReadsFlags marks a command whose result depends on flags.
	ReadsFlags
	// WritesFlags marks a command that changes flags.
	WritesFlags
	// Quiet marks a command, such as IDLE, during which the server may be silent for any time. Config.StallTimeout then
	// does not apply. If the command has a Stop, StallTimeout does apply until the server has sent the command's
	// continuation request, and the session stops the command as soon as another command waits to be sent.
	Quiet
	// Shared marks a command whose responses the Handler gets, too.
	Shared
	// Leads marks a command that neither works on a mailbox nor changes how strings are sent, such as ID, or an ENABLE
	// of only QRESYNC and CONDSTORE. A command with Barrier may follow one with Leads at once. A server must execute
	// such an ENABLE before it looks at the SELECT after it, because it must answer the two in their order (RFC 9051
	// §5.5).
	Leads
	// Chains marks a command that may follow another one with Chains at once, even if it also has Barrier. A SELECT and
	// the SELECT after it have Chains if the program needs nothing from the first mailbox. The server runs the two in
	// their order, because the second changes the meaning of the first (RFC 9051 §5.5).
	Chains
)

// ordered is the set of flows that may make a command wait for another.
const ordered = Alone | Barrier | UsesSeq | ReadsFlags | WritesFlags

// Identity is how a response identifies the command that it answers.
type Identity uint8

const (
	// ByPlace means that the response, such as SEARCH or CAPABILITY, does not identify its command. Only one command
	// that such a response may answer is in flight at a time.
	ByPlace Identity = iota
	// ByTag means that the response, such as ESEARCH, contains the tag of the command.
	ByTag
	// ByName means that the response, such as STATUS or QUOTA, contains the name of the mailbox or quota root that the
	// command asked about.
	ByName
	// ByNumbers means that the response, such as FETCH, is about a message that the command asked about.
	ByNumbers
)

// Answer describes one kind of untagged response that answers a command.
type Answer struct {
	// Response is the name of the response, such as "FETCH", or of its code, such as "[COPYUID]".
	Response string
	By       Identity
	// Name is the name of the mailbox or quota root, if By is ByName. Case does not matter.
	Name string
	// Numbers is the set of messages, if By is ByNumbers. A set with * may stand for any message.
	Numbers numset.Set
}

// TaggedOnly is the value of Command.Answers for a command that no untagged response answers.
var TaggedOnly = []Answer{}

// distinguishes reports whether a response that a or b describes shows which of the two commands it answers.
func (a *Answer) distinguishes(b *Answer) bool {
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

// alone reports whether the command must not be in flight together with another.
func (c *Command) alone() bool { return c.Answers == nil || c.Flow&Alone != 0 }

// Together reports whether b may be sent after a, and before a has been answered (RFC 9051 §5.5). This is so if neither
// command changes what the other means, and each response shows which of the two it answers.
func Together(a, b *Command) bool {
	switch f, g := a.Flow, b.Flow; {
	case a.alone() || b.alone():
		return false
	case f&g&Chains != 0:
		return true // the first command gets every response up to its answer
	case g&Barrier != 0 && f&Leads == 0:
		return false
	case g&UsesSeq != 0 && f&NoExpunge == 0, f&Removes != 0 && b.needsMailbox():
		return false
	case a.Changes != "" && strings.EqualFold(a.Changes, b.Asks):
		return false
	case f&ReadsFlags != 0 && g&WritesFlags != 0, f&WritesFlags != 0 && g&ReadsFlags != 0:
		return false
	}
	for i := range a.Answers {
		for j := range b.Answers {
			if !a.Answers[i].distinguishes(&b.Answers[j]) {
				return false
			}
		}
	}
	return true
}

// maySend reports whether a command may be sent now, together with those in flight.
func (s *Session) maySend(p *pending) bool {
	if s.pipelineFull = len(s.inFlight) >= s.cfg.Pipeline || s.pipelineFull && len(s.inFlight) > s.cfg.Pipeline/2; s.pipelineFull {
		return false // wait until half are answered: one write of several commands costs less than several writes
	}
	if s.aloneInFlight > 0 || p.cmd.alone() {
		return len(s.inFlight) == 0
	}
	if len(p.cmd.Answers) == 0 && p.cmd.Flow&ordered == 0 && p.cmd.Asks == "" && p.epoch == nil && !p.enc.HasSeq() {
		return true // Together would return true for every command in flight
	}
	for _, q := range s.inFlight {
		switch {
		case !Together(&q.cmd, &p.cmd), p.enc.HasSeq() && q.cmd.Flow&NoExpunge == 0:
			return false
		case q.cmd.Changes != "" && p.epoch != nil && strings.EqualFold(q.cmd.Changes, p.epoch.mailbox()):
			return false // the result of p may depend on whether q has run
		}
	}
	return true
}

// declares reports whether the command's Answers contain a response with this name.
func (c *Command) declares(response string) bool {
	for i := range c.Answers {
		if c.Answers[i].Response == response {
			return true
		}
	}
	return false
}

// Awaits reports whether a response with the given name may answer a command that is in flight or in the queue.
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
