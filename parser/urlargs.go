package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// GenURLAuthArgs holds the arguments of GENURLAUTH (RFC 4467 §7).
type GenURLAuthArgs struct {
	URLs []URLRump // at least one; valid until the next Decode
}

// URLRump is a URL that the client wants to have authorized.
type URLRump struct {
	URL       string // the URL, up to and including ";URLAUTH=" and the access identifier
	Mechanism string // in upper case: "INTERNAL"
}

// Decode reads the arguments.
func (a *GenURLAuthArgs) Decode(d *wire.Decoder) error {
	a.URLs = reuse(a.URLs)
	for room(d, len(a.URLs), maxNames, "URLs") {
		u := URLRump{URL: string(d.AString())}
		d.SP()
		u.Mechanism = d.InternUpper(atom(d))
		a.URLs = append(a.URLs, u)
		if !d.GotSP() {
			break
		}
	}
	return ended(d, "GENURLAUTH")
}

// Encode writes the arguments.
func (a *GenURLAuthArgs) Encode(e *wire.Encoder) {
	if len(a.URLs) == 0 {
		e.Fail(&wire.ArgumentError{What: "url-rump", Reason: "is missing"})
	}
	for _, u := range a.URLs {
		e.SP().String(u.URL).SP().Atom(u.Mechanism)
	}
}

// URLFetchArgs holds the arguments of URLFETCH (RFC 4467 §7, RFC 5524 §3).
type URLFetchArgs struct {
	URLs []URLFetch // at least one; valid until the next Decode
}

// URLFetch is a URL whose data the client asks for.
type URLFetch struct {
	URL string
	// Params says what to send, in upper case: BODY, BINARY or BODYPARTSTRUCTURE (RFC 5524 §3.1). It is nil if the
	// client sent only the URL. It is valid until the next command is read.
	Params []string
}

// Decode reads the arguments.
func (a *URLFetchArgs) Decode(d *wire.Decoder) error {
	a.URLs = reuse(a.URLs)
	for room(d, len(a.URLs), maxNames, "URLs") {
		var u URLFetch
		u.decode(d)
		a.URLs = append(a.URLs, u)
		if !d.GotSP() {
			break
		}
	}
	return ended(d, "URLFETCH")
}

func (u *URLFetch) decode(d *wire.Decoder) {
	if !d.Is('(') {
		u.URL = string(d.AString())
		return
	}
	u.Params = []string{}
	n := 0
	for range d.List {
		if n++; n == 1 {
			u.URL = string(d.AString())
		} else if room(d, len(u.Params), maxOptions, "parameters") {
			u.Params = append(u.Params, d.Name())
		}
	}
	if n == 0 {
		d.Expected("url-full")
	}
}

// Encode writes the arguments.
func (a *URLFetchArgs) Encode(e *wire.Encoder) {
	if len(a.URLs) == 0 {
		e.Fail(&wire.ArgumentError{What: "url-full", Reason: "is missing"})
	}
	for _, u := range a.URLs {
		e.SP()
		if u.Params == nil {
			e.String(u.URL)
			continue
		}
		e.Byte('(').String(u.URL)
		for _, p := range u.Params {
			e.SP().Atom(p)
		}
		e.Byte(')')
	}
}

// ResetKeyArgs holds the arguments of RESETKEY (RFC 4467 §7). Without a mailbox, the command resets the keys of all
// mailboxes.
type ResetKeyArgs struct {
	// Mailbox is the name as received, see DecodeMailbox, or nil if the client sent none. It is valid until the next
	// command is read.
	Mailbox    []byte
	Mechanisms []string // in upper case; valid until the next Decode
}

// Decode reads the arguments.
func (a *ResetKeyArgs) Decode(d *wire.Decoder) error {
	a.Mailbox, a.Mechanisms = nil, reuse(a.Mechanisms)
	if !d.AtEnd() {
		a.Mailbox = d.AString()
		for d.GotSP() && room(d, len(a.Mechanisms), maxOptions, "mechanisms") {
			a.Mechanisms = append(a.Mechanisms, d.InternUpper(atom(d)))
		}
	}
	return ended(d, "RESETKEY")
}

// Encode writes the arguments.
func (a *ResetKeyArgs) Encode(e *wire.Encoder) {
	if a.Mailbox == nil {
		return
	}
	e.SP().AStringBytes(a.Mailbox)
	for _, m := range a.Mechanisms {
		e.SP().Atom(m)
	}
}
