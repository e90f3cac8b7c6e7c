//go:build unix

package main

import (
	"os"
	"syscall"
)

// newFile makes a file that must not exist. os.OpenFile asks five times whether a file can be polled, which none can that a Maildir holds, and that
// is a tenth of what a first pull costs this program.
func newFile(name string) (*os.File, error) {
	for {
		fd, err := syscall.Open(name, syscall.O_CREAT|syscall.O_EXCL|syscall.O_WRONLY|syscall.O_CLOEXEC, 0o600)
		switch err {
		case nil:
			return os.NewFile(uintptr(fd), name), nil
		case syscall.EINTR:
		default:
			return nil, &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// rename is os.Rename without a look at what is there first.
func rename(from, to string) error {
	for {
		switch err := syscall.Rename(from, to); err {
		case nil:
			return nil
		case syscall.EINTR:
		default:
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
		}
	}
}
