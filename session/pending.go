package session

import (
	"bytes"
	"fmt"
	"sync/atomic"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// progress is how far a command has got. The package comment lists its changes.
type progress uint8

const (
	queued   progress = iota // no octet has been sent
	writing                  // its octets are being written
	awaiting                 // a literal was announced and waits for a continuation request
	sent                     // all of it has been written, and the server is to answer
	asked                    // the server has sent a continuation request and listens: IDLE, AUTHENTICATE
	answered                 // the tagged response has arrived, or the command or the session was given up
	stages
)

// advances holds the legal changes of progress: advances[from] is the set of values that may follow, as bits.
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

// interest is what happens to a command's data. It only ever decreases.
type interest uint8

const (
	wanted    interest = iota // the command's functions get it, or it is kept for the command's loop
	dropped                   // it is dropped, but the answer still matters: Stream.Discard, or a result that is too big
	abandoned                 // nobody waits for the answer any more
)

// ending is whether the line that ends a command early has been sent.
type ending uint8

const (
	runsOn  ending = iota // nobody has asked for an early end
	stopDue               // Stop's line must be sent as soon as the server listens
	stopped               // it has been sent
)

// pending is a command in the queue or in flight. Three small states describe it: progress, interest and ending.
type pending struct {
	cmd    Command
	tag    uint64
	enc    wire.Encoder
	segs   []wire.Segment
	seg    int   // the segment to send next
	size   int   // octets in its segments, without bodies
	body   int64 // octets in bodies
	stream bool  // a loop gets its data

	progress     progress
	interest     interest
	ending       ending
	internal     bool        // a command of the session itself
	secret       bool        // its arguments hold a secret
	settled      bool        // err is its final outcome
	beingWritten bool        // its encoded segments are being written
	loopLost     atomic.Bool // its loop was left while another goroutine had the session

	err         error // the outcome, once it is settled
	dataErr     error // the first error of Data, More or Done
	code        parser.Code
	resultSize  int64 // octets of the responses that make up its result
	kept        *kept // data of a stream that its loop has not reached
	epoch       *epoch
	beginsEpoch *epoch // the epoch that begins if it succeeds
	expunges    uint64 // epoch.gone when it was started
	capsCount   uint64 // Session.told when it was sent
	started     int64
}

// advance changes the progress. A change that the table does not allow is a bug of this package.
func (p *pending) advance(to progress) {
	if advances[p.progress]&(1<<to) == 0 {
		panic(fmt.Sprintf("session: %s: from %v to %v", p.cmd.Name, p.progress, to))
	}
	p.progress = to
}

// lowerInterest lowers the interest.
func (p *pending) lowerInterest(to interest) {
	p.interest = max(p.interest, to)
	if p.kept != nil && to > wanted {
		p.kept.drop()
	}
}

// settle sets the outcome unless it has been set, so that every Wait returns what the first one returned.
func (p *pending) settle(err error) {
	if !p.settled {
		p.settled, p.err = true, err
	}
}

// inFlight reports whether the server may have seen part of the command and has not answered it.
func (p *pending) inFlight() bool { return p.progress != queued && p.progress != answered }

// forgetSecrets overwrites the encoded command if it may contain a secret.
func (p *pending) forgetSecrets() {
	if (p.secret || p.cmd.hasDialogue()) && !p.beingWritten {
		p.enc.Reset(p.enc.Mode())
		p.segs = nil
	}
}

// releaseOctets releases the encoded octets of a command that has been sent.
func (p *pending) releaseOctets() {
	if p.segs != nil && !p.beingWritten {
		p.enc.Reset(p.enc.Mode())
		p.enc, p.segs = *wire.NewEncoder(p.enc.Mode()), nil
	}
}

// name returns the command's name for errors and logs.
func (p *pending) name() string { return p.cmd.Name }

// blame makes err the error that the command will end with, unless it has one.
func (p *pending) blame(err error) {
	if p.dataErr == nil {
		p.dataErr = err
	}
}

// keepCode keeps the code of the answer.
func (p *pending) keepCode(code parser.Code) {
	code.Args = bytes.Clone(clipText(code.Args))
	p.code = code
}

// endedCommand returns a command that ends with err before an octet is sent.
func endedCommand(name string, err error) *pending {
	p := &pending{cmd: Command{Name: name}, progress: answered}
	p.settle(unsent(err))
	return p
}
