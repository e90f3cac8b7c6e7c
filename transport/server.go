package transport

import "strconv"

// dialed is a Dialer to a host that it can name.
type dialed struct {
	DialFunc
	addr string // a host and a port
}

// Server returns the host and the port that Dial connects to, as given.
func (d dialed) Server() (host string, port int) { return hostPort(d.addr) }

// Server returns the host and the port that Dial connects to, for mechanisms in which a client names the server that it
// means. It returns "" and 0 for a Unix socket or a process. The Dialers of TCP and TLS also have this method.
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
