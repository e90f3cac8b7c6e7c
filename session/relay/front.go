package relay

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// ErrPassword reports that the user does not exist or that the password is wrong. Connect returns an error that wraps
// it. For a wrong password Front.Login must return it, or an error that wraps it.
var ErrPassword = errors.New("relay: wrong user or password")

// ErrLeft reports that nobody has logged in: the client has hung up or logged out, has taken longer than Front.Time,
// has made Front.Tries mistakes, or has sent a STARTTLS that was refused.
var ErrLeft = errors.New("relay: the client left before it had logged in")

// A Front is a client's connection before anybody has logged in. The proxy itself answers the commands CAPABILITY, ID,
// NOOP, STARTTLS, LOGIN, LOGOUT, and AUTHENTICATE with the mechanisms PLAIN and LOGIN.
type Front struct {
	Conn   net.Conn    // the client's connection; after STARTTLS, the TLS connection
	Secure bool        // nobody else can read the connection
	TLS    *tls.Config // for STARTTLS; if it is nil, STARTTLS is not offered
	Plain  bool        // accept passwords even if others can read the connection
	// Login decides whether a user may log in. It connects to the back end, and returns the capabilities that the
	// client gets. If its error is ErrPassword or wraps it, the client gets AUTHENTICATIONFAILED. For any other error
	// the client gets UNAVAILABLE.
	Login func(ctx context.Context, user, password string) (*parser.Capabilities, error)
	// Time is how long a client may take to log in; 0 stands for one minute. Tries is the number of mistakes after
	// which the client is turned away; 0 stands for 10. Delay is how long the proxy waits before it answers a wrong
	// password; 0 stands for one second.
	Time  time.Duration
	Tries int
	Delay time.Duration
	// Limits limits how much memory a client can use. The default for Message is 1 MiB. Before the login, a literal
	// may have at most 4 KiB.
	Limits wire.Limits

	// Commands reads the client's commands after the login.
	Commands *parser.CommandReader
	out      wire.Encoder
}

// maxEarly is the largest literal before the login, in octets.
const maxEarly = 4 << 10

// SignIn greets the client, and answers its commands until a user has logged in. If nobody logs in, the error is
// ErrLeft. The error is also ErrLeft if Login has succeeded, but the client cannot be told, or Front.Time is over. The
// program must then close what Login has opened. If Login panics, the error is a PanicError.
func (f *Front) SignIn(ctx context.Context) error {
	f.Time, f.Delay = cmpOr(f.Time, time.Minute), cmpOr(f.Delay, time.Second)
	if f.Tries == 0 {
		f.Tries = 10
	}
	if f.Limits.Message == 0 {
		f.Limits.Message = 1 << 20
	}
	ctx, cancel := context.WithTimeout(ctx, f.Time)
	defer cancel()
	conn := f.Conn
	inTime := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer inTime()
	f.attach(f.Conn)
	if err := f.status("*", parser.OK, parser.CapabilityCode(f.capabilities()), "ready"); err != nil {
		return ErrLeft
	}
	for mistakes := 0; mistakes < f.Tries; {
		done, err := f.next(ctx)
		switch {
		case done && (err != nil || !inTime()):
			return ErrLeft
		case done:
			f.Commands.OnLiteral(nil)
			return nil
		case errors.Is(err, errMistake):
			mistakes++
		case errors.As(err, new(*PanicError)):
			f.Conn.SetDeadline(time.Now().Add(byeTime))
			io.WriteString(f.Conn, serverBug)
			return err
		case err != nil:
			return ErrLeft
		}
	}
	f.status("*", parser.BYE, parser.Code{}, "too many mistakes")
	return ErrLeft
}

func cmpOr(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return a
}

// errMistake reports that a command was answered with NO or BAD.
var errMistake = errors.New("relay: a mistake of the client")

func (f *Front) attach(c net.Conn) {
	f.Conn, f.Commands = c, parser.NewCommandReader(wire.NewReaderSize(c, f.Limits, 8<<10))
	f.Commands.OnLiteral(func(q *parser.LiteralRequest) error {
		switch {
		case q.Size > maxEarly:
			return &wire.LimitError{What: "literal before the login", Limit: maxEarly, Size: q.Size}
		case q.Sync:
			return f.status("+", 0, parser.Code{}, "go on")
		}
		return nil
	})
}

func (f *Front) status(tag string, s parser.Status, code parser.Code, text string) error {
	f.out.Reset(wire.Mode{Server: true})
	parser.EncodeStatus(&f.out, tag, s, code, text)
	_, err := f.out.Send(f.Conn, nil)
	return err
}

// answerMistake answers a command with NO or BAD, and returns errMistake.
func (f *Front) answerMistake(tag string, s parser.Status, code parser.CodeName, text string) error {
	if err := f.status(tag, s, parser.Code{Name: code}, text); err != nil {
		return err
	}
	return errMistake
}

// capabilities returns the capabilities that the client gets before the login.
func (f *Front) capabilities() *parser.Capabilities {
	x := &parser.Capabilities{Names: []string{"IMAP4REV1", "LITERAL+", "SASL-IR", "ID"}}
	if f.Secure || f.Plain {
		x.Names = append(x.Names, "AUTH=PLAIN", "AUTH=LOGIN")
	} else {
		x.Names = append(x.Names, "LOGINDISABLED")
	}
	if !f.Secure && f.TLS != nil {
		x.Names = append(x.Names, "STARTTLS")
	}
	return x
}

// next reads a command and answers it. done reports whether a user has logged in.
func (f *Front) next(ctx context.Context) (done bool, err error) {
	h, err := f.Commands.Next()
	if bad := (*parser.BadCommand)(nil); errors.As(err, &bad) && !errors.As(err, new(*parser.ForeignError)) {
		tag := "*"
		if bad.Tag != nil {
			tag = string(bad.Tag)
		}
		return false, f.answerMistake(tag, parser.BAD, "", bad.Text())
	}
	if err != nil {
		return false, err
	}
	tag := string(h.Tag)
	switch h.Name {
	case "CAPABILITY":
		f.out.Reset(wire.Mode{Server: true})
		parser.EncodeData(&f.out, "CAPABILITY", f.capabilities())
	case "ID":
		f.out.Reset(wire.Mode{Server: true})
		f.out.Raw("* ID NIL").CRLF()
	case "NOOP", "LOGOUT":
		f.out.Reset(wire.Mode{Server: true})
		if h.Name == "LOGOUT" {
			f.out.Raw("* BYE good-bye").CRLF()
		}
	case "STARTTLS":
		return false, f.startTLS(tag)
	case "LOGIN", "AUTHENTICATE":
		if !f.Secure && !f.Plain {
			return false, f.answerMistake(tag, parser.NO, parser.CodePrivacyRequired, "not in clear")
		}
		return f.login(ctx, tag, h.Name)
	default:
		return false, f.answerMistake(tag, parser.BAD, "", "log in first")
	}
	if _, err := f.out.Send(f.Conn, nil); err != nil {
		return false, err
	}
	if err := f.status(tag, parser.OK, parser.Code{}, "done"); err == nil && h.Name != "LOGOUT" {
		return false, nil
	}
	return false, ErrLeft
}

// startTLS starts TLS. If STARTTLS is not offered, or octets after the command have already arrived, it answers BAD and
// ends the connection. Such octets are not protected by TLS, and may come from an attacker (RFC 9051 §6.2.1).
func (f *Front) startTLS(tag string) error {
	if f.TLS == nil || f.Secure || f.Commands.Buffered() > 0 {
		f.status(tag, parser.BAD, parser.Code{}, "not now")
		return ErrLeft
	}
	if err := f.status(tag, parser.OK, parser.Code{}, "begin"); err != nil {
		return err
	}
	f.Secure = true
	f.attach(tls.Server(f.Conn, f.TLS))
	return nil
}

func (f *Front) login(ctx context.Context, tag, name string) (done bool, err error) {
	user, password, err := f.credentials(name)
	if bad := (*parser.BadCommand)(nil); errors.As(err, &bad) || errors.Is(err, parser.ErrCancelled) {
		return false, f.answerMistake(tag, parser.BAD, "", "not a user and a password")
	} else if err != nil {
		return false, err
	}
	var caps *parser.Capabilities
	err = protect(func() (err error) { caps, err = f.Login(ctx, user, password); return err })
	switch {
	case errors.As(err, new(*PanicError)):
		return false, err
	case err == nil:
		return true, f.status(tag, parser.OK, parser.CapabilityCode(caps), "logged in")
	case !errors.Is(err, ErrPassword):
		return false, f.answerMistake(tag, parser.NO, parser.CodeUnavailable, "try again later")
	}
	select {
	case <-time.After(f.Delay):
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return false, f.answerMistake(tag, parser.NO, parser.CodeAuthenticationFailed, "wrong user or password")
}

// credentials reads the arguments of LOGIN, or the responses of AUTHENTICATE with PLAIN (RFC 4616) or with LOGIN, which
// no RFC defines.
func (f *Front) credentials(name string) (user, password string, err error) {
	if name == "LOGIN" {
		var a parser.LoginArgs
		err := f.Commands.Decode(&a)
		return a.User, a.Password, err
	}
	var a parser.AuthenticateArgs
	if err := f.Commands.Decode(&a); err != nil {
		return "", "", err
	}
	answer := a.Initial
	switch a.Mechanism {
	case "LOGIN":
		if answer == nil {
			if answer, err = f.challenge("User Name"); err != nil {
				return "", "", err
			}
		}
		secret, err := f.challenge("Password")
		return string(answer), string(secret), err
	case "PLAIN":
		if answer == nil {
			if answer, err = f.challenge(""); err != nil {
				return "", "", err
			}
		}
		parts := bytes.Split(answer, []byte{0})
		if len(parts) == 3 && (len(parts[0]) == 0 || bytes.Equal(parts[0], parts[1])) {
			return string(parts[1]), string(parts[2]), nil
		}
		return "", "", f.Commands.Bad(errors.New("parser: not a user and a password"))
	}
	return "", "", f.Commands.Bad(&parser.UnknownError{What: "mechanism", Name: a.Mechanism})
}

// challenge sends a challenge, and returns the client's answer.
func (f *Front) challenge(text string) ([]byte, error) {
	f.out.Reset(wire.Mode{Server: true})
	parser.EncodeChallenge(&f.out, []byte(text))
	if _, err := f.out.Send(f.Conn, nil); err != nil {
		return nil, err
	}
	return f.Commands.ReadAnswer(nil)
}
