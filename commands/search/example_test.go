package search_test

import (
	"context"
	"fmt"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// The example finds unread messages of this year from Alice, and sorts them, the largest first.
func Example() {
	ctx := context.Background()
	srv, err := imaptest.New(imaptest.WithUser("bob", "secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	inbox := srv.Mailbox("bob", "INBOX")
	inbox.Append([]byte("From: alice@example.com\r\nSubject: short\r\n\r\n"))
	inbox.Append([]byte("From: carol@example.com\r\nSubject: another's\r\n\r\n"))
	inbox.Append([]byte("From: alice@example.com\r\nSubject: longer\r\n\r\nand longer\r\n"))
	s, err := session.Open(ctx, srv.Pipe(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	bob := auth.Credentials{Username: "bob", Password: auth.NewSecret("secret")}
	if _, err := commands.SignIn(ctx, s, bob, auth.Options{}); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		fmt.Println(err)
		return
	}

	year := time.Date(time.Now().Year(), 1, 1, 0, 0, 0, 0, time.Local)
	unread := search.And(search.Unseen, search.From("alice@example.com"), search.Since(year))
	found, err := commands.Search(s, numset.UID, unread, search.ReturnAll, search.ReturnCount).Wait(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found.Count, "messages:", found.Found)
	sorted, err := commands.Sort(s, numset.UID, []search.SortKey{search.BySize.Reverse()}, unread).Wait(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for uid := range sorted.All() {
		fmt.Println("UID", uid)
	}
	// Output:
	// 2 messages: 1,3
	// UID 3
	// UID 1
}
