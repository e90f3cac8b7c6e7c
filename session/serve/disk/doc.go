// Package disk has what back ends of package serve have in common that keep mail in files: files that are whole whenever the machine
// stops, numbers that are never used twice, messages that are taken apart once.
//
// Nothing in it says how mail is laid out on disk. docs/examples/maildird uses all of it, for Maildir.
package disk
