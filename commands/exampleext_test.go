package commands_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// discussion opens a session on a server in memory with three messages in INBOX.
func discussion(ctx context.Context) (*session.Session, func(), error) {
	srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
	if err != nil {
		return nil, nil, err
	}
	for _, text := range []string{
		"Subject: plan\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\nwhat?\r\n",
		"Subject: other\r\nDate: Mon, 2 Mar 2026 08:00:00 +0000\r\nMessage-ID: <2@example.com>\r\n\r\nanything\r\n",
		"Subject: Re: plan\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\nMessage-ID: <3@example.com>\r\nIn-Reply-To: <1@example.com>\r\n\r\nthis\r\n",
	} {
		srv.Mailbox("alice", "INBOX").Append([]byte(text))
	}
	s, err := session.Open(ctx, srv.Pipe(), nil)
	if err != nil {
		srv.Close()
		return nil, nil, err
	}
	if _, err = commands.Login(s, "alice", auth.NewSecret("secret"), commands.AllowPlaintext()).Wait(ctx); err == nil {
		_, err = commands.Select(s, "INBOX").Wait(ctx)
	}
	return s, func() { s.Close(); srv.Close() }, err
}

func ExampleSort() {
	ctx := context.Background()
	s, done, err := discussion(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	found, err := commands.Sort(s, numset.UID, []search.SortKey{search.ByDate.Reverse()}, search.Unseen).Wait(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for uid := range found.All() {
		fmt.Println(uid)
	}
	// Output:
	// 3
	// 1
	// 2
}

func ExampleThread() {
	ctx := context.Background()
	s, done, err := discussion(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	threads, err := commands.Thread(s, numset.UID, commands.References, search.All).Wait(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for level, uid := range threads.All() {
		fmt.Printf("%s%d\n", strings.Repeat("  ", level), uid)
	}
	// Output:
	// 2
	// 1
	//   3
}
