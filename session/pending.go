package session

import (
	"bytes"
	"fmt"
	"sync/atomic"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// progress is how far a command is on its way. The comment of the package has the table of its changes.
type progress uint8

const (
	queued   progress = iota // not an octet has been sent
	writing                  // its octets are being written
	awaiting                 // a literal was announced and waits for a continuation request
	sent                     // all of it has been written; the server has the word
	asked                    // the server has sent a continuation request and listens: IDLE, AUTHENTICATE
	answered                 // the tagged response has come, or the command or the session was given up
	stages
)

// advances has the legal changes of progress: advances[from] is the set of states that may follow, as bits.
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

// interest is what is done with the data that a command brings. It only ever grows less.
type interest uint8

const (
	wanted    interest = iota // it is given to the command's functions, or kept for its loop
	dropped                   // it is dropped, and the answer still matters: Stream.Discard, or a result that is too big
	abandoned                 // nobody waits for the answer either
)

// ending is whether the line that ends a command early has been sent.
type ending uint8

const (
	runsOn  ending = iota // nobody has asked for the end
	stopDue               // Stop is to be sent as soon as the server listens
	stopped               // it has been
)

// pending is a command on its way. Three small states say all about it: progress, interest and ending.
type pending struct {
	cmd    Command
	tag    uint64
	enc    wire.Encoder
	segs   []wire.Segment
	seg    int   // the segment to be sent next
	size   int   // octets of its segments, bodies not counted
	body   int64 // octets of bodies
	stream bool  // its data is given to a loop

	progress progress
	interest interest
	ending   ending
	internal bool        // the session's own
	secret   bool        // its arguments hold a secret
	settled  bool        // err is its outcome, for ever
	batched  bool        // what is encoded is being written
	orphan   atomic.Bool // its loop was left while another goroutine had the session

	err     error // the outcome, once it is settled
	dataErr error // the first error of Data, More or Done
	code    parser.Code
	taken   int64 // octets of the responses that its result is made of
	kept    *kept // data of a stream that its loop has not come to
	epoch   *epoch
	begins  *epoch // the epoch that its success opens
	gone    uint64 // epoch.gone when it was started
	told    uint64 // Session.told when it was sent
	started int64
}

// advance changes the progress. A change that the table does not have is a bug of this package.
func (p *pending) advance(to progress) {
	if advances[p.progress]&(1<<to) == 0 {
		panic(fmt.Sprintf("session: %s: from %v to %v", p.cmd.Name, p.progress, to))
	}
	p.progress = to
}

// lose lowers the interest.
func (p *pending) lose(to interest) {
	p.interest = max(p.interest, to)
	if p.kept != nil && to > wanted {
		p.kept.drop()
	}
}

// settle writes the outcome, if it has not been written: what the first Wait was told is what every later one is told.
func (p *pending) settle(err error) {
	if !p.settled {
		p.settled, p.err = true, err
	}
}

// flying reports whether the server may have seen some of it and has not answered.
func (p *pending) flying() bool { return p.progress != queued && p.progress != answered }

// forget overwrites what was encoded, if it may be secret.
func (p *pending) forget() {
	if (p.secret || p.cmd.secretly()) && !p.batched {
		p.enc.Reset(p.enc.Mode())
		p.segs = nil
	}
}

// name is the command's for errors and logs.
func (p *pending) name() string { return p.cmd.Name }

// blame makes err the error that the command will end with, unless it has one.
func (p *pending) blame(err error) {
	if p.dataErr == nil {
		p.dataErr = err
	}
}

// note keeps the code of the answer.
func (p *pending) note(code parser.Code) {
	code.Args = bytes.Clone(clipText(code.Args))
	p.code = code
}

// ended returns a command that ends with err before an octet is sent.
func ended(name string, err error) *pending {
	p := &pending{cmd: Command{Name: name}, progress: answered}
	p.settle(unsent(err))
	return p
}
