package session

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Command is all that a session knows of a command. A command of one's own is a value of this type,
// given to Start or StartStream. Its functions run on the goroutine that drives the session and must not
// use the session. All but Name may be left out.
type Command struct {
	// Name is what is sent behind the tag: "FETCH", "UID FETCH". It is an atom, with or without "UID " before it.
	Name string
	// In is the states in which the command is legal; 0 is any.
	In State
	// Needs names the capability without which the command is refused; "A|B" is either.
	Needs string
	// Flow says what may be in flight at the same time.
	Flow Flow
	// Args writes the arguments, each with the space before it.
	Args func(*wire.Encoder)
	// Claim says whether an untagged response is the command's.
	Claim func(*parser.Response) bool
	// Data takes a response that was claimed, its payload unread. It does not wait, unless it reads a
	// literal that is streamed. Its first error is the command's, when that has ended.
	Data func(*parser.Response) error
	// More answers a continuation request whose text it is given: it writes a line without its end.
	// What it writes is secret. If it fails, Stop's answer is sent instead, and its error is the command's.
	More func(text []byte, e *wire.Encoder) error
	// Stop writes the line, without its end, that ends the command early: DONE, or * for AUTHENTICATE.
	Stop func(*wire.Encoder)
	// Done takes the tagged OK, with its code.
	Done func(*parser.Response) error
	// Refused takes what NO or BAD has become, and returns the command's error instead of it: the same with more to say.
	Refused func(error) error
	// Then and Else are the states after OK and after NO or BAD; 0 is as before.
	Then, Else State
	// Opens is the view that data fills while the command runs, and that is the session's after OK: SELECT.
	Opens *Mailbox
	// Early means that the tagged OK, or BYE, may be followed by the end of the stream: LOGOUT.
	Early bool

	layers bool // behind OK the connection is another: see Negotiate
}

// phase is how far a command is.
type phase uint8

const (
	phaseQueued  phase = iota // not an octet has been sent
	phaseWriting              // a part has been sent; the rest waits for a continuation request
	phaseSent                 // all of it has been sent
	phaseDone                 // answered, or ended by an error
)

// pending is a command on its way.
type pending struct {
	cmd    Command
	tag    uint64
	enc    wire.Encoder
	segs   []wire.Segment
	seg    int   // the segment to be sent next
	size   int   // octets of its segments, bodies not counted
	body   int64 // octets of bodies
	phase  phase
	stream bool // its data is given to who drives it

	err       error // what it ended with
	dataErr   error // the first error of Data, More or Done
	gone      bool  // nobody waits for it any more
	taken     int64 // octets of the responses that its result is made of
	full      bool  // that is over Config.MaxResult
	stopping  bool  // Stop is to be sent as soon as the server listens
	stopped   bool
	continued bool   // a continuation request has come
	internal  bool   // the session's own
	secret    bool   // its arguments hold a secret
	sending   bool   // what is encoded is being written
	owes      bool   // a continuation request waits for an answer, as the wait was cut
	counted   bool   // in Session.unsent for its Stop
	told      uint64 // Session.told when it was sent
	started   int64
}

// forget overwrites what was encoded, if it may be secret.
func (p *pending) forget() {
	if (p.secret || p.cmd.More != nil) && !p.sending {
		p.enc.Reset(p.enc.Mode())
		p.segs = nil
	}
}

func (p *pending) done() bool { return p.phase == phaseDone }

// name is the command's for errors and logs.
func (p *pending) name() string { return p.cmd.Name }

// tagText is the tag as the server sees it; "" of a command that has none.
func (s *Session) tagText(p *pending) string {
	if p.tag == 0 {
		return ""
	}
	return string(s.appendTag(nil, p.tag))
}

// appendTag writes a tag: A1, A2, …, or with letters of the caller's choice.
func (s *Session) appendTag(dst []byte, n uint64) []byte {
	return strconv.AppendUint(append(dst, s.cfg.TagPrefix...), n, 10)
}

// parseTag is the inverse of appendTag.
func (s *Session) parseTag(tag []byte) (n uint64, ok bool) {
	digits, ok := bytes.CutPrefix(tag, []byte(s.cfg.TagPrefix))
	if !ok || len(digits) == 0 || len(digits) > 19 || digits[0] == '0' {
		return 0, false
	}
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, true
}

// TagLetters returns n as Config.TagPrefix may have it: in base 16, with the letters A to P for digits, and none for 0. Who wants tags that
// a man in the middle cannot guess takes a random number.
func TagLetters(n uint32) string {
	var b [8]byte
	i := len(b)
	for ; n > 0; n >>= 4 {
		i--
		b[i] = 'A' + byte(n&15)
	}
	return string(b[i:])
}

// validPrefix reports whether tags may begin with p: they are no part of any grammar then but their own.
func validPrefix(p string) bool {
	return len(p) <= 16 && strings.IndexFunc(p, func(c rune) bool { return c|0x20 < 'a' || c|0x20 > 'z' }) < 0
}
