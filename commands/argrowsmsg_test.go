package commands_test

import (
	"context"
	"strings"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// key is a row of a search key.
func key(covers, free string, f func(a, b string) commands.SearchKey) argRow {
	return argRow{covers: covers, free: free, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Search(s, numset.UID, commands.And(commands.Seen, f(a, b))))
	}}
}

// text is a row of a search key with a text.
func text(covers string, f func(string) commands.SearchKey) argRow {
	return key(covers, "a", func(a, _ string) commands.SearchKey { return f(a) })
}

// messageRows are the rows of commands that have to do with messages.
var messageRows = []argRow{
	text("Bcc", commands.Bcc), text("Cc", commands.Cc), text("From", commands.From), text("InBody", commands.InBody), text("Subject", commands.Subject),
	text("Text", commands.Text), text("To", commands.To), text("GmailRaw", commands.GmailRaw), {covers: "GmailLabel", free: "a", names: true, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Search(s, numset.UID, commands.GmailLabel(a)))
	}},
	key("Header", "ab", func(a, b string) commands.SearchKey { return commands.Header("x"+a, b) }),
	key("Filtered", "", func(a, b string) commands.SearchKey { return commands.Filtered(a) }),
	key("HasEmailID", "", func(a, b string) commands.SearchKey { return commands.HasEmailID(a) }),
	key("HasThreadID", "", func(a, b string) commands.SearchKey { return commands.HasThreadID(a) }),
	key("Keyword", "", func(a, b string) commands.SearchKey { return commands.Keyword(parser.Flag(a)) }),
	key("Unkeyword", "", func(a, b string) commands.SearchKey { return commands.Unkeyword(parser.Flag(a)) }),
	key("InAnnotation", "b", func(a, b string) commands.SearchKey { return commands.InAnnotation("/x"+a, "value.priv", b) }),
	key("InAnnotation", "a", func(a, b string) commands.SearchKey { return commands.InAnnotation("/x", "value", a) }),
	key("FlagModSeq", "", func(a, b string) commands.SearchKey { return commands.FlagModSeq(parser.Flag(a), "all", 7) }),
	key("Or Not And Fuzzy", "ab", func(a, b string) commands.SearchKey {
		return commands.Or(commands.Not(commands.And(commands.Text(a), commands.Seen)), commands.Fuzzy(commands.Text(b)), commands.Text(a))
	}),
	{covers: "Search SearchReturn.Write", words: true, call: func(s *session.Session, a, b string) waiter {
		return call(commands.Search(s, numset.Seq, commands.All, commands.SearchReturn{Write: func(e *wire.Encoder) { e.Atom("X" + a) }}))
	}},
	{covers: "Search ReturnUpdate", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Search(s, numset.UID, commands.All, commands.ReturnUpdate(commands.Item[string]{Name: "X" + a})))
	}},
	{covers: "Sort SortKey.Name", free: "b", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Sort(s, numset.UID, []commands.SortKey{{Name: "X" + a}}, commands.Text(b)))
	}, words: true},
	{covers: "Sort", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Sort(s, numset.UID, []commands.SortKey{commands.ByDate}, commands.Header("x"+a, b)))
	}},
	{covers: "ByAnnotation", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Sort(s, numset.UID, []commands.SortKey{commands.ByAnnotation("/x"+a, "value.priv")}, commands.All))
	}},
	{covers: "ByHasFlag", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Sort(s, numset.UID, []commands.SortKey{commands.ByHasFlag(parser.Flag("x" + a))}, commands.All))
	}, words: true},
	{covers: "WithObjectIDs", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Select(s, "INBOX", commands.WithObjectIDs(parser.ObjectIDs{Mailbox: "x" + a, Account: "y" + b})))
	}, words: true},
	{covers: "Thread", free: "a", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Thread(s, numset.UID, commands.Refs, commands.Subject(a)))
	}},
	{covers: "Thread ThreadAlgorithm", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Thread(s, numset.UID, commands.ThreadAlgorithm(a), commands.All))
	}, words: true},
	{covers: "Fetch Item.Name", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argUIDs, commands.UID, commands.Item[string]{Name: "X" + a}).Wait
	}},
	{covers: "Attr", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argUIDs, commands.UID, commands.Attr("X"+a)).Wait
	}},
	{covers: "Modifier", words: true, call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argUIDs, commands.UID, commands.Modifier("", func(e *wire.Encoder) { e.Atom("X" + a) })).Wait
	}},
	{covers: "HeaderFields", free: "ab", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argUIDs, commands.HeaderFields([]uint32{1, 2}, "x"+a, "x"+b)).Wait
	}},
	{covers: "HeaderFieldsNot", free: "a", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argSet, commands.UID, commands.HeaderFieldsNot(nil, "x"+a).Peek().Partial(3, 4)).Wait
	}},
	{covers: "Body", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argSet, commands.Body(a).Peek()).Wait
	}, read: func(x parser.Args) string { return x.(*parser.FetchArgs).Items[0].String() }, want: func(a, b string) string { return "BODY.PEEK[" + withoutZeros(upper(a)) + "]" }},
	{covers: "Annotations", free: "", call: func(s *session.Session, a, b string) waiter {
		return commands.Fetch(s, argSet, commands.UID, commands.Annotations([]string{"/x" + a}, []string{"value" + b})).Wait
	}},
	{covers: "Partial", call: func(s *session.Session, a, b string) waiter {
		return commands.Partial(s, 3, commands.Body(a), 4, 5).Wait
	}, words: true},
	{covers: "MessageNewFetch", call: func(s *session.Session, a, b string) waiter {
		return call(commands.Notify(s, commands.EventGroup{In: commands.InSelected, Events: []commands.Event{
			commands.MessageNewFetch(commands.UID, commands.Item[string]{Name: "X" + a}), commands.MessageExpunge}}))
	}},
	{covers: "Store", call: func(s *session.Session, a, b string) waiter {
		return commands.Store(s, argUIDs, commands.AddFlags, parser.Flag(a), parser.Flag(`\`+b)).Wait
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

// withoutZeros returns a section whose part is written as RFC 9051 §9 section-part has it.
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
