package content_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/content"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

func Example() {
	srv, err := imaptest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nSch=F6nen Tag!\r\n" +
		"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''Men%C3%BC.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n"))
	ctx := context.Background()
	c, sc := imaptest.Pipe(0) // a real program uses session.Dial
	go srv.ServeConn(sc, "alice")
	s, err := session.Open(ctx, c, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	if _, err := commands.Examine(s, "INBOX").Wait(ctx); err != nil {
		log.Fatal(err)
	}
	var list []*content.Message
	for m, err := range content.Messages(ctx, s, numset.All(numset.UID)) {
		if err != nil {
			log.Fatal(err)
		}
		list = append(list, m)
	}
	for _, m := range list {
		text, err := content.ReadText(ctx, s, m.UID, m.Parts.Plain[0], 10_000)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %s\n", m.Subject, text.String)
		for _, p := range m.Parts.Attachments {
			fmt.Printf("%s: ", p.SafeName())
			way, err := content.Download(ctx, s, m.UID, p, os.Stdout)
			fmt.Printf(", %v, %v\n", way, err)
		}
	}
	// Output:
	// Grüße: Schönen Tag!
	// Menü.pdf: %PDF-, decoded by the server, <nil>
}
