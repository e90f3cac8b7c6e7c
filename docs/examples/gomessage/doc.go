// Package gomessage shows how github.com/emersion/go-message reads messages of package commands while they come from the server, and
// writes those that are appended.
package gomessage
