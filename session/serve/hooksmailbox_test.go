package serve_test

import (
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/wire"
)

// tidal has all hooks for the open mailbox. It provides a FETCH item and a search key, hides a message, and decides
// which changes are reported, and when.
type tidal struct{ conn *serve.Conn }

func (h *tidal) Start(c *serve.Conn) { h.conn = c }

func (*tidal) HasItem(name string) bool { return name == "TIDE" }

func (*tidal) Item(e *wire.Encoder, item *parser.FetchItem, m match.Message) {
	e.Number64(uint64(m.UID()) + item.Partial.Offset)
}

func (*tidal) ReadKey(_ *wire.Decoder, k *parser.SearchKey) bool { return k.Name == "EBB" }

func (*tidal) MatchKey(k *parser.SearchKey) func(match.Message) bool {
	if k.Name != "EBB" {
		return nil
	}
	return func(m match.Message) bool { return strings.Contains(strings.ToLower(m.Content().HeaderText()), "ebb") }
}

func (*tidal) Fetching(_ *parser.FetchArgs, _ uint32, m *serve.Message) (bool, error) {
	if m.UID == 9 {
		return false, &serve.Error{Code: parser.CodeNoPerm, Text: "not this one"}
	}
	return m.UID != 2, nil
}

func (h *tidal) Updates(head *parser.CommandHead, may serve.Updates, _ *serve.Reply) serve.Updates {
	if head.Name == "CHECK" {
		h.conn.Untagged("TIDE low") // before the changes
		h.conn.SendUpdates(true, true)
		return serve.UpdatesDeferred
	}
	if head.Name == "NOOP" && may == serve.UpdatesAll {
		return serve.UpdatesButExpunge
	}
	return may
}

func (h *tidal) MailboxGone() {
	h.conn.Deselect()
	h.conn.Untagged("OK [CLOSED] the mailbox has been deleted")
}

func TestMailboxHooks(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) { s.Hooks = func(*serve.Conn) any { return &tidal{} } })
	talk(t, s, b, `
		deliver INBOX ebb
		deliver INBOX flow
		deliver INBOX ebb too
		1! SELECT INBOX
		1> FETCH 1:3 (TIDE UID)
		1< * 1 FETCH (UID 1 TIDE 1)
		1< * 3 FETCH (UID 3 TIDE 3)
		1< T OK FETCH completed
		1> FETCH 1 TIDE[1]<5.5>
		1< * 1 FETCH (TIDE[1]<5> 6)
		1< T OK FETCH completed
		1> SEARCH NOT EBB
		1< * SEARCH 2
		1< T OK SEARCH completed
		1> SEARCH FLOW
		1< T BAD …
		# the hook reports fewer changes before the answer to NOOP
		2! SELECT INBOX
		2! STORE 1 +FLAGS.SILENT (\Deleted)
		2! EXPUNGE
		1> NOOP
		1< T OK NOOP completed
		1> UID FETCH 3 UID
		1< * 3 FETCH (UID 3)
		1< * 1 EXPUNGE
		1< T OK UID FETCH completed
		2! STORE 1 +FLAGS.SILENT (\Answered)
		1> CHECK
		1< * TIDE low
		1< * 1 FETCH (UID 2 FLAGS (\Answered))
		1< T OK CHECK completed
		1! CREATE x
		1! SELECT x
		2! DELETE x
		1> NOOP
		1< * OK [CLOSED] the mailbox has been deleted
		1< T OK NOOP completed
		1> FETCH 1 UID
		1< T BAD …
	`)
}

// TestGoneWithinStore checks what happens if a silent STORE looks for changes by other clients and finds that the
// mailbox was deleted, and the GoneHook closes the mailbox.
func TestGoneWithinStore(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) { s.Hooks = func(*serve.Conn) any { return &tidal{} } })
	talk(t, s, b, `
		1! CREATE x
		deliver x one
		1! SELECT x
		2! DELETE x
		1> STORE 1 +FLAGS.SILENT (\Seen)
		1< * OK [CLOSED] the mailbox has been deleted
		1< T …
		1> NOOP
		1< T OK NOOP completed
	`)
}

// TestCopyOfNothing copies "$" after a search that has found nothing (RFC 5182 §2.1).
func TestCopyOfNothing(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX one
		1! SELECT INBOX
		1! CREATE Archive
		1! UID SEARCH RETURN (SAVE) SUBJECT none
		1> UID COPY $ nowhere
		1< T NO [TRYCREATE] …
		1> UID MOVE $ nowhere
		1< T NO [TRYCREATE] …
		1> COPY $ Archive
		1< T OK COPY completed
		1> MOVE $ Archive
		1< T OK MOVE completed
		1> STATUS Archive (MESSAGES)
		1< * STATUS Archive (MESSAGES 0)
		1< T OK STATUS completed
	`)
}

// TestProgress checks that commands report their progress (RFC 9585).
func TestProgress(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) { s.Progress = 2 })
	talk(t, s, b, `
		deliver INBOX one
		deliver INBOX two
		deliver INBOX three
		1! SELECT INBOX
		1! CREATE Archive
		1> SEARCH SUBJECT t
		1< * OK [INPROGRESS ("A4" 0 3)] …
		1< * OK [INPROGRESS ("A4" 2 3)] …
		1< * SEARCH 2 3
		1< T OK SEARCH completed
		1> COPY 1 Archive
		1< T OK …
		1> COPY 1:3 Archive
		1< * OK [INPROGRESS ("A6" 0 3)] …
		1< * OK [INPROGRESS ("A6" 3 3)] …
		1< T OK …
	`)
}

// TestNUL checks that the server sends NUL only in literals that may contain it (RFC 9051 §9, note 3), whether the
// message is in memory or is read while it is sent.
func TestNUL(t *testing.T) {
	s, b := newServer(t)
	long := strings.Repeat("a\x00b", 3000)
	for _, body := range []string{"x\x00y", long} {
		if _, err := b.Deliver("alice", "INBOX", []byte("Content-Transfer-Encoding: binary\r\n\r\n"+body)); err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(body, "\x00", "\x80")
		got, err := io.ReadAll(serve.WithoutNUL(strings.NewReader(body)))
		if err != nil || string(got) != want {
			t.Errorf("withoutNUL: got %.20q, %v; want %.20q", got, err, want)
		}
	}
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("SELECT INBOX")
	for n, body := range []string{"x\x00y", long} {
		plain := strings.Join(c.ok("FETCH %d BODY.PEEK[TEXT]", n+1), "")
		binary := strings.Join(c.ok("FETCH %d BINARY.PEEK[1]", n+1), "")
		if strings.Contains(plain, "\x00") || !strings.Contains(plain, strings.ReplaceAll(body, "\x00", "\x80")) {
			t.Errorf("BODY: got %.80q, want 0x80 for each NUL", plain)
		}
		if !strings.Contains(binary, "~{") || !strings.Contains(binary, body) {
			t.Errorf("BINARY: got %.80q, want a literal8 with NUL", binary)
		}
	}
}
