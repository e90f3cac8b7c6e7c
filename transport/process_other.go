//go:build !unix

package transport

import "os/exec"

// detach does nothing on systems without process groups.
func detach(*exec.Cmd) {}

// kill kills the program.
func kill(cmd *exec.Cmd, _ bool) {
	cmd.Process.Kill()
}
