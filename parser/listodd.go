package parser

import (
	"bytes"

	"github.com/imapstack/imapstack/wire"
)

// allAttributes reads the attributes of a mailbox, which are one list by the grammar. It also accepts several lists, if
// each list after the first is empty or has attributes. If a list is not closed, the list ends before the hierarchy
// separator.
func (x *ListData) allAttributes(d *wire.Decoder) {
	at := d.Pos()
	x.attributes(d)
	for b := d.Rest(); d.Err() == nil && len(b) > 2 && b[0] == ' ' && b[1] == '(' && (b[2] == ')' || b[2] == '\\') && toleratesInvalid(d); b = d.Rest() {
		d.SP()
		x.attributes(d)
	}
	if d.Err() != nil && !x.openAttributes(d, at) {
		skipInvalid(d, at)
	}
	x.Attrs = clip(x.attrs)
}

// openAttributes reads a list of attributes that begins at d.Raw()[at] and is not closed. It can read the list only if
// separatorAt finds the separator after the list. It reports whether it has read the list.
func (x *ListData) openAttributes(d *wire.Decoder, at int) bool {
	err, end := d.Err(), d.Pos()
	if !isSyntax(err) || !d.Recover(at) {
		return false
	}
	n := separatorAt(d.Rest())
	if n > 0 && toleratesInvalid(d) {
		x.attrs = reuse(x.attrs)
		d.Got('(')
		for d.Pos() < at+n && d.Err() == nil {
			if a := decodeMailboxAttr(d); a != "" {
				x.attrs = appendLimited(d, x.attrs, a)
			}
			if d.Pos() < at+n {
				d.SP()
			}
		}
		if d.Err() == nil {
			return true
		}
	}
	if d.Recover(end) {
		d.Fail(err)
	}
	return false
}

// separatorAt looks for a hierarchy separator in b, which begins with an unclosed list of attributes. It returns the
// offset of the space before the separator, or -1 if it finds none. A quoted character or NIL must be the separator,
// because attributes begin with a backslash.
func separatorAt(b []byte) int {
	for i := 1; i < len(b) && b[i] != ')' && b[i] != '\r'; i++ {
		if b[i] != ' ' {
			continue
		}
		switch c := b[i+1:]; {
		case len(c) > 3 && c[0] == '"' && c[1] != '\\' && c[2] == '"' && c[3] == ' ',
			len(c) > 4 && c[0] == '"' && c[1] == '\\' && c[3] == '"' && c[4] == ' ',
			len(c) > 3 && isNilWord(c[:3]) && c[3] == ' ':
			return i
		case len(c) > 0 && c[0] == '"':
			return -1
		}
	}
	return -1
}

// skipDelim moves d after a separator that begins at d.Raw()[at] and could not be read. The separator ends before the
// next space.
func skipDelim(d *wire.Decoder, at int) {
	b := d.Raw()[at:]
	n := bytes.IndexByte(b, ' ')
	if n < 3 || n > 6 || b[0] != '"' || b[n-1] != '"' {
		skipInvalid(d, at)
		return
	}
	err, end := d.Err(), d.Pos()
	if !isSyntax(err) || !d.Recover(at+n) {
		return
	}
	if !toleratesInvalid(d) {
		d.Seek(end)
		d.Fail(err)
	}
}

// skipEmptyList skips a superfluous "()" and the space after it, if they come next.
func skipEmptyList(d *wire.Decoder) {
	if b := d.Rest(); len(b) > 3 && string(b[:3]) == "() " && toleratesInvalid(d) {
		d.Seek(d.Pos() + 3)
	}
}
