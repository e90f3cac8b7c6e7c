package serve_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// onBadDisk is a back end whose messages are in files. If the subject of a message is "broken", only its header can be
// read.
type onBadDisk struct{ *memory.Backend }

func (b onBadDisk) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	u, err := b.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return badDiskUser{u.(*memory.User)}, nil
}

type badDiskUser struct{ *memory.User }

func (u badDiskUser) Open(ctx context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	m, err := u.User.Open(ctx, name, opt)
	if err != nil {
		return nil, err
	}
	return badDiskMailbox{m.(*memory.Mailbox)}, nil
}

type badDiskMailbox struct{ *memory.Mailbox }

func (m badDiskMailbox) Fetch(ctx context.Context, uids []uint32, need serve.Need, yield func(*serve.Message) bool) error {
	return m.Mailbox.Fetch(ctx, uids, need, func(x *serve.Message) bool {
		content := x.Content
		x.Content = func() (*message.Message, error) {
			whole, err := content()
			if err != nil {
				return nil, err
			}
			file := &badFile{Reader: strings.NewReader(string(whole.Raw())), from: whole.Size()}
			opened, err := message.Open(file, whole.Size())
			if string(whole.Envelope().Subject) == "broken" {
				file.from = whole.Root().Header().Size()
			}
			return opened, err
		}
		more := yield(x)
		x.Content = content
		return more
	})
}

// badFile is a file of which only the octets before the offset from can be read.
type badFile struct {
	*strings.Reader
	from int64
}

var errBadSector = errors.New("bad sector")

func (f *badFile) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from && off < f.Size() {
		return 0, errBadSector
	}
	return f.Reader.ReadAt(p, off)
}

var _ io.ReaderAt = (*badFile)(nil)

// TestFetchBroken fetches parts of three messages, one of which cannot be read after its header. The client gets no
// response for that message if the part cannot be read, because NIL would mean that the message does not have the part
// (RFC 9051 §4.5). The client gets the other messages, and NO.
func TestFetchBroken(t *testing.T) {
	s, b := newServer(t, quiet, func(s *serve.Server) { s.Backend = onBadDisk{s.Backend.(*memory.Backend)} })
	for _, subject := range []string{"a", "broken", "c"} {
		raw := "Subject: " + subject + "\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n"
		if _, err := b.Deliver("alice", "INBOX", []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("SELECT INBOX")
	c.ok(`STORE 1:3 +FLAGS (\Seen)`)
	for _, item := range []struct {
		ask, want string
		inHeader  bool // the item does not need the part of the message that cannot be read
	}{
		{"BODY.PEEK[TEXT]", "BODY[TEXT] {6}\r\nYWJj\r\n", false},
		{"BODY.PEEK[1]", "BODY[1] {6}\r\nYWJj\r\n", false},
		{"BODY.PEEK[1]<2.2>", "BODY[1]<2> {2}\r\nJj", false},
		{"RFC822.TEXT", "RFC822.TEXT {6}\r\nYWJj\r\n", false},
		{"BINARY.PEEK[1]", "BINARY[1] {3}\r\nabc", false},
		{"BINARY.SIZE[1]", "BINARY.SIZE[1] 3", false},
		{"PREVIEW", `PREVIEW "abc"`, false},
		{"BODY.PEEK[2]", "BODY[2] NIL", true},
		{"BODY.PEEK[HEADER.FIELDS (MIME-Version)]", "BODY[HEADER.FIELDS (MIME-Version)] {21}\r\nMIME-Version: 1.0\r\n\r\n", true},
	} {
		lines := c.do("FETCH 1:3 (%s)", item.ask)
		got := strings.Join(lines, "\n")
		want := "* 1 FETCH (" + item.want + ")\n* 3 FETCH (" + item.want + ")\nT NO [SERVERBUG] internal error"
		if item.inHeader {
			want = "* 1 FETCH (" + item.want + ")\n* 2 FETCH (" + item.want + ")\n* 3 FETCH (" + item.want + ")\nT OK FETCH completed"
		}
		if got != want {
			t.Errorf("FETCH %s: got %q, want %q", item.ask, got, want)
		}
	}
}

// TestSearchBroken searches three messages, one of which cannot be read after its header. That message does not match,
// even if the search has NOT: a client that deletes what it has found must not delete a message that nobody could read.
func TestSearchBroken(t *testing.T) {
	s, b := newServer(t, quiet, func(s *serve.Server) { s.Backend = onBadDisk{s.Backend.(*memory.Backend)} })
	talk(t, s, b, `
		deliver INBOX a
		deliver INBOX broken
		deliver INBOX c
		1! SELECT INBOX
		1> SEARCH BODY a
		1< * SEARCH 1
		1< T OK SEARCH completed
		1> SEARCH NOT BODY zzz
		1< * SEARCH 1 3
		1< T OK SEARCH completed
		1> SEARCH OR BODY zzz NOT TEXT zzz
		1< * SEARCH 1 3
		1< T OK SEARCH completed
		# the header can be read
		1> SEARCH NOT SUBJECT zzz
		1< * SEARCH 1 2 3
		1< T OK SEARCH completed
		1> SORT (SUBJECT) UTF-8 NOT BODY zzz
		1< * SORT 1 3
		1< T OK SORT completed
	`)
}
