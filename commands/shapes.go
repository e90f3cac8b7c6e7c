package commands

import (
	"errors"
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
	"golang.org/x/text/unicode/norm"
)

// loggedIn has the states in which most commands are legal.
const loggedIn = session.Authenticated | session.Selected

// named returns a function that claims the untagged responses with that name.
func named(name string) func(*parser.Response) bool {
	return func(r *parser.Response) bool { return r.Name == name }
}

// plain starts a command that has no result. Unless cmd says otherwise, only the tagged response answers it.
func plain(s *session.Session, cmd session.Command) *session.Call[struct{}] {
	if cmd.Claim == nil && cmd.Answers == nil {
		cmd.Answers = session.TaggedOnly
	}
	return session.Start[struct{}](s, cmd, nil)
}

// onMailbox starts a command whose only argument is a mailbox.
func onMailbox(s *session.Session, name, mailbox string) *session.Call[struct{}] {
	return plain(s, session.Command{
		Name: name, In: loggedIn,
		Args: func(e *wire.Encoder) { parser.EncodeMailbox(e.SP(), mailbox) },
	})
}

// ErrNoAnswer reports that the server has said OK to a command that asks for data, without sending the data.
var ErrNoAnswer = errors.New("commands: OK without an answer")

// oneResponse starts a command that a single untagged response answers: the first whose name is answer and for which
// mine returns true. If mine is nil, the first response with that name answers it. A response that mine cannot read
// also counts, so that the command returns the error of that response. take decodes the response.
func oneResponse[T any](s *session.Session, cmd session.Command, answer string, mine func(*wire.Decoder) bool, take func(*wire.Decoder) (*T, error)) *session.Call[T] {
	if cmd.Answers == nil {
		cmd.Answers = byPlace(answer)
	}
	out, got := new(T), false
	cmd.Claim = func(r *response) bool {
		if got || r.Name != answer {
			return false
		}
		d := r.Decoder()
		return mine == nil || mine(d) || d.Err() != nil
	}
	cmd.Data = func(r *response) error {
		got = true
		v, err := take(r.Decoder())
		if err == nil {
			*out = *v
		}
		return err
	}
	cmd.Done = func(*response) error { return answered(got, cmd.Name) }
	return session.Start(s, cmd, out)
}

// answered returns ErrNoAnswer if got is false.
func answered(got bool, name string) error {
	if got {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrNoAnswer, name)
}

// ofMailbox returns a function that reports whether a response begins with the name of the mailbox. So several
// commands may be in flight, and the server may answer them in any order.
func ofMailbox(s *session.Session, mailbox string) func(*wire.Decoder) bool {
	return func(d *wire.Decoder) bool { return sameMailbox(s, d.AString(), mailbox) }
}

// sameMailbox reports whether raw, from a response, may be the name of the mailbox; see sameNames.
func sameMailbox(s *session.Session, raw []byte, mailbox string) bool {
	return string(raw) == mailbox || sameNames(parser.DecodeMailbox(raw, s.Mode().UTF8), mailbox)
}

// sameNames reports whether two decoded names may be names of one mailbox. It ignores case, because some servers accept
// a name in any case, and answer with the name that the mailbox was created with. It also ignores how a character is
// composed, because some servers accept a name in any form, and answer with its Normalization Form C (RFC 9051 §5.1).
func sameNames(a, b string) bool {
	return strings.EqualFold(norm.NFC.String(a), norm.NFC.String(b))
}

// nameMatch says whether the name in a response is the name of the mailbox that was asked for.
type nameMatch uint8

const (
	otherName   nameMatch = iota
	similarName           // sameNames returns true, so it may be the same mailbox or another one
	sameName
)

// matchName compares raw, from a response, with the name of a mailbox.
func matchName(raw []byte, mailbox string, utf8 bool) nameMatch {
	switch decoded := parser.DecodeMailbox(raw, utf8); {
	case string(raw) == mailbox || decoded == mailbox || decoded == parser.Inbox && strings.EqualFold(mailbox, decoded):
		return sameName
	case sameNames(decoded, mailbox):
		return similarName
	}
	return otherName
}

// invalid returns the error for an argument that cannot be sent.
func invalid(what, value, reason string) error {
	return &wire.ArgumentError{What: what, Value: value, Reason: reason}
}

// printable reports whether s contains only printable US-ASCII, which some quoted arguments require (RFC 5259 §10,
// RFC 5267 §6).
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' })
}
