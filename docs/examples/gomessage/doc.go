// Package gomessage shows how github.com/emersion/go-message reads messages from package commands while they come from
// the server, and writes messages to append.
package gomessage
