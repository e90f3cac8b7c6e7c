package query_test

import (
	"fmt"

	"github.com/imapstack/imapstack/imaptest/internal/message"
	"github.com/imapstack/imapstack/imaptest/internal/query"
	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

func Example() {
	alice, err := store.New(store.Options{}).AddUser("alice")
	if err != nil {
		panic(err)
	}
	for _, s := range []string{"Lunch", "Re: lunch", "Dinner"} {
		m := message.New([]byte("Subject: " + s + "\r\n\r\n"))
		if _, err := alice.Append("INBOX", store.NewMessage{Content: m}); err != nil {
			panic(err)
		}
	}
	view, err := alice.Select("INBOX", store.SelectOptions{})
	if err != nil {
		panic(err)
	}
	defer view.Close()

	var key parser.SearchKey
	if err := key.DecodeProgram(wire.NewDecoder([]byte("SUBJECT LUNCH UNSEEN"))); err != nil {
		panic(err)
	}
	search, err := query.Compile(&key, "UTF-8", query.Env{View: view})
	if err != nil {
		panic(err)
	}
	for it := range search.Run(view, view.All()) {
		fmt.Println(it.Seq)
	}
	// Output:
	// 1
	// 2
}
