package resync_test

import (
	"context"
	"fmt"
	"log"

	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// A program keeps a copy of INBOX. The program runs twice. Between the two runs, other clients change the mailbox.
func ExampleNew() {
	srv, err := imaptest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	box := srv.Mailbox("alice", "INBOX")
	for range 3 {
		box.Append([]byte("Subject: hello\r\n\r\nworld\r\n"))
	}
	ctx := context.Background()
	saved := []byte("resync 1\nuidvalidity 0\nuidnext 0\nmodseq 0\nend\n") // no messages
	for range 2 {
		if saved, err = bringUpToDate(ctx, srv, saved); err != nil {
			log.Fatal(err)
		}
		box.Expunge(2)
		box.AddFlags([]parser.Flag{parser.FlagFlagged}, 1)
		box.Append([]byte("Subject: hello\r\n\r\nagain\r\n"))
	}
	// Output:
	// arrived: 1 []
	// arrived: 2 []
	// arrived: 3 []
	// gone: 2
	// flags: 1 [\Flagged]
	// arrived: 4 []
}

func bringUpToDate(ctx context.Context, srv *imaptest.Server, saved []byte) ([]byte, error) {
	var state resync.State
	if err := state.UnmarshalText(saved); err != nil {
		return saved, err
	}
	c, sc := imaptest.Pipe(0) // a real program uses session.Dial
	go srv.ServeConn(sc, "alice")
	s, err := session.Open(ctx, c, nil)
	if err != nil {
		return saved, err
	}
	defer s.Close()
	pass := resync.New(s, "INBOX", state, nil)
	for change, err := range pass.All(ctx) {
		if err != nil {
			return saved, err // the State saved so far is valid
		}
		switch change.Kind {
		case resync.Reset:
			fmt.Println("all that is kept is void")
		case resync.Gone:
			fmt.Println("gone:", change.UIDs)
		default:
			for uid, flags := range change.Messages() {
				fmt.Printf("%v: %d %v\n", change.Kind, uid, flags)
			}
		}
		if saved, err = pass.State().MarshalText(); err != nil {
			return saved, err
		}
	}
	return pass.State().MarshalText()
}
