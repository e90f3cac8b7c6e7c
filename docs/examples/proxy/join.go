package main

import (
	"bytes"
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/session/relay"
	"github.com/imapstack/imapstack/wire"
)

// idle is the time for which a client may be silent (RFC 9051 §5.4).
const idle = 31 * time.Minute

// serve serves one connection, from its beginning to its end.
func (s *server) serve(ctx context.Context, c net.Conn, withTLS bool) {
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	log := s.log.With("client", c.RemoteAddr().String())
	if withTLS {
		c = tls.Server(c, s.tls)
	}
	var back *relay.Back
	front := &relay.Front{Conn: c, Secure: withTLS, TLS: s.tls, Plain: s.set.plain}
	front.Login = func(ctx context.Context, user, password string) (caps *parser.Capabilities, err error) {
		log = log.With("user", user)
		if back, err = s.connect(ctx, user, password); err != nil {
			log.Info("no login", "why", err)
			return nil, err
		}
		s.filter(&back.Caps)
		return &back.Caps, nil
	}
	err := front.SignIn(ctx)
	if back != nil {
		defer back.Conn.Close()
	}
	if err != nil {
		logPanic(log, err)
		log.Info("end", "why", err)
		return
	}
	log.Info("login", "secure", front.Secure)
	began := time.Now()
	x := relay.New(relay.Config{
		Commands: front.Commands, Client: front.Conn, Responses: back.Responses, BackEnd: back.Conn, Mode: back.Mode(),
		Close: func() { c.Close(); back.Conn.Close() },
		Command: func(c *relay.Command) error {
			log.Debug("command", "line", string(c.Reader.AppendRedacted(nil)))
			front.Conn.SetReadDeadline(time.Now().Add(idle))
			return s.command(c)
		},
		Wants:    s.wants,
		Response: s.response,
	})
	front.Conn.SetReadDeadline(time.Now().Add(idle))
	if err = x.Run(); errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		err = nil
	}
	logPanic(log, err)
	n := x.Stats()
	log.Info("end", "commands", n.Commands, "refused", n.Refused, "octets", n.Down, "after", time.Since(began).Round(time.Millisecond), "why", err)
}

// logPanic logs the value and the stack of a panic if err reports one.
func logPanic(log *slog.Logger, err error) {
	if p := (*relay.PanicError)(nil); errors.As(err, &p) {
		log.Error("panic", "value", p.Value, "stack", string(p.Stack))
	}
}

// connect logs a user in to the back end, with the user's password or as the master.
func (s *server) connect(ctx context.Context, user, password string) (*relay.Back, error) {
	account := relay.Account{User: user, Password: password}
	if s.password != nil {
		own, ok := s.password[user]
		if subtle.ConstantTimeCompare([]byte(own), []byte(password)) == 0 || !ok {
			return nil, relay.ErrPassword
		}
		account = relay.Account{User: user, Password: s.master, Master: s.set.master}
	}
	target := s.set.backs.of(user)
	if target == nil {
		return nil, relay.ErrPassword
	}
	return relay.Connect(ctx, target, account)
}

// hidden holds the capabilities that the proxy provides itself, or that would keep it from reading the connection.
var hidden = []string{"STARTTLS", "LOGINDISABLED", "SASL-IR", "COMPRESS=DEFLATE", "UNAUTHENTICATE"}

// inURLs holds the capabilities whose commands have mailbox names in URLs, which the proxy does not change.
var inURLs = []string{"CATENATE", "URLAUTH", "URLAUTH=BINARY", "URL-PARTIAL"}

// filter removes capabilities that clients must not see.
func (s *server) filter(x *parser.Capabilities) {
	x.Names = slices.DeleteFunc(x.Names, func(name string) bool {
		return strings.HasPrefix(name, "AUTH=") || slices.Contains(hidden, name) || slices.Contains(s.set.hide, name) ||
			s.set.prefix != "" && slices.Contains(inURLs, name)
	})
}

// command is called with each command before the proxy forwards it.
func (s *server) command(c *relay.Command) error {
	switch {
	case slices.Contains(s.set.forbid, c.Name):
		return c.Answer(parser.NO, parser.Code{Name: parser.CodeCannot}, c.Name+" is not allowed here")
	case c.Name == "LOGIN" || c.Name == "AUTHENTICATE" || c.Name == "UNAUTHENTICATE" || c.Name == "PROXYAUTH":
		return c.Answer(parser.BAD, parser.Code{}, "you are logged in")
	case s.set.prefix == "" || !parser.TakesMailboxes(c.Name):
		return nil
	case c.Name == "APPEND" || c.Name == "REPLACE":
		return s.appended(c)
	}
	if err := c.Reader.Extend(); err != nil {
		return err
	}
	a, err := c.Reader.DecodeAny()
	if err != nil {
		return err
	}
	if list, ok := a.(*parser.ListArgs); ok {
		return s.list(c, list)
	}
	if _, ok := a.(*parser.RawArgs); ok {
		return c.Answer(parser.BAD, parser.Code{}, "the proxy cannot tell which mailbox this command names")
	}
	for name := range parser.MailboxNames(a) {
		*name = s.backEndName(*name)
	}
	return c.Send(a)
}

// appended replaces the mailbox name of an APPEND or REPLACE by the name that the back end has for the mailbox. It does
// not read the message, unless the name is a literal.
func (s *server) appended(c *relay.Command) error {
	d := c.Reader.Decoder()
	from := d.Pos()
	if c.Name == "REPLACE" {
		d.Value()
		d.SP()
	}
	number := bytes.Clone(d.Raw()[from:d.Pos()])
	name := d.AString()
	if d.Err() == nil {
		e := wire.NewEncoder(wire.Mode{})
		e.RawBytes(c.Tag).SP().Raw(c.String()).SP().RawBytes(number).AStringBytes(s.backEndName(name))
		if len(e.Segments()) == 1 {
			return c.ForwardAs(e.Bytes(), d.Pos())
		}
	}
	d.Rewind(from)
	if err := c.Reader.Extend(); err != nil {
		return err
	}
	if c.Name == "REPLACE" {
		var a parser.ReplaceArgs
		if err := a.Decode(c.Reader); err != nil {
			return err
		}
		a.Mailbox = s.backEndName(a.Mailbox)
		return c.SendAppend(a.Relay)
	}
	var a parser.AppendArgs
	if err := a.Decode(c.Reader); err != nil {
		return err
	}
	a.Mailbox = s.backEndName(a.Mailbox)
	return c.SendAppend(a.Relay)
}

// list asks for the mailboxes below the prefix, and also for INBOX if the pattern matches it.
func (s *server) list(c *relay.Command, a *parser.ListArgs) error {
	inbox := false
	for i, p := range a.Patterns {
		if len(p) == 0 {
			return c.Send(a) // the client asks for the delimiter
		}
		p = append(bytes.Clone(a.Reference), p...)
		inbox = inbox || match.NewPattern(string(p), '/').Match(parser.Inbox)
		a.Patterns[i] = append([]byte(s.set.prefix), p...)
	}
	a.Reference = nil
	if inbox {
		also := *a
		also.Patterns, also.Multiple = [][]byte{[]byte(parser.Inbox)}, false
		if err := c.SendFirst(c.Name, &also); err != nil {
			return err
		}
	}
	return c.Send(a)
}

// backEndName returns the back end's name for a mailbox that the user names. userName returns the user's name for a
// mailbox that the back end names, or nil if the user has no such mailbox.
func (s *server) backEndName(name []byte) []byte {
	if wire.EqualFold(name, parser.Inbox) {
		return []byte(parser.Inbox)
	}
	return append([]byte(s.set.prefix), name...)
}

func (s *server) userName(name []byte) []byte {
	if wire.EqualFold(name, parser.Inbox) {
		return name
	}
	rest, ok := bytes.CutPrefix(name, []byte(s.set.prefix))
	if !ok || len(rest) == 0 {
		return nil
	}
	return rest
}

// wants reports whether the method response must get the responses with this name. The proxy forwards all others
// without parsing them.
func (s *server) wants(name []byte) bool {
	return wire.EqualFold(name, "CAPABILITY") || s.set.prefix != "" && parser.HasMailboxes(strings.ToUpper(string(name)))
}

// response is called with the back end's responses for which the method wants returned true, and with its status
// responses.
func (s *server) response(r *relay.Response) error {
	switch {
	case r.Code.Name == parser.CodeCapability:
		var x parser.Capabilities
		if err := r.Code.Decode(func(d *wire.Decoder) { x.Decode(d) }); err != nil {
			return err
		}
		s.filter(&x)
		tag := "*"
		if r.Kind == parser.Tagged {
			tag = string(r.Tag)
		}
		return r.Instead(func(e *wire.Encoder) {
			parser.EncodeStatus(e, tag, r.Status, parser.CapabilityCode(&x), string(r.Text))
		})
	case r.Kind != parser.Untagged || r.Status != 0:
		return nil
	}
	data := parser.NewData(r.Name)
	if data == nil {
		return nil
	}
	if err := data.Decode(r.Decoder()); err != nil {
		return err
	}
	switch x := data.(type) {
	case *parser.Capabilities:
		s.filter(x)
	case *parser.Namespace:
		*x = parser.Namespace{Personal: []parser.NamespaceDescr{{Prefix: []byte{}, Delim: '/'}}}
	default:
		for name := range parser.MailboxNames(data) {
			if *name = s.userName(*name); *name == nil {
				r.Drop()
				return nil
			}
		}
	}
	return r.Instead(func(e *wire.Encoder) { parser.EncodeData(e, r.Name, data) })
}
