package main

import (
	"io"
	"net"
	"os"
	"time"
)

// stdio is standard input and output as a connection, to whoever has started the program: there is nobody in between.
type stdio struct {
	net.Conn // a pipe whose other end is copied to and from the two
	pump     net.Conn
	done     chan struct{}
}

// newStdio goes through a pipe, as files have no deadlines everywhere.
func newStdio(in io.Reader, out io.Writer) *stdio {
	inner, outer := net.Pipe()
	c := &stdio{Conn: inner, pump: outer, done: make(chan struct{})}
	go func() {
		io.Copy(outer, in)
		outer.Close()
	}()
	go func() {
		defer close(c.done)
		io.Copy(out, outer)
	}()
	return c
}

// Close ends the connection when all that was said has been written.
func (c *stdio) Close() error {
	err := c.Conn.Close()
	select {
	case <-c.done:
	case <-time.After(10 * time.Second): // who does not read what he is told need not be waited for
	}
	return err
}

// LocalAddr says that nobody can listen.
func (c *stdio) LocalAddr() net.Addr { return &net.UnixAddr{Name: os.Args[0], Net: "unix"} }
