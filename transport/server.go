package transport

import "strconv"

// dialed is a Dialer to a host, which it can name.
type dialed struct {
	DialFunc
	addr string // a host and a port
}

// Server returns the host and the port that Dial connects to, as it was given.
func (d dialed) Server() (host string, port int) { return hostPort(d.addr) }

// Server returns the host and the port that Dial connects to, for mechanisms by which a client tells whom it means to log in to; "" and 0 for
// a Unix socket or a process. The Dialers of TCP and TLS have the method as well.
func (t *Target) Server() (host string, port int) {
	if t.ServerName == "" {
		return "", 0
	}
	_, port = hostPort(t.Addr)
	return t.ServerName, port
}

func hostPort(addr string) (host string, port int) {
	host, digits := splitPort(addr)
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		n = 0
	}
	return host, int(n)
}
