package message

import (
	"bytes"
	"slices"
	"strings"
)

// MaxReferences limits the number of Message-IDs in Thread.References. If a References field has more, the method
// Thread uses the first ones.
const MaxReferences = 1000

// Thread has the links of a message to other messages (RFC 5256 §3). Message-IDs are without brackets, comments and
// quotes, so that equal Message-IDs are equal strings (RFC 5256 §2.2).
type Thread struct {
	ID         string   // "" if the message has none
	References []string // Message-IDs in References, or else the first one in In-Reply-To; valid until the program ends
	Subject    string   // the base subject (RFC 5256 §2.1), in UTF-8
	Reply      bool     // whether the subject marks a reply or a forwarded message
}

// Thread returns the links of the message to other messages.
func (m *Message) Thread() Thread {
	m.threading.Do(func() {
		if m.saved != nil {
			m.thread = m.saved.thread
			return
		}
		id, reply, refs := threadFields(m.head())
		t := &m.thread
		if ids := messageIDs(nil, id, 1); len(ids) > 0 {
			t.ID = ids[0]
		}
		t.References = messageIDs(nil, refs, MaxReferences)
		if len(t.References) == 0 {
			t.References = messageIDs(nil, reply, 1)
		}
		t.Subject, t.Reply = baseSubject(decodeHeader(m.Root().Field("Subject")))
	})
	return m.thread
}

// ThreadIDs returns the Message-IDs that say to which thread the message belongs: its own, the first 100 in References
// in reverse order, and the first 10 in In-Reply-To. The caller owns the slice. The message does not keep the result in
// memory.
func (m *Message) ThreadIDs() []string {
	id, reply, refs := threadFields(m.head())
	ids := messageIDs(nil, id, 1)
	more := messageIDs(nil, refs, 100)
	slices.Reverse(more)
	return messageIDs(append(ids, more...), reply, 10)
}

// head returns octets that begin with the header. If the message is in memory, head returns the whole message and does
// not parse it. Otherwise head returns the fields that the message keeps in memory.
func (m *Message) head() []byte {
	if m.src.inMemory() {
		return m.src.raw
	}
	return m.Root().fields()
}

// threadFields finds the fields Message-ID, In-Reply-To and References in the header at the beginning of raw.
func threadFields(raw []byte) (id, reply, refs []byte) {
	for len(raw) > 0 && raw[0] != '\n' && !bytes.HasPrefix(raw, []byte("\r\n")) {
		f := firstField(raw)
		switch {
		case id == nil && f.is("Message-ID"):
			id = f.Value()
		case reply == nil && f.is("In-Reply-To"):
			reply = f.Value()
		case refs == nil && f.is("References"):
			refs = f.Value()
		}
		raw = raw[len(f.Raw):]
	}
	return id, reply, refs
}

// messageIDs appends the first n Message-IDs in a field to dst, without brackets. If n is 1, a field without brackets
// may also consist of one Message-ID.
func messageIDs(dst []string, v []byte, n int) []string {
	from := len(dst)
	for rest := v; len(dst)-from < n; {
		i := bytes.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		k := bytes.IndexByte(rest, '>')
		if k < 0 {
			break
		}
		if id := normalID(rest[:k]); id != "" {
			dst = append(dst, id)
		}
		rest = rest[k+1:]
	}
	if len(dst) == from && n == 1 {
		if w := bytes.Fields(v); len(w) == 1 && bytes.IndexByte(w[0], '@') > 0 {
			dst = append(dst, normalID(w[0]))
		}
	}
	return dst
}

// normalID removes quotes, white space and the backslashes of quoted pairs from a Message-ID. They do not change its
// meaning.
func normalID(b []byte) string {
	if !bytes.ContainsAny(b, "\" \t\r\n\\") {
		return string(b)
	}
	var out strings.Builder
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '"', ' ', '\t', '\r', '\n':
		case '\\':
			if i+1 < len(b) {
				i++
				out.WriteByte(b[i])
			}
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
