// Package transport makes and wraps byte streams with deadlines: what a session speaks IMAP over.
package transport
