package message

import (
	"bytes"

	"github.com/imapstack/imapstack/parser"
)

// These stand for a missing local part or a missing domain of an address. NIL in their place would mean a group.
var (
	noMailbox = []byte("MISSING_MAILBOX")
	noDomain  = []byte("MISSING_DOMAIN")
)

// An addressReader reads the address list of a field (RFC 5322 §3.4). It accepts obsolete forms (§4.4) and malformed
// ones. Package net/mail refuses much of what real mailboxes contain. That package also decodes names, but an envelope
// must have them as they are in the message.
type addressReader struct {
	lexer
	out []parser.Address
}

// appendAddresses appends the addresses in the body of a field to out. Groups are in the form of RFC 9051 §7.5.2.
func appendAddresses(out []parser.Address, body []byte) []parser.Address {
	r := addressReader{lexer{b: body}, out}
	group := false
	for len(r.out) < MaxAddresses {
		r.space()
		if r.i >= len(r.b) {
			break
		}
		switch c := r.b[r.i]; {
		case c == ',':
			r.i++
		case c == ';':
			r.i++
			if group {
				r.out = append(r.out, parser.Address{})
				group = false
			}
		default:
			if name, ok := r.address(); ok {
				if group {
					r.out = append(r.out, parser.Address{})
				}
				r.out = append(r.out, parser.Address{Mailbox: name})
				group = true
			}
		}
	}
	if group {
		r.out = append(r.out, parser.Address{})
	}
	return r.out
}

// address reads one address, up to the comma or semicolon after it. If the name of a group comes next, it reads the
// name and the colon, and returns the name.
func (r *addressReader) address() (group []byte, ok bool) {
	var words [][]byte // words of the phrase or of the local part
	var a parser.Address
	var comment []byte
	from, at := r.i, -1 // at is the index of the domain in words; -1 before the "@"
	quoted := false
	for r.i <= len(r.b) {
		r.comment(&comment)
		if r.i >= len(r.b) {
			break
		}
		switch c := r.b[r.i]; c {
		case ',', ';':
			goto end
		case '<':
			a.Name = phrase(words)
			r.i++
			r.angle(&a)
			// Drop what follows the closing angle bracket.
			for r.comment(nil); r.i < len(r.b) && r.b[r.i] != ',' && r.b[r.i] != ';'; r.comment(nil) {
				if r.got('"') {
					r.quoted()
				} else {
					r.i++
				}
			}
			if len(a.Mailbox) == 0 {
				a.Mailbox = noMailbox // "<>" is also an address
			}
			r.add(a)
			return nil, false
		case ':':
			r.i++
			if len(words) > 0 && at < 0 {
				return phrase(words), true
			}
		case '@':
			if at < 0 {
				at = len(words)
			} else {
				// A second "@" does not begin a domain. Keep the "@", so that the domain does not look like another
				// one.
				words = append(words, r.b[r.i:r.i+1])
			}
			r.i++
		case '"':
			r.i++
			words = append(words, r.quoted())
			quoted = true
		default:
			if w := r.word(); len(w) > 0 {
				words = append(words, w)
			} else {
				r.i++
			}
		}
	}
end:
	switch {
	case at >= 0:
		a.Mailbox, a.Host = glue(words[:at]), glue(words[at:])
		if comment != nil {
			a.Name = comment // RFC 5322 §3.4: "alice@example.org (Alice)"
		}
	case len(words) == 0:
		if r.i == from {
			r.i++
		}
		return nil, false
	case len(words) > 1 || quoted:
		a.Name = phrase(words) // the address has only a display name
	default:
		a.Mailbox = glue(words)
		if comment != nil {
			a.Name = comment
		}
	}
	r.add(a)
	return nil, false
}

// comment skips space and comments. If keep is not nil, comment stores the last comment in it.
func (r *addressReader) comment(keep *[]byte) {
	from := r.i
	r.space()
	if b := bytes.TrimSpace(r.b[from:r.i]); keep != nil && len(b) > 1 && b[0] == '(' {
		b = bytes.TrimSuffix(b[1:], []byte{')'})
		*keep = unescape(unfold(b))
	}
}

// angle reads what is between angle brackets.
func (r *addressReader) angle(a *parser.Address) {
	r.space()
	if r.i < len(r.b) && r.b[r.i] == '@' {
		// This is a source route: "@a,@b:".
		if n := bytes.IndexAny(r.b[r.i:], ":>"); n >= 0 && r.b[r.i+n] == ':' {
			a.Route = bytes.TrimSpace(unfold(r.b[r.i : r.i+n]))
			r.i += n + 1
		}
	}
	var words [][]byte
	at := -1
	for {
		r.space()
		if r.i >= len(r.b) {
			break
		}
		c := r.b[r.i]
		if c == '>' {
			r.i++
			break
		}
		switch {
		case c == '"':
			r.i++
			words = append(words, r.quoted())
		case c == '@' && at < 0:
			r.i++
			at = len(words)
		default:
			if w := r.word(); len(w) > 0 {
				words = append(words, w)
			} else {
				words = append(words, r.b[r.i:r.i+1])
				r.i++
			}
		}
	}
	if at < 0 {
		at = len(words)
	}
	a.Mailbox, a.Host = glue(words[:at]), glue(words[at:])
}

// word reads an atom. It accepts dots and octets that are not ASCII.
func (r *addressReader) word() []byte {
	from := r.i
	for r.i < len(r.b) {
		c := r.b[r.i]
		if c == '[' { // the beginning of a domain literal
			n := bytes.IndexByte(r.b[r.i:], ']')
			if n < 0 {
				r.i = len(r.b)
				break
			}
			r.i += n + 1
			continue
		}
		if c <= ' ' || c == 0x7f || bytes.IndexByte([]byte(`()<>@,;:"`), c) >= 0 {
			break
		}
		r.i++
	}
	return r.b[from:r.i:r.i]
}

// phrase joins the words of a display name.
func phrase(words [][]byte) []byte {
	if len(words) == 0 {
		return nil
	}
	if len(words) == 1 {
		return words[0]
	}
	return bytes.Join(words, []byte{' '})
}

// glue joins the words of a local part or a domain. Space between them has no meaning.
func glue(words [][]byte) []byte {
	if len(words) == 1 {
		return words[0]
	}
	return bytes.Join(words, nil)
}

// add appends an address. It replaces a missing local part by noMailbox, and a missing domain by noDomain.
func (r *addressReader) add(a parser.Address) {
	if len(a.Mailbox) == 0 && len(a.Host) == 0 && len(a.Name) == 0 {
		return
	}
	if len(a.Mailbox) == 0 {
		a.Mailbox = noMailbox
	}
	if len(a.Host) == 0 {
		a.Host = noDomain
	}
	if len(a.Name) == 0 {
		a.Name = nil
	}
	r.out = append(r.out, a)
}
