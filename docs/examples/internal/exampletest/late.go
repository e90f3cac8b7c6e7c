package exampletest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"testing"
)

// Late returns a connection on which the items of a FETCH response, such as UID and FLAGS, come after BODY[]. A server
// is allowed to send them in any order (RFC 9051 §7.5.2).
func Late(c net.Conn) net.Conn { return &late{Conn: c, in: bufio.NewReader(c)} }

type late struct {
	net.Conn
	in  *bufio.Reader
	out []byte
}

var withBody = regexp.MustCompile(`^(\* \d+ FETCH \()(.*)( BODY\[\] \{(\d+)\}\r\n)$`)

func (l *late) Read(p []byte) (int, error) {
	if len(l.out) == 0 {
		line, err := l.in.ReadString('\n')
		if err != nil {
			return copy(p, line), err
		}
		if m := withBody.FindStringSubmatch(line); m != nil {
			size, _ := strconv.Atoi(m[4])
			body := make([]byte, size)
			if _, err := io.ReadFull(l.in, body); err != nil {
				return 0, err
			}
			rest, err := l.in.ReadString('\n')
			if err != nil {
				return 0, err
			}
			line = fmt.Sprintf("%s%s%s %s%s", m[1], m[3][1:], body, m[2], rest)
		}
		l.out = []byte(line)
	}
	n := copy(p, l.out)
	l.out = l.out[n:]
	return n, nil
}

// ListenLate listens for connections, and returns the address. It forwards each connection to the server at addr. The
// items of that server's FETCH responses come after BODY[], as on a connection of Late.
func ListenLate(t testing.TB, addr string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", addr)
			if err != nil {
				client.Close()
				continue
			}
			go func() {
				io.Copy(server, client)
				server.Close()
			}()
			go func() {
				io.Copy(client, Late(server))
				client.Close()
			}()
		}
	}()
	return l.Addr().String()
}
