package commands_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// offering returns the greeting of a server with these capabilities, and with LITERAL+, so that literals are sent
// without waiting.
func offering(caps string) string {
	return "PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ " + caps + "] ready"
}

// extended is the greeting of a server with many extensions.
const extended = "PREAUTH [CAPABILITY IMAP4 IMAP4rev1 LITERAL+ UIDPLUS MOVE CONDSTORE ENABLE ESEARCH BINARY ACL RIGHTS=texk QUOTA QUOTASET " +
	"QUOTA=RES-STORAGE QUOTA=RES-MESSAGE QUOTA=RES-MAILBOX QUOTA=RES-ANNOTATION-STORAGE METADATA METADATA-SERVER ANNOTATEMORE ANNOTATE-EXPERIMENT-1 " +
	"SORT SORT=DISPLAY ESORT SEARCH=FUZZY THREAD=ORDEREDSUBJECT THREAD=REFERENCES THREAD=REFS CONTEXT=SEARCH CONTEXT=SORT PARTIAL] ready"

// sending is a command that a test starts, and the line that the client must send for that command.
type sending struct {
	line string
	f    func(s *session.Session) waiter
}

// waiter waits for a call or a stream to end.
type waiter func(context.Context) error

func callOf[T any](c *session.Call[T]) waiter { return call(c) }

// sendsOn checks the lines that each command sends to a server with this greeting. The server answers with OK.
func sendsOn(t *testing.T, greeting string, list []sending) {
	t.Helper()
	for _, x := range list {
		script := ""
		if strings.Contains(greeting, "PREAUTH") {
			script = selected + "C: A2 "
		}
		on(t, greeting, script+x.line+"\nS: A2 OK done\n", func(ctx context.Context, s *session.Session) {
			if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
				t.Fatal(err)
			}
			if err := x.f(s)(ctx); err != nil && !errors.Is(err, commands.ErrNoAnswer) {
				t.Errorf("%s: %v", x.line, err)
			}
		})
	}
}

// refuses checks that each command is refused before an octet is sent.
func refuses(t *testing.T, greeting string, list map[string]func(s *session.Session) waiter) {
	t.Helper()
	on(t, greeting, selected+"C: A2 NOOP\nS: A2 OK\n", func(ctx context.Context, s *session.Session) {
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		for name, f := range list {
			if err := f(s)(ctx); err == nil || !session.SafeToRetry(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := commands.Noop(s).Wait(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatIsSentForRightsAndQuota(t *testing.T) {
	limit := func(name string, n uint64) parser.ResourceLimit {
		return parser.ResourceLimit{Resource: name, Limit: n}
	}
	sendsOn(t, extended, []sending{
		{"GETACL Entw&APw-rfe", func(s *session.Session) waiter { return callOf(commands.GetACL(s, "Entwürfe")) }},
		{"SETACL INBOX Fred lrs", func(s *session.Session) waiter {
			return callOf(commands.SetACL(s, "inbox", "Fred", commands.SetRights, "lrs"))
		}},
		{"SETACL \"a b\" \"Jo Doe\" +te9", func(s *session.Session) waiter {
			return callOf(commands.SetACL(s, "a b", "Jo Doe", commands.AddRights, "te9"))
		}},
		{"SETACL x -anyone -cd", func(s *session.Session) waiter {
			return callOf(commands.SetACL(s, "x", "-anyone", commands.RemoveRights, "cd"))
		}},
		{"SETACL x Fred \"\"", func(s *session.Session) waiter {
			return callOf(commands.SetACL(s, "x", "Fred", commands.SetRights, ""))
		}},
		{"DELETEACL x Fred", func(s *session.Session) waiter { return callOf(commands.DeleteACL(s, "x", "Fred")) }},
		{"LISTRIGHTS x \"Fred)\"", func(s *session.Session) waiter { return callOf(commands.ListRights(s, "x", "Fred)")) }},
		{"MYRIGHTS INBOX", func(s *session.Session) waiter { return callOf(commands.MyRights(s, "INBOX")) }},
		{"GETQUOTA \"\"", func(s *session.Session) waiter { return callOf(commands.GetQuota(s, "")) }},
		{"GETQUOTA \"User quota\"", func(s *session.Session) waiter { return callOf(commands.GetQuota(s, "User quota")) }},
		{"GETQUOTAROOT INBOX", func(s *session.Session) waiter { return callOf(commands.GetQuotaRoot(s, "INBOX")) }},
		{"SETQUOTA \"\" (STORAGE 512 MESSAGE 9 MAILBOX 3 ANNOTATION-STORAGE 9223372036854775807)", func(s *session.Session) waiter {
			return callOf(commands.SetQuota(s, "", limit(parser.ResourceStorage, 512), limit(parser.ResourceMessage, 9),
				limit(parser.ResourceMailbox, 3), limit(parser.ResourceAnnotationStorage, math.MaxInt64)))
		}},
		{"SETQUOTA #user/x ()", func(s *session.Session) waiter { return callOf(commands.SetQuota(s, "#user/x")) }},
	})
	// A server of RFC 2087 announces neither the resources that it knows nor whether limits can be set.
	sendsOn(t, offering("QUOTA"), []sending{{"SETQUOTA \"\" (X-OWN 5)", func(s *session.Session) waiter {
		return callOf(commands.SetQuota(s, "", limit("X-OWN", 5)))
	}}})
	refuses(t, extended, map[string]func(s *session.Session) waiter{
		"right in upper case":        func(s *session.Session) waiter { return callOf(commands.SetACL(s, "x", "u", commands.SetRights, "lR")) },
		"right that no server knows": func(s *session.Session) waiter { return callOf(commands.SetACL(s, "x", "u", commands.AddRights, "lz")) },
		"right with a command": func(s *session.Session) waiter {
			return callOf(commands.SetACL(s, "x", "u", commands.SetRights, "l\r\nA9 LOGOUT"))
		},
		"operation":                       func(s *session.Session) waiter { return callOf(commands.SetACL(s, "x", "u", '*', "l")) },
		"identifier":                      func(s *session.Session) waiter { return callOf(commands.SetACL(s, "x", "", commands.SetRights, "l")) },
		"identifier with NUL":             func(s *session.Session) waiter { return callOf(commands.DeleteACL(s, "x", "a\x00b")) },
		"identifier that is only a minus": func(s *session.Session) waiter { return callOf(commands.ListRights(s, "x", "-")) },
		"resource":                        func(s *session.Session) waiter { return callOf(commands.SetQuota(s, "", limit("STOR AGE", 1))) },
		"resource not known":              func(s *session.Session) waiter { return callOf(commands.SetQuota(s, "", limit("X-OWN", 1))) },
		"resource twice": func(s *session.Session) waiter {
			return callOf(commands.SetQuota(s, "", limit("STORAGE", 1), limit("STORAGE", 2)))
		},
		"limit": func(s *session.Session) waiter { return callOf(commands.SetQuota(s, "", limit("STORAGE", 1<<63))) },
		"root":  func(s *session.Session) waiter { return callOf(commands.GetQuota(s, "a\x00")) },
	})
	refuses(t, offering("ACL QUOTA=RES-STORAGE"), map[string]func(s *session.Session) waiter{
		"rights of RFC 4314 for RFC 2086": func(s *session.Session) waiter {
			return callOf(commands.SetACL(s, "x", "u", commands.SetRights, "lrk"))
		},
		"quota that cannot be set": func(s *session.Session) waiter { return callOf(commands.SetQuota(s, "", limit("STORAGE", 1))) },
	})
	refuses(t, offering(""), map[string]func(s *session.Session) waiter{
		"GETACL":       func(s *session.Session) waiter { return callOf(commands.GetACL(s, "x")) },
		"GETQUOTAROOT": func(s *session.Session) waiter { return callOf(commands.GetQuotaRoot(s, "x")) },
		"GETMETADATA":  func(s *session.Session) waiter { return callOf(commands.GetMetadata(s, "x", []string{"/shared/a"})) },
		"annotation": func(s *session.Session) waiter {
			return callOf(commands.GetAnnotation(s, "x", []string{"/a"}, []string{"value"}))
		},
		"SORT": func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.Seq, []search.SortKey{search.ByDate}, search.All))
		},
		"THREAD": func(s *session.Session) waiter {
			return callOf(commands.Thread(s, numset.Seq, commands.References, search.All))
		},
		"PARTIAL": func(s *session.Session) waiter { return commands.FetchOctets(s, 1, fetch.RFC822, 1, 9).Wait },
	})
}

func TestWhatIsSentForMetadata(t *testing.T) {
	value := func(entry, v string) parser.EntryValue { return parser.EntryValue{Entry: entry, Value: []byte(v)} }
	att := func(entry string, values ...parser.AttValue) parser.EntryAtt {
		return parser.EntryAtt{Entry: entry, Values: values}
	}
	sendsOn(t, extended, []sending{
		{"GETMETADATA \"\" (/shared/comment)", func(s *session.Session) waiter {
			return callOf(commands.GetMetadata(s, "", []string{"/shared/comment"}))
		}},
		{"GETMETADATA (MAXSIZE 1024 DEPTH infinity) INBOX (/shared/comment /private)", func(s *session.Session) waiter {
			return callOf(commands.GetMetadata(s, "INBOX", []string{"/shared/comment", "/private"}, commands.MaxSize(1024), commands.DepthInfinity))
		}},
		{"GETMETADATA (DEPTH 1) x (/private/filters/values)", func(s *session.Session) waiter {
			return callOf(commands.GetMetadata(s, "x", []string{"/private/filters/values"}, commands.DepthOne))
		}},
		{"SETMETADATA INBOX (/private/comment NIL /shared/comment \"\")", func(s *session.Session) waiter {
			return callOf(commands.SetMetadata(s, "INBOX", parser.EntryValue{Entry: "/private/comment"}, value("/shared/comment", "")))
		}},
		{"SETMETADATA INBOX (/private/comment {16+}\nC: two\nC: lines of it)", func(s *session.Session) waiter {
			return callOf(commands.SetMetadata(s, "INBOX", value("/private/comment", "two\r\nlines of it")))
		}},
		{"SETMETADATA INBOX (/private/comment ~{3+}\nC= \"a\\x00b)\\r\\n\"", func(s *session.Session) waiter {
			return callOf(commands.SetMetadata(s, "INBOX", value("/private/comment", "a\x00b")))
		}},
		{"GETANNOTATION INBOX \"/comment\" \"value.shared\"", func(s *session.Session) waiter {
			return callOf(commands.GetAnnotation(s, "INBOX", []string{"/comment"}, []string{"value.shared"}))
		}},
		{"GETANNOTATION % (\"/comment\" \"/vendor/*\") (\"value\" \"size.*\")", func(s *session.Session) waiter {
			return callOf(commands.GetAnnotation(s, "%", []string{"/comment", "/vendor/*"}, []string{"value", "size.*"}))
		}},
		{"SETANNOTATION INBOX \"/comment\" (\"value.shared\" \"My comment\" \"value.priv\" NIL)", func(s *session.Session) waiter {
			return callOf(commands.SetAnnotation(s, "INBOX", att("/comment", parser.AttValue{Name: "value.shared", Value: []byte("My comment")}, parser.AttValue{Name: "value.priv"})))
		}},
		{"SETANNOTATION \"\" (\"/a\" (\"value\" NIL) \"/b\" (\"value\" \"x\"))", func(s *session.Session) waiter {
			return callOf(commands.SetAnnotation(s, "", att("/a", parser.AttValue{Name: "value"}), att("/b", parser.AttValue{Name: "value", Value: []byte("x")})))
		}},
	})
	refused := map[string]func(s *session.Session) waiter{
		"no entry to get":      func(s *session.Session) waiter { return callOf(commands.GetMetadata(s, "x", nil)) },
		"no entry to set":      func(s *session.Session) waiter { return callOf(commands.SetMetadata(s, "x")) },
		"set without a name":   func(s *session.Session) waiter { return callOf(commands.SetMetadata(s, "x", value("/shared", "v"))) },
		"no entry to annotate": func(s *session.Session) waiter { return callOf(commands.SetAnnotation(s, "x")) },
		"no attribute":         func(s *session.Session) waiter { return callOf(commands.GetAnnotation(s, "x", []string{"/a"}, nil)) },
		"no attribute to set":  func(s *session.Session) waiter { return callOf(commands.SetAnnotation(s, "x", att("/a"))) },
		"wildcard to set": func(s *session.Session) waiter {
			return callOf(commands.SetAnnotation(s, "x", att("/a*", parser.AttValue{Name: "value"})))
		},
		"injection": func(s *session.Session) waiter {
			return callOf(commands.GetAnnotation(s, "x", []string{"/a\r\n"}, []string{"value"}))
		},
	}
	for _, name := range []string{"", "/", "comment", "/comment", "/shared/", "/shared//x", "/private/a*", "/shared/%", "/shared/ü", "/shared/a\r\nb"} {
		refused["entry "+name] = func(s *session.Session) waiter { return callOf(commands.GetMetadata(s, "x", []string{name})) }
	}
	refuses(t, extended, refused)
}

func TestWhatIsSentForSortAndThread(t *testing.T) {
	by := func(keys ...search.SortKey) []search.SortKey { return keys }
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	sendsOn(t, extended, []sending{
		{"SORT (REVERSE DATE) UTF-8 ALL", func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.Seq, by(search.ByDate.Reverse()), search.All))
		}},
		{"UID SORT (ARRIVAL CC FROM REVERSE SIZE SUBJECT TO) UTF-8 SINCE 2-Mar-2026 UNSEEN", func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.UID, by(search.ByArrival, search.ByCc, search.ByFrom, search.BySize.Reverse(), search.BySubject,
				search.ByTo.Reverse().Reverse()), search.And(search.Since(day), search.Unseen)))
		}},
		{"SORT (DISPLAYFROM REVERSE DISPLAYTO RELEVANCY ANNOTATION /comment value.priv) UTF-8 SUBJECT {7+}\nC: Grüße", func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.Seq, by(search.ByDisplayFrom, search.ByDisplayTo.Reverse(), search.ByRelevancy,
				search.ByAnnotation("/comment", "value.priv")), search.Subject("Grüße")))
		}},
		{"SORT RETURN (MIN MAX ALL COUNT) (DATE) UTF-8 ALL", func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.Seq, by(search.ByDate), search.All, search.ReturnMin, search.ReturnMax, search.ReturnAll, search.ReturnCount))
		}},
		{"UID SORT RETURN (PARTIAL -1:-50) (DATE) UTF-8 ALL", func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.UID, by(search.ByDate), search.All, search.ReturnPartial(-1, -50)))
		}},
		{"THREAD REFERENCES UTF-8 SINCE 2-Mar-2026", func(s *session.Session) waiter {
			return callOf(commands.Thread(s, numset.Seq, commands.References, search.Since(day)))
		}},
		{"UID THREAD ORDEREDSUBJECT UTF-8 TEXT \"a b\"", func(s *session.Session) waiter {
			return callOf(commands.Thread(s, numset.UID, commands.OrderedSubject, search.Text("a b")))
		}},
		{"THREAD REFS UTF-8 ALL", func(s *session.Session) waiter {
			return callOf(commands.Thread(s, numset.Seq, commands.Refs, search.All))
		}},
		{"PARTIAL 3 RFC822.TEXT 1 1024", func(s *session.Session) waiter { return commands.FetchOctets(s, 3, fetch.RFC822Text, 1, 1024).Wait }},
		{"PARTIAL 3 RFC822.PEEK 9987 10000", func(s *session.Session) waiter { return commands.FetchOctets(s, 3, fetch.RFC822Peek, 9987, 10000).Wait }},
		{"PARTIAL 3 BODY.PEEK[1.2] 1 5", func(s *session.Session) waiter {
			return commands.FetchOctets(s, 3, fetch.Body("1.2").Peek(), 1, 5).Wait
		}},
	})
	refuses(t, extended, map[string]func(s *session.Session) waiter{
		"no criterion": func(s *session.Session) waiter { return callOf(commands.Sort(s, numset.Seq, nil, search.All)) },
		"criterion with a command": func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.Seq, by(search.SortKey{Name: "DATE) UTF-8 ALL\r\nA9 LOGOUT"}), search.All))
		},
		"REVERSE alone": func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.Seq, by(search.SortKey{Name: "REVERSE"}), search.All))
		},
		"attribute": func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.Seq, by(search.ByAnnotation("/comment", "value")), search.All))
		},
		"entry": func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.Seq, by(search.ByAnnotation("/comment*", "value.priv")), search.All))
		},
		"criterion not offered": func(s *session.Session) waiter {
			return callOf(commands.Sort(s, numset.Seq, by(search.ByModSeq), search.All))
		},
		"algorithm": func(s *session.Session) waiter { return callOf(commands.Thread(s, numset.Seq, "A B", search.All)) },
		"algorithm not offered": func(s *session.Session) waiter {
			return callOf(commands.Thread(s, numset.Seq, "JWZ", search.All))
		},
		"year": func(s *session.Session) waiter {
			return callOf(commands.Thread(s, numset.Seq, commands.Refs, search.Since(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))))
		},
		"message":     func(s *session.Session) waiter { return commands.FetchOctets(s, 0, fetch.RFC822, 1, 1).Wait },
		"first octet": func(s *session.Session) waiter { return commands.FetchOctets(s, 1, fetch.RFC822, 0, 1).Wait },
		"no octets":   func(s *session.Session) waiter { return commands.FetchOctets(s, 1, fetch.RFC822, 1, 0).Wait },
		"partial twice": func(s *session.Session) waiter {
			return commands.FetchOctets(s, 1, fetch.Body("").Partial(0, 1), 1, 1).Wait
		},
		"partial item": func(s *session.Session) waiter { return commands.FetchOctets(s, 1, fetch.Flags, 1, 1).Wait },
		"partial of an extension": func(s *session.Session) waiter {
			return commands.FetchOctets(s, 1, fetch.Ext[string]{Name: "X", Read: func(*wire.Decoder) string { return "" }}, 1, 1).Wait
		},
	})
	// PROXYAUTH may only be sent when no mailbox is selected.
	on(t, extended, "C: A1 PROXYAUTH \"Jo Doe\"\nS: A1 OK\nC: A2 PROXYAUTH bob\nS: A2 NO no\n", func(ctx context.Context, s *session.Session) {
		if _, err := commands.ProxyAuth(s, "Jo Doe").Wait(ctx); err != nil {
			t.Error(err)
		}
		if _, err := commands.ProxyAuth(s, "bob").Wait(ctx); !errors.Is(err, parser.NO) {
			t.Error(err)
		}
		if _, err := commands.ProxyAuth(s, "").Wait(ctx); !session.SafeToRetry(err) {
			t.Error(err)
		}
	})
}
