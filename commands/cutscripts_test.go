package commands_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// cutScript is an exchange that is cut. run sends commands, and records in cutRun.seen which results it has got.
type cutScript struct {
	name    string
	without string // extensions that the server lacks
	preauth bool   // alice is logged in at the beginning
	run     func(x *cutRun) error
}

// cutRun is one run of a script.
type cutRun struct {
	ctx  context.Context
	srv  *imaptest.Server
	s    *session.Session
	seen []string
	said *output // everything that was logged and printed
}

func (x *cutRun) saw(what ...any) { x.seen = append(x.seen, fmt.Sprint(what...)) }

// did waits for a call, and records that it was answered.
func did[T any](x *cutRun, what string, c *session.Call[T]) (T, error) {
	v, err := c.Wait(x.ctx)
	if err == nil {
		x.saw(what)
	}
	return v, err
}

// inTurn calls the functions one after another until one returns an error.
func inTurn(list ...func() error) error {
	for _, f := range list {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// stepOf returns a step that starts a command and waits for it.
func stepOf[T any](x *cutRun, what string, start func() *session.Call[T]) func() error {
	return func() error { _, err := did(x, what, start()); return err }
}

// eachOf returns a step that reads a stream and records each value.
func eachOf[T any](x *cutRun, start func() iter.Seq2[*T, error], text func(*T) (string, error)) func() error {
	return func() error {
		for v, err := range start() {
			if err != nil {
				return err
			}
			t, err := text(v)
			if err != nil {
				return err
			}
			x.saw(t)
		}
		return nil
	}
}

// wholeMessage reads everything in a FETCH response, and returns it as text.
func wholeMessage(m *parser.Fetch) (string, error) {
	text := fmt.Sprint(m.Seq, m.UID, m.Flags, m.Size)
	var env parser.Envelope
	var body parser.BodyStructure
	if ok, err := m.Envelope(&env); err != nil {
		return "", err
	} else if ok {
		text += string(env.Subject)
	}
	if ok, err := m.BodyStructure(&body); err != nil {
		return "", err
	} else if ok {
		text += fmt.Sprint(body.Size)
	}
	for sec, err := range m.Sections {
		if err != nil {
			return "", err
		}
		b, err := io.ReadAll(sec)
		if err != nil {
			return "", err
		}
		text += fmt.Sprint(" ", len(b))
	}
	return text, nil
}

func listedName(l *parser.ListData) (string, error) { return string(l.Mailbox), nil }

func fetchOf(x *cutRun, set numset.Set, items ...fetch.Item) func() error {
	return eachOf(x, func() iter.Seq2[*parser.Fetch, error] { return commands.Fetch(x.s, set, items...).All(x.ctx) }, wholeMessage)
}

func (x *cutRun) selects() func() error {
	return stepOf(x, "selected", func() *session.Call[commands.Selected] { return commands.Select(x.s, "INBOX") })
}

func (x *cutRun) logout() func() error {
	return stepOf(x, "out", func() *session.Call[struct{}] { return commands.Logout(x.s) })
}

func (x *cutRun) authenticates(mech string) func() error {
	return stepOf(x, "in", func() *session.Call[struct{}] {
		secret := auth.NewSecret(cutPassword)
		if mech == "SCRAM" {
			return commands.Authenticate(x.s, auth.SCRAM(auth.SCRAMSHA256, "alice", secret, nil))
		}
		return commands.Authenticate(x.s, auth.Plain("", "alice", secret), commands.AllowPlaintext())
	})
}

// logsIn logs in by AUTHENTICATE PLAIN with a password.
func (x *cutRun) logsIn(password string) error {
	_, err := commands.Authenticate(x.s, auth.Plain("", "alice", auth.NewSecret(password)), commands.AllowPlaintext()).Wait(x.ctx)
	return err
}

// appends returns a step that appends a message. A goroutine of the session sends it, because the session does not
// know how long a Read of an io.MultiReader takes.
func (x *cutRun) appends(text string, opts ...commands.AppendOption) func() error {
	return stepOf(x, "appended", func() *session.Call[commands.AppendUID] {
		return commands.Append(x.s, "INBOX", io.MultiReader(strings.NewReader(text)), int64(len(text)), opts...)
	})
}

var (
	everything = numset.All(numset.Seq)
	second     = numset.Of(numset.UID, 2)
)

var cutScripts = []cutScript{
	{name: "LOGIN", run: func(x *cutRun) error {
		return inTurn(stepOf(x, "in", func() *session.Call[struct{}] {
			return commands.Login(x.s, "alice", auth.NewSecret(cutPassword), commands.AllowPlaintext())
		}), stepOf(x, "nothing", func() *session.Call[struct{}] { return commands.Noop(x.s) }), x.logout())
	}},
	{name: "SCRAM", run: func(x *cutRun) error { return inTurn(x.authenticates("SCRAM"), x.logout()) }},
	{name: "PLAIN", without: "SASL-IR IMAP4rev2", run: func(x *cutRun) error { return inTurn(x.authenticates("PLAIN"), x.logout()) }},
	{name: "mailboxes", preauth: true, run: func(x *cutRun) error {
		return inTurn(
			stepOf(x, "named", func() *session.Call[parser.ID] { return commands.ID(x.s, commands.IDField{Name: "name", Value: "x"}) }),
			stepOf(x, "spaces", func() *session.Call[parser.Namespace] { return commands.Namespace(x.s) }),
			stepOf(x, "created", func() *session.Call[string] { return commands.Create(x.s, "Entwürfe") }),
			stepOf(x, "renamed", func() *session.Call[struct{}] { return commands.Rename(x.s, "Entwürfe", "b") }),
			stepOf(x, "subscribed", func() *session.Call[struct{}] { return commands.Subscribe(x.s, "b") }),
			eachOf(x, func() iter.Seq2[*parser.ListData, error] {
				return commands.List(x.s, "", "*", commands.ReturnSubscribed, commands.ReturnStatus(status.Messages)).All(x.ctx)
			}, listedName),
			eachOf(x, func() iter.Seq2[*parser.ListData, error] { return commands.Lsub(x.s, "", "*").All(x.ctx) }, listedName),
			stepOf(x, "status", func() *session.Call[parser.StatusData] {
				return commands.Status(x.s, "INBOX", status.Messages, status.Unseen)
			}),
			stepOf(x, "deleted", func() *session.Call[struct{}] { return commands.Delete(x.s, "b") }),
			x.logout())
	}},
	{name: "reading", preauth: true, run: func(x *cutRun) error {
		return inTurn(x.selects(),
			fetchOf(x, everything, fetch.UID, fetch.Flags, fetch.Size, fetch.Envelope, fetch.BodyStructure),
			fetchOf(x, everything, fetch.UID, fetch.Body("").Peek(), fetch.HeaderFields("", "Subject").Peek()),
			fetchOf(x, second, fetch.Binary("").Peek().Partial(5, 100), fetch.Body("TEXT")),
			x.logout())
	}},
	{name: "changing", preauth: true, run: func(x *cutRun) error {
		return inTurn(x.selects(),
			eachOf(x, func() iter.Seq2[*parser.Fetch, error] {
				return commands.Store(x.s, everything, commands.AddFlags, parser.FlagFlagged, "$Work").All(x.ctx)
			}, wholeMessage),
			stepOf(x, "copied", func() *session.Call[commands.CopyUID] { return commands.Copy(x.s, everything, "INBOX") }),
			stepOf(x, "made", func() *session.Call[string] { return commands.Create(x.s, "a") }),
			stepOf(x, "moved", func() *session.Call[commands.CopyUID] { return commands.Move(x.s, second, "a") }),
			func() error {
				return commands.Store(x.s, everything, commands.SetFlags.Silent(), parser.FlagDeleted).Wait(x.ctx)
			},
			eachOf(x, func() iter.Seq2[*commands.Expunged, error] { return commands.Expunge(x.s).All(x.ctx) }, func(*commands.Expunged) (string, error) { return "gone", nil }),
			x.logout())
	}},
	{name: "searching", preauth: true, run: func(x *cutRun) error {
		return inTurn(x.selects(),
			stepOf(x, "found", func() *session.Call[commands.SearchResult] {
				return commands.Search(x.s, numset.Seq, search.Text("longer"))
			}),
			stepOf(x, "extended", func() *session.Call[commands.SearchResult] {
				return commands.Search(x.s, numset.UID, search.All, search.ReturnMin, search.ReturnCount)
			}),
			stepOf(x, "sorted", func() *session.Call[commands.SortResult] {
				return commands.Sort(x.s, numset.UID, []search.SortKey{search.BySubject}, search.All)
			}),
			stepOf(x, "threaded", func() *session.Call[parser.ThreadData] {
				return commands.Thread(x.s, numset.UID, commands.References, search.All)
			}),
			x.logout())
	}},
	{name: "appending", without: "LITERAL+", preauth: true, run: func(x *cutRun) error {
		return inTurn(x.appends("Subject: three\r\n\r\nnew\r\n", commands.WithFlags(parser.FlagSeen)),
			stepOf(x, "named in a literal", func() *session.Call[string] { return commands.Create(x.s, `a"b`) }),
			x.selects(), x.logout())
	}},
	{name: "appending more", preauth: true, run: func(x *cutRun) error {
		return inTurn(x.appends("Subject: three\r\n\r\nnew\r\n"),
			stepOf(x, "two", func() *session.Call[commands.AppendUID] {
				return commands.AppendAll(x.s, "INBOX", message("Subject: four\r\n\r\n"), message("Subject: five\r\n\r\n"))
			}),
			stepOf(x, "put together", func() *session.Call[commands.AppendUID] {
				return commands.AppendAll(x.s, "INBOX", commands.Message{Parts: []commands.Part{{Body: strings.NewReader("A: b\r\n\r\n"), Size: 8}, {URL: "/INBOX/;UID=1/;SECTION=TEXT"}}})
			}),
			x.selects(),
			stepOf(x, "replaced", func() *session.Call[commands.AppendUID] {
				return commands.Replace(x.s, second, "INBOX", message("Subject: six\r\n\r\n"))
			}),
			x.logout())
	}},
	{name: "settings", preauth: true, run: func(x *cutRun) error {
		return inTurn(
			stepOf(x, "noted", func() *session.Call[struct{}] {
				return commands.SetMetadata(x.s, "INBOX", parser.EntryValue{Entry: "/private/comment", Value: []byte("two\r\nlines")})
			}),
			stepOf(x, "read", func() *session.Call[commands.Metadata] {
				return commands.GetMetadata(x.s, "INBOX", []string{"/private/comment"})
			}),
			stepOf(x, "allowed", func() *session.Call[struct{}] { return commands.SetACL(x.s, "INBOX", "bob", commands.SetRights, "lr") }),
			stepOf(x, "who", func() *session.Call[parser.ACL] { return commands.GetACL(x.s, "INBOX") }),
			stepOf(x, "mine", func() *session.Call[parser.Rights] { return commands.MyRights(x.s, "INBOX") }),
			stepOf(x, "roots", func() *session.Call[commands.QuotaRoots] { return commands.GetQuotaRoot(x.s, "INBOX") }),
			x.logout())
	}},
	{name: "coming back", preauth: true, run: func(x *cutRun) error {
		return inTurn(stepOf(x, "enabled", func() *session.Call[session.Caps] { return commands.Enable(x.s, "QRESYNC") }), x.selects(),
			func() error { return commands.Store(x.s, second, commands.AddFlags, parser.FlagDeleted).Wait(x.ctx) },
			func() error { return commands.UIDExpunge(x.s, second).Wait(x.ctx) },
			stepOf(x, "back", func() *session.Call[commands.Selected] {
				box := x.s.Mailbox()
				if box == nil {
					return commands.Select(x.s, "INBOX")
				}
				return commands.Select(x.s, "INBOX", commands.QResync(commands.Resync{UIDValidity: box.UIDValidity, ModSeq: 1}))
			}),
			x.logout())
	}},
	{name: "waiting", preauth: true, run: func(x *cutRun) error {
		return inTurn(x.selects(), func() error {
			idle := commands.Idle(x.s)
			idle.StopAfter(time.Second, 0)
			time.AfterFunc(time.Second/2, func() { x.srv.Mailbox("alice", "INBOX").Append([]byte("Subject: news\r\n\r\n")) })
			for r, err := range idle.All(x.ctx) {
				if err != nil {
					return err
				}
				if r.Name != "OK" {
					x.saw(r.Name, r.Num)
				}
			}
			return nil
		}, stepOf(x, "notified", func() *session.Call[struct{}] {
			return commands.Notify(x.s, commands.EventGroup{In: commands.InPersonal, Events: []commands.Event{commands.MessageNew, commands.MessageExpunge}})
		}), x.logout())
	}},
}
