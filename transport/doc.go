// Package transport connects to IMAP servers, and adds TLS and compression to connections. A connection is a byte
// stream with deadlines. The package knows the ports and URLs of IMAP, and the names of the upgrades, and nothing else
// of the protocol. It imports only the standard library.
//
// A Dialer makes a Conn. Each way to reach a server has a Dialer:
//
//	TLS("imap.example.org", nil)             TLS from the first byte, port 993
//	TCP("imap.example.org")                  in clear text, port 143, for StartTLS
//	Unix("/run/dovecot/imap")                a socket of this machine
//	Process("ssh", "host", "imapd")          a program's standard input and output
//	FromConn(c)                              an existing connection
//	DialFunc(f)                              any function that returns a Conn
//	Parse("imaps://alice@imap.example.org")  one of the first four, from a URL that a user types
//
// The option DialContext connects through a proxy. Its argument is a function such as the DialContext of a SOCKS or SSH
// package.
//
// An Upgrade puts a layer on a Conn after client and server have agreed on it. The Upgrades are StartTLS, and Deflate
// for COMPRESS (RFC 4978). Secure reports whether secrets may be sent over a connection. ConnectionState returns the
// state of the TLS layer. Both functions look through the layers of a connection.
//
// # Waiting
//
// Every wait can be bounded. A dial or handshake ends when its context ends, and after 30 seconds unless another time
// is set. A Read or Write ends at the deadline of the Conn. If a deadline ends a Read, no bytes are lost, and the Read
// may be repeated. This is true for every Conn of this package, also with TLS and compression. If a deadline ends a
// Write on TCP, on a Unix socket or to a process, the program may write the rest later. If a deadline ends a Write with
// TLS or DEFLATE, nothing more can be written, because the other end may have only a part of a record (but see Deflate
// for a deadline that has passed before the Write).
//
// Only the connection to a process has goroutines. One waits for the program to end. One of os/exec copies the standard
// error, unless Command.Stderr is an *os.File. Two more are needed if the system has no deadlines for pipes. Close ends
// these goroutines.
//
// # Security
//
// TLS verifies the server's certificate and name, unless a tls.Config says otherwise. It requires TLS 1.2 or later, and
// sends the name (SNI) and the protocol "imap" (ALPN). StartTLS fails if the server has sent anything in clear text
// after its OK (see ErrInjected). Parse makes a Target for a connection in clear text only if the scheme of the URL is
// imap+insecure, and refuses a URL with a password. The memory of a compressed Conn does not grow with the size of the
// inflated data.
//
// # Errors
//
// The text of an error of this package begins with "transport: ", and the error wraps its cause. Use errors.As and
// errors.Is to find the cause. It may be a *net.DNSError, syscall.ECONNREFUSED, a *tls.CertificateVerificationError
// with an x509 error, os.ErrDeadlineExceeded, the cause of a context, an *ExitError, or a flate.CorruptInputError.
// Connections by TCP and TLS return the errors of net and crypto/tls.
//
// # Example
//
//	target, err := transport.Parse("imap+starttls://alice@imap.example.org/INBOX")
//	if err != nil {
//		return err
//	}
//	target.TLSConfig = &tls.Config{RootCAs: ours}
//	s, err := session.Dial(ctx, target, nil) // does STARTTLS, as target.StartTLS says
package transport

// Where things are:
//
//	conn.go, netconn.go                  the interface Conn, and how it becomes a net.Conn
//	dial.go, target.go                   connecting, and the URLs that say to what
//	discover.go                          the servers of a domain (RFC 6186)
//	tls.go, starttls.go                  TLS from the start, and after STARTTLS
//	deflate*.go, inflate.go, huffman.go  COMPRESS=DEFLATE, and how a waiting connection releases its memory
//	process*.go, pump.go, exit.go        a connection through the input and output of a program
//	await.go, tcpconn*.go, quickack*.go  waiting for input without a buffer, and acknowledging it at once
//	server.go                            the host and the port to which a Dialer connects
