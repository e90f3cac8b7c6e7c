package parser

import (
	"bytes"
	"strconv"

	"github.com/imapstack/imapstack/wire"
)

// maxRedacted limits the line that AppendRedacted appends, in octets. The marks for what is left out do not count.
const maxRedacted = 1 << 10

// AppendRedacted appends the current command to dst in a form that a log may show: one line of ASCII with the tag, the
// name and the arguments. It leaves out the password of LOGIN, the initial response of AUTHENTICATE, the tokens of URLs
// (RFC 4467), the values of XAPPLEPUSHSERVICE and the octets of literals. If the command is unknown or its head could
// not be read, AppendRedacted leaves out all arguments, because the command may be a misspelled LOGIN. The caller owns
// the result.
func (p *CommandReader) AppendRedacted(dst []byte) []byte {
	at := len(dst)
	if p.head.Tag == nil {
		return append(dst, "(no tag)"...)
	}
	dst = appendShown(dst, at, p.head.Tag)
	if p.head.Name == "" {
		return append(dst, " (no command)"...)
	}
	dst = appendShown(append(dst, ' '), at, []byte(p.head.String()))
	line := p.d.Raw()
	if p.pos == 0 || p.pos > len(line) {
		return dst
	}
	args := line[p.pos:]
	if i := bytes.IndexByte(args, '\n'); i >= 0 {
		args = args[:i]
	}
	args = bytes.TrimRight(args, "\r ")
	if len(args) == 0 {
		return dst
	}
	dst = append(dst, ' ')
	hidden := false
	args, hidden = shownArgs(p.head.Name, args)
	dst = appendShown(dst, at, args)
	if hidden {
		if len(args) > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, "[secret]"...)
	}
	return dst
}

// shownArgs returns the part of args that a log may show, and whether it has hidden the rest. args is the first
// line of the arguments.
func shownArgs(name string, args []byte) (shown []byte, hidden bool) {
	d := wire.NewDecoder(args)
	switch name {
	case "LOGIN":
		d.AString()
	case "AUTHENTICATE":
		d.Atom()
	case "XAPPLEPUSHSERVICE":
		return nil, true
	default:
		if !KnownCommand(name) {
			return nil, true
		}
		return withoutTokens(args), false
	}
	if d.Err() != nil {
		return nil, true
	}
	return args[:d.Pos()], d.Pos() < len(args)
}

// withoutTokens returns args without the tokens of authorized URLs. A URL ends with its token, as in
// ";URLAUTH=access:mechanism:token".
func withoutTokens(args []byte) []byte {
	const mark = ";URLAUTH="
	var out []byte
	for {
		i := indexFold(args, mark)
		if i < 0 {
			if out == nil {
				return args
			}
			return append(out, args...)
		}
		i += len(mark)
		for range 2 {
			for i < len(args) && args[i] > ' ' && args[i] != '"' && args[i] != ':' {
				i++
			}
			if i < len(args) && args[i] == ':' {
				i++
			}
		}
		end := i
		for end < len(args) && args[end] > ' ' && args[end] != '"' && args[end] != ')' {
			end++
		}
		out = append(out, args[:i]...)
		if end > i {
			out = append(out, "[secret]"...)
		}
		args = args[end:]
	}
}

// indexFold returns the offset of s in b, or -1 if b does not contain s. s is in upper case. It ignores case.
func indexFold(b []byte, s string) int {
	for i := 0; i+len(s) <= len(b); i++ {
		j := bytes.IndexByte(b[i:], s[0])
		if j < 0 || i+j+len(s) > len(b) {
			return -1
		}
		if i += j; wire.EqualFold(b[i:i+len(s)], s) {
			return i
		}
	}
	return -1
}

// appendShown appends b, with "?" in place of each octet that is not printable ASCII. When dst[from:] has maxRedacted
// octets, it appends the number of octets that it leaves out, and stops.
func appendShown(dst []byte, from int, b []byte) []byte {
	for i, c := range b {
		switch {
		case len(dst)-from >= maxRedacted:
			dst = append(dst, "[+"...)
			return append(strconv.AppendInt(dst, int64(len(b)-i), 10), ']')
		case c < ' ' || c >= 0x7f:
			dst = append(dst, '?')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
