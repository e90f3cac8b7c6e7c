package main

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// stdio is a connection over standard input and output, to the program that started this one. Nobody else can read it.
type stdio struct {
	in, out net.Conn // ends of pipes whose other ends are copied from standard input and to standard output
	done    chan struct{}
}

// newStdio makes a stdio from pipes, because files do not have deadlines on all systems. After the end of standard
// input, Read returns io.EOF, and Write still works.
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

// Close ends the connection after everything has been written.
func (c *stdio) Close() error {
	err := errors.Join(c.in.Close(), c.out.Close())
	select {
	case <-c.done:
	case <-time.After(10 * time.Second): // do not wait longer for a program that does not read
	}
	return err
}

// LocalAddr returns an address of the network "unix", so that secrets may be sent in clear text.
func (c *stdio) LocalAddr() net.Addr { return &net.UnixAddr{Name: os.Args[0], Net: "unix"} }

// RemoteAddr returns the same address as LocalAddr, because both ends are on this machine.
func (c *stdio) RemoteAddr() net.Addr { return c.LocalAddr() }
