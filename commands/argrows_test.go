package commands_test

import (
	"strings"
	"time"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// argRow is a row of the table of TestEveryStringArgument: one way to pass one or two strings to a command.
type argRow struct {
	// covers lists what the row tests: the exported functions that it calls, and the fields of exported types in which
	// it passes the strings.
	covers string
	// free says which of the two strings may be any text: "a", "b", "ab" or "" for none.
	free string
	call func(s *session.Session, a, b string) waiter
	// read formats the arguments that the server has received. want returns the text that read should return. Both are
	// nil if the server should receive the same arguments as for the sample values, with a and b in their places.
	read func(parser.Args) string
	want func(a, b string) string
	// words is true if the server may not know the command. In that case, the test only checks that one command has
	// arrived.
	words  bool
	names  bool          // the parser returns the string encoded, like the name of a mailbox
	in     session.State // 0 means selected
	utf8   bool          // the row needs UTF8=ACCEPT
	binary bool          // the row needs BINARY
}

var (
	argSet  = numset.Of(numset.Seq, 2, 3)
	argUIDs = numset.Of(numset.UID, 4, 9)
	argDay  = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
)

// rawMech is a SASL mechanism that sends the given initial response and next response.
type rawMech struct{ first, next string }

func (m *rawMech) Start() (string, []byte, error) { return "X-RAW", []byte(m.first), nil }
func (m *rawMech) Next(ch []byte) ([]byte, error) { return []byte(m.next), nil }

func message(body string, opts ...func(*commands.Message)) commands.Message {
	m := commands.Message{Body: strings.NewReader(body), Size: int64(len(body))}
	for _, o := range opts {
		o(&m)
	}
	return m
}

var argRows = append(append(mailboxRows, messageRows...), []argRow{
	{covers: "Login", free: "ab", in: session.NotAuthenticated, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Login(s, a, auth.NewSecret(b), commands.AllowPlaintext()))
	}},
	{covers: "Authenticate", free: "ab", in: session.NotAuthenticated, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Authenticate(s, sasl.Client(&rawMech{a, b}), commands.AllowPlaintext()))
	}},
	{covers: "ProxyAuth", free: "a", in: session.Authenticated, call: func(s *session.Session, a, b string) waiter { return call(commands.ProxyAuth(s, "x"+a)) }},
	{covers: "Enable", in: session.Authenticated, call: func(s *session.Session, a, b string) waiter { return call(commands.Enable(s, "X-"+a)) }},
	{covers: "ID IDField.Name IDField.Value", call: func(s *session.Session, a, b string) waiter {
		return call(commands.ID(s, commands.IDField{Name: "x" + a, Value: "x" + b}))
	}},
	{covers: "SetLanguage", call: func(s *session.Session, a, b string) waiter { return call(commands.SetLanguage(s, a)) }},
	{covers: "Comparator", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.Comparator(s, "x"+a)) }},
	{covers: "Execute", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Execute(s, "X"+a, nil, "X"))
	}},
	{covers: "Raw", call: func(s *session.Session, a, b string) waiter {
		return commands.Raw(s, "X"+a, nil, "X").Wait
	}},
	{covers: "GenURLAuth", call: func(s *session.Session, a, b string) waiter { return call(commands.GenURLAuth(s, "INTERNAL", "x"+a)) }},
	{covers: "GenURLAuth", call: func(s *session.Session, a, b string) waiter { return call(commands.GenURLAuth(s, a, "x")) }},
	{covers: "ResetKey", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.ResetKey(s, "x"+a, b)) }},
	{covers: "URLFetch", call: func(s *session.Session, a, b string) waiter { return commands.URLFetch(s, []string{"x" + a}).Wait }},
	{covers: "URLFetch URLParam", call: func(s *session.Session, a, b string) waiter {
		return commands.URLFetch(s, []string{"x"}, commands.URLParam(a)).Wait
	}},
	{covers: "CancelUpdate", call: func(s *session.Session, a, b string) waiter { return call(commands.CancelUpdate(s, a)) }},
	{covers: "ApplePush parser.PushField.Name parser.PushField.Value", free: "b", call: func(s *session.Session, a, b string) waiter {
		return call(commands.ApplePush(s, []parser.PushField{{Name: "aps-" + a, Value: b}}, "x"))
	}},
	{covers: "ApplePush", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.ApplePush(s, []parser.PushField{{Name: "aps-version", Value: "2"}}, "y", a))
	}},
	{covers: "Conversions", free: "ab", call: func(s *session.Session, a, b string) waiter { return commands.Conversions(s, a, b).Wait }},
	{covers: "Convert parser.ConvertParam.Name parser.ConvertParam.Value", free: "b", call: func(s *session.Session, a, b string) waiter {
		return commands.Convert(s, argUIDs, "text/plain", []parser.ConvertParam{{Name: a, Value: b}}, commands.Converted(fetch.Binary("1"))).Wait
	}},
	{covers: "Convert", call: func(s *session.Session, a, b string) waiter {
		return commands.Convert(s, argUIDs, "x/"+a, nil, commands.Converted(fetch.Binary("1"))).Wait
	}},
}...)
