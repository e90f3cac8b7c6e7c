package message

import "bytes"

// A Part is a message, or a part of one. It is immutable; so are the slices in it.
type Part struct {
	src   *octets // of the whole message; what follows are places in it
	start mark    // of the header
	// The fields end at fieldsEnd; the body begins behind the empty line and ends at end.
	fieldsEnd, body, end mark
	head                 []byte // the fields, or so much of them as is looked at; nil: not read yet

	Type, Subtype string    // of the content, in lower case
	Params        []Param   // of Content-Type; valid until the program ends
	Parts         []*Part   // of a multipart that was looked into; valid until the program ends
	Message       *Part     // of message/rfc822 and message/global that was looked into
	boundary      string    // of a multipart
	parent        *Part     // nil for the message itself
	content       *contents // fields about the content, when one was there
}

// contents are the fields of a header that say what the body is.
type contents struct {
	encoding    []byte
	id          []byte
	description []byte
	md5         []byte
	disposition []byte
	language    []byte
	location    []byte
}

// A Param is a parameter of a Content-Type or a Content-Disposition, its name in lower case.
type Param struct {
	Name  string
	Value []byte // valid until the program ends
}

// Param returns the parameter of Content-Type with that name, given in lower case; valid until the program ends. nil: none.
func (p *Part) Param(name string) []byte {
	for _, x := range p.Params {
		if x.Name == name {
			return x.Value
		}
	}
	return nil
}

// Header returns the part's header with the empty line behind it.
func (p *Part) Header() Section { return sectionOf(p.src, p.start.at, p.body.at) }

// Body returns what follows the header.
func (p *Part) Body() Section { return sectionOf(p.src, p.body.at, p.end.at) }

// All returns header and body.
func (p *Part) All() Section { return sectionOf(p.src, p.start.at, p.end.at) }

// IsMultipart reports whether the part has parts.
func (p *Part) IsMultipart() bool { return p.Type == "multipart" }

// Encoding returns the content transfer encoding in lower case, "7bit" where none is named.
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

// lower returns b in lower case, without an allocation for what is common.
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

// Lines returns how many lines the body has: how many line feeds.
func (p *Part) Lines() int64 {
	if p.src.inMemory() {
		return int64(bytes.Count(p.src.raw[p.body.at:p.end.at], []byte{'\n'}))
	}
	return p.end.lf - p.body.lf
}

// fields returns the octets of the fields that are looked at.
func (p *Part) fields() []byte {
	if p.head == nil && p.fieldsEnd.at > p.start.at {
		return p.src.head(p.start.at, p.fieldsEnd.at)
	}
	return p.head
}
