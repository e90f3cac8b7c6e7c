package imaptest

// ownHosts are the names of the server in URLs: those of its certificate.
var ownHosts = []string{"localhost", "example.com", "127.0.0.1", "[::1]", "::1"}

// WithHosts adds names that mean this server in URLs, besides those of its certificate. A URL with another name is on
// another server, which this one does not know (RFC 4469 §4).
func WithHosts(names ...string) Option {
	return func(o *options) { o.hosts = append(o.hosts, names...) }
}
