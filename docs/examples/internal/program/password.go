package program

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/utils/displaysafe"
)

// AskPassword takes the password from an environment variable, or asks for it at the terminal.
func AskPassword(user, variable string) (auth.Secret, error) {
	if p, ok := os.LookupEnv(variable); ok {
		return auth.NewSecret(p), nil
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return auth.Secret{}, fmt.Errorf("no password: set %s, or run at a terminal", variable)
	}
	defer tty.Close()
	stty := func(arg string) error {
		c := exec.Command("stty", arg)
		c.Stdin = tty
		return c.Run()
	}
	fmt.Fprintf(tty, "Password for %s: ", displaysafe.Line(user))
	if err := stty("-echo"); err != nil {
		return auth.Secret{}, errors.New("cannot hide the password at this terminal: set " + variable)
	}
	line, err := bufio.NewReader(tty).ReadString('\n')
	stty("echo")
	fmt.Fprintln(tty)
	if err != nil {
		return auth.Secret{}, err
	}
	return auth.NewSecret(strings.TrimRight(line, "\r\n")), nil
}
