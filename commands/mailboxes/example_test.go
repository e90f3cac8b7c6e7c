package mailboxes_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/imapstack/imapstack/commands/mailboxes"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

func ExampleLoad() {
	srv, err := imaptest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	for _, name := range []string{"Gesendete Elemente", "Papierkorb", "Projekte/Brücke"} {
		srv.Mailbox("alice", name)
	}
	ctx := context.Background()
	c, sc := imaptest.Pipe(0) // a real program uses session.Dial
	go srv.ServeConn(sc, "alice")
	s, err := session.Open(ctx, c, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	tree, err := mailboxes.Load(ctx, s, nil)
	if err != nil {
		log.Fatal(err)
	}
	for m := range tree.All {
		fmt.Printf("%s%s", strings.Repeat("  ", m.Level()), m.Label)
		if m.Role != mailboxes.NoRole {
			fmt.Printf(" (%v, %v)", m.Role, m.Origin)
		}
		fmt.Println()
	}
	name, err := tree.Join(tree.Find("Projekte/Brücke"), "2024")
	fmt.Println(name, err)
	// Output:
	// INBOX (inbox, by the server)
	// Gesendete Elemente (sent, by its name)
	// Papierkorb (trash, by its name)
	// Projekte
	//   Brücke
	// Projekte/Brücke/2024 <nil>
}
