package message

import (
	"encoding/binary"
	"errors"
	"io"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// ErrCache reports data that was not written by AppendCache in this version of the package.
var ErrCache = errors.New("message: not a cache of this version")

// cacheVersion is the first byte of a cache. It changes when the format changes, or when the result for any message
// changes.
const cacheVersion = 1

// saved has the contents of a cache.
type saved struct {
	envelope, structure []byte // encoded as they are sent to a client
	sent                time.Time
	thread              Thread
	preview             string
	root                *Part
}

// cacheMode is the mode of the encoder that writes the envelope and the structure into a cache. Every client can read
// this form.
var cacheMode = wire.Mode{Server: true, Binary: true}

// AppendCache appends to dst what Restore needs: the parts, envelope, body structure, preview and sent date, and the
// links to other messages. For most messages, this takes a few hundred bytes. A server that stores these bytes reads
// the whole message once. After that, it reads only the octets that a client asks for.
func (m *Message) AppendCache(dst []byte) ([]byte, error) {
	e := wire.NewEncoder(cacheMode)
	m.Envelope().Encode(e)
	n := e.Len()
	m.BodyStructure().Encode(e)
	if err := e.Err(); err != nil {
		return dst, err
	}
	t, sent, preview := m.Thread(), m.Sent(), m.Preview()
	if err := m.Err(); err != nil {
		return dst, err
	}
	w := cacheWriter(append(dst, cacheVersion))
	w.number(m.Size())
	w.bytes(e.Bytes()[:n])
	w.bytes(e.Bytes()[n:])
	w.flag(!sent.IsZero())
	if !sent.IsZero() {
		_, zone := sent.Zone()
		w = binary.AppendVarint(binary.AppendVarint(w, sent.Unix()), int64(zone))
	}
	w.string(t.ID)
	w.number(int64(len(t.References)))
	for _, id := range t.References {
		w.string(id)
	}
	w.string(t.Subject)
	w.flag(t.Reply)
	w.string(preview)
	w.part(m.Root())
	return w, nil
}

// Restore returns the message from which AppendCache has made b. The message keeps b. Its methods read its octets from
// r when they need them; Restore itself does not. So r may be an io.ReaderAt that opens a file at its first call. The
// error is ErrCache.
func Restore(b []byte, r io.ReaderAt) (*Message, error) {
	c := cacheReader{b: b}
	if c.byte() != cacheVersion {
		return nil, ErrCache
	}
	m := &Message{src: &octets{r: r, size: c.number()}}
	if r == nil {
		m.src.r = bytesAt(nil)
	}
	s := &saved{envelope: c.bytes(), structure: c.bytes()}
	if c.byte() == 1 {
		s.sent = time.Unix(c.varint(), 0)
		if zone := c.varint(); zone == 0 {
			s.sent = s.sent.UTC()
		} else {
			s.sent = s.sent.In(time.FixedZone("", int(zone)))
		}
	}
	s.thread.ID = string(c.bytes())
	for n := c.number(); n > 0 && !c.bad; n-- {
		s.thread.References = append(s.thread.References, string(c.bytes()))
	}
	s.thread.Subject = string(c.bytes())
	s.thread.Reply = c.byte() == 1
	s.preview = string(c.bytes())
	c.src, c.left = m.src, 2*MaxParts
	s.root = c.part(nil, 0)
	if c.bad || len(c.b) > 0 || s.root.start.at != 0 || s.root.end.at != m.src.size {
		return nil, ErrCache
	}
	m.saved = s
	return m, nil
}

// decodeEnvelope returns the envelope in a cache. It returns nil if s is nil or if the envelope cannot be decoded.
func (s *saved) decodeEnvelope() *parser.Envelope {
	if s == nil {
		return nil
	}
	x := new(parser.Envelope)
	if d := wire.NewDecoder(s.envelope); x.Decode(d) != nil || len(d.Rest()) > 0 {
		return nil
	}
	return x
}

// decodeBody returns the body structure in a cache. It returns nil if s is nil or if the structure cannot be decoded.
func (s *saved) decodeBody() *parser.BodyStructure {
	if s == nil {
		return nil
	}
	x := new(parser.BodyStructure)
	if d := wire.NewDecoder(s.structure); x.Decode(d) != nil || len(d.Rest()) > 0 {
		return nil
	}
	return x
}

// These are the kinds of parts in a cache.
const (
	cacheLeaf = iota
	cacheMultipart
	cacheMessage
)

// cacheWriter encodes the values of a cache.
type cacheWriter []byte

func (w *cacheWriter) number(n int64)  { *w = binary.AppendUvarint(*w, uint64(n)) }
func (w *cacheWriter) bytes(b []byte)  { w.number(int64(len(b))); *w = append(*w, b...) }
func (w *cacheWriter) string(s string) { w.number(int64(len(s))); *w = append(*w, s...) }

func (w *cacheWriter) flag(x bool) {
	if x {
		*w = append(*w, 1)
	} else {
		*w = append(*w, 0)
	}
}

func (w *cacheWriter) part(p *Part) {
	kind := byte(cacheLeaf)
	switch {
	case p.Message != nil:
		kind = cacheMessage
	case p.IsMultipart():
		kind = cacheMultipart
	}
	*w = append(*w, kind)
	w.number(p.start.at)
	w.number(p.fieldsEnd.at - p.start.at)
	w.number(p.body.at - p.fieldsEnd.at)
	w.number(p.end.at - p.body.at)
	w.number(p.Lines())
	w.string(p.Type)
	w.string(p.Subtype)
	w.number(int64(len(p.Params)))
	for _, x := range p.Params {
		w.string(x.Name)
		w.bytes(x.Value)
	}
	if p.content != nil {
		w.bytes(p.content.encoding)
	} else {
		w.bytes(nil)
	}
	switch kind {
	case cacheMessage:
		w.part(p.Message)
	case cacheMultipart:
		w.number(int64(len(p.Parts)))
		for _, q := range p.Parts {
			w.part(q)
		}
	}
}

// cacheReader decodes the values of a cache. After an error, bad is set and all further values are empty.
type cacheReader struct {
	b    []byte
	bad  bool
	src  *octets
	left int // how many more parts the cache may have
}

func (c *cacheReader) fail() { c.bad, c.b = true, nil }

func (c *cacheReader) byte() byte {
	if len(c.b) == 0 {
		c.fail()
		return 0
	}
	x := c.b[0]
	c.b = c.b[1:]
	return x
}

func (c *cacheReader) number() int64 {
	x, n := binary.Uvarint(c.b)
	if n <= 0 || x > 1<<62 {
		c.fail()
		return 0
	}
	c.b = c.b[n:]
	return int64(x)
}

func (c *cacheReader) varint() int64 {
	x, n := binary.Varint(c.b)
	if n <= 0 {
		c.fail()
		return 0
	}
	c.b = c.b[n:]
	return x
}

func (c *cacheReader) bytes() []byte {
	n := c.number()
	if n > int64(len(c.b)) {
		c.fail()
		return nil
	}
	x := c.b[:n:n]
	c.b = c.b[n:]
	return x
}

// span reads the length of a range that begins at from, and returns its end.
func (c *cacheReader) span(from mark) mark {
	n := c.number()
	if n > c.src.size-from.at {
		c.fail()
		return from
	}
	return mark{at: from.at + n}
}

func (c *cacheReader) part(parent *Part, depth int) *Part {
	p := &Part{src: c.src, parent: parent}
	if c.left--; c.left < 0 || depth > MaxDepth+1 {
		c.fail()
		return p
	}
	kind := c.byte()
	p.start = c.span(mark{})
	p.fieldsEnd = c.span(p.start)
	p.body = c.span(p.fieldsEnd)
	p.end = c.span(p.body)
	p.end.lf = c.number()
	p.Type, p.Subtype = string(c.bytes()), string(c.bytes())
	for n := c.number(); n > 0 && !c.bad; n-- {
		p.Params = append(p.Params, Param{string(c.bytes()), c.bytes()})
	}
	if encoding := c.bytes(); len(encoding) > 0 {
		p.content = &contents{encoding: encoding}
	}
	switch kind {
	case cacheLeaf:
		if p.Type == "multipart" {
			c.fail()
		}
	case cacheMessage:
		p.Message = c.part(p, depth+1)
	case cacheMultipart:
		n := c.number()
		if p.Type != "multipart" || n == 0 {
			c.fail()
		}
		for ; n > 0 && !c.bad; n-- {
			p.Parts = append(p.Parts, c.part(p, depth+1))
		}
	default:
		c.fail()
	}
	return p
}
