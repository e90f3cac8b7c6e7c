package serve

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/utils/imapurl"
	"github.com/imapstack/imapstack/wire"
)

// errURL reports a URL that names nothing, or something that the user may not read. It does not say which of the two.
var errURL = errors.New("serve: the URL names nothing that can be read")

// isHost reports whether the host of a URL is this server.
func (s *Server) isHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return slices.ContainsFunc(s.Hosts, func(name string) bool { return strings.EqualFold(name, host) })
}

// urlBox returns the name of the mailbox of a URL, in the form in which the back end has it.
func (c *Conn) urlBox(u *imapurl.URL) string { return c.inbox(norm.NFC.String(u.Mailbox)) }

// CopyURL copies to w what a URL names, if the user may read it or the URL is authorized. CopyURL is for commands with
// URLs as arguments, such as CATENATE. An error does not say whether the URL names nothing or must not be read. The URL
// may be relative to the open mailbox, if that mailbox belongs to the back end.
func (c *Conn) CopyURL(w io.Writer, url string) error { return c.copyURL(w, url) }

// copyURL copies what a URL names, if it is in a mailbox of the connection's user, or the URL is authorized (RFC 4469
// §4).
func (c *Conn) copyURL(w io.Writer, text string) error {
	u, err := imapurl.Parse(text)
	if rel := strings.TrimPrefix(text, "/"); c.view != nil && len(rel) > 5 && strings.EqualFold(rel[:5], ";UID=") {
		// The URL is relative to the open mailbox.
		u, err = imapurl.Parse(imapurl.URL{Relative: true, Mailbox: c.view.name, UIDValidity: c.view.validity}.String() + "/" + rel)
	}
	if err != nil {
		return errURL
	}
	user := c.user
	switch {
	case u.Token != "":
		owner, leave, err := c.authorized(&u)
		if err != nil {
			return err
		}
		defer leave()
		user = owner
	case !u.Relative && (u.User != "" && u.User != c.name || !c.srv.isHost(u.Host)):
		return errURL
	}
	return c.lookUp(user, &u, func(_ *message.Message, _ *parser.SectionSpec, s message.Section) error {
		_, err := io.Copy(w, s.Reader())
		return err
	})
}

// lookUp calls f with the message and the section that a URL names in a mailbox of user. Both are valid until f
// returns.
func (c *Conn) lookUp(user User, u *imapurl.URL, f func(m *message.Message, spec *parser.SectionSpec, s message.Section) error) error {
	var spec parser.SectionSpec
	if err := spec.Decode(wire.NewDecoder([]byte("[" + u.Section + "]"))); err != nil || spec.Check() != nil || u.UID == 0 {
		return errURL
	}
	box, ch, err := openMailbox(c.command, user, c.urlBox(u), OpenOptions{ReadOnly: true})
	if err != nil {
		if _, known := refusal(err); known {
			return errURL
		}
		return err
	}
	defer box.Close()
	if u.UIDValidity != 0 && u.UIDValidity != ch.UIDValidity {
		return errURL
	}
	failed := errURL
	err = box.Fetch(c.command, []uint32{u.UID}, NeedContent, func(x *Message) bool {
		var m *message.Message
		if m, failed = x.Content(); failed != nil {
			return false
		}
		s, ok := m.Section(&spec)
		if !ok {
			failed = errURL
			return false
		}
		if u.Partial {
			n := u.Length
			if n == 0 {
				n = uint64(s.Size())
			}
			s = s.Partial(u.Offset, n)
		}
		failed = f(m, &spec, s)
		return false
	})
	if isGone(failed) {
		return errURL
	}
	return errors.Join(failed, err)
}
