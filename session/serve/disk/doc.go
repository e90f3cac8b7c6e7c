// Package disk helps to write a back end of package serve that stores mail in files. It stores messages and the state
// of mailboxes so that a crash does not damage them, assigns UIDs and mod-sequences that are never used twice, and
// caches the result of parsing a message.
//
// It does not prescribe how mail is laid out on disk. docs/examples/maildird uses the whole package, for mail in the
// format Maildir.
package disk
