package commands_test

import (
	"context"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// calls are the Wait functions of commands that have been started together. They are called one after the other.
type calls []func(context.Context) error

// planStep is one step of a plan. The commands that it starts are sent together.
type planStep struct {
	name  string
	start func(s *session.Session, patience time.Duration) calls
}

// plans are sequences of steps that a client executes after it has logged in.
var plans = [][]planStep{
	{planNames, planLists, planSelect, planMeta, planNumbers, planLogout},
	{planSelect, planMeta, planBodies, planLeave, planLogout},
	{planSelect, planSearch, planSort, planLogout},
	{planEnable, planSelect, planAppend, planStore, planIdle, planMove, planExpunge, planLogout},
	{planRights, planSelect, planRaw, planExtended, planLogout},
	{planWatch, planSelect, planWatch, planExecute, planWatch, planLogout},
}

// first limits how many values of a result the client reads, because a response of a few octets can contain a range of
// four billion numbers.
const first = 1000

func few[V any](seq iter.Seq[V]) {
	n := 0
	for range seq {
		if n++; n == first {
			break
		}
	}
}

// have returns a function that waits for a call and reads its result.
func have[T any](c *session.Call[T], reads ...func(T)) func(context.Context) error {
	return func(ctx context.Context) error {
		v, err := c.Wait(ctx)
		for _, read := range reads {
			read(v)
		}
		return err
	}
}

// all returns a function that reads a stream to its end.
func all[T any](stream *session.Stream[T], read func(*T)) func(context.Context) error {
	return func(ctx context.Context) (last error) {
		for v, err := range stream.All(ctx) {
			if last = err; err == nil {
				read(v)
			}
		}
		return last
	}
}

// readFetch reads everything in a FETCH response.
func readFetch(m *parser.Fetch) {
	var env parser.Envelope
	if ok, err := m.Envelope(&env); ok && err == nil {
		env.SubjectText()
		env.Time()
		env.Clone()
	}
	var bs parser.BodyStructure
	if ok, err := m.BodyStructure(&bs); ok && err == nil {
		bs.Walk(func([]uint32, *parser.BodyStructure) bool { return true })
		bs.Filename()
		bs.Part(1, 2)
		bs.Clone()
	}
	for range m.Items {
	}
	m.BinarySize(1)
	fetch.Preview.Of(m)
	fetch.EmailID.Of(m)
	fetch.SaveDate.Of(m)
	fetch.GmailLabels.Of(m)
	if !m.Streaming() {
		m.Clone()
	}
	n := 0
	for sec, err := range m.Sections {
		if err != nil {
			return
		}
		// Of every three literals, readFetch reads one whole, one in part, and one not at all.
		switch n++; n % 3 {
		case 1:
			io.Copy(io.Discard, sec)
		case 2:
			sec.AppendTo(nil, 64)
		}
	}
	m.Finish()
}

func readList(d *parser.ListData) { d.Name() }

func readFound(r commands.SearchResult) {
	few(r.Found.Numbers())
	few(r.Window.Numbers())
}

func readSorted(r commands.SortResult) {
	few(r.All())
	r.Set()
}

func readThreads(x parser.ThreadData) {
	for range x.All() {
	}
	x.Clone()
}

func readCopied(c commands.CopyUID) {
	n := 0
	for range c.Pairs() {
		if n++; n == first {
			break
		}
	}
}

func readRaw(r *parser.Response) { r.Decoder() }

var planNames = planStep{"names", func(s *session.Session, _ time.Duration) calls {
	return calls{
		have(commands.Capability(s)), have(commands.ID(s, commands.IDField{Name: "name", Value: "x"})),
		have(commands.Namespace(s), func(n parser.Namespace) { n.Clone() }), have(commands.Noop(s)),
	}
}}

var planLists = planStep{"lists", func(s *session.Session, _ time.Duration) calls {
	items := []status.Item{status.Messages, status.UIDNext, status.UIDValidity, status.Unseen}
	return calls{
		all(commands.List(s, "", "*"), readList), all(commands.List(s, "", "%", commands.ReturnChildren, commands.ReturnSpecialUse), readList),
		all(commands.Lsub(s, "", "*"), readList), have(commands.Status(s, "INBOX", items...)), have(commands.Status(s, "Work/Entwürfe", items...)),
		have(commands.ListStatus(s, "", "*", items)), have(commands.ListDetails(s, "", []string{"*"}, commands.ReturnStatus(items...))),
		func(ctx context.Context) error {
			_, err := commands.ListStatusBySteps(ctx, s, "", "%", items)
			return err
		},
		have(commands.Create(s, "New")), have(commands.Rename(s, "New", "Newer")), have(commands.Subscribe(s, "Newer")),
		have(commands.Unsubscribe(s, "Newer")), have(commands.Delete(s, "Newer")),
	}
}}

var planSelect = planStep{"select", func(s *session.Session, _ time.Duration) calls { return calls{have(commands.Select(s, "INBOX"))} }}

var planMeta = planStep{"meta", func(s *session.Session, _ time.Duration) calls {
	return calls{
		all(commands.Fetch(s, numset.All(numset.Seq), fetch.UID, fetch.Flags, fetch.InternalDate, fetch.Size, fetch.Envelope, fetch.BodyStructure), readFetch),
		all(commands.Fetch(s, numset.All(numset.UID), fetch.MacroFull), readFetch),
		all(commands.Fetch(s, numset.All(numset.UID), fetch.ModSeq, fetch.BodyBasic), readFetch),
		all(commands.Fetch(s, numset.All(numset.UID), fetch.EmailID, fetch.ThreadID, fetch.Preview, fetch.SaveDate), readFetch),
	}
}}

var planBodies = planStep{"bodies", func(s *session.Session, _ time.Duration) calls {
	return calls{
		all(commands.Fetch(s, numset.All(numset.UID), fetch.Flags, fetch.Body("").Peek(), fetch.HeaderFields("", "Subject", "From").Peek(), fetch.Body("TEXT").Partial(0, 40)), readFetch),
		all(commands.Fetch(s, numset.Span(numset.Seq, 1, 2), fetch.RFC822, fetch.Body("1").Peek(), fetch.UID), readFetch),
		all(commands.Fetch(s, numset.All(numset.UID), fetch.Binary("1").Peek(), fetch.BinarySize("1"), fetch.RFC822Header, fetch.Envelope), readFetch),
		func(ctx context.Context) error {
			_, err := commands.Collect(ctx, commands.Fetch(s, numset.All(numset.UID), fetch.Body("").Peek()), (*parser.Fetch).Clone, first)
			return err
		},
	}
}}

// planLeave leaves the loop over a stream early, and continues with another command.
var planLeave = planStep{"leave", func(s *session.Session, _ time.Duration) calls {
	stream := commands.Fetch(s, numset.All(numset.UID), fetch.Body("").Peek())
	later := commands.Noop(s)
	return calls{func(ctx context.Context) error {
		for m, err := range stream.All(ctx) {
			if err != nil {
				return err
			}
			for sec := range m.Sections {
				sec.Read(make([]byte, 5))
				break
			}
			break
		}
		return stream.Wait(ctx)
	}, have(later)}
}}

var planNumbers = planStep{"numbers", func(s *session.Session, _ time.Duration) calls {
	return calls{have(commands.UIDBatches(s, 2, 0, 0)), func(ctx context.Context) error { return s.Poll(ctx) }, have(commands.Unselect(s))}
}}

var planSearch = planStep{"search", func(s *session.Session, _ time.Duration) calls {
	return calls{
		have(commands.Search(s, numset.UID, search.All), readFound), have(commands.Search(s, numset.Seq, search.Subject("Plän")), readFound),
		have(commands.Search(s, numset.UID, search.All, search.ReturnAll, search.ReturnCount, search.ReturnMin, search.ReturnMax), readFound),
		have(commands.Search(s, numset.UID, search.ModSeq(1), search.ReturnSave), readFound),
		have(commands.Search(s, numset.UID, search.All, search.ReturnPartial(1, 10)), readFound),
		all(commands.Fetch(s, numset.Saved(numset.UID), fetch.Flags), readFetch),
		all(commands.MultiSearch(s, []commands.MailboxFilter{commands.InPersonal}, search.All, search.ReturnAll), func(m *commands.MultiSearchResult) {
			m.Name()
			readFound(m.SearchResult)
		}),
	}
}}

var planSort = planStep{"sort", func(s *session.Session, _ time.Duration) calls {
	by := []search.SortKey{search.BySubject, search.ByDate.Reverse()}
	return calls{
		have(commands.Sort(s, numset.UID, by, search.All), readSorted), have(commands.Sort(s, numset.UID, by, search.All, search.ReturnAll, search.ReturnCount), readSorted),
		have(commands.Thread(s, numset.UID, commands.References, search.All), readThreads),
		have(commands.Thread(s, numset.Seq, commands.OrderedSubject, search.All), readThreads),
	}
}}

var planEnable = planStep{"enable", func(s *session.Session, _ time.Duration) calls {
	return calls{have(commands.Enable(s, "CONDSTORE", "QRESYNC", "UTF8=ACCEPT"))}
}}

var planAppend = planStep{"append", func(s *session.Session, _ time.Duration) calls {
	text := strings.Repeat("Subject: new\r\n\r\nbody\r\n", 4)
	return calls{
		have(commands.Append(s, "INBOX", strings.NewReader(text), -1, commands.WithFlags(parser.FlagSeen)), func(u commands.AppendUID) { few(u.UIDs.Numbers()) }),
		have(commands.AppendAll(s, "Work/Entwürfe", commands.Message{Body: strings.NewReader(text), Size: -1}, commands.Message{Body: io.MultiReader(strings.NewReader(text)), Size: int64(len(text))})),
		have(commands.Replace(s, numset.Of(numset.UID, 1), "INBOX", commands.Message{Body: strings.NewReader(text), Size: -1})),
	}
}}

var planStore = planStep{"store", func(s *session.Session, _ time.Duration) calls {
	return calls{
		all(commands.Store(s, numset.All(numset.UID), commands.AddFlags, parser.FlagFlagged), readFetch),
		all(commands.Store(s, numset.Of(numset.UID, 2), commands.AddFlags.Silent().UnchangedSince(5), parser.FlagDeleted), readFetch),
		all(commands.Store(s, numset.Of(numset.UID, 4), commands.AddFlags.Silent(), parser.FlagDeleted), readFetch),
	}
}}

var planIdle = planStep{"idle", func(s *session.Session, patience time.Duration) calls {
	stream := commands.Idle(s)
	return calls{func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		n := 0
		for r, err := range stream.All(ctx) {
			if err != nil {
				return err
			}
			readRaw(r)
			if n++; n == 3 {
				break
			}
		}
		return nil
	}, stream.Wait}
}}

// planWatch waits in one Watch for some time, and then in a second one for three responses. The body of the loop over a
// Watch starts a command, which is sent after the IDLE has ended.
var planWatch = planStep{"watch", func(s *session.Session, patience time.Duration) calls {
	opt := commands.WatchOptions{Restart: patience / 4, Poll: patience / 5, Alive: 20 * patience}
	var later *session.Call[commands.RawResult]
	watch := func(most int) func(context.Context) error {
		return func(ctx context.Context) (last error) {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			n := 0
			for r, err := range commands.Watch(ctx, s, opt) {
				if last = err; err == nil {
					readRaw(r)
				}
				if n++; n == 2 && later == nil {
					later = commands.Execute(s, "NOOP", nil)
				}
				if n == most {
					break
				}
			}
			return last
		}
	}
	return calls{watch(first), watch(3), func(ctx context.Context) error {
		if later == nil {
			return nil
		}
		_, err := later.Wait(ctx)
		return err
	}}
}}

// planExecute sends commands by Execute, and reads all responses to each.
var planExecute = planStep{"execute", func(s *session.Session, _ time.Duration) calls {
	looked := func(r commands.RawResult) {
		r.Named("EXISTS")
		for _, d := range r.Data {
			d.Code.Clone()
		}
	}
	return calls{
		have(commands.Execute(s, "CHECK", nil), looked), have(commands.Execute(s, "XLIST", func(e *wire.Encoder) { e.SP().String("").SP().ListMailbox("*") }, "XLIST", "LIST"), looked),
		have(commands.Execute(s, "FETCH", func(e *wire.Encoder) { e.Raw(" 1:* (UID BODY.PEEK[])") }), looked),
		all(commands.Raw(s, "UID SEARCH", func(e *wire.Encoder) { e.Raw(" ALL") }, "SEARCH", "ESEARCH"), readRaw),
	}
}}

var planMove = planStep{"move", func(s *session.Session, _ time.Duration) calls {
	return calls{have(commands.Copy(s, numset.Of(numset.UID, 2, 3), "Work/Entwürfe"), readCopied), have(commands.Move(s, numset.Of(numset.UID, 2), "Work/Entwürfe"), readCopied),
		func(ctx context.Context) error {
			c, err := commands.MoveByCopy(ctx, s, numset.Of(numset.UID, 3), "Work/Entwürfe")
			readCopied(c)
			return err
		}}
}}

var planExpunge = planStep{"expunge", func(s *session.Session, _ time.Duration) calls {
	readGone := func(x *commands.Expunged) { few(x.UIDs.Numbers()) }
	return calls{all(commands.UIDExpunge(s, numset.Of(numset.UID, 4)), readGone), all(commands.Expunge(s), readGone), have(commands.CloseMailbox(s))}
}}

var planRights = planStep{"rights", func(s *session.Session, _ time.Duration) calls {
	return calls{
		have(commands.GetACL(s, "INBOX")), have(commands.MyRights(s, "INBOX")), have(commands.ListRights(s, "INBOX", "bob")), have(commands.GetQuotaRoot(s, "INBOX")),
		have(commands.GetQuota(s, "")), have(commands.GetMetadata(s, "INBOX", []string{"/private/comment"}, commands.DepthOne)), have(commands.Languages(s)),
		have(commands.NotifyStatus(s, commands.EventGroup{In: commands.InPersonal, Events: []commands.Event{commands.MessageNew, commands.MessageExpunge}})),
	}
}}

var planRaw = planStep{"raw", func(s *session.Session, _ time.Duration) calls {
	return calls{have(commands.Execute(s, "NOOP", nil)), all(commands.Raw(s, "CHECK", nil, "EXISTS", "FETCH"), readRaw)}
}}

var planExtended = planStep{"extended", func(s *session.Session, _ time.Duration) calls {
	const url = "imap://alice@h/INBOX/;UID=1;URLAUTH=anonymous"
	return calls{
		have(commands.GenURLAuth(s, commands.URLInternal, url)),
		all(commands.URLFetch(s, []string{url + ":INTERNAL:00"}), func(x *commands.URLContents) {
			for u, err := range x.All {
				if err == nil && u.Body != nil {
					io.Copy(io.Discard, u.Body)
				}
			}
		}),
		all(commands.Convert(s, numset.Of(numset.UID, 1), "text/plain", nil, commands.AvailableConversions("1")), func(*parser.Converted) {}),
		all(commands.FetchOctets(s, 1, fetch.RFC822, 1, 20), readFetch),
		have(commands.GetAnnotation(s, "INBOX", []string{"/comment"}, []string{"value.priv"})),
	}
}}

var planLogout = planStep{"logout", func(s *session.Session, _ time.Duration) calls { return calls{have(commands.Logout(s))} }}
