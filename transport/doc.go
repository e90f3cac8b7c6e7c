// Package transport makes and wraps byte streams with deadlines: what a session speaks IMAP over. It knows
// nothing of IMAP but its ports, its URLs and the names of its upgrades, and imports the standard library only.
//
// A Dialer makes a Conn, and there is one for each way to a server:
//
//	TLS("imap.example.org", nil)             TLS from the first byte, port 993
//	TCP("imap.example.org")                  in clear, port 143, for StartTLS
//	Unix("/run/dovecot/imap")                a socket of this machine
//	Process("ssh", "host", "imapd")          a program's standard input and output
//	FromConn(c)                              a connection that is there already
//	DialFunc(f)                              any function that returns a Conn
//	Parse("imaps://alice@imap.example.org")  any of these, as a user types it
//
// Proxies plug in by the option DialContext, which takes a function of the form that SOCKS and SSH packages have.
//
// An Upgrade puts a layer on a Conn when both ends have agreed on it: StartTLS, and Deflate for COMPRESS
// (RFC 4978). Whether a connection may carry secrets Secure says, and ConnectionState what TLS knows of the
// other end; both look through all layers.
//
// # Waiting
//
// Nothing here waits without an end: dials and handshakes end with their context, and after 30 seconds if
// nobody has set a time; reads and writes end by the deadlines of the Conn. A Read that a deadline has ended
// has lost nothing and may be repeated, on every Conn of this package, under TLS and compression as well. A Write
// that a deadline has ended may be taken up again on TCP, Unix sockets and processes; in TLS and
// DEFLATE it is the end of writing, as the other end has no use for the second half of a record.
//
// There is no goroutine behind a Conn, except one that waits for the end of a Process (and two more where the
// system has no deadlines for pipes). Close ends it.
//
// # Security
//
// TLS verifies the server's certificate and name unless a tls.Config says otherwise, asks for TLS 1.2 or
// later, and sends the name (SNI) and the protocol "imap" (ALPN). StartTLS refuses to begin with anything
// left over from before: see ErrInjected. A URL without a word for it is never in clear, a URL with a password
// is refused. However much compressed data inflates to, a Conn takes the same memory.
//
// # Errors
//
// Errors of this package begin with "transport: " and wrap what they stem from, so that a program can tell
// with errors.As and errors.Is: *net.DNSError, syscall.ECONNREFUSED, *tls.CertificateVerificationError and the
// x509 errors in it, os.ErrDeadlineExceeded, the cause of a context, *ExitError, flate.CorruptInputError. A Conn
// that is a net.Conn, such as that of TCP and TLS, has the errors of its own package.
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
