// Package child starts the program again as the server of a benchmark, in its own process, so that the client's figures
// do not include the server's.
package child

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
)

// Serve starts the program at path with -serve. It returns the address that the child prints as its first line, and a
// function that ends the child. When this process ends, the child's standard input ends, and so does the child.
func Serve(path string) (addr string, stop func(), err error) {
	srv := exec.Command(path, "-serve")
	srv.Stderr = os.Stderr
	if _, err := srv.StdinPipe(); err != nil {
		return "", nil, err
	}
	out, err := srv.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := srv.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { srv.Process.Kill(); srv.Wait() }
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, err
	}
	return strings.TrimSpace(line), stop, nil
}
