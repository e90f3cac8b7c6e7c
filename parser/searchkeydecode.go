package parser

import (
	"strings"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// keyReader decodes the keys of one search.
type keyReader struct {
	left    int // how many keys may still follow
	unknown func(d *wire.Decoder, k *SearchKey) bool
}

// program reads keys up to the end of the line.
func (r *keyReader) program(d *wire.Decoder, k *SearchKey) {
	r.key(d, k)
	if d.Err() != nil || !d.GotSP() {
		return
	}
	*k = SearchKey{Name: KeyAnd, Keys: []SearchKey{*k}}
	for {
		r.add(d, k)
		if d.Err() != nil || !d.GotSP() {
			return
		}
	}
}

// add reads a key, and adds it to the keys of k.
func (r *keyReader) add(d *wire.Decoder, k *SearchKey) {
	var key SearchKey
	r.key(d, &key)
	if d.Err() == nil {
		k.Keys = append(k.Keys, key)
	}
}

func (r *keyReader) count(d *wire.Decoder) bool {
	if r.left == 0 {
		d.Fail(&wire.LimitError{What: "search keys", Limit: maxKeys, Size: maxKeys + 1})
		return false
	}
	r.left--
	return true
}

// key reads one key.
func (r *keyReader) key(d *wire.Decoder, k *SearchKey) {
	*k = SearchKey{}
	if !r.count(d) {
		return
	}
	switch c := d.Peek(); {
	case c == '(':
		k.Name = KeyAnd
		for range d.List {
			r.add(d, k)
		}
		if len(k.Keys) == 0 {
			d.Expected("search-key")
		}
		return
	case c-'0' <= 9 || c == '*' || c == '$':
		k.Name = KeySet
		k.Set = sequenceSet(d, numset.Seq)
		return
	}
	start := d.Pos()
	k.Name = d.Name()
	if d.Err() != nil {
		return
	}
	form := keyForms[k.Name]
	switch {
	case k.Name == KeySet || k.Name == KeyAnd:
		form = formUnknown
		fallthrough
	case form == formUnknown:
		if r.unknown == nil || !r.unknown(d, k) {
			d.Seek(start)
			d.Fail(&UnknownError{What: "search key", Name: k.Name})
		}
	case form == formKey || form == formKeys:
		if d.Enter() {
			r.below(d, k, form)
			d.Leave()
		}
	default:
		r.args(d, k, form)
	}
}

// below reads the keys within NOT, FUZZY or OR. It turns a chain of ORs into one OR with many keys. In such a
// chain, the second key of each OR is the next OR. Clients send such chains to ask for hundreds of messages, and
// the depth limit does not apply to a flat list.
func (r *keyReader) below(d *wire.Decoder, k *SearchKey, form keyForm) {
	d.SP()
	r.add(d, k)
	if form == formKey {
		return
	}
	for d.Err() == nil {
		d.SP()
		if !gotWord(d, "OR") {
			r.add(d, k)
			return
		}
		if !r.count(d) {
			return
		}
		d.SP()
		r.add(d, k)
	}
}

// gotWord reads word if it comes next and is followed by a space. It does not read the space. It reports whether it
// has read word.
func gotWord(d *wire.Decoder, word string) bool {
	rest := d.Rest()
	if d.Err() != nil || len(rest) <= len(word) || rest[len(word)] != ' ' || !wire.EqualFold(rest[:len(word)], word) {
		return false
	}
	d.Seek(d.Pos() + len(word))
	return true
}

// args reads the arguments of a key that has no keys within it.
func (r *keyReader) args(d *wire.Decoder, k *SearchKey, form keyForm) {
	if form == formNone {
		return
	}
	d.SP()
	switch form {
	case formText:
		k.Text = string(d.AString())
	case formHeader:
		k.Field = d.Intern(d.AString())
		d.SP()
		k.Text = string(d.AString())
	case formFlag:
		k.Text = d.Intern(d.Atom())
	case formDate:
		k.Date = date(d)
	case formNumber:
		k.Number = number63(d)
	case formNumber64:
		k.Number = d.Number64()
	case formNonZero, formUniqueID:
		k.Number = uint64(d.NzNumber())
	case formID:
		k.Text = objectID(d)
	case formFilter:
		at := d.Pos()
		k.Text = string(d.Atom())
		for i := range len(k.Text) {
			if k.Text[i] == '/' {
				d.Seek(at)
				d.Expected("filter-name")
				return
			}
		}
	case formSet:
		k.Set = sequenceSet(d, numset.UID)
	case formModSeq:
		if d.Is('"') {
			at := d.Pos()
			if k.Field = quotedASCII(d, "entry-name"); d.Err() == nil && !strings.HasPrefix(k.Field, "/") {
				d.Seek(at)
				d.Expected("entry-name")
			}
			d.SP()
			k.Type = oneOf(d, "entry-type-req", "all", "priv", "shared")
			d.SP()
		}
		k.Number = number63(d)
	case formAnnotation:
		k.Field = d.Intern(d.ListMailbox())
		d.SP()
		k.Type = oneOf(d, "att-search", "value", "value.priv", "value.shared")
		d.SP()
		v := d.NString()
		k.Text, k.Null = string(v), v == nil
	}
}

// oneOf reads an atom that is one of words, ignoring case.
func oneOf(d *wire.Decoder, what string, words ...string) string {
	at := d.Pos()
	b := d.Atom()
	if d.Err() != nil {
		return ""
	}
	for _, w := range words {
		if wire.EqualFold(b, w) {
			return w
		}
	}
	d.Seek(at)
	d.Expected(what)
	return ""
}

// objectID reads an objectid (RFC 8474 §7).
func objectID(d *wire.Decoder) string {
	at := d.Pos()
	b := d.Atom()
	ok := len(b) <= 255
	for _, c := range b {
		ok = ok && (c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '-')
	}
	if !ok && d.Err() == nil {
		d.Seek(at)
		d.Expected("objectid")
		return ""
	}
	return string(b)
}
