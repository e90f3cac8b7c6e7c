// Package cookbook holds what docs/cookbook.md shows: its tests run each piece, and compare the document with them.
package cookbook
