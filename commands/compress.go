package commands

import (
	"compress/flate"
	"context"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

// Compress turns on compression of the connection in both directions (RFC 4978). It drives the session until
// compression is on. If ctx ends after the command has been sent and before compression is on, the session ends with
// session.ErrCut.
func Compress(ctx context.Context, s *session.Session) error {
	cmd := session.Command{
		Name: "COMPRESS", In: loggedIn, Needs: "COMPRESS=DEFLATE", Flow: session.Alone,
		Args: func(e *wire.Encoder) { e.SP().Raw("DEFLATE") },
	}
	return s.Negotiate(ctx, cmd, transport.Deflate(flate.DefaultCompression))
}
