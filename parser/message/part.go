package message

import "bytes"

// A Part is a message, or a part of one. It is immutable; so are the slices in it.
type Part struct {
	src   *octets // of the whole message; the marks are places in it
	start mark    // of the header
	// The fields end at fieldsEnd; the body begins after the empty line and ends at end.
	fieldsEnd, body, end mark
	head                 []byte // the fields, or as much of them as is parsed; nil: not read yet

	Type, Subtype string    // of the content, in lower case
	Params        []Param   // of Content-Type; valid until the program ends
	Parts         []*Part   // of a multipart that was parsed; valid until the program ends
	Message       *Part     // of a message/rfc822 or message/global that was parsed
	boundary      string    // of a multipart
	parent        *Part     // nil for the message itself
	content       *contents // fields about the content, or nil if there were none
}

// contents are the fields of a header that describe the body.
type contents struct {
	encoding    []byte
	id          []byte
	description []byte
	md5         []byte
	disposition []byte
	language    []byte
	location    []byte
}

// A Param is a parameter of a Content-Type or a Content-Disposition. Its name is in lower case.
type Param struct {
	Name  string
	Value []byte // valid until the program ends
}

// Param returns the parameter of Content-Type with that name, which is given in lower case, or nil; valid until the
// program ends.
func (p *Part) Param(name string) []byte {
	for _, x := range p.Params {
		if x.Name == name {
			return x.Value
		}
	}
	return nil
}

// Header returns the part's header with the empty line after it.
func (p *Part) Header() Section { return sectionOf(p.src, p.start.at, p.body.at) }

// Body returns what follows the header.
func (p *Part) Body() Section { return sectionOf(p.src, p.body.at, p.end.at) }

// All returns header and body.
func (p *Part) All() Section { return sectionOf(p.src, p.start.at, p.end.at) }

// IsMultipart reports whether the part has parts.
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

// lower returns b in lower case, without an allocation for common words.
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

// fields returns the octets of the fields that are parsed.
func (p *Part) fields() []byte {
	if p.head == nil && p.fieldsEnd.at > p.start.at {
		return p.src.head(p.start.at, p.fieldsEnd.at)
	}
	return p.head
}
