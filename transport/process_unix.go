//go:build unix

package transport

import (
	"os/exec"
	"syscall"
)

// detach gives the program a session, and so a process group, of its own. A group alone would not do: a program
// that asks for a passphrase from the background is stopped by the terminal, and would never end.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
}

// kill kills the program, with its process group if it has one of its own.
func kill(cmd *exec.Cmd, group bool) {
	if group {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	cmd.Process.Kill()
}
