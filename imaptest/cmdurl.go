package imaptest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/utils/imapurl"
	"github.com/imapstack/imapstack/wire"
)

// ownHosts are the names by which a server in memory goes, those of its certificate.
var ownHosts = []string{"localhost", "example.com", "127.0.0.1", "[::1]", "::1"}

// WithHosts sets by which names, besides those of its certificate, the server goes in URLs. What has another one is on another server,
// of which it knows nothing (RFC 4469 §4).
func WithHosts(names ...string) Option {
	return func(o *options) { o.hosts = append(o.hosts, names...) }
}

// isHost reports whether the host of a URL is this server.
func (s *Server) isHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	is := func(name string) bool { return strings.EqualFold(name, host) }
	return slices.ContainsFunc(ownHosts, is) || slices.ContainsFunc(s.opt.hosts, is)
}

var errURL = errors.New("the URL names nothing that can be read")

// urlData returns what a URL of the connection's user, or one that is authorized, names.
func (c *conn) urlData(text string) ([]byte, error) {
	u, err := imapurl.Parse(text)
	if rel := strings.TrimPrefix(text, "/"); c.view != nil && len(rel) > 5 && strings.EqualFold(rel[:5], ";UID=") {
		// Relative to the mailbox that is open.
		u, err = imapurl.Parse(imapurl.URL{Relative: true, Mailbox: c.user.NameOf(c.view.Mailbox())}.String() + "/" + rel)
	}
	if err != nil {
		return nil, err
	}
	user := c.user
	switch {
	case u.Token != "":
		if user, err = c.authorized(&u); err != nil {
			return nil, err
		}
	case !u.Relative && (u.User != "" && u.User != c.name || !c.srv.isHost(u.Host)):
		return nil, errURL
	}
	b, _, err := c.lookUp(user, &u)
	return b, err
}

// lookUp returns what a URL names, and the section that it is.
func (c *conn) lookUp(user *store.User, u *imapurl.URL) (b []byte, spec parser.SectionSpec, err error) {
	m, err := messageAt(user, u)
	if err != nil {
		return nil, spec, err
	}
	d := wire.NewDecoder([]byte("[" + u.Section + "]"))
	if err := spec.Decode(d); err != nil || spec.Check() != nil {
		return nil, spec, errURL
	}
	s, ok := m.Section(&spec)
	if !ok {
		return nil, spec, errURL
	}
	if u.Partial {
		n := u.Length
		if n == 0 {
			n = uint64(s.Size())
		}
		s = s.Partial(u.Offset, n)
	}
	b, err = s.ReadAll()
	return b, spec, err
}

func messageAt(user *store.User, u *imapurl.URL) (*message.Message, error) {
	box := user.Mailbox(u.Mailbox)
	rights, err := user.Rights(u.Mailbox)
	if box == nil || err != nil || !rights.Has('r') || u.UID == 0 || u.UIDValidity != 0 && u.UIDValidity != box.UIDValidity() {
		return nil, errURL
	}
	it, ok := box.Message(u.UID)
	if !ok {
		return nil, errURL
	}
	return it.Content, nil
}

// urlToken vouches for what a URL says (RFC 4467 §4). The key is the owner's, for this mailbox.
func urlToken(user *store.User, u *imapurl.URL) (string, error) {
	key, err := user.URLAuthKey(u.Mailbox)
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(u.Rump))
	return "01" + hex.EncodeToString(h.Sum(nil)), nil
}

func (c *conn) genURLAuth() error {
	var a parser.GenURLAuthArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	var out parser.GenURLAuth
	for _, rump := range a.URLs {
		if rump.Mechanism != "INTERNAL" {
			return badf("the mechanism is INTERNAL")
		}
		u, err := imapurl.Parse(rump.URL)
		switch {
		case err != nil || u.Relative || u.UID == 0 || u.Access == "" || u.Mechanism != "":
			return badf("%q is no URL to be authorized", rump.URL)
		case u.User != c.name || !c.srv.isHost(u.Host):
			// RFC 4467 §7: only what is one's own.
			return no(parser.CodeNoPerm, "the URL is of somebody else")
		}
		token, err := urlToken(c.user, &u)
		if err != nil {
			return err
		}
		out.URLs = append(out.URLs, []byte(rump.URL+":internal:"+token))
	}
	c.out.Raw("* GENURLAUTH ")
	out.Encode(c.out)
	c.out.CRLF()
	return nil
}

func (c *conn) resetKey() error {
	var a parser.ResetKeyArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if slices.ContainsFunc(a.Mechanisms, func(m string) bool { return m != "INTERNAL" }) {
		return badf("the mechanism is INTERNAL")
	}
	name := ""
	if a.Mailbox != nil {
		name = c.box(a.Mailbox)
	}
	if err := c.user.ResetURLAuthKeys(name); err != nil {
		return err
	}
	return okCode(parser.CodeURLMech, []byte("INTERNAL"))
}

// authorized returns whose a URL is, if it lets this connection's user have what it names (RFC 4467 §3). The user "submit" stands for the
// server that takes mail from users to send.
func (c *conn) authorized(u *imapurl.URL) (*store.User, error) {
	owner := c.srv.store.User(u.User)
	if owner == nil || u.Relative || u.Mechanism != "INTERNAL" || u.User == "" || !c.srv.isHost(u.Host) || !u.Expire.IsZero() && !c.now().Before(u.Expire) {
		return nil, errURL
	}
	access, who, _ := strings.Cut(u.Access, "+")
	switch strings.ToLower(access) {
	case "anonymous":
	case "authuser":
		if c.anonymous() {
			return nil, errURL // RFC 4467 §3: who is not anonymous
		}
	case "user":
		if who != c.name {
			return nil, errURL
		}
	case "submit":
		if c.name != "submit" {
			return nil, errURL
		}
	}
	token, err := urlToken(owner, u)
	if err != nil || !hmac.Equal([]byte(token), []byte(strings.ToLower(u.Token))) {
		return nil, errURL
	}
	return owner, nil
}

func (c *conn) now() time.Time { return c.srv.now() }

func (c *conn) urlFetch() error {
	var a parser.URLFetchArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	var out parser.URLFetchData
	for _, want := range a.URLs {
		if len(want.Params) > 0 && !c.has("URLAUTH=BINARY") {
			return badf("URLFETCH takes no parameters here")
		}
		out.Items = append(out.Items, c.fetchURL(&want))
	}
	c.out.Raw("* URLFETCH ")
	out.Encode(c.out)
	c.out.CRLF()
	return nil
}

// fetchURL returns what a URL is answered with; NIL if it gives no right to anything, without saying why (RFC 4467 §7).
func (c *conn) fetchURL(want *parser.URLFetch) parser.URLData {
	out := parser.URLData{URL: []byte(want.URL), Extended: len(want.Params) > 0}
	u, err := imapurl.Parse(want.URL)
	if err != nil {
		return out
	}
	owner, err := c.authorized(&u)
	if err != nil {
		return out
	}
	b, spec, err := c.lookUp(owner, &u)
	if err != nil {
		return out
	}
	if !out.Extended {
		out.Data = withoutNUL(b)
		return out
	}
	m, err := messageAt(owner, &u)
	if err != nil {
		return out
	}
	for _, p := range want.Params {
		switch p {
		case "BODY":
			out.Data = withoutNUL(b)
		case "BINARY":
			out.Binary = true // or NIL, if it cannot be decoded (RFC 5524 §3.2)
			if plain, ok, err := m.Binary(spec.Part); ok && err == nil && spec.Specifier == "" {
				if u.Partial {
					plain = plain.Partial(u.Offset, max(u.Length, 1))
				}
				out.Data, _ = plain.ReadAll()
			}
		case "BODYPARTSTRUCTURE":
			out.Structure = c.structure(m, spec.Part, slices.Contains(want.Params, "BINARY"))
		}
	}
	return out
}

// encodingOf returns what octets are in that are not encoded (RFC 2045 §6.2).
func encodingOf(b []byte) string {
	enc := "7bit"
	for _, c := range b {
		switch {
		case c == 0:
			return "binary"
		case c >= 0x80:
			enc = "8bit"
		}
	}
	return enc
}

// structure returns the structure of a part, as it is sent; nil if there is no such part. If the part is sent decoded, it is the structure of that.
func (c *conn) structure(m *message.Message, path []uint32, decoded bool) (out []byte) {
	encode := func(part *parser.BodyStructure) {
		if plain, ok, err := m.Binary(path); decoded && ok && err == nil && len(part.Parts) == 0 && len(path) > 0 {
			own := *part
			b, _ := plain.ReadAll()
			own.Size, own.Encoding = uint64(len(b)), encodingOf(b)
			if part.Type == "text" {
				own.Lines = uint64(bytes.Count(b, []byte("\n")))
			}
			part = &own
		}
		if !c.utf8() && hasGlobal(part) {
			part = basicGlobal(part)
		}
		e := wire.NewEncoder(wire.Mode{Server: true, Binary: true})
		part.Encode(e)
		out = bytes.Clone(e.Bytes())
	}
	if len(path) == 0 {
		encode(m.BodyStructure())
		return out
	}
	m.BodyStructure().Walk(func(at []uint32, part *parser.BodyStructure) bool {
		if slices.Equal(at, path) {
			encode(part)
		}
		return true
	})
	return out
}
