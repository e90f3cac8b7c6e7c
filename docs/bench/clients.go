package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
)

// sums holds totals over everything that a client has decoded. All clients except the floor must get the same totals,
// so that none is fast because it skips something. The exception is Subjects, which depends on whether a client decodes
// encoded words.
type sums struct {
	Messages, UIDs, Flags, Sizes, Octets, Subjects, Addresses, Parts, Dates uint64
}

// A contender is a client. Its function run runs a workload on a connection.
type contender struct {
	name string
	run  func(c net.Conn, w *workload) (sums, error)
}

var clients = []contender{
	{"floor", floor},
	{"imapstack", imapstack},
	{"go-imap v2", goIMAP2},
	{"go-imap v1", goIMAP1},
}

// floor only reads the octets.
func floor(c net.Conn, w *workload) (sums, error) {
	command := "UID FETCH 1:* (UID)"
	if w.uids {
		command = "UID SEARCH ALL"
	}
	if _, err := fmt.Fprintf(c, "A1 LOGIN a b\r\nA2 SELECT INBOX\r\nA3 %s\r\nA4 LOGOUT\r\n", command); err != nil {
		return sums{}, err
	}
	buf := make([]byte, 64<<10)
	end := []byte("A4 OK")
	var total uint64
	for {
		n, err := c.Read(buf)
		total += uint64(n)
		if bytes.Contains(buf[max(0, n-100):n], end) || err == io.EOF {
			return sums{Octets: total}, nil
		}
		if err != nil {
			return sums{}, err
		}
	}
}
