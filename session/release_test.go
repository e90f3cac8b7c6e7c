package session

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/wire"
)

// TestFailedWriteWipesSecrets lets the write of a command with a secret fail, on the goroutine of the program and on
// that of a writer. Nothing of the secret is left in the command.
func TestFailedWriteWipesSecrets(t *testing.T) {
	for _, size := range []int{10, 100000} {
		c, srv := imaptest.Pipe(0)
		io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] ready\r\n")
		s, err := Open(t.Context(), failing{c}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var sent []byte
		call := Start[struct{}](s, Command{Name: "X", Args: func(e *wire.Encoder) {
			e.SP().Secret("open sesame").SP().String(string(bytes.Repeat([]byte("\r"), size)))
		}}, nil)
		sent = call.p.enc.Bytes()
		if !bytes.Contains(sent, []byte("sesame")) {
			t.Fatalf("the encoded command %.100q does not contain the secret", sent)
		}
		if _, err := call.Wait(t.Context()); !errors.Is(err, ErrLost) {
			t.Errorf("size %d: got %v, want ErrLost", size, err)
		}
		if call.p.enc != nil || bytes.Contains(sent, []byte("sesame")) {
			t.Errorf("size %d: the command still has %.40q", size, sent)
		}
		s.Close()
		srv.Close()
	}
}

// failing is a connection whose writes fail.
type failing struct{ net.Conn }

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
