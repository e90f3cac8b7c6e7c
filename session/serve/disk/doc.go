// Package disk provides the common parts of back ends of package serve that keep mail in files: files that are whole
// whenever the computer stops, numbers that are never used twice, and messages that are parsed only once.
//
// It does not prescribe how mail is laid out on disk. docs/examples/maildird uses all of it, for Maildir.
package disk
