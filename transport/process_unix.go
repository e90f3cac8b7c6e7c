//go:build unix

package transport

import (
	"os/exec"
	"syscall"
)

// detach gives the program a session, and so a process group, of its own. A group alone would not do: the terminal
// would stop a program in the background that asks for a passphrase, and it would never end.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
}

// kill kills the program, and its process group if it has its own.
func kill(cmd *exec.Cmd, group bool) {
	if group {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	cmd.Process.Kill()
}
