package account_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

// Three goroutines count unread mail in three mailboxes, over two connections.
func ExampleAccount_Do() {
	srv, err := imaptest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	for _, name := range []string{"INBOX", "Home", "Work"} {
		srv.Mailbox("alice", name).Append([]byte("Subject: hello\r\n\r\nworld\r\n"))
	}
	a := account.New(account.Options{
		// A real program uses transport.TLS("mail.example.com", nil).
		Dialer:      transport.DialFunc(func(context.Context) (transport.Conn, error) { return srv.Pipe(), nil }),
		Credentials: auth.Credentials{Username: "alice", Password: auth.NewSecret("secret")},
		Auth:        auth.Options{AllowPlaintext: true}, // the example's connection does not leave the program
		MaxConns:    2,
	})
	defer a.Close()

	ctx := context.Background()
	var wg sync.WaitGroup
	var mu sync.Mutex
	unread := 0
	for _, name := range []string{"INBOX", "Home", "Work"} {
		wg.Go(func() {
			err := a.Do(ctx, name, func(s *session.Session) error {
				found, err := commands.Search(s, numset.UID, search.Unseen).Wait(ctx)
				if err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				n, _ := found.Found.Len()
				unread += int(n)
				return nil
			}, account.ReadOnly)
			switch {
			case errors.Is(err, account.ErrForGood):
				log.Print("a person has to do something: ", err)
			case errors.Is(err, account.ErrForNow):
				log.Print("may succeed later: ", err)
			case err != nil:
				log.Print(name, ": ", err)
			}
		})
	}
	wg.Wait()
	fmt.Println(unread, "unread")
	// Output: 3 unread
}
