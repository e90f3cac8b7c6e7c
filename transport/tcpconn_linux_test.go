package transport_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/imapstack/imapstack/transport"
)

// TestAcknowledgesAtOnce exchanges so many lines that the system would begin to delay acknowledgements, and asks the
// system whether it delays them. A server with Nagle's algorithm would wait for a delayed acknowledgement.
func TestAcknowledgesAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.Copy(c, c)
	}()
	c, err := transport.TCP(l.Addr().String()).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	buf := make([]byte, 100)
	for range 50 {
		if _, err := io.WriteString(c, "a line\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, buf[:7]); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Read(buf); n != 1 || err != nil {
			t.Fatalf("Read of the rest of a line: %d, %v; want 1 byte", n, err)
		}
	}
	c.SetReadDeadline(time.Unix(1, 0))
	if _, err := c.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Time{})
	raw, err := c.(interface {
		SyscallConn() (syscall.RawConn, error)
	}).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	quick := 0
	raw.Control(func(fd uintptr) {
		quick, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK)
	})
	if err != nil || quick != 1 {
		t.Errorf("acknowledgements are delayed: %d, %v", quick, err)
	}
	if n := testing.AllocsPerRun(20, func() {
		io.WriteString(c, "x")
		c.Read(buf)
	}); n > 1 {
		t.Errorf("%v allocations for a write and a read, want at most one", n)
	}
}
