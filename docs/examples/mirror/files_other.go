//go:build !unix

package main

import "os"

// newFile creates a file. If the file exists, it returns an error.
func newFile(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
}

func rename(from, to string) error { return os.Rename(from, to) }
