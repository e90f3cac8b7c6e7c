package fallback_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fallback"
	"github.com/imapstack/imapstack/commands/internal/sessiontest"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

func Example() {
	srv, err := imaptest.New(imaptest.Without("MOVE", "IMAP4REV2"))
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: hello\r\n\r\nworld\r\n"))
	ctx := context.Background()
	c, sc := imaptest.Pipe(0) // a real program uses session.Dial
	go srv.ServeConn(sc, "alice")
	s, err := session.Open(ctx, c, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	_, way, err := fallback.Append(ctx, s, "Archive", strings.NewReader("Subject: old\r\n\r\n"), 16)
	fmt.Println(way, err)
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		log.Fatal(err)
	}
	moved, err := fallback.Move(ctx, s, numset.Of(numset.UID, 1), "Archive")
	for from, to := range moved.Pairs() {
		fmt.Println(moved.Way, from, to, err)
	}
	// Output:
	// after making the mailbox <nil>
	// by copying 1 2 <nil>
}

// do calls each function of the package, and returns the ways that they used.
func do(t *testing.T, ctx context.Context, s *session.Session, box string) string {
	t.Helper()
	var ways []string
	note := func(what string, way fallback.Way, err error) {
		t.Helper()
		if err != nil || way == fallback.None {
			t.Fatalf("%s: %v, %v", what, way, err)
		}
		ways = append(ways, way.String())
	}
	message := func(i int) *strings.Reader {
		return strings.NewReader(fmt.Sprintf("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= %d\r\nContent-Type: text/plain\r\n\r\nx\r\n", i))
	}
	for i := range 3 {
		m := message(i)
		_, way, err := fallback.Append(ctx, s, box, m, m.Size())
		if i == 0 {
			note("APPEND", way, err)
		} else if way != fallback.Direct || err != nil {
			t.Fatal(way, err)
		}
	}
	_, way, err := fallback.Create(ctx, s, box+"-sent", parser.AttrSent)
	note("CREATE", way, err)
	if way, err = createAgain(ctx, s, box+"-sent"); err == nil || way != fallback.None {
		t.Errorf("a second Create of the same mailbox: got %v, %v", way, err)
	}
	if _, err := commands.Select(s, box).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	found, way, err := fallback.Search(ctx, s, numset.UID, search.Subject("Grüße 1"), search.All)
	note("SEARCH", way, err)
	if way == fallback.Direct && found.Count != 1 || way == fallback.Wider && found.Count != 3 {
		t.Errorf("Search found %d messages %v", found.Count, way)
	}
	// The first message is marked \Deleted, as if by another client. Move must not expunge it.
	uids, err := commands.Search(s, numset.UID, search.All).Wait(ctx)
	if err != nil || uids.Count != 3 {
		t.Fatal(err, uids.Count)
	}
	if err := commands.Store(s, numset.Of(numset.UID, uids.Min), commands.AddFlags, parser.FlagDeleted).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	moved, err := fallback.Move(ctx, s, numset.Span(numset.UID, uids.Max, 0), box+"-sent")
	note("MOVE", moved.Way, err)
	if moved.UIDValidity == 0 || len(moved.From) != 1 || moved.From[0].Start != uids.Max {
		t.Errorf("Move: got %+v", moved)
	}
	// Replace the second message, and then remove the new one. The first message must remain, although it is marked.
	numbers := uids.Found
	numbers.Remove(uids.Min)
	old, _ := numbers.Min()
	m := message(3)
	made, way, err := fallback.Replace(ctx, s, old, box, m, m.Size(), commands.WithFlags(parser.FlagDraft))
	note("REPLACE", way, err)
	now, err := commands.Search(s, numset.UID, search.All).Wait(ctx)
	if uid, ok := made.UIDs.Min(); err != nil || now.Count != 2 || ok && now.Max != uid || now.Max <= old || now.Min != uids.Min {
		t.Errorf("Replace added UIDs %v in place of UID %d; the mailbox now has %v, %v", made.UIDs, old, now.Found, err)
	}
	if err := fallback.Remove(ctx, s, numset.Of(numset.UID, now.Max)); err != nil {
		t.Error(err)
	}
	list, way, err := fallback.ListStatus(ctx, s, "", box+"*", []status.Item{status.Messages})
	note("LIST", way, err)
	counts := map[string]int64{}
	for _, b := range list {
		counts[b.List.Name()] = -1
		if b.Status != nil {
			counts[b.List.Name()] = int64(b.Status.Messages)
		}
	}
	if len(counts) != 2 || counts[box] != 1 || counts[box+"-sent"] != 1 {
		t.Errorf("ListStatus: got the numbers of messages %v, want 1 in each of two mailboxes", counts)
	}
	return strings.Join(ways, ", ")
}

func createAgain(ctx context.Context, s *session.Session, box string) (fallback.Way, error) {
	_, way, err := fallback.Create(ctx, s, box, parser.AttrSent)
	return way, err
}

func TestWays(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, s := sessiontest.Memory(t, ctx)
	if got := do(t, ctx, s, "Ways"); got != "after making the mailbox, directly, directly, directly, directly, directly" {
		t.Error(got)
	}
	_, s = sessiontest.Memory(t, ctx, imaptest.Without("MOVE", "REPLACE", "LIST-STATUS", "CREATE-SPECIAL-USE", "METADATA", "IMAP4REV2"))
	if got := do(t, ctx, s, "Ways"); got != "after making the mailbox, without its use, directly, by copying, step by step, step by step" {
		t.Error(got)
	}
}

// TestRefusals plays scripts of servers that refuse what they offer, or do not accept UTF-8. The server of package
// imaptest does neither.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		what, script string
		do           func(ctx context.Context, s *session.Session) (fallback.Way, error)
		want         fallback.Way
		err          error
	}{
		// The refusal is from RFC 3501 §6.4.4, with the one charset that Exchange accepts.
		{"SEARCH", `
			S: * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] ready
			C: A1 SELECT INBOX
			S: * 2 EXISTS
			S: A1 OK done
			C: A2 UID SEARCH CHARSET UTF-8 SUBJECT {3+}
			C: aé
			S: A2 NO [BADCHARSET (US-ASCII)] The specified charset is not supported.
			C: A3 UID SEARCH ALL
			S: * SEARCH 4 9
			S: A3 OK done
		`, func(ctx context.Context, s *session.Session) (fallback.Way, error) {
			commands.Select(s, "INBOX").Wait(ctx)
			found, way, err := fallback.Search(ctx, s, numset.UID, search.Subject("aé"), search.All)
			if found.Count != 2 {
				err = fmt.Errorf("%d found, %w", found.Count, err)
			}
			return way, err
		}, fallback.Wider, nil},
		{"MOVE that is not known", `
			S: * PREAUTH [CAPABILITY IMAP4rev1 MOVE UIDPLUS] ready
			C: A1 SELECT INBOX
			S: * 2 EXISTS
			S: * OK [UIDNEXT 9] next
			S: A1 OK done
			C: A2 UID MOVE 4 Away
			S: A2 BAD unknown command
			C: A3 UID COPY 4 Away
			S: A3 OK [COPYUID 1 4 7] done
			C: A4 UID STORE 4 +FLAGS.SILENT (\Deleted)
			S: A4 OK done
			C: A5 UID EXPUNGE 4
			S: * 1 EXPUNGE
			S: A5 OK done
		`, move(numset.Of(numset.UID, 4)), fallback.ByCopy, nil},
		// The server may have moved some messages before MOVE failed.
		{"MOVE that fails", `
			S: * PREAUTH [CAPABILITY IMAP4rev1 MOVE UIDPLUS] ready
			C: A1 SELECT INBOX
			S: * 2 EXISTS
			S: * OK [UIDNEXT 9] next
			S: A1 OK done
			C: A2 UID MOVE 4 Away
			S: A2 NO [OVERQUOTA] full
		`, move(numset.Of(numset.UID, 4)), fallback.None, parser.CodeOverQuota},
		{"COPY that fails", `
			S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] ready
			C: A1 SELECT INBOX
			S: * 2 EXISTS
			S: * OK [UIDNEXT 9] next
			S: A1 OK done
			C: A2 UID COPY 4 Away
			S: A2 NO [OVERQUOTA] full
		`, move(numset.Of(numset.UID, 4)), fallback.None, parser.CodeOverQuota},
		{"no UIDPLUS", `
			S: * PREAUTH [CAPABILITY IMAP4rev1] ready
			C: A1 SELECT INBOX
			S: * 2 EXISTS
			S: * OK [UIDNEXT 9] next
			S: A1 OK done
		`, move(numset.Of(numset.UID, 4)), fallback.None, commands.ErrMoveUnsafe},
		// A message that arrives between the steps is neither copied nor expunged.
		{"all messages", `
			S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] ready
			C: A1 SELECT INBOX
			S: * 2 EXISTS
			S: A1 OK done
			C: A2 UID SEARCH UID 1:*
			S: * SEARCH 4 5
			S: A2 OK done
			C: A3 UID COPY 4:5 Away
			S: A3 OK done
			S: * 3 EXISTS
			C: A4 UID STORE 4:5 +FLAGS.SILENT (\Deleted)
			S: A4 OK done
			C: A5 UID EXPUNGE 4:5
			S: * 1 EXPUNGE
			S: * 1 EXPUNGE
			S: A5 OK done
		`, move(numset.All(numset.UID)), fallback.ByCopy, nil},
		{"UIDs that new messages may get", `
			S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] ready
			C: A1 SELECT INBOX
			S: * 2 EXISTS
			S: * OK [UIDNEXT 9] next
			S: A1 OK done
			C: A2 UID SEARCH UID 1:9
			S: * SEARCH 4 5
			S: A2 OK done
			C: A3 UID COPY 4:5 Away
			S: A3 OK done
			C: A4 UID STORE 4:5 +FLAGS.SILENT (\Deleted)
			S: A4 OK done
			C: A5 UID EXPUNGE 4:5
			S: A5 OK done
		`, move(numset.Span(numset.UID, 1, 9)), fallback.ByCopy, nil},
		// The server says that it has not copied UID 5 (RFC 4315 §3).
		{"COPYUID without one of the messages", `
			S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] ready
			C: A1 SELECT INBOX
			S: * 3 EXISTS
			S: * OK [UIDNEXT 9] next
			S: A1 OK done
			C: A2 UID COPY 4:6 Away
			S: A2 OK [COPYUID 1 4,6:8 1:4] done
			C: A3 UID STORE 4,6 +FLAGS.SILENT (\Deleted)
			S: A3 OK done
			C: A4 UID EXPUNGE 4,6
			S: A4 OK done
		`, move(numset.Span(numset.UID, 4, 6)), fallback.ByCopy, nil},
		{"COPYUID of other messages", `
			S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] ready
			C: A1 SELECT INBOX
			S: * 3 EXISTS
			S: * OK [UIDNEXT 9] next
			S: A1 OK done
			C: A2 UID COPY 4:6 Away
			S: A2 OK [COPYUID 1 1:3 1:3] done
		`, func(ctx context.Context, s *session.Session) (fallback.Way, error) {
			way, err := move(numset.Span(numset.UID, 4, 6))(ctx, s)
			if m := (*commands.MoveError)(nil); !errors.As(err, &m) || !m.Copied || m.Step != "COPY" {
				return way, fmt.Errorf("got error %v, want a MoveError with Copied", err)
			}
			return way, nil
		}, fallback.None, nil},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		client, server := imaptest.Pipe(0)
		wait := imaptest.Play(t, server, c.script)
		s, err := session.Open(ctx, client, &session.Config{TagPrefix: "A"})
		if err != nil {
			t.Fatal(err)
		}
		way, err := c.do(ctx, s)
		if way != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %v, %v; want %v, %v", c.what, way, err, c.want, c.err)
		}
		wait()
		s.Close()
	}
}

func move(uids numset.Set) func(ctx context.Context, s *session.Session) (fallback.Way, error) {
	return func(ctx context.Context, s *session.Session) (fallback.Way, error) {
		commands.Select(s, "INBOX").Wait(ctx)
		moved, err := fallback.Move(ctx, s, uids, "Away")
		return moved.Way, err
	}
}

func testReal(t *testing.T, srv peer.Env) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	s := sessiontest.Real(t, ctx, srv)
	box := fmt.Sprintf("INBOX.ways%x", time.Now().UnixNano())
	defer func() {
		commands.Examine(s, "INBOX").Wait(ctx)
		commands.Delete(s, box).Wait(ctx)
		commands.Delete(s, box+"-sent").Wait(ctx)
	}()
	t.Log(do(t, ctx, s, box))
}

func TestInteropDovecot(t *testing.T) { testReal(t, peer.Dovecot(t)) }
func TestInteropCyrus(t *testing.T)   { testReal(t, peer.Cyrus(t)) }
func TestInteropCourier(t *testing.T) { testReal(t, peer.Courier(t)) }
