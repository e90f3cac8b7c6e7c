package status_test

import (
	"context"
	"fmt"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

// The example counts the messages of a mailbox without selecting it.
func Example() {
	ctx := context.Background()
	srv, err := imaptest.New(imaptest.WithUser("bob", "secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.Mailbox("bob", "INBOX").Append([]byte("Subject: hello\r\n\r\nworld\r\n"))
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
	box, err := commands.Status(s, "INBOX", status.Messages, status.Unseen, status.UIDNext).Wait(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(box.Messages, "messages,", box.Unseen, "not seen; the next gets UID", box.UIDNext)
	// Output: 1 messages, 1 not seen; the next gets UID 2
}
