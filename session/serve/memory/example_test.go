package memory_test

import (
	"bufio"
	"fmt"
	"io"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

func Example() {
	b := memory.New()
	if err := b.AddUser("alice", "secret"); err != nil {
		panic(err)
	}
	if _, err := b.Deliver("alice", "INBOX", []byte("Subject: hello\r\n\r\n")); err != nil {
		panic(err)
	}
	s := &serve.Server{Backend: b, Auth: b.Auth(), InsecureAuth: true}
	client, server := imaptest.Pipe(0)
	go s.ServeConn(server)

	io.WriteString(client, "a LOGIN alice secret\r\nb STATUS INBOX (MESSAGES)\r\nc LOGOUT\r\n")
	for lines := bufio.NewScanner(client); lines.Scan(); {
		if text := lines.Text(); len(text) > 8 && text[:8] == "* STATUS" {
			fmt.Println(text)
		}
	}
	// Output: * STATUS INBOX (MESSAGES 1)
}
