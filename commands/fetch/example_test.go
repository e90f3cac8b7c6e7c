package fetch_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// The example fetches items of all messages, and their texts without setting \Seen. fetch.EmailID is an item of an
// extension: the same variable requests it and reads the value.
func Example() {
	ctx := context.Background()
	srv, err := imaptest.New(imaptest.WithUser("bob", "secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.Mailbox("bob", "INBOX").Append([]byte("From: alice@example.com\r\nSubject: hello\r\n\r\nworld\r\n"))
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

	for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, fetch.Size, fetch.EmailID, fetch.Body("1").Peek()).All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		_, told := fetch.EmailID.Of(m)
		fmt.Println("UID", m.UID, "has", m.Size, "octets, an identifier:", told)
		for text, err := range m.Sections {
			if err != nil {
				fmt.Println(err)
				return
			}
			io.Copy(os.Stdout, text)
		}
	}
	// Output:
	// UID 1 has 50 octets, an identifier: true
	// world
}
