package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"time"
)

// Counters assigns the UIDs and mod-sequences of a mailbox. No number is used twice, even after a crash. A file has the
// highest numbers that may have been used. One write of the file reserves many numbers, so that the file is not written
// for each number. After a crash, some of the reserved numbers remain unused. The caller's lock guards the Counters.
type Counters struct {
	UIDValidity uint32
	UIDNext     uint32
	ModSeq      uint64 // the highest mod-sequence that was assigned

	file   string
	uidMax uint32 // the highest numbers that are reserved in the file
	modMax uint64
}

// ahead is how many numbers one write of the file reserves.
const ahead = 1000

// OpenCounters reads counters from a file. If the file does not exist, OpenCounters returns new ones, with the result
// of newValidity as UIDVALIDITY.
func OpenCounters(file string) (*Counters, error) {
	c := &Counters{file: file, UIDNext: 1, ModSeq: 1}
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.UIDValidity = newValidity()
	case err != nil:
		return nil, err
	default:
		if _, err := fmt.Sscan(string(text), &c.UIDValidity, &c.UIDNext, &c.ModSeq); err != nil {
			return nil, fmt.Errorf("disk: %s: %w", file, err)
		}
	}
	return c, c.setAside()
}

var lastValidity atomic.Uint32

// newValidity returns a new UIDVALIDITY: the time in seconds, or a higher number if it was already called in this
// second.
func newValidity() uint32 {
	for {
		last := lastValidity.Load()
		if n := max(uint32(time.Now().Unix()), last+1); lastValidity.CompareAndSwap(last, n) {
			return n
		}
	}
}

func (c *Counters) setAside() error {
	if c.UIDNext < c.uidMax && c.ModSeq < c.modMax {
		return nil
	}
	uidMax, modMax := c.UIDNext+min(ahead, ^uint32(0)-c.UIDNext), c.ModSeq+ahead
	err := WriteFile(c.file, fmt.Appendln(nil, c.UIDValidity, uidMax, modMax))
	if err == nil {
		c.uidMax, c.modMax = uidMax, modMax
	}
	return err
}

// errNoUID reports that a mailbox has no more UIDs. Its UIDVALIDITY must change before it can get more messages.
var errNoUID = errors.New("disk: no UID is left")

// NextUID returns a UID that has never been used, and does not return it again.
func (c *Counters) NextUID() (uint32, error) {
	if c.UIDNext == ^uint32(0) {
		return 0, errNoUID
	}
	if err := c.setAside(); err != nil {
		return 0, err
	}
	c.UIDNext++
	return c.UIDNext - 1, nil
}

// NextModSeq returns a mod-sequence that is higher than all earlier ones.
func (c *Counters) NextModSeq() (uint64, error) {
	if err := c.setAside(); err != nil {
		return 0, err
	}
	c.ModSeq++
	return c.ModSeq, nil
}

// MarkUsed records that a message has these numbers. NextUID and NextModSeq then return only higher numbers.
func (c *Counters) MarkUsed(uid uint32, modseq uint64) {
	c.UIDNext, c.ModSeq = max(c.UIDNext, uid+min(1, ^uint32(0)-uid)), max(c.ModSeq, modseq)
}
