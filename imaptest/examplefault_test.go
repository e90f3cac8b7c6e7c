package imaptest_test

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
)

// The server refuses the first SELECT and cuts the second FETCH short.
func ExampleServer_Inject() {
	srv, err := imaptest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: hello\r\n\r\nworld\r\n"))
	srv.Inject(imaptest.Answer{Code: parser.CodeInUse, Text: "come back later"}, imaptest.When{Command: "SELECT", Times: 1})
	srv.Inject(imaptest.Cut{From: imaptest.ServerSide, After: 25}, imaptest.When{Command: "FETCH", Skip: 1})

	c := srv.Pipe()
	defer c.Close()
	io.WriteString(c, "A1 LOGIN alice secret\r\nA2 SELECT INBOX\r\nA3 SELECT INBOX\r\nA4 FETCH 1 (UID)\r\nA5 FETCH 1 (BODY.PEEK[TEXT])\r\n")
	in := bufio.NewScanner(c)
	for in.Scan() {
		if line := in.Text(); !strings.HasPrefix(line, "A1") && (strings.HasPrefix(line, "A") || strings.Contains(line, "FETCH")) {
			fmt.Println(line)
		}
	}
	for _, i := range srv.Injected() {
		fmt.Printf("connection %d, %s: %v\n", i.Conn, i.Command, i.Fault)
	}
	// Output:
	// A2 NO [INUSE] come back later
	// A3 OK [READ-WRITE] SELECT completed
	// * 1 FETCH (UID 1)
	// A4 OK FETCH completed
	// * 1 FETCH (BODY[TEXT] {7}
	// connection 1, A2 SELECT: answered NO [INUSE] come back later
	// connection 1, A5 FETCH: cut after 25 octets from the server
}

// This example records a session with a server, and plays it later without the server.
func ExampleRecorder() {
	srv, err := imaptest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	var rec imaptest.Recorder
	c := rec.Wrap(srv.Pipe(), imaptest.ClientSide)
	in := bufio.NewReader(c)
	in.ReadString('\n')
	for _, cmd := range []string{"A1 LOGIN alice secret", "A2 STATUS INBOX (MESSAGES)", "A3 LOGOUT"} {
		io.WriteString(c, cmd+"\r\n")
		for line := ""; !strings.HasPrefix(line, cmd[:2]); {
			line, _ = in.ReadString('\n')
		}
	}
	_, text, _ := strings.Cut(rec.Script().String(), "\n")
	for line := range strings.Lines(text) {
		fmt.Printf("%.20s\n", strings.TrimSpace(line))
	}
	// Output:
	// C: A1 LOGIN alice …
	// S: A1 OK [CAPABILITY
	// C: A2 STATUS INBOX (
	// S: * STATUS INBOX (M
	// S: A2 OK STATUS comp
	// C: A3 LOGOUT
	// S: * BYE logging out
	// S: A3 OK LOGOUT comp
}
