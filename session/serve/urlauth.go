package serve

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/utils/imapurl"
	"github.com/imapstack/imapstack/wire"
)

// A URLAuther is a User that lets others read single messages with URLs that the user has authorized (RFC 4467). The
// server offers the capabilities URLAUTH and URLAUTH=BINARY if Server.Hosts is set, too.
type URLAuther interface {
	// URLAuthKey returns the key that authorizes URLs of a mailbox. It is random and at least 16 octets long. The
	// User creates it when it is first needed, and does not change it until ResetURLAuthKeys.
	URLAuthKey(ctx context.Context, mailbox string) ([]byte, error)
	// ResetURLAuthKeys deletes the key of a mailbox, or the keys of all mailboxes if mailbox is "". The URLs that
	// these keys authorized are then no longer valid.
	ResetURLAuthKeys(ctx context.Context, mailbox string) error
	// URLOwner returns another user of the back end, from whose mailboxes an authorized URL is read. If the User has a
	// method Close() error, the server calls it after reading the message. If no user has that name, the error is
	// parser.CodeNonExistent.
	URLOwner(ctx context.Context, name string) (User, error)
}

// urlToken returns the token that authorizes a URL (RFC 4467 §4). It uses the key of the mailbox, which belongs to the
// User owner.
func (c *Conn) urlToken(owner User, u *imapurl.URL) (string, error) {
	x, ok := owner.(URLAuther)
	if !ok {
		return "", errURL
	}
	key, err := x.URLAuthKey(c.command, c.urlBox(u))
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(u.Rump))
	return "01" + hex.EncodeToString(h.Sum(nil)), nil
}

func (c *Conn) genURLAuth() error {
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
			return badf("%.64q is not a URL that can be authorized", rump.URL)
		case u.User != c.name || !c.srv.isHost(u.Host):
			return no(parser.CodeNoPerm, "the URL belongs to another user") // users may authorize only URLs of their own mailboxes (RFC 4467 §7)
		}
		token, err := c.urlToken(c.user, &u)
		if err != nil {
			return err
		}
		out.URLs = append(out.URLs, []byte(rump.URL+":internal:"+token))
	}
	c.out.Raw("* GENURLAUTH ")
	out.Encode(&c.out)
	c.out.CRLF()
	return nil
}

func (c *Conn) resetKey() error {
	var a parser.ResetKeyArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if slices.ContainsFunc(a.Mechanisms, func(m string) bool { return m != "INTERNAL" }) {
		return badf("the mechanism is INTERNAL")
	}
	name := "" // all mailboxes
	if a.Mailbox != nil {
		if name = c.box(a.Mailbox); name == "" {
			return no(parser.CodeNonExistent, "no such mailbox")
		}
	}
	if err := c.user.(URLAuther).ResetURLAuthKeys(c.command, name); err != nil {
		return err
	}
	return okCode(parser.CodeURLMech, []byte("INTERNAL"))
}

// authorized returns the owner of a URL that this connection's user may read (RFC 4467 §3), and a function to call
// after reading.
func (c *Conn) authorized(u *imapurl.URL) (owner User, leave func(), err error) {
	x, ok := c.user.(URLAuther)
	if !ok || u.Relative || u.Mechanism != "INTERNAL" || u.User == "" || !c.srv.isHost(u.Host) || !u.Expire.IsZero() && !c.srv.now().Before(u.Expire) {
		return nil, nil, errURL
	}
	access, who, _ := strings.Cut(u.Access, "+")
	switch strings.ToLower(access) {
	case "anonymous":
	case "authuser":
		ok = c.mechanism != "ANONYMOUS"
	case "user":
		name, err := url.PathUnescape(who)
		ok = err == nil && name == c.name
	case "submit":
		ok = slices.Contains(c.srv.Submitters, c.name)
	default:
		ok = false
	}
	if !ok {
		return nil, nil, errURL
	}
	owner, leave = c.user, func() {}
	if u.User != c.name {
		if owner, err = x.URLOwner(c.command, u.User); err != nil {
			return nil, nil, errURL
		}
		if z, ok := owner.(io.Closer); ok {
			leave = func() { z.Close() }
		}
	}
	token, err := c.urlToken(owner, u)
	if err != nil || !hmac.Equal([]byte(token), []byte(strings.ToLower(u.Token))) {
		leave()
		return nil, nil, errURL
	}
	return owner, leave, nil
}

func (c *Conn) urlFetch() error {
	var a parser.URLFetchArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	for _, want := range a.URLs {
		if len(want.Params) > 0 && !c.has("URLAUTH=BINARY") {
			return badf("URLFETCH takes no parameters")
		}
	}
	for i := range a.URLs {
		// Each URL gets its own response, so that at most one message is in memory at a time.
		out := parser.URLFetchData{Items: []parser.URLData{c.fetchURL(&a.URLs[i])}}
		c.out.Raw("* URLFETCH ")
		out.Encode(&c.out)
		c.out.CRLF()
		if err := c.flushSome(); err != nil {
			return err
		}
	}
	return nil
}

// fetchURL returns the data of URLFETCH for a URL. It is NIL, without a reason, if the user may not read the URL (RFC
// 4467 §7).
func (c *Conn) fetchURL(want *parser.URLFetch) parser.URLData {
	out := parser.URLData{URL: []byte(want.URL), Extended: len(want.Params) > 0}
	u, err := imapurl.Parse(want.URL)
	if err != nil {
		return out
	}
	owner, leave, err := c.authorized(&u)
	if err != nil {
		return out
	}
	defer leave()
	err = c.lookUp(owner, &u, func(m *message.Message, spec *parser.SectionSpec, s message.Section) (err error) {
		if s.Size() > c.maxMessage() {
			return errURL
		}
		if !out.Extended {
			out.Data, err = plainOctets(s)
			return err
		}
		for _, p := range want.Params {
			switch p {
			case "BODY":
				out.Data, err = plainOctets(s)
			case "BINARY":
				out.Binary = true // NIL if the part cannot be decoded (RFC 5524 §3.2)
				if plain, ok, bad := m.Binary(spec.Part); ok && bad == nil && spec.Specifier == "" {
					if u.Partial {
						plain = plain.Partial(u.Offset, max(u.Length, 1))
					}
					out.Data, err = plain.ReadAll()
					out.Data = bytes.Clone(out.Data)
				}
			case "BODYPARTSTRUCTURE":
				out.Structure = c.partStructure(m, spec.Part, slices.Contains(want.Params, "BINARY"))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return parser.URLData{URL: out.URL, Extended: out.Extended}
	}
	return out
}

// plainOctets returns the octets of a section. It replaces each NUL by 0x80, because a literal cannot contain NUL.
func plainOctets(s message.Section) ([]byte, error) {
	b, err := s.ReadAll()
	if bytes.IndexByte(b, 0) >= 0 {
		return bytes.ReplaceAll(b, []byte{0}, []byte{0x80}), err
	}
	return bytes.Clone(b), err
}

// encodingOf returns the Content-Transfer-Encoding of octets that are not encoded: "7bit", "8bit" or "binary" (RFC
// 2045 §6.2).
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

// partStructure returns the encoded BODYSTRUCTURE of a part, or nil if the message has no such part. If the part is
// sent decoded, the structure describes the decoded part.
func (c *Conn) partStructure(m *message.Message, path []uint32, decoded bool) (out []byte) {
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
		if !c.utf8() {
			part = message.BasicGlobal(part)
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
