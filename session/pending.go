package session

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// progress says how far the session has got with a command. The package comment lists the changes that are possible.
type progress uint8

const (
	queued   progress = iota // no octet has been sent
	writing                  // its octets are being written
	awaiting                 // a literal was announced, and the server must send a continuation request
	sent                     // all of it has been written, and the server must answer
	asked                    // the server has sent a continuation request, and accepts a line of IDLE or AUTHENTICATE
	answered                 // the tagged response has arrived, the command was refused or abandoned before it was sent, or the session has ended
	stages
)

// advances lists the legal changes of progress: advances[from] is a set of bits, one for each value that may follow.
var advances = [stages]uint8{
	queued:   1<<writing | 1<<answered,
	writing:  1<<awaiting | 1<<sent | 1<<answered,
	awaiting: 1<<writing | 1<<answered,
	sent:     1<<asked | 1<<answered,
	asked:    1<<sent | 1<<answered,
	answered: 0,
}

func (p progress) String() string {
	return [stages]string{"queued", "writing", "awaiting", "sent", "asked", "answered"}[p]
}

// interest says whether the program still wants a command's data and answer. It never returns to an earlier value.
type interest uint8

const (
	wanted    interest = iota // the command's functions get its data, or the data is kept for the loop
	dropped                   // the data is dropped, but the answer still matters: Stream.Discard, MaxResult
	abandoned                 // the program no longer waits for the answer
)

// ending says whether the session has sent the line that ends a command early.
type ending uint8

const (
	runsOn  ending = iota // the session need not end the command early
	stopDue               // the line of Command.Stop must be sent as soon as the server accepts it
	stopped               // the line has been sent
)

// encoded is the form in which a command is sent. A command that has been answered returns its encoded form to the
// pool, because a program may keep a Call for a long time. The form of IDLE is returned as soon as the server has
// accepted IDLE, because IDLE may last for hours.
type encoded struct {
	wire.Encoder
	segs []wire.Segment
	next int // the segment to send next
}

var encodings = sync.Pool{New: func() any { return new(encoded) }}

// pending is a command that was started. Its state consists of progress, interest and ending.
type pending struct {
	cmd    Command
	tag    uint64
	enc    *encoded // the encoded command; nil when it is not needed any more
	size   int      // octets of the command, without bodies
	body   int64    // octets in bodies
	stream bool     // the command is a Stream

	progress     progress
	interest     interest
	ending       ending
	internal     bool        // a command of the session itself
	secret       bool        // its arguments hold a secret
	settled      bool        // err is its final outcome
	beingWritten bool        // its segments are in Session.out or with a writer
	bodyUnsent   bool        // answered, but the writer still reads its body: see answeredInBody
	loopLost     atomic.Bool // its loop ended while another goroutine drove the session

	err         error        // the outcome, once it is settled
	dataErr     error        // the first error of Data, More or Done
	code        *parser.Code // the response code of the tagged answer; nil if the answer has none
	resultSize  int64        // octets of the responses that make up its result
	kept        *kept        // data of a stream that the program has not read
	epoch       *epoch
	beginsEpoch *epoch // the epoch that this command begins; nil if it begins none
	expunges    uint64 // epoch.expunges when the command was started
	capsCount   uint64 // Session.capsCount when the command was sent
	started     int64
}

// advance changes the progress. It panics if the table does not allow the change, which would be a bug of this
// package.
func (p *pending) advance(to progress) {
	if advances[p.progress]&(1<<to) == 0 {
		panic(fmt.Sprintf("session: %s: from %v to %v", p.cmd.Name, p.progress, to))
	}
	p.progress = to
}

// lowerInterest lowers the interest to a value, unless it is already lower.
func (p *pending) lowerInterest(to interest) {
	p.interest = max(p.interest, to)
	if p.kept != nil && to > wanted {
		p.kept.drop()
	}
}

// settle sets the outcome, unless it is already set. So every Wait returns the same outcome.
func (p *pending) settle(err error) {
	if !p.settled {
		p.settled, p.err = true, err
	}
}

// inFlight reports whether the server may have received a part of the command, and has not answered it.
func (p *pending) inFlight() bool { return p.progress != queued && p.progress != answered }

// encoder returns an empty encoder for the octets of the command that are sent next.
func (p *pending) encoder(mode wire.Mode) *wire.Encoder {
	if p.enc == nil {
		p.enc = encodings.Get().(*encoded)
	}
	p.enc.Reset(mode)
	return &p.enc.Encoder
}

// release returns the encoded form of the command to the pool, unless it is being written. Reset overwrites the
// secrets in it.
func (p *pending) release() {
	if e := p.enc; e != nil && !p.beingWritten {
		e.Reset(wire.Mode{})
		e.segs, e.next = nil, 0
		encodings.Put(e)
		p.enc = nil
	}
}

// name returns the command's name for errors and logs.
func (p *pending) name() string { return p.cmd.Name }

// blame makes err the error that the command will end with, unless the command already has one.
func (p *pending) blame(err error) {
	if p.dataErr == nil {
		p.dataErr = err
	}
}

// keepCode keeps the response code of the answer.
func (p *pending) keepCode(code parser.Code) {
	if code.Name != "" {
		p.code = &parser.Code{Name: code.Name, Args: bytes.Clone(clipText(code.Args))}
	}
}

// keptCode returns what keepCode has kept, or the zero Code.
func (p *pending) keptCode() parser.Code {
	if p.code == nil {
		return parser.Code{}
	}
	return *p.code
}

// endedCommand returns a command that has already ended with err, and is never sent.
func endedCommand(name string, err error) *pending {
	p := &pending{cmd: Command{Name: name}, progress: answered}
	p.settle(unsent(err))
	return p
}
