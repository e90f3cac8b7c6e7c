package serve_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// vanishing is a back end that acts as if another client expunged the message with UID 2 whenever Fetch yields it. Only
// the cache of that message is left.
type vanishing struct{ *memory.Backend }

func (vanishing) Types() (serve.User, serve.Mailbox) {
	return (*vanishingUser)(nil), (*vanishingMailbox)(nil)
}

func (v vanishing) Login(ctx context.Context, name string, c *serve.Conn) (serve.User, error) {
	u, err := v.Backend.Login(ctx, name, c)
	if err != nil {
		return nil, err
	}
	return &vanishingUser{u.(*memory.User)}, nil
}

type vanishingUser struct{ *memory.User }

func (u *vanishingUser) Open(ctx context.Context, name string, opt serve.OpenOptions) (serve.Mailbox, error) {
	m, err := u.User.Open(ctx, name, opt)
	if err != nil {
		return nil, err
	}
	return &vanishingMailbox{m}, nil
}

// vanishingMailbox has only the methods of serve.Mailbox, so that the server copies messages with Append.
type vanishingMailbox struct{ serve.Mailbox }

func (m *vanishingMailbox) Fetch(ctx context.Context, uids []uint32, need serve.Need, yield func(*serve.Message) bool) error {
	return m.Mailbox.Fetch(ctx, uids, need, func(x *serve.Message) bool {
		content := x.Content
		if x.UID == 2 {
			x.Content = func() (*message.Message, error) {
				whole, err := content()
				if err != nil {
					return nil, err
				}
				cache, err := whole.AppendCache(nil)
				if err != nil {
					return nil, err
				}
				return message.Restore(cache, noFile{})
			}
		}
		more := yield(x)
		x.Content = content
		return more
	})
}

// noFile is a file that no longer exists.
type noFile struct{}

func (noFile) ReadAt([]byte, int64) (int, error) { return 0, fs.ErrNotExist }

// TestExpungedDuringFetch checks what happens if a message is expunged after Fetch has yielded it and before its octets
// are read. The server treats it like a message that Fetch omits (RFC 5530 §3): the client gets no item with NIL, and
// the connection does not end.
func TestExpungedDuringFetch(t *testing.T) {
	for _, size := range []int{1, 10_000} {
		s, b := newServer(t, withHost, func(s *serve.Server) { s.Backend = vanishing{s.Backend.(*memory.Backend)} })
		long := strings.Repeat("x", size)
		talk(t, s, b, `
			deliver INBOX a
			deliver INBOX `+long+`
			deliver INBOX c
			1! SELECT INBOX
			1> FETCH 1:3 (UID BODY.PEEK[TEXT])
			1< * 1 FETCH (UID 1 BODY[TEXT] {3}\r\na\r\n)
			1< * 3 FETCH (UID 3 BODY[TEXT] {3}\r\nc\r\n)
			1< T NO [EXPUNGEISSUED] some of the messages are gone
			1> UID FETCH 2 RFC822.HEADER
			1< T OK UID FETCH completed
			1> FETCH 2 (PREVIEW)
			1< * 2 FETCH (PREVIEW …)
			1< T OK FETCH completed
			1> APPEND INBOX CATENATE (URL ";UID=2")
			1< T NO [BADURL ";UID=2"] …
			1> COPY 1:3 INBOX
			1< * 5 EXISTS
			1< * 0 RECENT
			1< T OK [COPYUID 1 1,3 4:5] COPY completed
		`)
	}
}
