package serve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session/serve"
)

// small is a back end with only the ten required methods.
type small struct {
	mu    sync.Mutex
	boxes map[string]*smallBox
	fail  error // the error of Append and Fetch

	failing func() // called when Append fails with the error fail
}

type smallBox struct {
	*small
	mails []smallMail
	next  uint32
	later uint32 // how many mailboxes had the name before

	failExpunge error // what Expunge returns after it has removed one message
}

type smallMail struct {
	uid   uint32
	flags []string
	raw   []byte
}

type smallView struct {
	*smallBox
	told []serve.Known
}

func (b *small) Types() (serve.User, serve.Mailbox) { return (*small)(nil), (*smallView)(nil) }

func (b *small) Login(context.Context, string, *serve.Conn) (serve.User, error) { return b, nil }

func (b *small) Mailboxes(context.Context) (list []serve.MailboxInfo, err error) {
	for name := range b.boxes {
		list = append(list, serve.MailboxInfo{Name: name})
	}
	slices.SortFunc(list, func(x, y serve.MailboxInfo) int { return strings.Compare(x.Name, y.Name) })
	return list, nil
}

func (b *small) Open(_ context.Context, name string, _ serve.OpenOptions) (serve.Mailbox, error) {
	if b.boxes[name] == nil {
		return nil, parser.CodeNonExistent
	}
	return &smallView{smallBox: b.boxes[name]}, nil
}

func (b *small) Append(_ context.Context, name string, m *serve.NewMessage) (uint32, uint32, error) {
	raw, err := io.ReadAll(m.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	box := b.boxes[name]
	switch {
	case err != nil:
		return 0, 0, err
	case box == nil:
		return 0, 0, parser.CodeTryCreate
	case b.fail != nil && len(box.mails) > 0:
		if b.failing != nil {
			b.failing()
		}
		return 0, 0, b.fail
	}
	box.next++
	box.mails = append(box.mails, smallMail{box.next, m.Flags, raw})
	return 7 + box.later, box.next, nil
}

func (v *smallView) Changes(context.Context) (*serve.Changes, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	ch := &serve.Changes{UIDValidity: 7 + v.later, UIDNext: v.next + 1}
	var now []serve.Known
	for _, m := range v.mails {
		n := uint64(0)
		for _, f := range m.flags {
			n = n*31 + uint64(len(f)) + uint64(f[1])
		}
		now = append(now, serve.Known{UID: m.uid, ModSeq: n})
	}
	ch.Compare(v.told, now)
	v.told = now
	return ch, nil
}

func (v *smallView) Fetch(_ context.Context, uids []uint32, _ serve.Need, yield func(*serve.Message) bool) error {
	v.mu.Lock()
	mails := slices.Clone(v.mails)
	v.mu.Unlock()
	for _, m := range mails {
		_, ok := slices.BinarySearch(uids, m.uid)
		content := func() (*message.Message, error) {
			if v.fail != nil {
				return message.Open(&failingDisk{m.raw}, int64(len(m.raw)))
			}
			return message.New(m.raw), nil
		}
		if ok && !yield(&serve.Message{UID: m.uid, Flags: m.flags, Date: time.Unix(0, 0), Size: int64(len(m.raw)), Content: content}) {
			break
		}
	}
	return nil
}

// failingDisk is the file of a message. Only the beginning of the file can be read.
type failingDisk struct{ raw []byte }

func (b *failingDisk) ReadAt(p []byte, off int64) (int, error) {
	if off > 20_000 && len(p) < len(b.raw)-int(off) {
		return 0, errors.New("the disk is broken")
	}
	n := copy(p, b.raw[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (v *smallView) Store(_ context.Context, uids []uint32, ch *serve.FlagChange) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range v.mails {
		if _, ok := slices.BinarySearch(uids, v.mails[i].uid); ok {
			v.mails[i].flags = ch.Apply(v.mails[i].flags)
		}
	}
	return nil
}

func (v *smallView) Expunge(_ context.Context, uids []uint32) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	removed := 0
	v.mails = slices.DeleteFunc(v.mails, func(m smallMail) bool {
		_, ok := slices.BinarySearch(uids, m.uid)
		if ok = (ok || uids == nil) && slices.Contains(m.flags, `\Deleted`) && (v.failExpunge == nil || removed == 0); ok {
			removed++
		}
		return ok
	})
	return v.failExpunge
}

func (v *smallView) Close() error { return nil }

func newSmall(t testing.TB) (*serve.Server, *small) {
	b := &small{boxes: map[string]*smallBox{}}
	for _, name := range []string{"INBOX", "other"} {
		b.boxes[name] = &smallBox{small: b}
	}
	s := &serve.Server{Backend: b, InsecureAuth: true, FailedLoginDelay: -1, Auth: &auth.ServerConfig{
		Password: func(string) (auth.Secret, error) { return auth.NewSecret("secret"), nil },
	}}
	quiet(s)
	t.Cleanup(func() { s.Close() })
	return s, b
}

// TestTenMethods checks that a back end with the ten methods suffices for copying and moving. The server refuses
// commands for which the back end has no methods.
func TestTenMethods(t *testing.T) {
	s, _ := newSmall(t)
	talk(t, s, nil, `
		1> CAPABILITY
		1< * CAPABILITY …MOVE…
		1< T OK …
		1> SETQUOTA "" ()
		1< T BAD unknown command SETQUOTA
		1> APPEND INBOX (\Seen) {5+}\r\nhello
		1< T OK [APPENDUID 7 1] APPEND completed
		1> APPEND INBOX {5+}\r\nworld
		1< T OK [APPENDUID 7 2] APPEND completed
		1> APPEND INBOX {3+}\r\none {3+}\r\ntwo
		1< T BAD only one message is allowed
		1> SELECT INBOX (CONDSTORE)
		1< T BAD unknown parameter
		1! SELECT INBOX
		1> COPY 1:2 other
		1< T OK [COPYUID 7 1:2 1:2] COPY completed
		1> MOVE 1 other
		1< * OK [COPYUID 7 1 3] moved
		1< * 1 EXPUNGE
		1< T OK MOVE completed
		1> STATUS other (MESSAGES UNSEEN UIDNEXT SIZE)
		1< * STATUS other (MESSAGES 3 UIDNEXT 4 UNSEEN 1 SIZE 15)
		1< T OK STATUS completed
		1> CREATE x
		1< T NO [CANNOT] mailboxes cannot be created or deleted
		1> SUBSCRIBE INBOX
		1< T OK SUBSCRIBE completed
		1> LSUB "" *
		1< * LSUB () "/" INBOX
		1< * LSUB () "/" other
		1< T OK LSUB completed
		1> FETCH 1 (FLAGS BODY[])
		1< * 1 FETCH (FLAGS (\Seen) BODY[] {5}\r\nworld)
		1< T OK FETCH completed
	`)
}

// TestSilentStoreAfterReport removes the last flag of a message silently, just after another connection has set it. The
// server reports that flag during the STORE. So, although the STORE is silent, it must then report that the flag is gone.
func TestSilentStoreAfterReport(t *testing.T) {
	s, _ := newSmall(t)
	talk(t, s, nil, `
		1! APPEND INBOX {5+}\r\nhello
		1! SELECT INBOX
		2! SELECT INBOX
		2! STORE 1 +FLAGS (\Flagged)
		1> STORE 1 -FLAGS.SILENT (\Flagged)
		1< * 1 FETCH (FLAGS (\Flagged))
		1< * 1 FETCH (FLAGS ())
		1< T OK STORE completed
	`)
}

// TestCopyFails checks that the messages copied so far are removed if one cannot be copied.
func TestCopyFails(t *testing.T) {
	s, b := newSmall(t)
	talk(t, s, nil, `
		1! APPEND INBOX {5+}\r\nhello
		1! APPEND INBOX {5+}\r\nworld
		1! SELECT INBOX
	`)
	b.fail = &serve.Error{Code: parser.CodeOverQuota, Args: "", Text: "no more"}
	talk(t, s, nil, `
		1! SELECT INBOX
		1> COPY 1:2 other
		1< T NO [OVERQUOTA] no more
		1> STATUS other (MESSAGES)
		1< * STATUS other (MESSAGES 0)
		1< T OK STATUS completed
		1> APPEND INBOX {1+}\r\nx
		1< T NO [OVERQUOTA] no more
	`)
	b.fail = fmt.Errorf("/var/secret/path: %w", errors.New("disk full"))
	talk(t, s, nil, `
		1> APPEND INBOX {1+}\r\nx
		1< T NO [SERVERBUG] internal error
		1> NOOP
		1< T OK NOOP completed
	`)
}

// TestCopyFailsRenamed checks what happens if a COPY fails after another mailbox has got the name of its destination.
// The server removes nothing from that mailbox.
func TestCopyFailsRenamed(t *testing.T) {
	s, b := newSmall(t)
	talk(t, s, nil, `
		1! APPEND INBOX {5+}\r\nhello
		1! APPEND INBOX {5+}\r\nworld
	`)
	b.fail = &serve.Error{Code: parser.CodeOverQuota, Text: "no more"}
	b.failing = func() {
		b.boxes["other"] = &smallBox{small: b, mails: []smallMail{{1, nil, []byte("x")}}, next: 1, later: 1}
	}
	talk(t, s, nil, `
		1! SELECT INBOX
		1> COPY 1:2 other
		1< T NO [OVERQUOTA] no more
		1> STATUS other (MESSAGES UIDVALIDITY)
		1< * STATUS other (MESSAGES 1 UIDVALIDITY 8)
		1< T OK STATUS completed
	`)
}

// TestMoveFails checks what happens if the back end can remove only one of the messages to move. Each message is then
// in only one mailbox.
func TestMoveFails(t *testing.T) {
	s, b := newSmall(t)
	talk(t, s, nil, `
		1! APPEND INBOX {3+}\r\none
		1! APPEND INBOX {3+}\r\ntwo
		1! APPEND INBOX {5+}\r\nthree
	`)
	b.boxes["INBOX"].failExpunge = errors.New("disk full")
	talk(t, s, nil, `
		1! SELECT INBOX
		1> MOVE 1:3 other
		1< * 1 EXPUNGE
		1< T NO [SERVERBUG] internal error
		1> FETCH 1:* (UID FLAGS)
		1< * 1 FETCH (UID 2 FLAGS ())
		1< * 2 FETCH (UID 3 FLAGS ())
		1< T OK FETCH completed
		1> STATUS other (MESSAGES)
		1< * STATUS other (MESSAGES 1)
		1< T OK STATUS completed
	`)
}

// TestBrokenDisk checks what happens if a message cannot be read. FETCH returns the other messages, and its answer is
// NO. SEARCH finds the other messages.
func TestBrokenDisk(t *testing.T) {
	s, b := newSmall(t)
	big := "A: b\r\n\r\n" + strings.Repeat("x", 100_000)
	b.boxes["INBOX"].mails = []smallMail{{1, nil, []byte("A: b\r\n\r\nsmall")}, {2, nil, []byte(big)}, {3, nil, []byte("A: b\r\n\r\nthree")}}
	b.boxes["INBOX"].next = 3
	b.fail = errors.New("broken")
	talk(t, s, nil, `
		1! SELECT INBOX
		1> FETCH 1:3 BODY.PEEK[TEXT]
		1< * 1 FETCH (BODY[TEXT] {5}\r\nsmall)
		1< * 3 FETCH (BODY[TEXT] {5}\r\nthree)
		1< T NO [SERVERBUG] internal error
		1> SEARCH BODY three
		1< * SEARCH 3
		1< T OK SEARCH completed
	`)
}

type panicky struct{ serve.Backend }

func (panicky) Login(context.Context, string, *serve.Conn) (serve.User, error) { panic("oops") }

// TestPanic checks that a panic ends only its own connection.
func TestPanic(t *testing.T) {
	s, b := newServer(t, quiet)
	s.Backend = panicky{b}
	c := dial(t, s)
	c.send("a LOGIN alice secret")
	if got := c.line() + c.line(); got != "* BYE [SERVERBUG] internal error\r\nEOF" {
		t.Errorf("got %q, want %q", got, "* BYE [SERVERBUG] internal error\r\nEOF")
	}
	if got := dial(t, s).ok("NOOP"); len(got) != 1 {
		t.Errorf("NOOP on another connection: got %q, want one line", got)
	}
}

// rich is a back end with quotas, rights and annotations, which it keeps in maps.
type rich struct{ *small }

type richUser struct {
	*small
	limit uint64
	acl   map[string]parser.Rights
	meta  map[string][]parser.EntryValue
}

func (rich) Types() (serve.User, serve.Mailbox) { return (*richUser)(nil), (*smallView)(nil) }

func (b rich) Login(context.Context, string, *serve.Conn) (serve.User, error) {
	return &richUser{b.small, 100, map[string]parser.Rights{"alice": "lrswa"}, map[string][]parser.EntryValue{}}, nil
}

func (u *richUser) QuotaRoots(ctx context.Context, _ string) ([]parser.Quota, error) {
	list, err := u.Quota(ctx, "")
	return []parser.Quota{{Root: []byte{}, Resources: list}}, err
}
func (u *richUser) Quota(context.Context, string) ([]parser.QuotaResource, error) {
	return []parser.QuotaResource{{Name: "STORAGE", Usage: 10, Limit: u.limit}}, nil
}
func (u *richUser) QuotaResources() []string { return []string{"STORAGE"} }
func (u *richUser) SetQuota(_ context.Context, _ string, limits []parser.ResourceLimit) error {
	u.limit = limits[0].Limit
	return nil
}
func (u *richUser) ACL(context.Context, string) (list []parser.ACLEntry, err error) {
	for name, r := range u.acl {
		list = append(list, parser.ACLEntry{Identifier: []byte(name), Rights: r})
	}
	slices.SortFunc(list, func(x, y parser.ACLEntry) int { return strings.Compare(string(x.Identifier), string(y.Identifier)) })
	return list, nil
}
func (u *richUser) SetACL(_ context.Context, _, who string, op byte, r parser.Rights) error {
	if op == '+' {
		r = (u.acl[who] + r).Canonical()
	}
	u.acl[who] = r
	return nil
}
func (u *richUser) DeleteACL(_ context.Context, _, who string) error {
	delete(u.acl, who)
	return nil
}
func (u *richUser) ListRights(context.Context, string, string) (parser.Rights, []parser.Rights, error) {
	return "l", []parser.Rights{"r", "s"}, nil
}
func (u *richUser) MyRights(context.Context, string) (parser.Rights, error) {
	return u.acl["alice"], nil
}
func (u *richUser) Metadata(_ context.Context, box string) ([]parser.EntryValue, error) {
	return u.meta[box], nil
}
func (u *richUser) SetMetadata(_ context.Context, box string, list []parser.EntryValue) error {
	u.meta[box] = append(u.meta[box], list...)
	return nil
}

// TestMoreMethods tests the capabilities of a back end with more methods.
func TestMoreMethods(t *testing.T) {
	s, b := newSmall(t)
	s.Backend = rich{b}
	talk(t, s, nil, `
		1> CAPABILITY
		1< * CAPABILITY …QUOTA QUOTASET ACL RIGHTS=kxten LIST-MYRIGHTS METADATA LIST-METADATA QUOTA=RES-STORAGE
		1< T OK …
		1> GETQUOTAROOT INBOX
		1< * QUOTAROOT INBOX ""
		1< * QUOTA "" (STORAGE 10 100)
		1< T OK …
		1> SETQUOTA "" (STORAGE 200)
		1< * QUOTA "" (STORAGE 10 200)
		1< T OK …
		1> SETQUOTA "" (X 200)
		1< T NO [CANNOT] no resource X
		1> SETACL INBOX bob +lr
		1< T OK …
		1> GETACL INBOX
		1< * ACL INBOX alice lrswa bob lr
		1< T OK …
		1> MYRIGHTS INBOX
		1< * MYRIGHTS INBOX lrswa
		1< T OK …
		1> LISTRIGHTS INBOX bob
		1< * LISTRIGHTS INBOX bob l r s
		1< T OK …
		1> DELETEACL INBOX bob
		1< T OK …
		1> SETMETADATA INBOX (/private/comment "hello" /private/a/b {3+}\r\nxyz)
		1< T OK …
		1> SETMETADATA INBOX (/nowhere "x")
		1< T BAD …
		1> GETMETADATA INBOX /PRIVATE/Comment
		1< * METADATA INBOX (/private/comment "hello")
		1< T OK …
		1> GETMETADATA (DEPTH infinity MAXSIZE 4) INBOX /private
		1< * METADATA INBOX (/private/a/b "xyz")
		1< T OK [METADATA LONGENTRIES 5] …
		1> LIST "" INBOX RETURN (MYRIGHTS METADATA (/private/comment))
		1< * LIST (\HasNoChildren) "/" INBOX
		1< * MYRIGHTS INBOX lrswa
		1< * METADATA INBOX (/private/comment "hello")
		1< T OK …
	`)
}

// TestAppendHangsUp checks that a mailbox does not get a message if the client ends the connection in the middle of it.
func TestAppendHangsUp(t *testing.T) {
	s, b := newSmall(t)
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.send("a APPEND INBOX {100000}")
	c.line()
	c.send("%s", strings.Repeat("x", 50_000))
	c.c.Close()
	for s.Conns() > 0 {
	}
	if n := len(b.boxes["INBOX"].mails); n != 0 {
		t.Errorf("the mailbox has %d messages after half a literal, want none", n)
	}
}
