package message

import (
	"bytes"
	"iter"
)

// A Field is one field of a header.
type Field struct {
	Name []byte // in the case of the message; valid until the program ends
	Raw  []byte // the whole field with its line ends; valid until the program ends
	at   int    // offset of the body in Raw
}

// Body returns what follows the colon, with the line ends. It is valid until the program ends.
func (f *Field) Body() []byte { return f.Raw[f.at:] }

// Value returns the body in one line, without space at its ends (RFC 5322 §2.2.3). It is valid until the program
// ends.
func (f *Field) Value() []byte { return unfold(f.Body()) }

// fields yields the fields of a header. A line that is not a field, such as the "From " line of an mbox file, is
// yielded as a field without a name.
func fields(h []byte) iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for len(h) > 0 {
			f := firstField(h)
			if !yield(f) {
				return
			}
			h = h[len(f.Raw):]
		}
	}
}

// firstField returns the field at the beginning of h, with its continuation lines.
func firstField(h []byte) Field {
	end := 0
	for {
		n := bytes.IndexByte(h[end:], '\n')
		if n < 0 {
			end = len(h)
			break
		}
		end += n + 1
		if end >= len(h) || h[end] != ' ' && h[end] != '\t' {
			break
		}
	}
	return newField(h[:end:end])
}

// newField splits the octets of a field into its name and its body.
func newField(raw []byte) Field {
	line := raw
	if n := bytes.IndexByte(raw, '\n'); n >= 0 {
		line = raw[:n]
	}
	colon := bytes.IndexByte(line, ':')
	name := bytes.TrimRight(line[:max(colon, 0)], " \t")
	if colon <= 0 || len(name) == 0 || bytes.ContainsAny(name, " \t") {
		return Field{Raw: raw}
	}
	return Field{Name: name[:len(name):len(name)], Raw: raw, at: colon + 1}
}

// text returns the value in a form that a protocol string can hold. It replaces each NUL, which CHAR8 excludes (RFC
// 9051 §9), with an octet 0x80. The result is valid until the program ends.
func (f *Field) text() []byte {
	v := f.Value()
	if bytes.IndexByte(v, 0) < 0 {
		return v
	}
	return bytes.ReplaceAll(v, []byte{0}, []byte{0x80})
}

// is reports whether the field has the given name, ignoring case.
func (f *Field) is(name string) bool {
	return len(f.Name) == len(name) && equalFold(f.Name, name)
}

// equalFold compares a and b, ignoring the case of ASCII letters. Unlike strings.EqualFold, it does not ignore the
// case of other letters.
func equalFold[A, B []byte | string](a A, b B) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		x, y := a[i], b[i]
		if x-'A' < 26 {
			x += 'a' - 'A'
		}
		if y-'A' < 26 {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}

// unfold removes the line ends from b, and white space before its first word and after its last. It copies b only if a
// line end is between words.
func unfold(b []byte) []byte {
	b = bytes.Trim(b, " \t\r\n")
	if bytes.IndexByte(b, '\n') < 0 {
		return b[:len(b):len(b)]
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		n := bytes.IndexByte(b, '\n')
		if n < 0 {
			return append(out, b...)
		}
		out = append(out, bytes.TrimSuffix(b[:n], []byte{'\r'})...)
		b = b[n+1:]
	}
	return out
}

// Fields yields the fields of the part's own header. It stops after the last field that begins in the first
// MaxHeader octets.
func (p *Part) Fields() iter.Seq[Field] { return fields(p.fields()) }

// Field returns the unfolded value of the first field with the given name in the part's own header. It is valid until
// the program ends. It is nil if there is no such field, and empty but not nil if the field is empty.
func (p *Part) Field(name string) []byte {
	for f := range p.Fields() {
		if f.is(name) {
			if v := f.Value(); v != nil {
				return v
			}
			return []byte{}
		}
	}
	return nil
}
