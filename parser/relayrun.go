package parser

import (
	"io"

	"github.com/imapstack/imapstack/wire"
)

// RelayRun waits for untagged responses and writes all that have come to dst, as many at a time as have been read: it looks no further into them than
// their names; see wire.RelayRun. It stops before a response of another kind, before a status response, and before one whose name want wants: then
// stopped is true, and Next reads that. want is shown the name as it came, which may be in lower case, and may be nil, for none.
//
// It is what a proxy calls before each Next. io.EOF is the end of the stream between two responses.
func (p *Reader) RelayRun(dst io.Writer, want func(name []byte) bool) (n int64, stopped bool, err error) {
	if p.phase != phaseLine {
		if err := p.Skip(); err != nil {
			return 0, false, err
		}
	}
	fetch := want == nil || !want(fetchName)
	return wire.RelayRun(dst, p.r, func(line []byte) bool {
		name, numbered := dataName(line)
		switch {
		case len(name) == 0, !numbered && statusOf(name) != 0:
			return false
		case numbered && string(name) == "FETCH":
			return fetch
		}
		return want == nil || !want(name)
	})
}

var fetchName = []byte("FETCH")

// dataName returns the name in the head of an untagged response, and whether a number stands before it. It is empty if the line has another head.
func dataName(line []byte) (name []byte, numbered bool) {
	if len(line) < 3 || line[0] != '*' || line[1] != ' ' {
		return nil, false
	}
	i := 2
	for i < len(line) && line[i]-'0' <= 9 {
		i++
	}
	if numbered = i > 2; numbered {
		if i == len(line) || line[i] != ' ' {
			return nil, false
		}
		i++
	}
	line = line[i:]
	for i = 0; i < len(line) && wordChars[line[i]]; i++ {
	}
	if i < len(line) && line[i] > ' ' {
		return nil, false
	}
	return line[:i], numbered
}

// Splice says whether RelayRun gives big literals to the ReadFrom of whoever takes them: see wire.Reader.Splice.
func (p *Reader) Splice(on bool) { p.r.Splice(on) }

// OnRead sets a function that is called before each read from the server: see wire.Reader.OnRead.
func (p *Reader) OnRead(f func() error) { p.r.OnRead(f) }
