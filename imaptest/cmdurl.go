package imaptest

import (
	"io"
	"strings"

	"github.com/imapstack/imapstack/utils/imapurl"
)

// ownHosts are the names of the server in URLs: those of its certificate.
var ownHosts = []string{"localhost", "example.com", "127.0.0.1", "[::1]", "::1"}

// WithHosts adds names that mean this server in URLs, besides those of its certificate. A URL with another name is on another server,
// which this one does not know (RFC 4469 §4).
func WithHosts(names ...string) Option {
	return func(o *options) { o.hosts = append(o.hosts, names...) }
}

// copyURL copies what a URL names, if the connection's user may read it or the URL is authorized.
func (c *conn) copyURL(w io.Writer, url string) error {
	if rel := strings.TrimPrefix(url, "/"); c.view() != nil && len(rel) > 5 && strings.EqualFold(rel[:5], ";UID=") {
		// The URL is relative to the selected mailbox.
		url = imapurl.URL{Relative: true, Mailbox: c.user.NameOf(c.view().Mailbox())}.String() + "/" + rel
	}
	return c.m.CopyURL(w, url)
}
