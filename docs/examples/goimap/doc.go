// Package goimap holds the programs of docs/goimap.md: the same tasks with go-imap v1, with go-imap v2 and with this
// library. Its tests run them all, compare what they did, and compare the document with the programs.
package goimap
