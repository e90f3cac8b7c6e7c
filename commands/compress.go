package commands

import (
	"compress/flate"
	"context"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

// Compress turns on compression of the connection, both ways (RFC 4978). It drives the session until that is done.
func Compress(ctx context.Context, s *session.Session) error {
	cmd := session.Command{
		Name: "COMPRESS", In: loggedIn, Needs: "COMPRESS=DEFLATE", Flow: session.Alone,
		Args: func(e *wire.Encoder) { e.SP().Raw("DEFLATE") },
	}
	if _, err := plain(s, cmd).Wait(ctx); err != nil {
		return err
	}
	return s.Upgrade(ctx, transport.Deflate(flate.DefaultCompression))
}
