// Package cookbook holds the code of docs/cookbook.md. Its tests run each piece, and compare the document with the
// code.
package cookbook
