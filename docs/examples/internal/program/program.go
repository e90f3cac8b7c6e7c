// Package program holds the parts that the example programs share: flags that name an account and its password, errors
// in one line, and a progress bar.
package program

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/displaysafe"
)

// URLs describes the URLs that name an account, for a program's usage message.
const URLs = `URL is one of
  imaps://user@host[:port]/mailbox           TLS from the first octet
  imap+starttls://user@host[:port]/mailbox   TLS by STARTTLS, before the login
  imap+insecure://user@host[:port]/mailbox   no TLS
  imap+process:COMMAND                       a program that speaks IMAP, such as ssh
A mechanism may follow the user: imaps://user;AUTH=PLAIN@host. Without one, the program uses the strongest.
The password comes from the environment variable IMAP_PASSWORD. If that is not set, the program asks for it at the terminal.
`

// Settings are the command-line flags about accounts.
type Settings struct {
	CAFile   string // -ca
	Insecure bool   // -plaintext-password
	Conns    int    // -connections
	Netrc    string // -netrc
}

// Register adds the flags to f, which sets the fields of set when it is parsed.
func (set *Settings) Register(f *flag.FlagSet) {
	f.StringVar(&set.CAFile, "ca", "", "trust only the certificates in the PEM `FILE`")
	f.BoolVar(&set.Insecure, "plaintext-password", false, "send the password even if others can read the connection")
	f.StringVar(&set.Netrc, "netrc", "", "read passwords from `FILE`, in the format of .netrc: machine HOST login USER password PASSWORD")
	f.IntVar(&set.Conns, "connections", 4, "use no more than `N` connections at a time")
}

// Account returns the account that a URL names, and the mailbox if the URL names one. The password comes from the file
// of -netrc or the environment variable, or the user enters it.
func (set *Settings) Account(url, passwordVariable string) (a *account.Account, mailbox string, err error) {
	opt, mailbox, err := set.Options(url, passwordVariable)
	if err != nil {
		return nil, "", err
	}
	return account.New(opt), mailbox, nil
}

// Options returns the options for the account that a URL names, and the mailbox if the URL names one. The password
// comes from the file of -netrc, from an environment variable, or the user enters it. If the URL asks for a mechanism
// that takes a token, Options uses the password as the token.
func (set *Settings) Options(url string, variables ...string) (opt account.Options, mailbox string, err error) {
	target, err := transport.Parse(url)
	if err != nil {
		return opt, "", err
	}
	if set.CAFile != "" {
		pem, err := os.ReadFile(set.CAFile)
		if err != nil {
			return opt, "", err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return opt, "", fmt.Errorf("%s contains no certificate", set.CAFile)
		}
		target.TLSConfig = &tls.Config{RootCAs: pool}
	}
	opt = account.Options{
		Dialer:   target,
		Auth:     auth.Options{AllowPlaintext: set.Insecure},
		MaxConns: set.Conns,
	}
	if target.Auth != "" && target.Auth != "*" {
		opt.Auth.Mechanisms = []string{target.Auth}
	}
	switch {
	case target.User != "":
		secret, err := set.password(target, variables)
		if err != nil {
			return opt, "", err
		}
		opt.Credentials = auth.Credentials{Username: target.User, Password: secret}
		if strings.Contains(target.Auth, "OAUTH") {
			opt.Credentials = auth.Credentials{Username: target.User, Token: auth.StaticToken(secret)}
		}
	case target.Command == nil:
		return opt, "", errors.New("the URL names no user: imaps://user@host")
	}
	return opt, target.Mailbox, nil
}

// Main runs a program until it ends or is interrupted, and prints its error in one line. A second interrupt ends the
// program at once.
func Main(name string, run func(ctx context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	if err := run(ctx); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, Explain(err))
		os.Exit(1)
	}
}

// Explain returns an error as one line. Text of the server in that line cannot move the terminal's cursor. If the user
// can do something about the error, the line says what.
func Explain(err error) string {
	text := displaysafe.Line(strings.ReplaceAll(err.Error(), "\n", ": "))
	if errors.Is(err, auth.ErrPlaintext) {
		return "others can read this connection, so the password was not sent: use TLS, or -plaintext-password"
	}
	var known *account.Error
	if errors.As(err, &known) && known.Cause != nil && known.Cause.Do != "" {
		text += " (" + known.Cause.Means + " " + known.Cause.Do + ")"
	}
	return text
}
