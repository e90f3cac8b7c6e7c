package parser

import (
	"errors"
	"io"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// accept accepts every literal.
func accept(*LiteralRequest) error { return nil }

// commandsOf returns a CommandReader for the commands in text, with CRLF for each "\n". The CommandReader accepts every
// literal.
func commandsOf(text string) *CommandReader {
	r := NewCommandReader(wire.NewReader(strings.NewReader(crlf(text)), wire.Limits{}))
	r.OnLiteral(accept)
	return r
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// decodeAny reads the arguments of the current command, including those of APPEND and REPLACE.
func decodeAny(r *CommandReader) (Args, error) {
	switch r.Head().Name {
	case "APPEND", "REPLACE":
		a := new(wholeAppend)
		return a, a.read(r)
	}
	a := NewArgs(r.Head().Name)
	return a, r.Decode(a)
}

// wholeAppend is an APPEND or REPLACE with its messages in memory.
type wholeAppend struct {
	Replace  bool
	Num      uint32
	Mailbox  string
	Messages []wholeMessage
}

type wholeMessage struct {
	AppendMessage
	Parts []wholePart
}

type wholePart struct {
	URL          string
	UTF8, Binary bool
	Body         string
}

func (a *wholeAppend) Decode(*wire.Decoder) error { return nil }

func (a *wholeAppend) read(r *CommandReader) error {
	var ra ReplaceArgs
	if a.Replace = r.Head().Name == "REPLACE"; a.Replace {
		if err := ra.Decode(r); err != nil {
			return err
		}
		a.Num = ra.Num
	} else if err := ra.AppendArgs.Decode(r); err != nil {
		return err
	}
	a.Mailbox = string(ra.Mailbox)
	for m, err := range ra.Messages {
		if err != nil {
			return err
		}
		w := wholeMessage{AppendMessage: *m}
		w.Flags = append([]Flag(nil), m.Flags...)
		if m.Flags != nil && w.Flags == nil {
			w.Flags = []Flag{}
		}
		w.args, w.flags, w.part = nil, nil, AppendPart{}
		for p, err := range m.Parts {
			if err != nil {
				return err
			}
			q := wholePart{URL: p.URL, UTF8: p.UTF8, Binary: p.Binary}
			if p.Body != nil {
				b, err := io.ReadAll(p.Body)
				if err != nil {
					return err
				}
				if int64(len(b)) != p.Size {
					return errors.New("the body of a part does not have the announced size")
				}
				q.Body = string(b)
			}
			w.Parts = append(w.Parts, q)
		}
		w.count, w.done = 0, false
		a.Messages = append(a.Messages, w)
	}
	return nil
}

func (a *wholeAppend) Encode(e *wire.Encoder) {
	if a.Replace {
		e.SP()
		if a.Num == 0 {
			e.Byte('*')
		} else {
			e.Number(a.Num)
		}
	}
	e.SP().AString(a.Mailbox)
	for i := range a.Messages {
		m := &a.Messages[i]
		var parts []AppendPart
		for _, p := range m.Parts {
			q := AppendPart{URL: p.URL, UTF8: p.UTF8, Binary: p.Binary, Size: int64(len(p.Body))}
			if p.URL == "" {
				q.Body = strings.NewReader(p.Body)
			}
			parts = append(parts, q)
		}
		m.AppendMessage.Encode(e, parts...)
	}
}

// clientMode is the mode for a server that accepts literal8, but that must ask for the octets of each literal.
var clientMode = wire.Mode{Binary: true}

// encodeCommand returns a command as a client sends it, with its literals.
func encodeCommand(head *CommandHead, a Args) (string, error) {
	e := wire.NewEncoder(clientMode)
	e.Raw(string(head.Tag)).SP().Raw(head.String())
	a.Encode(e)
	e.CRLF()
	if e.Err() != nil {
		return "", e.Err()
	}
	var b strings.Builder
	for _, s := range e.Segments() {
		b.Write(s.Bytes)
		if s.Body != nil {
			if n, err := io.Copy(&b, s.Body); err != nil || n != s.Size {
				return "", errors.New("the body of a literal does not have the announced size")
			}
		}
	}
	return b.String(), nil
}

func wireReader(text string) *wire.Reader {
	return wire.NewReader(strings.NewReader(text), wire.Limits{})
}
