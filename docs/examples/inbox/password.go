package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// askPassword returns the password from the environment, or asks for it at the terminal.
func askPassword(user string) (auth.Secret, error) {
	if p, ok := os.LookupEnv("IMAP_PASSWORD"); ok {
		return auth.NewSecret(p), nil
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return auth.Secret{}, errors.New("no password: set IMAP_PASSWORD, or run at a terminal")
	}
	defer tty.Close()
	fmt.Fprintf(tty, "Password for %s: ", visible(user))
	stty := func(arg string) error {
		c := exec.Command("stty", arg)
		c.Stdin = tty
		return c.Run()
	}
	if err := stty("-echo"); err != nil {
		return auth.Secret{}, errors.New("cannot hide the password at this terminal: set IMAP_PASSWORD")
	}
	line, err := bufio.NewReader(tty).ReadString('\n')
	stty("echo")
	fmt.Fprintln(tty)
	if err != nil {
		return auth.Secret{}, err
	}
	return auth.NewSecret(strings.TrimRight(line, "\r\n")), nil
}

// login logs in by the strongest mechanism that the server offers, or by the one in the URL.
func login(ctx context.Context, s *session.Session, user string, password auth.Secret, mechanism string, insecure bool) error {
	opts := auth.Options{AllowPlaintext: insecure}
	if mechanism != "" && mechanism != "*" {
		opts.Mechanisms = []string{mechanism}
	}
	_, err := commands.SignIn(ctx, s, auth.Credentials{Username: user, Password: password}, opts)
	switch {
	case errors.Is(err, auth.ErrPlaintext):
		return errors.New("others can read this connection, so the password was not sent; use TLS, or -plaintext-password")
	case errors.Is(err, parser.NO):
		return fmt.Errorf("the server does not let %s in: %w", user, err)
	}
	return err
}
