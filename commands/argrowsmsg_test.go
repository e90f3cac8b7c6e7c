package commands_test

import (
	"context"
	"strings"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// key returns a row for a search key.
func key(covers, free string, f func(a, b string) search.Key) argRow {
	return argRow{covers: covers, free: free, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Search(s, numset.UID, search.And(search.Seen, f(a, b))))
	}}
}

// text returns a row for a search key whose argument is any text.
func text(covers string, f func(string) search.Key) argRow {
	return key(covers, "a", func(a, _ string) search.Key { return f(a) })
}

// messageRows are the rows of commands about messages.
var messageRows = []argRow{
	text("search.Bcc", search.Bcc), text("search.Cc", search.Cc), text("search.From", search.From), text("search.Body", search.Body), text("search.Subject", search.Subject),
	text("search.Text", search.Text), text("search.To", search.To), text("search.GmailRaw", search.GmailRaw), {covers: "search.GmailLabel", free: "a", names: true, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Search(s, numset.UID, search.GmailLabel(a)))
	}},
	key("search.Header", "ab", func(a, b string) search.Key { return search.Header("x"+a, b) }),
	key("search.Filter", "", func(a, b string) search.Key { return search.Filter(a) }),
	key("search.EmailID", "", func(a, b string) search.Key { return search.EmailID(a) }),
	key("search.ThreadID", "", func(a, b string) search.Key { return search.ThreadID(a) }),
	key("search.Keyword", "", func(a, b string) search.Key { return search.Keyword(parser.Flag(a)) }),
	key("search.Unkeyword", "", func(a, b string) search.Key { return search.Unkeyword(parser.Flag(a)) }),
	key("search.Annotation", "b", func(a, b string) search.Key { return search.Annotation("/x"+a, "value.priv", b) }),
	key("search.Annotation", "a", func(a, b string) search.Key { return search.Annotation("/x", "value", a) }),
	key("search.FlagModSeq", "", func(a, b string) search.Key { return search.FlagModSeq(parser.Flag(a), "all", 7) }),
	key("search.Or search.Not search.And search.Fuzzy", "ab", func(a, b string) search.Key {
		return search.Or(search.Not(search.And(search.Text(a), search.Seen)), search.Fuzzy(search.Text(b)), search.Text(a))
	}),
	{covers: "Search search.Return.Write", words: true, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Search(s, numset.Seq, search.All, search.Return{Write: func(e *wire.Encoder) { e.Atom("X" + a) }}))
	}},
	{covers: "Search search.ReturnUpdate", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Search(s, numset.UID, search.All, search.ReturnUpdate(fetch.Ext[string]{Name: "X" + a})))
	}},
	{covers: "Sort search.SortKey.Name", free: "b", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Sort(s, numset.UID, []search.SortKey{{Name: "X" + a}}, search.Text(b)))
	}, words: true},
	{covers: "Sort", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Sort(s, numset.UID, []search.SortKey{search.ByDate}, search.Header("x"+a, b)))
	}},
	{covers: "search.ByAnnotation", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Sort(s, numset.UID, []search.SortKey{search.ByAnnotation("/x"+a, "value.priv")}, search.All))
	}},
	{covers: "search.ByHasFlag", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Sort(s, numset.UID, []search.SortKey{search.ByHasFlag(parser.Flag("x" + a))}, search.All))
	}, words: true},
	{covers: "WithObjectIDs", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Select(s, "INBOX", commands.WithObjectIDs(parser.ObjectIDs{Mailbox: "x" + a, Account: "y" + b})))
	}, words: true},
	{covers: "Thread", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Thread(s, numset.UID, commands.Refs, search.Subject(a)))
	}},
	{covers: "Thread ThreadAlgorithm", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Thread(s, numset.UID, commands.ThreadAlgorithm(a), search.All))
	}, words: true},
	{covers: "Fetch fetch.Ext.Name", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argUIDs, fetch.UID, fetch.Ext[string]{Name: "X" + a}).Wait
	}},
	{covers: "fetch.Attr", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argUIDs, fetch.UID, fetch.Attr("X"+a)).Wait
	}},
	{covers: "fetch.Modifier", words: true, call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argUIDs, fetch.UID, fetch.Modifier("", func(e *wire.Encoder) { e.Atom("X" + a) })).Wait
	}},
	{covers: "fetch.HeaderFields", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argUIDs, fetch.HeaderFields("1.2", "x"+a, "x"+b)).Wait
	}},
	{covers: "fetch.HeaderFieldsNot", free: "a", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argSet, fetch.UID, fetch.HeaderFieldsNot("", "x"+a).Peek().Partial(3, 4)).Wait
	}},
	{covers: "fetch.Body", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argSet, fetch.Body(a).Peek()).Wait
	}, read: func(x parser.Args) string { return x.(*parser.FetchArgs).Items[0].String() }, want: func(a, b string) string { return "BODY.PEEK[" + withoutZeros(upper(a)) + "]" }},
	{covers: "fetch.Binary", binary: true, call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argSet, fetch.UID, fetch.Binary(a).Peek().Partial(1, 2)).Wait
	}, read: func(x parser.Args) string { return x.(*parser.FetchArgs).Items[1].String() }, want: func(a, b string) string { return "BINARY.PEEK[" + withoutZeros(a) + "]<1.2>" }},
	{covers: "fetch.BinarySize", binary: true, call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argSet, fetch.BinarySize(a)).Wait
	}, read: func(x parser.Args) string { return x.(*parser.FetchArgs).Items[0].String() }, want: func(a, b string) string { return "BINARY.SIZE[" + withoutZeros(a) + "]" }},
	{covers: "fetch.HeaderFields", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argSet, fetch.HeaderFields(a, "x")).Wait
	}, read: func(x parser.Args) string { return x.(*parser.FetchArgs).Items[0].String() }, want: func(a, b string) string {
		if a != "" {
			a = withoutZeros(a) + "."
		}
		return "BODY[" + a + "HEADER.FIELDS (x)]"
	}},
	{covers: "ConvertedStructure AvailableConversions", call: func(s *session.Session, a, b string) waiter {
		return commands.Convert(s, argUIDs, "text/plain", nil, commands.ConvertedStructure(a), commands.AvailableConversions(a)).Wait
	}, read: func(x parser.Args) string {
		items := x.(*parser.ConvertArgs).Items
		return items[0].String() + " " + items[1].String()
	}, want: func(a, b string) string {
		return "BODYPARTSTRUCTURE[" + withoutZeros(a) + "] AVAILABLECONVERSIONS[" + withoutZeros(a) + "]"
	}},
	{covers: "fetch.Annotations", free: "", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argSet, fetch.UID, fetch.Annotations([]string{"/x" + a}, []string{"value" + b})).Wait
	}},
	{covers: "FetchOctets", call: func(s *session.Session, a, b string) waiter {
		return commands.FetchOctets(s, 3, fetch.Body(a), 4, 5).Wait
	}, words: true},
	{covers: "MessageNewFetch", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Notify(s, commands.EventGroup{In: commands.InSelected, Events: []commands.Event{
			commands.MessageNewFetch(fetch.UID, fetch.Ext[string]{Name: "X" + a}), commands.MessageExpunge}}))
	}},
	{covers: "Store", call: func(s *session.Session, a, b string) waiter {
		return commands.Store(s, argUIDs, commands.AddFlags, parser.Flag(a), parser.Flag(`\`+b)).Wait
	}},
	{covers: "StoreExt", call: func(s *session.Session, a, b string) waiter {
		return commands.StoreExt(s, argUIDs, commands.AddFlags, commands.StoreItem{Name: "X-GM-LABELS",
			Args: func(e *wire.Encoder) { e.List(2, func(i int) { e.String([]string{a, b}[i]) }) }}).Wait
	}},
	{covers: "StoreLabels", free: "ab", names: true, call: func(s *session.Session, a, b string) waiter {
		return commands.StoreLabels(s, argUIDs, commands.AddFlags, "x"+a, "x"+b).Wait
	}},
	{covers: "StoreAnnotations", free: "b", call: func(s *session.Session, a, b string) waiter {
		return commands.StoreAnnotations(s, argUIDs, parser.EntryAtt{Entry: "/x" + a, Values: []parser.AttValue{{Name: "value.priv", Value: []byte(b)}}}).Wait
	}},
	{covers: "Copy", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.Copy(s, argUIDs, a)) }},
	{covers: "Move", free: "a", call: func(s *session.Session, a, b string) waiter { return call(commands.Move(s, argUIDs, a)) }},
	{covers: "MoveByCopy", free: "a", call: func(s *session.Session, a, b string) waiter {
		return func(ctx context.Context) error {
			_, err := commands.MoveByCopy(ctx, s, argUIDs, a)
			return err
		}
	}},
	{covers: "Append", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Append(s, a, strings.NewReader("x"+b), int64(len(b)+1)))
	}},
	{covers: "Append WithFlags", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Append(s, "x", strings.NewReader("x"), 1, commands.WithFlags(parser.Flag(a), parser.Flag(`\`+b)), commands.WithDate(argDay)))
	}},
	{covers: "WithAnnotations", free: "b", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Append(s, "x", strings.NewReader("x"), 1, commands.WithAnnotations(parser.EntryAtt{Entry: "/x" + a, Values: []parser.AttValue{{Name: "value.priv", Value: []byte(b)}}})))
	}},
	{covers: "AsBinary", free: "ab", binary: true, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Append(s, a, strings.NewReader("x"+b), int64(len(b)+1), commands.AsBinary()))
	}},
	{covers: "AsUTF8", free: "ab", utf8: true, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Append(s, a, strings.NewReader("x"+b), int64(len(b)+1), commands.AsUTF8()))
	}},
	{covers: "AppendAll Message.Body Message.Flags", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.AppendAll(s, a, message("x"+a), message("y"+b, func(m *commands.Message) { m.Flags = []parser.Flag{parser.Flag("x" + b)} })))
	}},
	{covers: "AppendAll Part.URL Part.Body", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return call(commands.AppendAll(s, "x", commands.Message{Parts: []commands.Part{{URL: "/" + a}, {Body: strings.NewReader(b), Size: int64(len(b))}}}))
	}},
	{covers: "Message.Annotations", free: "b", call: func(s *session.Session, a, b string) waiter {
		return call(commands.AppendAll(s, "x", message("y", func(m *commands.Message) {
			m.Annotations = []parser.EntryAtt{{Entry: "/x" + a, Values: []parser.AttValue{{Name: "value.shared", Value: []byte(b)}}}}
		})))
	}},
	{covers: "Replace", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Replace(s, numset.Of(numset.UID, 7), a, message("x"+b)))
	}},
}

// withoutZeros returns a section without leading zeros in its part numbers (RFC 9051 §9 section-part).
func withoutZeros(section string) string {
	words := strings.Split(section, ".")
	for i, w := range words {
		if w == "" || strings.Trim(w, "0123456789") != "" {
			break
		}
		words[i] = strings.TrimLeft(w, "0")
	}
	return strings.Join(words, ".")
}
