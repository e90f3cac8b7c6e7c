package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

// A Back is a connection to a back end, on which a user has logged in.
type Back struct {
	Conn      transport.Conn
	Responses *parser.Reader
	Caps      parser.Capabilities // the back end's capabilities; owned by the caller
	n         int                 // how many commands the proxy has sent
}

// An Account says how to log a user in to a back end. Packages fmt and encoding/json write only the name
// of the user.
type Account struct {
	User     string
	Password string // the password of Master if that is set, and otherwise of User
	Master   string // an administrator who logs in for User with AUTHENTICATE PLAIN; if it is "", User logs in with LOGIN
}

// String returns the name of the user, without a password.
func (a Account) String() string { return a.User }

// Format writes what String returns, whatever the verb.
func (a Account) Format(f fmt.State, _ rune) { io.WriteString(f, a.User) }

// MarshalText returns what String returns, so that a log in JSON does not have the password either. The
// caller owns the slice.
func (a Account) MarshalText() ([]byte, error) { return []byte(a.User), nil }

// backTime is how long Connect may take, even if the deadline of the context is later.
const backTime = 30 * time.Second

// Connect dials a back end, runs STARTTLS if the target asks for it, and logs in. The error wraps ErrPassword if the
// back end refuses the login, unless it does so with the code UNAVAILABLE.
func Connect(ctx context.Context, t *transport.Target, a Account) (b *Back, err error) {
	ctx, cancel := context.WithTimeout(ctx, backTime)
	defer cancel()
	b = new(Back)
	if b.Conn, err = t.Dial(ctx); err != nil {
		return nil, err
	}
	conn := b.Conn
	defer context.AfterFunc(ctx, func() { transport.Abort(conn) })()
	if err = b.enter(ctx, t, a); err != nil {
		b.Conn.Close()
		return nil, err
	}
	return b, nil
}

func (b *Back) enter(ctx context.Context, t *transport.Target, a Account) error {
	b.attach(b.Conn)
	greeting, err := b.Responses.Next()
	if err != nil {
		return err
	} else if !greeting.Is("OK") {
		return fmt.Errorf("relay: the greeting of the back end is %s, not OK", greeting.Name)
	}
	if up := t.Upgrade(); up != nil {
		if err := b.do("STARTTLS", parser.NoArgs{}); err != nil {
			return err
		}
		c, err := up(ctx, b.Conn, b.Responses.Take())
		if err != nil {
			return err
		}
		b.attach(c)
	}
	if a.Master != "" {
		err = b.do("AUTHENTICATE", &parser.AuthenticateArgs{Mechanism: "PLAIN", Initial: []byte(a.User + "\x00" + a.Master + "\x00" + a.Password)})
	} else {
		err = b.do("LOGIN", &parser.LoginArgs{User: a.User, Password: a.Password})
	}
	if err == nil && len(b.Caps.Names) == 0 {
		err = b.do("CAPABILITY", parser.NoArgs{})
	}
	return err
}

func (b *Back) attach(c transport.Conn) {
	b.Caps = parser.Capabilities{} // capabilities from before STARTTLS do not count
	b.Conn, b.Responses = c, parser.NewReader(wire.NewReader(c, wire.Limits{}))
}

// Mode returns the value for Config.Mode. With it, the Relay uses only synchronizing literals, even if the back end
// supports LITERAL+. The additional round trip costs little if the back end is near. In return, it does not matter what
// the back end does with the octets of a non-synchronizing literal that it refuses.
func (b *Back) Mode() wire.Mode {
	return wire.Mode{Binary: b.Caps.Has("BINARY") || b.Caps.Has("IMAP4REV2")}
}

// do runs a command of the proxy, and stores the capabilities that the responses contain.
func (b *Back) do(name string, a parser.Args) error {
	b.n++
	tag := "back" + strconv.Itoa(b.n)
	e := wire.NewEncoder(wire.Mode{})
	e.Raw(tag).SP().Raw(name)
	a.Encode(e)
	var answer *parser.Response
	asked := func() (err error) {
		answer, err = b.until(tag, true)
		if err == nil && answer.Kind == parser.Tagged {
			err = wire.ErrRefused
		}
		return err
	}
	if _, err := e.CRLF().Send(b.Conn, asked); err == nil {
		if answer, err = b.until(tag, false); err != nil {
			return err
		}
	} else if !errors.Is(err, wire.ErrRefused) {
		return err
	}
	switch {
	case answer.Status == parser.OK:
		return nil
	case name == "LOGIN" || name == "AUTHENTICATE":
		if answer.Code.Name == parser.CodeUnavailable {
			return errors.New("relay: the back end is not available")
		}
		return fmt.Errorf("%w, according to the back end", ErrPassword)
	}
	return fmt.Errorf("relay: the back end answers %s to %s", answer.Status, name)
}

// until reads responses up to the tagged answer or, if the parameter asked is true, up to a continuation request.
func (b *Back) until(tag string, asked bool) (*parser.Response, error) {
	for {
		r, err := b.Responses.Next()
		if err != nil {
			return nil, err
		}
		switch {
		case r.Code.Name == parser.CodeCapability:
			r.Code.Decode(func(d *wire.Decoder) { b.Caps.Decode(d) })
		case r.Is("CAPABILITY"):
			if err := b.Caps.Decode(r.Decoder()); err != nil {
				return nil, err
			}
		}
		if r.Kind == parser.Tagged && string(r.Tag) == tag || asked && r.Kind == parser.Continuation {
			return r, nil
		}
	}
}
