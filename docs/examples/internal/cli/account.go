package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands/account"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/displaysafe"
)

// URLs tells which URLs there are, for the text of a usage.
const URLs = `A URL is one of
  imaps://user@host[:port]/           TLS from the first octet
  imap+starttls://user@host[:port]/   TLS before anything is asked
  imap+insecure://user@host[:port]/   no TLS
  imap+process:COMMAND                a program that speaks IMAP, such as ssh
A mechanism may stand behind the user: imaps://user;AUTH=XOAUTH2@host/
`

// Flags are the settings of connections.
type Flags struct {
	CA       string // a file
	Insecure bool   // passwords where others can read them
	Netrc    string // a file
}

// Register adds the flags to a set.
func (f *Flags) Register(fs *flag.FlagSet) {
	fs.StringVar(&f.CA, "ca", "", "trust the certificates in `FILE`, as PEM, and no others")
	fs.BoolVar(&f.Insecure, "plaintext-password", false, "send the password even if others can read the connection")
	fs.StringVar(&f.Netrc, "netrc", "", "take passwords from `FILE`, as curl and ftp have it: machine HOST login USER password PASSWORD")
}

// Account returns the account that a URL names, and the mailbox, if it names one. Its password comes from the file of -netrc, or the first of the environment's variables that
// there is, or the terminal; where the URL asks for a mechanism that takes a token, it is the token.
func (f *Flags) Account(rawURL string, variables ...string) (account.Options, string, error) {
	var opt account.Options
	target, err := transport.Parse(rawURL)
	if err != nil {
		return opt, "", err
	}
	if f.CA != "" {
		if target.TLSConfig, err = trust(f.CA); err != nil {
			return opt, "", err
		}
	}
	opt.Dialer = target
	opt.Auth.AllowPlaintext = f.Insecure
	if target.Command != nil {
		return opt, target.Mailbox, nil // it logs in by itself
	}
	if target.User == "" {
		return opt, "", fmt.Errorf("%s names no user: %s://user@%s/", target, target.Scheme, target.Addr)
	}
	if m := target.Auth; m != "" && m != "*" {
		opt.Auth.Mechanisms = []string{m}
	}
	secret, err := f.secret(target, variables)
	if err != nil {
		return opt, "", err
	}
	opt.Credentials.Username = target.User
	if strings.Contains(target.Auth, "OAUTH") {
		opt.Credentials.Token = auth.StaticToken(secret)
	} else {
		opt.Credentials.Password = secret
	}
	return opt, target.Mailbox, nil
}

func trust(file string) (*tls.Config, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate in it", file)
	}
	return &tls.Config{RootCAs: pool}, nil
}

// Explain makes one line of an error, with what can be done about it, in which nothing that a server said can move the cursor.
func Explain(err error) string {
	text := Visible(strings.ReplaceAll(err.Error(), "\n", ": "))
	var e *account.Error
	if errors.As(account.Classify(err), &e) && e.Cause.Kind == account.ForGood {
		text += "\n  " + e.Cause.Means + " " + e.Cause.Do
	}
	return text
}

// Visible is what may be printed of a text that a server, or a sender, wrote.
func Visible(s string) string { return displaysafe.Line(s) }
