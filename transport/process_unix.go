//go:build unix

package transport

import (
	"os/exec"
	"syscall"
)

// detach gives the program a session and a process group of its own. A process group alone would not be enough, because
// the terminal would stop a background program that asks for a passphrase, and the program would never end.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
}

// kill kills the program, and, if group is true, its process group.
func kill(cmd *exec.Cmd, group bool) {
	if group {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	cmd.Process.Kill()
}
