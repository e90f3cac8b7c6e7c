package parser

import "github.com/imapstack/imapstack/wire"

// Fetch is the payload of a FETCH response (RFC 9051 §7.5.2), or of UIDFETCH (RFC 9586 §3.3).
//
// Decode decodes numbers, flags, ENVELOPE and BODYSTRUCTURE. It only stores the octets of other items; a method such as
// Read decodes such an item later. Sections reads the sections that are streamed, and the items after them. A Fetch is
// valid until the next response is read; Clone returns a copy that the caller owns.
//
// A Fetch is in one of these states:
//
//	whole      all items have been read; Streaming is false
//	streaming  the items before a streamed section have been read; Sections or Finish reads the section and
//	           the items after it
//	void       the next response has been read; nothing in the Fetch is valid
//	copy       made by Clone and owned by the caller; it lacks the streamed sections
//	built      filled by its setters and owned by the caller; a server or a proxy encodes it
//
// A Fetch has four parts, each in a file of its own. fetchDecoder reads items from a response. fetchCursor steps
// through the sections, and reads the items that follow a streamed section. fetchCache has the values of items that are
// neither sections nor fields of Fetch. fetchBuilder knows what Encode writes, and in which order.
type Fetch struct {
	Seq    uint32 // the message's number; 0 in UIDFETCH
	UID    uint32 // 0 if the server did not send it
	Flags  []Flag // valid until the next response is read; nil if the server did not send them
	Size   uint64 // RFC822.SIZE, in octets
	ModSeq uint64 // MODSEQ (RFC 7162); 0 if the server did not send it
	Date   []byte // INTERNALDATE, unparsed; nil if the server did not send it; valid until the next response is read

	fetchDecoder
	fetchCursor
	fetchCache
	fetchBuilder
}

// reset empties f but keeps its memory.
func (f *Fetch) reset(r *Response) {
	f.Seq, f.UID, f.Flags, f.Size, f.ModSeq, f.Date = 0, 0, nil, 0, 0, nil
	f.fetchDecoder.reset()
	f.fetchCursor.reset(r)
	f.fetchCache.reset()
	f.fetchBuilder.reset()
}

// Decode reads the payload of r up to the first streamed section, or to the end.
//
// If invalid values are tolerated, f lacks only what cannot be read: Has tells which items f has, and Err reports
// the first error. Decode returns an error if it can read nothing, or if a limit is exceeded. After an error, f has
// the items that came before it.
func (f *Fetch) Decode(r *Response) error {
	f.reset(r)
	d := r.Decoder()
	if r.Name == "UIDFETCH" {
		f.UID, f.has, f.headed = r.Num, hasUID, true
	} else {
		f.Seq = r.Num
	}
	if !d.Is('(') && nilFetch(d) {
		return f.failed(d)
	}
	openList(d)
	if f.plainItems(d) {
		return nil
	}
	if d.Got(')') {
		return f.failed(d)
	}
	f.decodeItems(d)
	return f.failed(d)
}

// Has reports whether f has an item, such as "FLAGS" or "X-GM-MSGID". The name is in upper case. Has does not report
// sections, or items that could not be read.
func (f *Fetch) Has(name string) bool {
	switch name {
	case "UID":
		return f.has&hasUID != 0
	case "FLAGS":
		return f.has&hasFlags != 0
	case "RFC822.SIZE":
		return f.has&hasSize != 0
	case "MODSEQ":
		return f.has&hasModSeq != 0
	case "INTERNALDATE":
		return f.has&hasDate != 0
	}
	for i := range f.items {
		if f.items[i].name == name {
			return true
		}
	}
	return false
}

// Err returns the error of the first item that could not be read, or nil. The error is an *Error with the name of the
// item, and with the number and the UID of the message if the server sent them. f lacks every item that could not be
// read, and has all others. Of an ENVELOPE or a BODYSTRUCTURE with malformed values, f has the values that could be
// read.
func (f *Fetch) Err() error { return f.bad }

// at returns err with the path of an item, and with the sequence number and the UID of the message. It returns nil if
// err is nil.
func (f *Fetch) at(item string, err error) error {
	if err == nil {
		return nil
	}
	path := "FETCH"
	if f.resp != nil && f.resp.Name != "" {
		path = f.resp.Name
	}
	if item != "" {
		path += "." + item
	}
	e := at(path, err).(*Error)
	e.Seq, e.UID = f.Seq, f.UID
	return e
}

// keepItemError stores the error of an item for Err, if it is the first one.
func (f *Fetch) keepItemError(item string, err error) {
	if err != nil && f.bad == nil {
		f.bad = f.at(item, err)
	}
}

// failed returns the decoder's error with its path. If the error is a syntax error, invalid values are tolerated, and f
// has at least one item, failed stores the error for Err and returns nil.
func (f *Fetch) failed(d *wire.Decoder) error {
	err := d.Err()
	if isSyntax(err) && (f.has != 0 || f.seen != 0 || len(f.items) > 0 || f.n > 0) && d.Recover(len(d.Raw())) {
		if toleratesInvalid(d) {
			f.keepItemError("", err)
			err = nil
		} else {
			d.Fail(err)
		}
	}
	if e, ok := f.bad.(*Error); ok {
		e.UID = f.UID // the UID may have come after the error
	}
	return f.at("", err)
}
