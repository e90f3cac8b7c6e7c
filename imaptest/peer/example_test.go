package peer_test

import (
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/imaptest/peer"
)

// This example reads what a script has written about a server.
func ExampleRead() {
	e, err := peer.Read(strings.NewReader("NAME=dovecot\nHOST=127.0.0.1\nPORT=1143\nIMAPS_PORT=1993\nUSER=alice\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Name, e.Addr(), e.TLSAddr(), e.User)
	// Output: dovecot 127.0.0.1:1143 127.0.0.1:1993 alice
}
