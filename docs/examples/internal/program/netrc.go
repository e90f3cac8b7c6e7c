package program

import (
	"net"
	"os"
	"strings"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/transport"
)

// password finds the password of an account: in the file of -netrc, in the first environment variable that is set, or
// at the terminal.
func (set *Settings) password(target *transport.Target, variables []string) (auth.Secret, error) {
	if set.Netrc != "" {
		host, _, err := net.SplitHostPort(target.Addr)
		if err != nil {
			host = target.Addr
		}
		text, err := os.ReadFile(set.Netrc)
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
	return AskPassword(target.User, variables[0])
}

// netrc finds a password in the text of a .netrc file. The text is a list of words, of which netrc needs "machine",
// "default", "login", "password" and the words that follow them.
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
