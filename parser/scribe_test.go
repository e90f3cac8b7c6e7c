package parser

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// payloads has, for each name of a response, a function that makes a value for its payload.
var payloads = map[string]func() value{
	"CAPABILITY": newOf[Capabilities], "ENABLED": newOf[Capabilities],
	"LIST": newOf[ListData], "LSUB": newOf[ListData], "XLIST": newOf[ListData], "RLIST": newOf[ListData], "RLSUB": newOf[ListData],
	"STATUS": newOf[StatusData], "FLAGS": newOf[flagList], "NAMESPACE": newOf[Namespace], "ID": newOf[ID],
	"SEARCH": newOf[SearchData], "SORT": newOf[SortData], "ESEARCH": newOf[ESearch], "THREAD": newOf[ThreadData],
	"QUOTA": newOf[Quota], "QUOTAROOT": newOf[QuotaRoot], "ACL": newOf[ACL], "LISTRIGHTS": newOf[ListRights], "MYRIGHTS": newOf[MyRights],
	"METADATA": newOf[Metadata], "ANNOTATION": newOf[Annotation], "LANGUAGE": newOf[Language], "COMPARATOR": newOf[Comparator],
	"JMAPACCESS": newOf[JMAPAccess], "UIDBATCHES": newOf[UIDBatches], "XAPPLEPUSHSERVICE": newOf[ApplePush],
	"CONVERSION": newOf[Conversion], "CONVERTED": newOf[Converted], "GENURLAUTH": newOf[GenURLAuth],
	"URLFETCH": newOf[URLFetchData], "VANISHED": newOf[Vanished],
}

// reading is the result of reading one response.
type reading struct {
	line string // the response as a correct server would send it, as far as it could be read
	used wire.Rules
	err  error // error of the head, of the payload, or of the octets after the payload
	head bool  // err is the error of the head
	raw  bool  // no type decodes the payload
}

// words returns one line of text for each reading.
func words(list []reading) (lines []string) {
	for _, x := range list {
		s := x.line
		if x.err != nil {
			s += " !" + x.err.Error()
		}
		lines = append(lines, s)
	}
	return lines
}

// scribe reads responses, and writes each as a correct server would send it.
type scribe struct {
	t testing.TB
	r *Reader
}

// readAllOf reads a whole stream. It returns the error at which reading stopped, which is io.EOF at the end of the
// stream.
func readAllOf(t testing.TB, rd io.Reader, lim wire.Limits, rules wire.Rules) (list []reading, err error) {
	s := scribe{t, NewReader(wire.NewReader(rd, lim))}
	s.r.SetRules(rules)
	for {
		resp, err := s.r.Next()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			continue
		case err != nil && resp == nil:
			return list, err
		case err != nil:
			list = append(list, reading{line: "over the limit: " + s.head(resp), err: err})
			continue
		}
		x := s.read(resp)
		x.used = resp.Used()
		if errors.Is(x.err, errEnd) {
			x.err = io.ErrUnexpectedEOF
			return append(list, x), io.ErrUnexpectedEOF
		}
		list = append(list, x)
	}
}

// errEnd reports that the stream has ended in the middle of a response.
var errEnd = errors.New("the end of the stream")

func (s scribe) head(r *Response) string {
	switch {
	case r.Kind != Untagged:
		return r.Kind.String()
	case r.Num > 0 || r.Name == "EXISTS" || r.Name == "RECENT":
		return fmt.Sprint(r.Num, " ", r.Name)
	}
	return r.Name
}

// read reads the current response.
func (s scribe) read(r *Response) (x reading) {
	switch {
	case r.Kind == Stray:
		x.line = fmt.Sprintf("? %q", r.Text)
		x.err = r.Err()
	case r.Kind == Continuation:
		x.line = strings.TrimRight("+ "+string(r.Text), " ")
		x.err = r.Err()
	case r.Status != 0:
		tag := "*"
		if r.Kind == Tagged {
			tag = string(r.Tag)
		}
		code, err := encodedCode(r.Code)
		x.line = tag + " " + r.Name + " " + code + string(r.Text)
		x.err = cmp.Or(r.Err(), err)
	case r.Err() != nil:
		x.line, x.err = "* "+s.head(r)+s.rawPayload(r), r.Err()
	case r.Name == "FETCH" || r.Name == "UIDFETCH":
		x.line, x.err = s.fetch(r)
		return x
	case payloads[r.Name] != nil && r.Num == 0:
		x.line, x.err = s.payload(r)
		return x
	default:
		x.line, x.raw = "* "+s.head(r)+s.rawPayload(r), true
		return x
	}
	x.head = x.err != nil
	return x
}

func encodedCode(c Code) (string, error) {
	if c.Name == "" {
		return "", nil
	}
	e := wire.NewEncoder(wire.Mode{Server: true})
	c.Encode(e)
	return string(e.Bytes()) + " ", e.Err() // some arguments that a rule tolerates cannot be encoded
}

// rawPayload returns the undecoded payload, with its streamed literals.
func (s scribe) rawPayload(r *Response) string {
	rest := r.Decoder().Rest()
	if r.reader.in.Streaming() {
		// The payload is too big for memory, so relay the whole response into the buffer.
		var whole bytes.Buffer
		for {
			if _, err := r.reader.Relay(&whole); !errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
		}
		rest = whole.Bytes()[min(r.pos, whole.Len()):]
	}
	text := strings.TrimRight(string(rest), "\r\n")
	if text != "" && text[0] != ' ' && r.Name != "" {
		text = " " + text
	}
	return text
}

func (s scribe) payload(r *Response) (string, error) {
	v := payloads[r.Name]()
	d := r.Decoder()
	err := v.Decode(d)
	if u, ok := v.(*URLFetchData); ok {
		for err == nil && u.Stream != nil {
			// Store the streamed data in URLData.Data, as Decode does with data that is not streamed.
			data, e := s.all(u.Stream)
			u.Items[len(u.Items)-1].Data = data
			if e == nil {
				e = s.goOn(r)
			}
			if e != nil {
				return "* URLFETCH", errEnd
			}
			err = u.Continue(d)
		}
	}
	if err == nil && !d.AtEnd() {
		d.Expected("the end of the response")
		err = d.Err()
	}
	if list, ok := v.(*flagList); ok {
		return "* FLAGS " + flagWords(list.list), err
	}
	e := wire.NewEncoder(wire.Mode{Server: true, Binary: true})
	EncodeData(e, r.Name, v)
	if e.Err() != nil {
		return "* " + r.Name + " ?", errors.Join(err, e.Err())
	}
	return strings.TrimSuffix(sentBytes(s.t, e), "\r\n"), err
}

func (s scribe) goOn(r *Response) error {
	for {
		if err := r.Continue(); !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

// all reads the rest of a stream, and repeats a read that a deadline has interrupted.
func (s scribe) all(from io.Reader) ([]byte, error) {
	b := []byte{}
	var buf [512]byte
	for {
		n, err := from.Read(buf[:])
		b = append(b, buf[:n]...)
		switch {
		case err == io.EOF:
			return b, nil
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return b, err
		}
	}
}

func (s scribe) fetch(r *Response) (string, error) {
	m, err := r.Fetch()
	var list []string
	sections := 0
	waiting := false // the streamed section has been read, but not the items after it
	ended := false
again:
	sections = 0
	for sec, e := range m.Sections {
		switch {
		case errors.Is(e, os.ErrDeadlineExceeded):
			goto again
		case errors.Is(e, io.EOF) || errors.Is(e, io.ErrUnexpectedEOF):
			ended = true
		case e != nil:
			err = e
		}
		if e != nil {
			break
		}
		if _, held := sec.Bytes(); held {
			if sections++; sections <= countHeld(list) {
				continue
			}
		} else if waiting && m.Streaming() {
			continue
		}
		data, e := s.all(sec)
		if e != nil {
			ended = true
			break
		}
		text, bad := s.section(sec, data)
		if bad != nil && err == nil {
			err = bad
		}
		if _, held := sec.Bytes(); !held {
			text, waiting = "\x00"+text, true
		} else {
			waiting = false
		}
		list = append(list, text)
	}
	var b strings.Builder
	scalars, bad := s.scalars(m)
	if err == nil {
		err = cmp.Or(m.Err(), bad)
	}
	b.WriteString(scalars)
	for _, x := range list {
		b.WriteString(" " + strings.TrimPrefix(x, "\x00"))
	}
	line := "* " + s.head(r) + " (" + strings.TrimPrefix(b.String(), " ") + ")"
	if r.Num == 0 {
		line = "* 0 FETCH (" + strings.TrimPrefix(b.String(), " ") + ")"
	}
	if ended {
		return line, errEnd
	}
	if d := &r.reader.d; err == nil && !d.AtEnd() {
		d.Expected("the end of the response")
		err = d.Err()
	}
	return line, err
}

func countHeld(list []string) (n int) {
	for _, s := range list {
		if s[0] != 0 {
			n++
		}
	}
	return n
}

func (s scribe) section(sec *Section, data []byte) (string, error) {
	x := *sec
	x.lit, x.live, x.data, x.off = wire.Literal{}, false, data, 0
	x.size = int64(len(data))
	e := wire.NewEncoder(wire.Mode{Server: true, Binary: true})
	x.encode(e)
	return sentBytes(s.t, e), e.Err() // some names that a rule tolerates cannot be encoded
}

// flagWords writes flags as words, even if they are not flags by the grammar.
func flagWords(list []Flag) string {
	var b strings.Builder
	for _, f := range list {
		b.WriteString(" " + string(f))
	}
	return "(" + strings.TrimPrefix(b.String(), " ") + ")"
}

// scalars returns the text of all items except sections. If this package has a type for an item, the text of the item
// is what Encode of that type writes.
func (s scribe) scalars(m *Fetch) (text string, err error) {
	c := &Fetch{Seq: m.Seq, UID: m.UID, Size: m.Size, ModSeq: m.ModSeq, Date: m.Date, fetchBuilder: fetchBuilder{has: m.has &^ hasFlags}}
	e := wire.NewEncoder(wire.Mode{Server: true})
	c.Encode(e)
	if err = e.Err(); err == nil && e.Len() > len("()") { // some dates that a rule tolerates cannot be encoded
		text = " " + string(e.Bytes()[1:e.Len()-1])
	}
	if m.Has("FLAGS") {
		text += " FLAGS " + flagWords(m.Flags)
	}
	for name, raw := range m.Items {
		value, bad := s.item(m, name, raw)
		if err == nil {
			err = bad
		}
		text += " " + name + " " + value
	}
	return text, err
}

func (s scribe) item(m *Fetch, name string, raw []byte) (text string, err error) {
	e := wire.NewEncoder(wire.Mode{Server: true})
	switch {
	case raw == nil && name == "BODY" && !m.Has("BODYSTRUCTURE"):
		new(BodyStructure).EncodeBody(e)
	case name == "ENVELOPE":
		var x Envelope
		_, err = m.Envelope(&x)
		x.Encode(e)
	case name == "BODYSTRUCTURE":
		var x BodyStructure
		_, err = m.BodyStructure(&x)
		x.Encode(e)
	case raw == nil:
		return "NIL", nil
	case name == "BODY" && !m.Has("BODYSTRUCTURE"):
		var x BodyStructure
		if _, err = m.BodyStructure(&x); err == nil {
			x.EncodeBody(e)
		}
	}
	if e.Err() == nil && e.Len() > 0 {
		return string(e.Bytes()), err
	}
	return string(raw), err
}

// readComplete reads all responses of a text. The text must not end within a response.
func readComplete(t testing.TB, text string, rules wire.Rules) []reading {
	t.Helper()
	list, err := readAllOf(t, strings.NewReader(text), wire.Limits{}, rules)
	if err != io.EOF {
		t.Fatalf("reading %q ends with the error %v, want io.EOF", text, err)
	}
	return list
}
