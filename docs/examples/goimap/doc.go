// Package goimap holds what docs/goimap.md shows: the same tasks with go-imap v1, with go-imap v2 and with this library. Its tests run
// all of them and compare what they did, and they compare the document with them.
package goimap
