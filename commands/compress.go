package commands

import (
	"compress/flate"
	"context"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

// Compress turns on compression of the connection, both ways (RFC 4978). It drives the session until that is done; if ctx ends
// when the command has been sent and before that, the session ends by session.ErrCut.
func Compress(ctx context.Context, s *session.Session) error {
	cmd := session.Command{
		Name: "COMPRESS", In: loggedIn, Needs: "COMPRESS=DEFLATE", Flow: session.Alone,
		Args: func(e *wire.Encoder) { e.SP().Raw("DEFLATE") },
	}
	return s.Negotiate(ctx, cmd, transport.Deflate(flate.DefaultCompression))
}
