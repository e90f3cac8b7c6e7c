// Inbox reads a mailbox: it lists the mailboxes, prints the last messages of one, and shows the beginning of the last
// one. With -idle it then waits for a new message.
//
//	go run ./docs/examples/inbox
//	go run ./docs/examples/inbox imaps://alice@mail.example.com/INBOX
//	go run ./docs/examples/inbox imap+process:'ssh mail.example.com /usr/lib/dovecot/imap'
//
// Without an argument it starts a server in memory, and reads the sample mail on it.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

type settings struct {
	n        int
	idle     bool
	caFile   string
	insecure bool
}

func main() {
	var set settings
	flag.IntVar(&set.n, "n", 20, "print no more than the last `N` messages")
	flag.BoolVar(&set.idle, "idle", false, "wait for a new message")
	flag.StringVar(&set.caFile, "ca", "", "trust only the certificates in the PEM `FILE`")
	flag.BoolVar(&set.insecure, "plaintext-password", false, "send the password even if others can read the connection")
	flag.Usage = usage
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch flag.NArg() {
	case 0:
		err = demo(ctx, os.Stdout)
	case 1:
		err = remote(ctx, os.Stdout, flag.Arg(0), set)
	default:
		usage()
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "inbox:", explain(err))
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprint(flag.CommandLine.Output(), `usage: inbox [-n N] [-idle] [-ca FILE] [URL]

URL is one of
  imaps://user@host[:port]/mailbox           TLS from the first octet
  imap+starttls://user@host[:port]/mailbox   TLS by STARTTLS, before the login
  imap+insecure://user@host[:port]/mailbox   no TLS
  imap+process:COMMAND                       a program that speaks IMAP, such as ssh
Without URL, inbox reads the mail on a server in memory.

A mechanism may follow the user: imaps://user;AUTH=PLAIN@host/mailbox. Without one, inbox uses the strongest.
The password comes from the environment variable IMAP_PASSWORD. If that is not set, inbox asks for it at the terminal.

`)
	flag.PrintDefaults()
}

// remote reads a mailbox of a real server.
func remote(ctx context.Context, w io.Writer, url string, set settings) error {
	target, err := transport.Parse(url)
	if err != nil {
		return err
	}
	if set.caFile != "" {
		if target.TLSConfig, err = trust(set.caFile); err != nil {
			return err
		}
	}
	dialing, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s, err := session.Dial(dialing, target, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if s.State() == session.NotAuthenticated {
		user := target.User
		if user == "" {
			return errors.New("the URL names no user: imaps://user@host/")
		}
		password, err := askPassword(user)
		if err != nil {
			return err
		}
		if err := login(dialing, s, user, password, target.Auth, set.insecure); err != nil {
			return err
		}
	}
	mailbox := target.Mailbox
	if mailbox == "" {
		mailbox = "INBOX"
	}
	r := reader{s: s, w: w, limit: set.n}
	return r.read(ctx, mailbox, set.idle)
}

func trust(file string) (*tls.Config, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s contains no certificate", file)
	}
	return &tls.Config{RootCAs: pool}, nil
}

// explain returns an error as one line. Text of the server in that line cannot move the terminal's cursor.
func explain(err error) string {
	return visible(strings.ReplaceAll(err.Error(), "\n", ": "))
}
