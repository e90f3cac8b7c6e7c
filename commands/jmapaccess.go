package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// GetJMAPAccess returns the URL of the JMAP session resource for the same mail (RFC 9698 §4). Trust the URL only as
// far as you trust the server.
func GetJMAPAccess(s *session.Session) *session.Call[string] {
	return oneResponse(s, session.Command{Name: "GETJMAPACCESS", In: loggedIn, Needs: "JMAPACCESS"}, "JMAPACCESS", nil, func(d *wire.Decoder) (*string, error) {
		var x parser.JMAPAccess
		err := x.Decode(d)
		url := string(x.URL)
		return &url, err
	})
}
