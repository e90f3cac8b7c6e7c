package session_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

// TestValueAfterFailedWrite lets a write fail in the body of a loop. The value of the loop stays valid.
func TestValueAfterFailedWrite(t *testing.T) {
	c, srv := imaptest.Pipe(0)
	script := "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n* 1 FETCH (BODY[] \"precious\")\r\n* 2 FETCH (BODY[] \"worthless\")\r\n* BYE farewell\r\n"
	go func() {
		io.WriteString(srv, script)
		drain(srv)
	}()
	s, err := session.Open(t.Context(), &deafConn{Conn: c}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	conn := s.Conn().(*deafConn)
	n := 0
	for r, err := range session.StartStream(s, fetch(), itself).All(t.Context()) {
		if err != nil {
			continue
		}
		n++
		raw := r.Raw()
		before := string(raw)
		conn.deaf = true
		err := runCommand(t, s, noop())
		if err == nil || !strings.Contains(err.Error(), "farewell") {
			t.Errorf("got %v, want the text of BYE", err)
		}
		if string(raw) != before || !strings.Contains(before, "precious") {
			t.Errorf("the value was %q before the failed write, and is %q after it", before, raw)
		}
	}
	if n != 1 {
		t.Errorf("the loop yields %d values, want 1", n)
	}
}

// deafConn is a connection whose writes fail if deaf is set.
type deafConn struct {
	net.Conn
	deaf bool
}

func (c *deafConn) Write(p []byte) (int, error) {
	if c.deaf {
		return 0, io.ErrClosedPipe
	}
	return c.Conn.Write(p)
}
