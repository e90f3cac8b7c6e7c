//go:build !unix

package main

// lock does nothing on systems without file locks that end with the process: run one mirror at a time.
func lock(string) (unlock func(), err error) { return func() {}, nil }
