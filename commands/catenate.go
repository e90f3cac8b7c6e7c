package commands

import (
	"io"

	"github.com/imapstack/imapstack/wire"
)

// Part is a part of a message that the server assembles: data on the server, which a URL names, or octets to send
// (RFC 4469).
type Part struct {
	// URL names one of the user's messages or a part of one, such as
	// "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.MIME". The server inserts the octets that URL names. If URL is
	// not "", the other fields are ignored.
	URL string
	// Body and Size are as in Message.
	Body io.Reader
	Size int64
	// Binary sends the part as literal8, which may contain NUL.
	Binary bool
	// UTF8 says that the part's header contains UTF-8 (RFC 6855 §4).
	UTF8 bool
}

// measure sets Size if it was not given.
func (p *Part) measure() error {
	if p.URL != "" {
		return nil
	}
	return measure(p.Body, &p.Size)
}

func (p *Part) encode(e *wire.Encoder) {
	switch {
	case p.URL != "":
		e.Raw("URL").SP().AString(p.URL)
	case p.UTF8:
		encodeUTF8(e, p.Size, p.Body)
	default:
		e.Raw("TEXT").SP().Literal(p.Size, p.Binary, p.Body)
	}
}

// encodeUTF8 writes octets in the form that allows UTF-8 in a header (RFC 6855 §4).
func encodeUTF8(e *wire.Encoder, size int64, body io.Reader) {
	e.Raw("UTF8").SP().Byte('(').Literal(size, true, body).Byte(')')
}
