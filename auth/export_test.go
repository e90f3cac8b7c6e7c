package auth

// FixNonce makes a mechanism use nonce instead of a random one.
func FixNonce(x any, nonce string) {
	switch x := x.(type) {
	case *scram:
		x.fixed = nonce
	case *digestMD5:
		x.fixed = nonce
	case *Server:
		x.nonce = nonce
	default:
		panic("no nonce")
	}
}
