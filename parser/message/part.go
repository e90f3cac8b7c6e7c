package message

import "bytes"

// A Part is a message or a part of one. It never changes, and the slices in it never change.
type Part struct {
	src   *octets // the octets of the whole message; each mark is a place in them
	start mark    // start of the header
	// The fields end at fieldsEnd. The body begins after the empty line that follows them, and ends at end.
	fieldsEnd, body, end mark
	head                 []byte // the fields, as far as they are parsed; nil if they have not been read yet

	Type, Subtype string    // media type of the content, in lower case
	Params        []Param   // parameters of Content-Type; valid until the program ends
	Parts         []*Part   // only of a multipart that was parsed; valid until the program ends
	Message       *Part     // only of a message/rfc822 or message/global that was parsed
	boundary      string    // only of a multipart
	parent        *Part     // nil for the message itself
	content       *contents // fields that describe the content; nil if there are none
}

// contents has the fields of a header that describe the body.
type contents struct {
	encoding    []byte
	id          []byte
	description []byte
	md5         []byte
	disposition []byte
	language    []byte
	location    []byte
}

// A Param is a parameter of a Content-Type or a Content-Disposition. The name is in lower case.
type Param struct {
	Name  string
	Value []byte // valid for as long as the program runs: it is never changed or reused
}

// Param returns the value of a parameter of Content-Type, or nil if there is none. name must be in lower case. The value
// is valid for as long as the program runs: it is never changed or reused.
func (p *Part) Param(name string) []byte {
	for _, x := range p.Params {
		if x.Name == name {
			return x.Value
		}
	}
	return nil
}

// Header returns the header of the part, with the empty line after it.
func (p *Part) Header() Section { return sectionOf(p.src, p.start.at, p.body.at) }

// Body returns the body of the part.
func (p *Part) Body() Section { return sectionOf(p.src, p.body.at, p.end.at) }

// All returns the header and the body.
func (p *Part) All() Section { return sectionOf(p.src, p.start.at, p.end.at) }

// IsMultipart reports whether the part is a multipart.
func (p *Part) IsMultipart() bool { return p.Type == "multipart" }

// Encoding returns the content transfer encoding in lower case, or "7bit" if the part does not name one.
func (p *Part) Encoding() string {
	if p.content == nil {
		return "7bit"
	}
	e := p.content.encoding
	if i := bytes.IndexAny(e, " \t;("); i > 0 {
		e = e[:i]
	}
	if len(e) == 0 || len(e) > 100 {
		return "7bit"
	}
	return lower(e)
}

// lower returns b in lower case. It does not allocate memory for common words.
func lower(b []byte) string {
	for _, s := range [...]string{
		"7bit", "8bit", "quoted-printable", "base64", "binary", "text", "plain", "html", "multipart", "mixed",
		"alternative", "related", "application", "octet-stream", "image", "jpeg", "png", "pdf", "message", "rfc822",
		"charset", "boundary", "name", "filename", "format", "attachment", "inline",
	} {
		if equalFold(b, s) {
			return s
		}
	}
	return string(bytes.ToLower(b))
}

// Lines returns the number of lines in the body, which is the number of line feeds.
func (p *Part) Lines() int64 {
	if p.src.inMemory() {
		return int64(bytes.Count(p.src.raw[p.body.at:p.end.at], []byte{'\n'}))
	}
	return p.end.lf - p.body.lf
}

// fields returns the octets of the fields, as far as they are parsed.
func (p *Part) fields() []byte {
	if p.head == nil && p.fieldsEnd.at > p.start.at {
		return p.src.head(p.start.at, p.fieldsEnd.at)
	}
	return p.head
}
