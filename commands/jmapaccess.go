package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// GetJMAPAccess asks where JMAP serves the same mail: it returns the URL of the session resource (RFC 9698 §4). Trust
// the URL as far as you trust the server.
func GetJMAPAccess(s *session.Session) *session.Call[string] {
	return one(s, session.Command{Name: "GETJMAPACCESS", In: loggedIn, Needs: "JMAPACCESS"}, "JMAPACCESS", nil, func(d *wire.Decoder) (*string, error) {
		var x parser.JMAPAccess
		err := x.Decode(d)
		url := string(x.URL)
		return &url, err
	})
}
