package transport_test

import (
	"bufio"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"

	"github.com/imapstack/imapstack/transport"
)

// Parse turns a URL into a Dialer. The other fields of the Target say whether STARTTLS is needed, and have the user and
// the mailbox.
func ExampleParse() {
	for _, url := range []string{
		"imaps://alice@imap.example.org/Sent%20Mail",
		"imap://imap.example.org",
		"imap+process:ssh host 'imapd -x'",
		"imaps://alice:secret@imap.example.org",
	} {
		target, err := transport.Parse(url)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%v: user %q, mailbox %q, STARTTLS %v, secure %v\n",
			target, target.User, target.Mailbox, target.StartTLS, target.Secure)
	}
	// Output:
	// imaps://imap.example.org:993: user "alice", mailbox "Sent Mail", STARTTLS false, secure true
	// imap://imap.example.org:143: user "", mailbox "", STARTTLS true, secure false
	// imap+process:ssh: user "", mailbox "", STARTTLS false, secure true
	// transport: url: it contains a password, which is not allowed
}

// The server is a program that fails. Its standard error is in the ExitError.
func ExampleProcess() {
	server := transport.Process("sh", "-c", "echo '* PREAUTH hello'; echo 'no such user' >&2; exit 3")
	c, err := server.Dial(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	r := bufio.NewReader(c)
	line, _ := r.ReadString('\n')
	fmt.Print(line)
	_, err = r.ReadString('\n')
	fmt.Println(err)
	var status *exec.ExitError
	if errors.As(err, &status) {
		fmt.Println(status.ExitCode())
	}
	// Output:
	// * PREAUTH hello
	// transport: sh: exit status 3: "no such user"
	// 3
}

// The argument of DialContext is any function that connects, here through a proxy. TLS runs through the proxy to the
// server.
func ExampleDialContext() {
	throughProxy := func(ctx context.Context, network, addr string) (net.Conn, error) {
		// Here golang.org/x/net/proxy, or an *ssh.Client, would connect.
		return nil, fmt.Errorf("the proxy would connect to %s", addr)
	}
	d := transport.TLS("imap.example.org", nil, transport.DialContext(throughProxy))
	_, err := d.Dial(context.Background())
	fmt.Println(err)
	// Output:
	// transport: dial imap.example.org:993: the proxy would connect to imap.example.org:993
}

// After the OK to COMPRESS, client and server both put DEFLATE on their connection.
func ExampleDeflate() {
	ctx := context.Background()
	a, b := net.Pipe()
	up := transport.Deflate(flate.DefaultCompression)
	client, err := up(ctx, a, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	server, err := up(ctx, b, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() {
		defer client.Close()
		io.WriteString(client, "a1 SELECT INBOX\r\n")
	}()
	line, err := io.ReadAll(server)
	fmt.Printf("%q %v\n", line, err)
	// Output:
	// "a1 SELECT INBOX\r\n" <nil>
}

// Layer puts an Upgrade on the connections of any Dialer. Here the Upgrade is TLS, and only a program can reach the
// server.
func ExampleLayer() {
	gate := transport.Process("ssh", "-W", "imap.example.org:993", "gate.example.org")
	d := transport.Layer(gate, transport.StartTLS(nil, "imap.example.org"))
	_ = d // c, err := d.Dial(ctx)
}
