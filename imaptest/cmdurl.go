package imaptest

import (
	"io"
	"strings"

	"github.com/imapstack/imapstack/utils/imapurl"
)

// ownHosts are the names by which a server in memory goes, those of its certificate.
var ownHosts = []string{"localhost", "example.com", "127.0.0.1", "[::1]", "::1"}

// WithHosts sets by which names, besides those of its certificate, the server goes in URLs. What has another one is on another server,
// of which it knows nothing (RFC 4469 §4).
func WithHosts(names ...string) Option {
	return func(o *options) { o.hosts = append(o.hosts, names...) }
}

// copyURL copies what a URL of the connection's user, or one that is authorized, names.
func (c *conn) copyURL(w io.Writer, url string) error {
	if rel := strings.TrimPrefix(url, "/"); c.view != nil && len(rel) > 5 && strings.EqualFold(rel[:5], ";UID=") {
		// Relative to the mailbox that is open.
		url = imapurl.URL{Relative: true, Mailbox: c.user.NameOf(c.view.Mailbox())}.String() + "/" + rel
	}
	return c.m.CopyURL(w, url)
}
