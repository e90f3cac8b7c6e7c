package imaptest

// ownHosts are the host names that mean this server in a URL: the names in its certificate.
var ownHosts = []string{"localhost", "example.com", "127.0.0.1", "[::1]", "::1"}

// WithHosts adds host names that mean this server in URLs, besides the names in its certificate. A URL with any other
// host name is on another server, which this server does not know (RFC 4469 §4).
func WithHosts(names ...string) Option {
	return func(o *options) { o.hosts = append(o.hosts, names...) }
}
