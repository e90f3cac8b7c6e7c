package relay_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/relay"
	"github.com/imapstack/imapstack/wire"
)

// This proxy lets nobody delete a mailbox, and logs each command without its secrets.
func Example() {
	srv, err := imaptest.New(imaptest.AllowPlain(), imaptest.WithUser("alice", "secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	back := srv.Pipe()
	client, front := net.Pipe() // the client, and the proxy's end of its connection
	x := relay.New(relay.Config{
		Commands:  parser.NewCommandReader(wire.NewReader(front, wire.Limits{})),
		Client:    front,
		Responses: parser.NewReader(wire.NewReader(back, wire.Limits{})),
		BackEnd:   back,
		Close:     func() { front.Close(); back.Close() },
		Command: func(c *relay.Command) error {
			fmt.Printf("log: %s\n", c.Reader.AppendRedacted(nil))
			if c.Name == "DELETE" {
				return c.Answer(parser.NO, parser.Code{Name: parser.CodeNoPerm}, "not here")
			}
			return nil
		},
	})
	done := make(chan error)
	go func() { done <- x.Run() }()

	in := bufio.NewScanner(client)
	for _, line := range []string{"", "a1 LOGIN alice secret", "a2 DELETE INBOX", "a3 LOGOUT"} {
		if line != "" {
			fmt.Fprintf(client, "%s\r\n", line)
		}
		for in.Scan() {
			if tag, rest, _ := strings.Cut(in.Text(), " "); tag != "*" || line == "" {
				if line != "" {
					status, _, _ := strings.Cut(rest, " ")
					fmt.Println(tag, status)
				}
				break
			}
		}
	}
	fmt.Println(<-done)
	// Output:
	// log: a1 LOGIN alice [secret]
	// a1 OK
	// log: a2 DELETE INBOX
	// a2 NO
	// log: a3 LOGOUT
	// a3 OK
	// EOF
}
