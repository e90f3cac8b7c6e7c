// Package transport makes and wraps byte streams with deadlines, over which a session speaks IMAP. All it knows of IMAP
// is the ports, the URLs and the names of upgrades. It imports only the standard library.
//
// A Dialer makes a Conn. There is one for each way to a server:
//
//	TLS("imap.example.org", nil)             TLS from the first byte, port 993
//	TCP("imap.example.org")                  in clear, port 143, for StartTLS
//	Unix("/run/dovecot/imap")                a socket of this machine
//	Process("ssh", "host", "imapd")          a program's standard input and output
//	FromConn(c)                              an existing connection
//	DialFunc(f)                              any function that returns a Conn
//	Parse("imaps://alice@imap.example.org")  any of these, as a user types it
//
// The option DialContext connects through a proxy. It takes a function like those of SOCKS and SSH packages.
//
// An Upgrade puts a layer on a Conn after both ends have agreed on it: StartTLS, and Deflate for COMPRESS (RFC 4978).
// Secure reports whether a connection may carry secrets. ConnectionState returns what TLS knows of the other end. Both
// look through all layers.
//
// # Waiting
//
// Nothing waits forever. Dials and handshakes end with their context, and after 30 seconds unless another time is set.
// Reads and writes end by the deadlines of the Conn. A Read that a deadline has ended has lost nothing and may be
// repeated, on every Conn of this package, also under TLS and compression. A Write that a deadline has ended may be
// continued on TCP, Unix sockets and processes. On TLS and DEFLATE nothing can be written after it, because the other
// end cannot use half a record.
//
// A Conn runs no goroutine, except one that waits for the end of a Process, and two more if the system has no deadlines
// for pipes. Close ends them.
//
// # Security
//
// TLS verifies the server's certificate and name unless a tls.Config says otherwise. It requires TLS 1.2 or later, and
// sends the name (SNI) and the protocol "imap" (ALPN). StartTLS refuses to begin if anything is left over from before:
// see ErrInjected. A connection is in clear only if the URL says so by name. A URL with a password is refused. However
// much compressed data inflates to, a Conn takes the same memory.
//
// # Errors
//
// Errors of this package begin with "transport: " and wrap their cause. errors.As and errors.Is find *net.DNSError,
// syscall.ECONNREFUSED, *tls.CertificateVerificationError and the x509 errors in it, os.ErrDeadlineExceeded, the cause
// of a context, *ExitError, and flate.CorruptInputError. A Conn that is a net.Conn, such as that of TCP and TLS,
// returns the errors of its own package.
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
