package cli

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/transport"
)

// secret finds the password of an account.
func (f *Flags) secret(target *transport.Target, variables []string) (auth.Secret, error) {
	if f.Netrc != "" {
		host, _, err := net.SplitHostPort(target.Addr)
		if err != nil {
			host = target.Addr
		}
		text, err := os.ReadFile(f.Netrc)
		if err != nil {
			return auth.Secret{}, err
		}
		if p, ok := netrc(string(text), host, target.User); ok {
			return p, nil
		}
	}
	for _, name := range variables {
		if p, ok := os.LookupEnv(name); ok {
			return auth.NewSecret(p), nil
		}
	}
	return ask(target.User, target.String(), variables)
}

// netrc finds a password in the text of a .netrc: words, of which "machine", "default", "login" and "password" matter.
func netrc(text, host, user string) (auth.Secret, bool) {
	var machine, login string
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch words[i] {
		case "default":
			machine, login = host, user
			continue
		case "machine":
			machine, login = next, ""
		case "login":
			login = next
		case "password":
			if machine == host && (login == user || login == "") {
				return auth.NewSecret(next), true
			}
		default:
			continue
		}
		i++
	}
	return auth.Secret{}, false
}

// ask asks for a password at the terminal.
func ask(user, where string, variables []string) (auth.Secret, error) {
	none := errors.New("no password for " + Visible(user) + " at " + where + ": set " + strings.Join(variables, " or ") + ", use -netrc, or run at a terminal")
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return auth.Secret{}, none
	}
	defer tty.Close()
	stty := func(arg string) error {
		c := exec.Command("stty", arg)
		c.Stdin = tty
		return c.Run()
	}
	if err := stty("-echo"); err != nil {
		return auth.Secret{}, none
	}
	fmt.Fprintf(tty, "Password for %s at %s: ", Visible(user), where)
	line, err := bufio.NewReader(tty).ReadString('\n')
	stty("echo")
	fmt.Fprintln(tty)
	if err != nil {
		return auth.Secret{}, err
	}
	return auth.NewSecret(strings.TrimRight(line, "\r\n")), nil
}
