//go:build unix

package main

import (
	"os"
	"syscall"
)

// newFile creates a file. If the file exists, it returns an error. It avoids os.OpenFile, which makes five system calls
// to find out whether a file can be polled, although the files of a Maildir cannot. These calls would be a tenth of the
// cost of a first pull.
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

// rename is os.Rename without its check whether the new name is a directory.
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
