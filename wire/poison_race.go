//go:build race

package wire

// poison overwrites borrowed memory that is no longer valid. A test that keeps a slice too long then fails under the
// race detector, instead of seeing octets of another message.
func poison(b []byte) {
	for i := range b {
		b[i] = '#'
	}
}
