// Package gomessage shows how to read messages with github.com/emersion/go-message while they arrive from the server,
// and how to write messages with it and append them.
package gomessage
