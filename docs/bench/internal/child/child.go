// Package child starts the program again as the server of a benchmark, in a process of its own, so that the client's figures are its own.
package child

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
)

// Serve starts the program at path with -serve, and returns the address that it prints as its first line, and what ends it. The child's standard
// input ends with this process.
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
