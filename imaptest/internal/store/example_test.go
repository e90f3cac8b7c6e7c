package store_test

import (
	"fmt"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser/message"
)

// A client has INBOX open while a message is delivered and another one is expunged.
func Example() {
	alice, err := store.New(store.Options{}).AddUser("alice")
	if err != nil {
		panic(err)
	}
	inbox := alice.Mailbox("INBOX")
	deliver := func(subject string) {
		m := message.New([]byte("Subject: " + subject + "\r\n\r\nHello\r\n"))
		if _, err := inbox.Append(store.NewMessage{Content: m}); err != nil {
			panic(err)
		}
	}
	deliver("one")
	deliver("two")

	view, err := alice.Select("INBOX", store.SelectOptions{})
	if err != nil {
		panic(err)
	}
	defer view.Close()
	deliver("three")
	inbox.Expunge(1)

	for _, c := range view.Sync(true) {
		switch c.Kind {
		case store.Expunged:
			fmt.Println("*", c.Seq, "EXPUNGE")
		case store.Exists:
			fmt.Println("*", c.Count, "EXISTS")
		}
	}
	for it := range view.Items(view.All()) {
		fmt.Printf("%d is UID %d: %s\n", it.Seq, it.UID, it.Content.Envelope().Subject)
	}
	// Output:
	// * 1 EXPUNGE
	// * 2 EXISTS
	// 1 is UID 2: two
	// 2 is UID 3: three
}
