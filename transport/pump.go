package transport

import (
	"io"
	"net"
)

// newPump adds deadlines to the pipes of a program, on systems whose pipes have none. It starts two goroutines, which
// end when the pipes are closed.
func newPump(in io.WriteCloser, out io.ReadCloser) (inPipe, outPipe) {
	near, far := net.Pipe()
	go func() {
		io.Copy(in, far)
		in.Close()
	}()
	go func() {
		io.Copy(far, out)
		far.Close()
		io.Copy(io.Discard, out) // after Close, drop the rest of the program's output
	}()
	return near, pumpOut{near, out}
}

type pumpOut struct {
	net.Conn
	out io.Closer
}

func (p pumpOut) Close() error {
	p.Conn.Close()
	return p.out.Close()
}
