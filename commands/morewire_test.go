package commands_test

import (
	"context"
	"errors"
	"strings"
	"testing"
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

// further is the greeting of a server with extensions that are rare.
const further = "PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ UIDPLUS MOVE CONDSTORE ENABLE ESEARCH BINARY MULTIAPPEND CATENATE REPLACE UNAUTHENTICATE URLAUTH " +
	"URLAUTH=BINARY NOTIFY MULTISEARCH CONTEXT=SEARCH CONTEXT=SORT SORT ESORT PARTIAL LANGUAGE I18NLEVEL=2 UIDBATCHES JMAPACCESS CONVERT SEARCH=FUZZY " +
	"ANNOTATE-EXPERIMENT-1 OBJECTID SAVEDATE PREVIEW X-GM-EXT-1 LIST-EXTENDED LIST-STATUS LIST-MYRIGHTS LIST-METADATA MAILBOX-REFERRALS XLIST " +
	"XAPPLEPUSHSERVICE FILTERS MESSAGELIMIT=1000] ready"

func TestWhatIsSentForAppending(t *testing.T) {
	body := func(text string) commands.Message { return commands.Message{Body: strings.NewReader(text), Size: -1} }
	note := parser.EntryAtt{Entry: "/comment", Values: []parser.AttValue{{Name: "value.priv", Value: []byte("x")}, {Name: "value.shared"}}}
	parts := []commands.Part{{URL: "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER"}, {Body: strings.NewReader("\r\n--x\r\n"), Size: -1},
		{URL: "/a b"}, {Body: strings.NewReader("a\x00"), Size: 2, Binary: true}}
	one := numset.Of(numset.Seq, 4)
	sendsOn(t, further, []sending{
		{"APPEND Drafts (\\Seen) CATENATE (URL /Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER TEXT {7+}\nC: \nC: --x\nC:  URL \"/a b\" TEXT ~{2+}\nC= \"a\\x00)\\r\\n\"",
			func(s *session.Session) waiter {
				return callOf(commands.AppendAll(s, "Drafts", commands.Message{Flags: []parser.Flag{parser.FlagSeen}, Parts: parts}))
			}},
		{"APPEND x ANNOTATION (/comment (value.priv \"x\" value.shared NIL)) {1+}\nC: m", func(s *session.Session) waiter {
			return callOf(commands.Append(s, "x", strings.NewReader("m"), 1, commands.WithAnnotations(note)))
		}},
		{"APPEND x {1+}\nC: a CATENATE (URL /INBOX/;UID=1)", func(s *session.Session) waiter {
			return callOf(commands.AppendAll(s, "x", body("a"), commands.Message{Parts: []commands.Part{{URL: "/INBOX/;UID=1"}}}))
		}},
		{"REPLACE 4 Drafts (\\Seen \\Draft) {5}\nS: + go\nC: hello", func(s *session.Session) waiter {
			m := body("hello")
			m.Flags = []parser.Flag{parser.FlagSeen, parser.FlagDraft}
			return callOf(commands.Replace(s, one, "Drafts", m))
		}},
		{"UID REPLACE 2000 INBOX CATENATE (URL /INBOX/;UID=1)", func(s *session.Session) waiter {
			return callOf(commands.Replace(s, numset.Of(numset.UID, 2000), "inbox", commands.Message{Parts: []commands.Part{{URL: "/INBOX/;UID=1"}}}))
		}},
		{"STORE 4 ANNOTATION (/comment (value.priv \"x\" value.shared NIL))", func(s *session.Session) waiter {
			return commands.StoreAnnotations(s, one, note).Wait
		}},
		{"UID STORE 4 +X-GM-LABELS.SILENT (\\Inbox \"a b\" Entw&APw-rfe)", func(s *session.Session) waiter {
			return commands.StoreLabels(s, one.WithKind(numset.UID), commands.AddFlags.Silent(), `\Inbox`, "a b", "Entwürfe").Wait
		}},
	})
	refuses(t, further, map[string]func(s *session.Session) waiter{
		"no message": func(s *session.Session) waiter { return callOf(commands.AppendAll(s, "x")) },
		"replace two": func(s *session.Session) waiter {
			return callOf(commands.Replace(s, numset.Span(numset.Seq, 1, 2), "x", body("a")))
		},
		"replace none": func(s *session.Session) waiter {
			return callOf(commands.Replace(s, numset.Of(numset.UID), "x", body("a")))
		},
		"no body": func(s *session.Session) waiter { return callOf(commands.Replace(s, one, "x", commands.Message{})) },
		"part without URL and body": func(s *session.Session) waiter {
			return callOf(commands.AppendAll(s, "x", commands.Message{Parts: make([]commands.Part, 1)}))
		},
		"URL with NUL": func(s *session.Session) waiter {
			return callOf(commands.AppendAll(s, "x", commands.Message{Parts: []commands.Part{{URL: "/\x00"}}}))
		},
		"no entry": func(s *session.Session) waiter { return commands.StoreAnnotations(s, one).Wait },
		"attribute that cannot be set": func(s *session.Session) waiter {
			return commands.StoreAnnotations(s, one, parser.EntryAtt{Entry: "/comment", Values: []parser.AttValue{{Name: "size.priv"}}}).Wait
		},
		"label": func(s *session.Session) waiter { return commands.StoreLabels(s, one, commands.AddFlags, "\\a b").Wait },
	})
	refuses(t, offering("APPENDLIMIT=1000 APPENDLIMIT=10 CATENATE"), map[string]func(s *session.Session) waiter{
		"parts over the limit": func(s *session.Session) waiter {
			return callOf(commands.AppendAll(s, "x", commands.Message{Parts: []commands.Part{{Body: strings.NewReader("123456"), Size: -1}, {Body: strings.NewReader("12345"), Size: -1}}}))
		},
		"binary part": func(s *session.Session) waiter {
			return callOf(commands.AppendAll(s, "x", commands.Message{Parts: []commands.Part{{Body: strings.NewReader("1"), Size: -1, Binary: true}}}))
		},
		"part with UTF-8": func(s *session.Session) waiter {
			return callOf(commands.AppendAll(s, "x", commands.Message{Parts: []commands.Part{{Body: strings.NewReader("1"), Size: -1, UTF8: true}}}))
		},
		"several": func(s *session.Session) waiter { return callOf(commands.AppendAll(s, "x", body("a"), body("b"))) },
		"replace": func(s *session.Session) waiter { return callOf(commands.Replace(s, one, "x", body("a"))) },
		"annotation": func(s *session.Session) waiter {
			return callOf(commands.Append(s, "x", strings.NewReader("m"), 1, commands.WithAnnotations(note)))
		},
	})
}

func TestWhatIsSentForSearches(t *testing.T) {
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	find := func(key search.Key, opts ...search.Return) func(s *session.Session) waiter {
		return func(s *session.Session) waiter { return callOf(commands.Search(s, numset.UID, key, opts...)) }
	}
	multi := func(key search.Key, in []commands.MailboxFilter, opts ...search.Return) func(s *session.Session) waiter {
		return func(s *session.Session) waiter { return commands.MultiSearch(s, in, key, opts...).Wait }
	}
	in := func(f ...commands.MailboxFilter) []commands.MailboxFilter { return f }
	sendsOn(t, further, []sending{
		{"UID SEARCH RETURN (CONTEXT COUNT UPDATE PARTIAL -1:-100 RELEVANCY) UNDELETED UNKEYWORD $Junk", find(search.And(search.Undeleted, search.Unkeyword("$Junk")),
			search.ReturnContext, search.ReturnCount, search.ReturnUpdate(), search.ReturnPartial(-1, -100), search.ReturnRelevancy)},
		{"UID SEARCH RETURN (UPDATE (UID FLAGS)) ALL", find(search.All, search.ReturnUpdate(fetch.UID, fetch.Flags))},
		{"UID SEARCH FUZZY SUBJECT x FILTER on-the-road SAVEDBEFORE 2-Mar-2026 SAVEDON 2-Mar-2026 SAVEDSINCE 2-Mar-2026 SAVEDATESUPPORTED EMAILID M1 THREADID T1 UIDAFTER 5 UIDBEFORE 9",
			find(search.And(search.Fuzzy(search.Subject("x")), search.Filter("on-the-road"), search.SavedBefore(day), search.SavedOn(day), search.SavedSince(day),
				search.SaveDateSupported, search.EmailID("M1"), search.ThreadID("T1"), search.UIDAfter(5), search.UIDBefore(9)))},
		{"UID SEARCH MODSEQ \"/flags/\\\\draft\" all 620162338 ANNOTATION /comment value \"IMAP4\" X-GM-RAW \"has:x in:y\" X-GM-LABELS \"a b\" X-GM-MSGID 18446744073709551615 X-GM-THRID 1",
			find(search.And(search.FlagModSeq(`\draft`, "all", 620162338), search.Annotation("/comment", "value", "IMAP4"), search.GmailRaw("has:x in:y"),
				search.GmailLabel("a b"), search.GmailMessageID(1<<64-1), search.GmailThreadID(1)))},
		{"ESEARCH IN (mailboxes (Entw&APw-rfe INBOX) subtree a subtree-one b personal subscribed inboxes selected) RETURN (COUNT) UNSEEN", multi(search.Unseen, in(commands.InMailboxes("Entwürfe", "inbox"),
			commands.InSubtree("a"), commands.InSubtreeOne("b"), commands.InPersonal, commands.InSubscribed, commands.InInboxes, commands.InSelected), search.ReturnCount)},
		{"ESEARCH IN (selected) CHARSET UTF-8 SUBJECT {3+}\nC: ü!", multi(search.Subject("ü!"), nil)},
		{"CANCELUPDATE \"A1\" \"A77\"", func(s *session.Session) waiter { return callOf(commands.CancelUpdate(s, "A1", "A77")) }},
		{"UIDBATCHES 500", func(s *session.Session) waiter { return callOf(commands.UIDBatches(s, 500, 0, 0)) }},
		{"UIDBATCHES 500 2:10", func(s *session.Session) waiter { return callOf(commands.UIDBatches(s, 500, 2, 10)) }},
		{"UID FETCH 25900:26600 (PREVIEW SAVEDATE EMAILID THREADID X-GM-MSGID X-GM-THRID X-GM-LABELS ANNOTATION (/comment (value size.priv))) (PARTIAL -1:-3)", func(s *session.Session) waiter {
			return commands.Fetch(s, numset.Span(numset.UID, 25900, 26600), fetch.Preview, fetch.SaveDate, fetch.EmailID, fetch.ThreadID, fetch.GmailMessageID,
				fetch.GmailThreadID, fetch.GmailLabels, fetch.Annotations([]string{"/comment"}, []string{"value", "size.priv"}), fetch.Partial(-1, -3)).Wait
		}},
		{"UID FETCH 1 PREVIEW (LAZY)", func(s *session.Session) waiter {
			return commands.Fetch(s, numset.Of(numset.UID, 1), fetch.PreviewLazy).Wait
		}},
		{"CONVERT 2 (\"TEXT/PLAIN\" (\"charset\" \"us-ascii\" \"pix-x\" \"128\")) (BINARY[3]<0.100> BINARY.SIZE[3] BODYPARTSTRUCTURE[3] AVAILABLECONVERSIONS[3])", func(s *session.Session) waiter {
			return commands.Convert(s, numset.Of(numset.Seq, 2), "TEXT/PLAIN", []parser.ConvertParam{{Name: "charset", Value: "us-ascii"}, {Name: "pix-x", Value: "128"}},
				commands.Converted(fetch.Binary("3").Partial(0, 100)), commands.Converted(fetch.BinarySize("3")), commands.ConvertedStructure("3"), commands.AvailableConversions("3")).Wait
		}},
		{"UID CONVERT 2 (NIL) BINARY[1]", func(s *session.Session) waiter {
			return commands.Convert(s, numset.Of(numset.UID, 2), "", nil, commands.Converted(fetch.Binary("1"))).Wait
		}},
		{"CONVERSIONS \"image/*\" \"*\"", func(s *session.Session) waiter { return commands.Conversions(s, "image/*", "*").Wait }},
	})
	two := numset.Of(numset.Seq, 2)
	refuses(t, further, map[string]func(s *session.Session) waiter{
		"positions of different signs":   find(search.All, search.ReturnPartial(-1, 5)),
		"no tag":                         func(s *session.Session) waiter { return callOf(commands.CancelUpdate(s)) },
		"tag with a line end":            func(s *session.Session) waiter { return callOf(commands.CancelUpdate(s, "A\"\r\n")) },
		"filter without names":           multi(search.All, in(commands.InSubtree())),
		"filter that is only for NOTIFY": multi(search.All, in(commands.InSelectedDelayed)),
		"no filter":                      multi(search.All, make([]commands.MailboxFilter, 1)),
		"name of a filter":               find(search.Filter("a b")),
		"identifier":                     find(search.EmailID("a)")),
		"identifier too long":            find(search.ThreadID(strings.Repeat("x", 256))),
		"UID":                            find(search.UIDAfter(0)),
		"type of entry":                  find(search.FlagModSeq(`\Seen`, "mine", 1)),
		"flag":                           find(search.FlagModSeq("a b", "all", 1)),
		"attribute":                      find(search.Annotation("/comment", "size", "1")),
		"no annotation":                  func(s *session.Session) waiter { return commands.Fetch(s, two, fetch.Annotations(nil, nil)).Wait },
		"batches of size 0":              func(s *session.Session) waiter { return callOf(commands.UIDBatches(s, 0, 0, 0)) },
		"batches in descending order":    func(s *session.Session) waiter { return callOf(commands.UIDBatches(s, 5, 9, 3)) },
		"no last batch":                  func(s *session.Session) waiter { return callOf(commands.UIDBatches(s, 5, 9, 0)) },
		"media type": func(s *session.Session) waiter {
			return commands.Convert(s, two, "text", nil, commands.AvailableConversions("1")).Wait
		},
		"no item to convert": func(s *session.Session) waiter { return commands.Convert(s, two, "", nil).Wait },
		"BINARY.PEEK in a conversion": func(s *session.Session) waiter {
			return commands.Convert(s, two, "", nil, commands.Converted(fetch.Binary("1").Peek())).Wait
		},
	})
}

func TestWhatIsSentBesideMailboxes(t *testing.T) {
	group := func(in commands.MailboxFilter, events ...commands.Event) commands.EventGroup {
		return commands.EventGroup{In: in, Events: events}
	}
	notify := func(groups ...commands.EventGroup) func(s *session.Session) waiter {
		return func(s *session.Session) waiter { return callOf(commands.Notify(s, groups...)) }
	}
	const rump = "imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred"
	sendsOn(t, further, []sending{
		{"GENURLAUTH \"" + rump + "\" INTERNAL \"" + rump + "\" INTERNAL", func(s *session.Session) waiter {
			return callOf(commands.GenURLAuth(s, commands.URLInternal, rump, rump))
		}},
		{"URLFETCH \"" + rump + ":internal:91354a\"", func(s *session.Session) waiter { return commands.URLFetch(s, []string{rump + ":internal:91354a"}).Wait }},
		{"URLFETCH (\"" + rump + "\" BODYPARTSTRUCTURE BINARY)", func(s *session.Session) waiter {
			return commands.URLFetch(s, []string{rump}, commands.URLStructure, commands.URLBinary).Wait
		}},
		{"RESETKEY", func(s *session.Session) waiter { return callOf(commands.ResetKey(s, "")) }},
		{"RESETKEY Entw&APw-rfe INTERNAL", func(s *session.Session) waiter {
			return callOf(commands.ResetKey(s, "Entwürfe", commands.URLInternal))
		}},
		{"NOTIFY NONE", func(s *session.Session) waiter { return callOf(commands.NotifyNone(s)) }},
		{"NOTIFY SET (selected (MessageNew (UID BODY.PEEK[HEADER.FIELDS (From Subject)]) MessageExpunge FlagChange)) (mailboxes (a \"b c\") (MailboxName SubscriptionChange)) (subtree Entw&APw-rfe NONE)",
			notify(group(commands.InSelected, commands.MessageNewFetch(fetch.UID, fetch.HeaderFields("", "From", "Subject").Peek()), commands.MessageExpunge, commands.FlagChange),
				group(commands.InMailboxes("a", "b c"), commands.MailboxName, commands.SubscriptionChange), group(commands.InSubtree("Entwürfe")))},
		{"NOTIFY SET STATUS (personal (MessageNew MessageExpunge)) (selected-delayed (MessageNew MessageExpunge))", func(s *session.Session) waiter {
			return callOf(commands.NotifyStatus(s, group(commands.InPersonal, commands.MessageNew, commands.MessageExpunge), group(commands.InSelectedDelayed, commands.MessageNew, commands.MessageExpunge)))
		}},
		{"LANGUAGE", func(s *session.Session) waiter { return callOf(commands.Languages(s)) }},
		{"LANGUAGE fr-CA en-CA default", func(s *session.Session) waiter { return callOf(commands.SetLanguage(s, "fr-CA", "en-CA", "default")) }},
		{"COMPARATOR", func(s *session.Session) waiter { return callOf(commands.Comparator(s)) }},
		{"COMPARATOR \"cz;*\" i;basic", func(s *session.Session) waiter { return callOf(commands.Comparator(s, "cz;*", "i;basic")) }},
		{"GETJMAPACCESS", func(s *session.Session) waiter { return callOf(commands.GetJMAPAccess(s)) }},
		{"LIST \"\" * RETURN (STATUS (MESSAGES) MYRIGHTS METADATA (/shared/comment /private/comment))", func(s *session.Session) waiter {
			return callOf(commands.ListDetails(s, "", []string{"*"}, commands.ReturnStatus(status.Messages), commands.ReturnMyRights, commands.ReturnMetadata("/shared/comment", "/private/comment")))
		}},
		{"RLIST \"\" %", func(s *session.Session) waiter { return commands.RList(s, "", "%").Wait }},
		{"RLSUB \"\" %", func(s *session.Session) waiter { return commands.RLsub(s, "", "%").Wait }},
		{"XLIST \"\" *", func(s *session.Session) waiter { return commands.XList(s, "", "*").Wait }},
		{"XAPPLEPUSHSERVICE aps-version 2 aps-account-id 0715A26B mailboxes (INBOX Entw&APw-rfe)", func(s *session.Session) waiter {
			return callOf(commands.ApplePush(s, []parser.PushField{{Name: "aps-version", Value: "2"}, {Name: "aps-account-id", Value: "0715A26B"}}, "INBOX", "Entwürfe"))
		}},
		{"X-OWN a \"b c\"", func(s *session.Session) waiter {
			return callOf(commands.Execute(s, "X-OWN", func(e *wire.Encoder) { e.SP().AString("a").SP().AString("b c") }))
		}},
	})
	refuses(t, further, map[string]func(s *session.Session) waiter{
		"no URL":                              func(s *session.Session) waiter { return callOf(commands.GenURLAuth(s, commands.URLInternal)) },
		"mechanism":                           func(s *session.Session) waiter { return callOf(commands.GenURLAuth(s, "A B", rump)) },
		"URL with a line end":                 func(s *session.Session) waiter { return commands.URLFetch(s, []string{"a\r\nb"}).Wait },
		"mechanism without a mailbox":         func(s *session.Session) waiter { return callOf(commands.ResetKey(s, "", commands.URLInternal)) },
		"no group":                            notify(),
		"MessageNew alone":                    notify(group(commands.InPersonal, commands.MessageNew)),
		"FlagChange alone":                    notify(group(commands.InPersonal, commands.FlagChange)),
		"the selected mailbox twice":          notify(group(commands.InSelected), group(commands.InSelectedDelayed)),
		"MailboxName in the selected mailbox": notify(group(commands.InSelected, commands.MailboxName)),
		"items in other mailboxes":            notify(group(commands.InPersonal, commands.MessageNewFetch(fetch.UID), commands.MessageExpunge)),
		"items that set \\Seen":               notify(group(commands.InSelected, commands.MessageNewFetch(fetch.Body("")), commands.MessageExpunge)),
		"event twice":                         notify(group(commands.InPersonal, commands.MailboxName, commands.MailboxName)),
		"event":                               notify(group(commands.InPersonal, commands.Event{Name: "A)"})),
		"filter that is only for searches":    notify(group(commands.InSubtreeOne("a"), commands.MailboxName)),
		"no filter":                           notify(group(commands.MailboxFilter{}, commands.MailboxName)),
		"no language":                         func(s *session.Session) waiter { return callOf(commands.SetLanguage(s)) },
		"language":                            func(s *session.Session) waiter { return callOf(commands.SetLanguage(s, "de\r\n")) },
		"collation":                           func(s *session.Session) waiter { return callOf(commands.Comparator(s, "")) },
		"entry of LIST": func(s *session.Session) waiter {
			return callOf(commands.ListDetails(s, "", []string{"*"}, commands.ReturnMetadata("/comment")))
		},
		"no field":            func(s *session.Session) waiter { return callOf(commands.ApplePush(s, nil, "INBOX")) },
		"name with a command": func(s *session.Session) waiter { return callOf(commands.Execute(s, "X\r\nA9 LOGOUT", nil)) },
	})
	on(t, "PREAUTH [CAPABILITY IMAP4rev1 MULTISEARCH] ready", "C: A1 ESEARCH IN (personal) ALL\nS: A1 OK\n", func(ctx context.Context, s *session.Session) {
		if err := commands.MultiSearch(s, []commands.MailboxFilter{commands.InPersonal}, search.All).Wait(ctx); err != nil {
			t.Error(err)
		}
		var state *session.StateError
		if err := commands.MultiSearch(s, nil, search.All).Wait(ctx); !errors.As(err, &state) {
			t.Error(err)
		}
	})
}
