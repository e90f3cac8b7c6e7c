package commands_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestRangesAreNotExpanded uses a server that sends the set of all possible numbers, 1:4294967295, in every response
// and code that contains a set. No command, no handler and no view of the mailbox expands the range.
func TestRangesAreNotExpanded(t *testing.T) {
	const every = "1:4294967295"
	says := func(tag, line string) string {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "UID "), " ")
		said := map[string]string{
			"SELECT":     "* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* VANISHED (EARLIER) " + every + "\r\n%s OK [READ-WRITE] x\r\n",
			"SEARCH":     "* ESEARCH (TAG \"%[1]s\") UID ALL " + every + " COUNT 4294967295 MIN 1 MAX 4294967295 PARTIAL (1:4294967295 " + every + ")\r\n%[1]s OK x\r\n",
			"SORT":       "* ESEARCH (TAG \"%[1]s\") UID ALL 4294967295:1\r\n%[1]s OK x\r\n",
			"ESEARCH":    "* ESEARCH (TAG \"%[1]s\" MAILBOX INBOX UIDVALIDITY 1) UID ALL " + every + "\r\n%[1]s OK x\r\n",
			"STORE":      "* 1 FETCH (UID 1 FLAGS ())\r\n%s OK [MODIFIED " + every + "] x\r\n",
			"COPY":       "%s OK [COPYUID 1 " + every + " " + every + "] x\r\n",
			"MOVE":       "* OK [COPYUID 1 " + every + " " + every + "] x\r\n* VANISHED " + every + "\r\n%s OK x\r\n",
			"EXPUNGE":    "* VANISHED " + every + "\r\n%s OK x\r\n",
			"APPEND":     "%s OK [APPENDUID 1 " + every + "] x\r\n",
			"UIDBATCHES": "* UIDBATCHES (TAG \"%[1]s\") 4294967295:1\r\n%[1]s OK x\r\n",
			"FETCH":      "* VANISHED (EARLIER) " + every + "\r\n%s OK x\r\n",
			"NOOP":       "* 4294967295 EXISTS\r\n* VANISHED " + every + "\r\n%s OK x\r\n",
		}[name]
		if said == "" {
			said = "%s OK x\r\n"
		}
		return fmt.Sprintf(said, tag)
	}
	caps := strings.TrimSuffix(strings.TrimPrefix(preauth, "* PREAUTH [CAPABILITY IMAP4 IMAP4rev1 "), "] hi\r\n\x01")
	var sets []numset.Set
	noted := func(s numset.Set) {
		sets = append(sets, s)
		few(s.Numbers())
		s.Contains(77)
		s.Len()
		_ = s.String()
	}
	cfg := &session.Config{Handler: session.Handler{Gone: func(g session.Gone) { noted(g.UIDs) }}}
	watched(t, caps, says, cfg, func(t *testing.T, s *session.Session, _ net.Conn) {
		ctx := t.Context()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ones := numset.Of(numset.UID, 1)
		mail := func() *strings.Reader { return strings.NewReader("Subject: x\r\n\r\n") }
		if err := forget(commands.Enable(s, "QRESYNC"))(ctx); err != nil {
			t.Error(err)
		}
		type waits = func(context.Context) error
		for name, start := range map[string]func() waits{
			"SELECT": func() waits { return forget(commands.Select(s, "INBOX")) },
			"SEARCH": func() waits {
				return func(ctx context.Context) error {
					r, err := commands.Search(s, numset.UID, search.All, search.ReturnAll, search.ReturnPartial(1, 10)).Wait(ctx)
					noted(r.Found)
					noted(r.Window)
					return err
				}
			},
			"SORT": func() waits {
				return have(commands.Sort(s, numset.UID, []search.SortKey{search.BySubject}, search.All, search.ReturnAll), func(r commands.SortResult) {
					few(r.All())
					noted(r.Set())
				})
			},
			"ESEARCH": func() waits {
				return all(commands.MultiSearch(s, []commands.MailboxFilter{commands.InPersonal}, search.All, search.ReturnAll), func(m *commands.MultiSearchResult) { noted(m.Found) })
			},
			"STORE": func() waits {
				return all(commands.Store(s, ones, commands.AddFlags.UnchangedSince(5), parser.FlagSeen), readFetch)
			},
			"COPY": func() waits { return have(commands.Copy(s, ones, "x"), readCopied) },
			"MOVE": func() waits { return have(commands.Move(s, ones, "x"), readCopied) },
			"by COPY": func() waits {
				return func(ctx context.Context) error {
					c, err := commands.MoveByCopy(ctx, s, ones, "x")
					readCopied(c)
					return err
				}
			},
			"EXPUNGE": func() waits { return all(commands.UIDExpunge(s, ones), func(x *commands.Expunged) { noted(x.UIDs) }) },
			"APPEND": func() waits {
				return have(commands.Append(s, "x", mail(), -1), func(u commands.AppendUID) { noted(u.UIDs) })
			},
			"UIDBATCHES": func() waits { return forget(commands.UIDBatches(s, 1000, 0, 0)) },
			"FETCH":      func() waits { return all(commands.Fetch(s, ones, fetch.Flags), readFetch) },
			"NOOP":       func() waits { return forget(commands.Noop(s)) },
			"Watch": func() waits {
				return func(ctx context.Context) error {
					for r, err := range commands.Watch(ctx, s, commands.WatchOptions{}) {
						if err != nil || r.Name == "VANISHED" {
							return err
						}
					}
					return nil
				}
			},
			"Execute": func() waits {
				return have(commands.Execute(s, "UID EXPUNGE", nil), func(r commands.RawResult) { r.Named("VANISHED") })
			},
		} {
			if name != "SELECT" && s.State() != session.Selected {
				commands.Select(s, "INBOX").Wait(ctx)
			}
			short, cancel := context.WithTimeout(ctx, time.Minute)
			var modified *commands.ModifiedError // an error that the server causes
			if err := start()(short); err != nil && name != "Watch" && !errors.As(err, &modified) {
				t.Errorf("%s: %v", name, err)
			}
			cancel()
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("%d bytes were allocated", n)
		}
		for _, s := range sets {
			if n, ok := s.Len(); len(s.Ranges()) > 1 || ok && n > 1 && n != 4294967295 {
				t.Errorf("a set of %[2]d numbers has %[1]d ranges", len(s.Ranges()), n)
			}
		}
		if len(sets) < 8 {
			t.Errorf("only %d sets were received", len(sets))
		}
	})
}
