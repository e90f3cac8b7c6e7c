package main

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// stdio is standard input and output as a connection, to whoever has started the program: there is nobody in between.
type stdio struct {
	in, out net.Conn // ends of pipes whose other ends are copied from the one and to the other
	done    chan struct{}
}

// newStdio goes through pipes, as files have no deadlines everywhere. The end of the input is not the end of the output.
func newStdio(in io.Reader, out io.Writer) *stdio {
	server, feed := net.Pipe()
	drain, end := net.Pipe()
	c := &stdio{in: server, out: end, done: make(chan struct{})}
	go func() {
		io.Copy(feed, in)
		feed.Close()
	}()
	go func() {
		defer close(c.done)
		io.Copy(out, drain)
		drain.Close()
	}()
	return c
}

func (c *stdio) Read(p []byte) (int, error)  { return c.in.Read(p) }
func (c *stdio) Write(p []byte) (int, error) { return c.out.Write(p) }

func (c *stdio) SetReadDeadline(t time.Time) error  { return c.in.SetReadDeadline(t) }
func (c *stdio) SetWriteDeadline(t time.Time) error { return c.out.SetWriteDeadline(t) }

func (c *stdio) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// Close ends the connection when all that was said has been written.
func (c *stdio) Close() error {
	err := errors.Join(c.in.Close(), c.out.Close())
	select {
	case <-c.done:
	case <-time.After(10 * time.Second): // who does not read what he is told need not be waited for
	}
	return err
}

// LocalAddr says that nobody can listen.
func (c *stdio) LocalAddr() net.Addr { return &net.UnixAddr{Name: os.Args[0], Net: "unix"} }

// RemoteAddr is the same: both ends are this machine's.
func (c *stdio) RemoteAddr() net.Addr { return c.LocalAddr() }
