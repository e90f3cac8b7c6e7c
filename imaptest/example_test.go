package imaptest_test

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/imaptest"
)

// This example speaks to a server in memory over a pipe.
func ExampleServer() {
	srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: hello\r\n\r\nworld\r\n"))

	c := srv.Pipe()
	defer c.Close()
	in := bufio.NewReader(c)
	in.ReadString('\n')
	fmt.Fprint(c, "A1 LOGIN alice secret\r\nA2 STATUS INBOX (MESSAGES UNSEEN)\r\n")
	for {
		line, err := in.ReadString('\n')
		if err != nil || strings.HasPrefix(line, "A2 ") {
			break
		}
		if strings.HasPrefix(line, "* STATUS") {
			fmt.Print(line)
		}
	}
	// Output: * STATUS INBOX (MESSAGES 1 UNSEEN 1)
}
