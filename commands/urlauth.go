package commands

import (
	"io"
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// URLInternal is the mechanism INTERNAL for authorizing URLs. Every server with URLAUTH has it (RFC 4467).
const URLInternal = "INTERNAL"

// GenURLAuth asks the server to authorize URLs of messages or parts, so that others can read the messages or parts (RFC
// 4467 §7). Each of urls ends in ";URLAUTH=" and an access identifier: "anonymous", "authuser", "user+name" or
// "submit+name". The result is the authorized URLs in the same order; it is the caller's. They are secrets: whoever has
// one can read the message, as far as its access identifier allows.
func GenURLAuth(s *session.Session, mechanism string, urls ...string) *session.Call[[]string] {
	const name = "GENURLAUTH"
	if err := checkURLs(urls); err != nil {
		return session.Failed[[]string](s, name, err)
	}
	urls = slices.Clone(urls)
	return oneResponse(s, session.Command{
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

// ResetKey invalidates all authorized URLs of a mailbox, for the given mechanisms or, if there are none, for all. If
// mailbox is "", it invalidates the authorized URLs of all of the user's mailboxes; in that case, mechanisms must be
// empty (RFC 4467 §7).
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

// URLParam says what URLFetch asks for. It needs URLAUTH=BINARY (RFC 5524).
type URLParam string

// The parameters of RFC 5524 §3.1.
const (
	URLBody      URLParam = "BODY"              // the octets
	URLBinary    URLParam = "BINARY"            // the octets after the server has decoded the transfer encoding
	URLStructure URLParam = "BODYPARTSTRUCTURE" // the structure of the part
)

// URLContents is one response to URLFETCH, which may contain several URLs. It is valid until the next turn of the
// loop.
type URLContents struct {
	data parser.URLFetchData
	r    *parser.Response
	d    *wire.Decoder
	err  error
}

// URLContent is the data that one URL names.
type URLContent struct {
	parser.URLData
	// Body reads the octets. It must be read in the body of the loop. Body is nil if the server has sent no octets, as
	// for an invalid URL. If the octets are held in memory, they are also in URLData.Data.
	Body io.Reader
}

// All yields the data of each URL, which is valid until the next turn of the loop. If there are more octets than the
// session may hold in memory, they are read from the connection when the loop reads Body. Octets that the loop does
// not read are skipped.
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

// URLFetch fetches the data for URLs that [GenURLAuth] has returned (RFC 4467 §7). Without params, it fetches the
// octets as they are stored. params ask for other data, such as the decoded octets, and need URLAUTH=BINARY (RFC 5524
// §3). Each value is valid until the next turn of the loop.
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
			// A URL is a secret, because whoever has it can read the data. So logs do not show it.
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
				return invalid("URL", u, "contains a character that is not allowed in URLs")
			}
		}
	}
	return nil
}
