package transport

import "strconv"

// dialed is a Dialer with the address to which it connects.
type dialed struct {
	DialFunc
	addr string // host and port
}

// Server returns the host and the port to which Dial connects.
func (d dialed) Server() (host string, port int) { return hostPort(d.addr) }

// Server returns the host and the port to which Dial connects. Some SASL mechanisms send them to the server. For a Unix
// socket or a process, Server returns "" and 0. The Dialers of TCP and TLS also have this method.
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
