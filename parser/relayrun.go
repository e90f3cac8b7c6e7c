package parser

import (
	"io"

	"github.com/imapstack/imapstack/wire"
)

// RelayRun waits for untagged responses, and writes all that have arrived to dst. One write may contain many responses.
// RelayRun reads only their names; see wire.RelayRun. It stops before a response that is not untagged, and before a
// status response. It also stops before a response for which want(name) returns true. name is the name as the server
// sent it, in upper or lower case. If want is nil, RelayRun does not stop before other untagged responses. If RelayRun
// has stopped, stopped is true, and Next reads the response.
//
// A proxy calls RelayRun before each Next. io.EOF means that the stream ended between two responses.
func (p *Reader) RelayRun(dst io.Writer, want func(name []byte) bool) (n int64, stopped bool, err error) {
	if p.phase != phaseLine {
		if err := p.Skip(); err != nil {
			return 0, false, err
		}
	}
	fetch := want == nil || !want(fetchName)
	return wire.RelayRun(dst, p.in, func(line []byte) bool {
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

// dataName returns the name in the head of an untagged response, and whether a number comes before the name. The name
// is empty if line does not begin with such a head.
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
		if fetch := i + len(fetchName); len(line) > fetch && line[fetch] == ' ' && string(line[i:fetch]) == "FETCH" {
			return line[i:fetch], true
		}
	}
	line = line[i:]
	for i = 0; i < len(line) && wordChars[line[i]]; i++ {
	}
	if i < len(line) && line[i] > ' ' {
		return nil, false
	}
	return line[:i], numbered
}

// Splice sets whether RelayRun passes large literals to the ReadFrom method of the destination; see
// wire.Reader.Splice.
func (p *Reader) Splice(on bool) { p.in.Splice(on) }

// OnRead sets a function that is called before each read from the server; see wire.Reader.OnRead.
func (p *Reader) OnRead(f func() error) { p.in.OnRead(f) }

// OnRead sets a function that is called before each read from the client; see wire.Reader.OnRead.
func (p *CommandReader) OnRead(f func() error) { p.in.OnRead(f) }

// Wrap makes p read from the reader that f returns; see wire.Reader.Wrap.
func (p *CommandReader) Wrap(f func(io.Reader) io.Reader) { p.in.Wrap(f) }
