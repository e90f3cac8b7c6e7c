package commands

import (
	"io"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// URLInternal is the mechanism that every server of RFC 4467 has for authorizing URLs.
const URLInternal = "INTERNAL"

// GenURLAuth makes URLs with which others can read what they name (RFC 4467 §7). Each of urls ends in ";URLAUTH=" and
// an access identifier: "anonymous", "authuser", "user+name" or "submit+name". The results, in the same order, are the
// caller's. Whoever has one can read the message.
func GenURLAuth(s *session.Session, mechanism string, urls ...string) *session.Call[[]string] {
	const name = "GENURLAUTH"
	if err := checkURLs(urls); err != nil {
		return session.Failed[[]string](s, name, err)
	}
	urls = slices.Clone(urls)
	return one(s, session.Command{
		Name: name, In: loggedIn, Needs: "URLAUTH",
		Args: func(e *wire.Encoder) {
			for _, u := range urls {
				e.SP().String(u).SP().Atom(mechanism)
			}
		},
	}, name, nil, func(d *wire.Decoder) (*[]string, error) {
		var x parser.GenURLAuth
		err := x.Decode(d)
		out := make([]string, len(x.URLs))
		for i, u := range x.URLs {
			out[i] = string(u)
		}
		return &out, err
	})
}

// ResetKey invalidates all URLs that were authorized for a mailbox, by the mechanisms named or by all. If mailbox is
// "", it does so for all of the user's mailboxes, and no mechanism may be named (RFC 4467 §7).
func ResetKey(s *session.Session, mailbox string, mechanisms ...string) *session.Call[struct{}] {
	if mailbox == "" && len(mechanisms) > 0 {
		return session.Failed[struct{}](s, "RESETKEY", invalid("mailbox", "", "is missing"))
	}
	return plain(s, session.Command{
		Name: "RESETKEY", In: loggedIn, Needs: "URLAUTH",
		Args: func(e *wire.Encoder) {
			if mailbox != "" {
				parser.EncodeMailbox(e.SP(), mailbox)
			}
			for _, m := range mechanisms {
				e.SP().Atom(m)
			}
		},
	})
}

// URLParam says what URLFetch returns, on servers of RFC 5524.
type URLParam string

// The parameters of RFC 5524 §3.1.
const (
	URLBody      URLParam = "BODY"              // the octets
	URLBinary    URLParam = "BINARY"            // the octets without their transfer encoding
	URLStructure URLParam = "BODYPARTSTRUCTURE" // the structure of the part
)

// URLContents is a response of URLFETCH. It is valid until the next turn of the loop.
type URLContents struct {
	data parser.URLFetchData
	r    *parser.Response
	d    *wire.Decoder
	err  error
}

// URLContent is what one URL names.
type URLContent struct {
	parser.URLData
	// Body has the octets. It is nil if the server sent none, as for a URL that is not valid. Read it within the loop.
	// A few octets are also in URLData.Data.
	Body io.Reader
}

// All calls yield with what each URL names, valid until the next turn of the loop. Octets that are too many to hold are
// read from the server as the loop asks for them; what the loop does not read is dropped.
func (x *URLContents) All(yield func(*URLContent, error) bool) {
	for i := 0; x.err == nil; {
		for ; i < len(x.data.Items); i++ {
			c := URLContent{URLData: x.data.Items[i]}
			streamed := x.data.Stream != nil && i == len(x.data.Items)-1
			switch {
			case streamed:
				c.Body = x.data.Stream
			case c.Data != nil:
				c.Body = wire.NewLiteral(c.Data)
			}
			if !yield(&c, nil) {
				return
			}
		}
		if x.data.Stream == nil {
			return
		}
		if x.err = x.r.Continue(); x.err == nil {
			x.err = x.data.Continue(x.d)
		}
	}
	yield(nil, x.err)
}

// URLFetch reads what the URLs of [GenURLAuth] name (RFC 4467 §7). With parameters, which need URLAUTH=BINARY, it
// returns what they ask for (RFC 5524 §3). Each value is valid until the next turn of the loop.
//
//	for found, err := range commands.URLFetch(s, urls).All(ctx) {
//		for u, err := range found.All {
//			io.Copy(file, u.Body)
func URLFetch(s *session.Session, urls []string, params ...URLParam) *session.Stream[URLContents] {
	const name = "URLFETCH"
	if err := checkURLs(urls); err != nil {
		return session.FailedStream[URLContents](s, name, err)
	}
	cmd := session.Command{Name: name, In: loggedIn, Needs: "URLAUTH", Answers: byPlace(name), Claim: named(name)}
	if len(params) > 0 {
		cmd.Needs = "URLAUTH=BINARY"
	}
	urls, params = slices.Clone(urls), slices.Clone(params)
	cmd.Args = func(e *wire.Encoder) {
		for _, u := range urls {
			// Whoever has such a URL can read what it names, so no log shows it.
			if e.SP(); len(params) == 0 {
				e.Secret(u)
				continue
			}
			e.Byte('(').Secret(u)
			for _, p := range params {
				e.SP().Atom(string(p))
			}
			e.Byte(')')
		}
	}
	out := new(URLContents)
	return session.StartStream(s, cmd, func(r *parser.Response) (*URLContents, error) {
		out.r, out.d, out.err = r, r.Decoder(), nil
		return out, out.data.Decode(out.d)
	})
}

func checkURLs(urls []string) error {
	if len(urls) == 0 {
		return invalid("URL", "", "is missing")
	}
	for _, u := range urls {
		if u == "" {
			return invalid("URL", u, "is empty")
		}
		for i := range len(u) {
			if u[i] <= ' ' || u[i] >= 0x7f {
				return invalid("URL", u, "holds what URLs cannot")
			}
		}
	}
	return nil
}
