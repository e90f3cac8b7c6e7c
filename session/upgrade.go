package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/imapstack/imapstack/transport"
)

// Upgrade puts a layer on the connection, after a command that negotiated it, such as STARTTLS or COMPRESS. No command
// may be in flight. Octets that were read after that command's answer become the first input of the layer. After the
// answer to STARTTLS such octets are an attack: the error is then transport.ErrInjected, and the session ends.
//
// If the layer cannot be put on the connection, the session ends. If Close has been called meanwhile, the error is
// ErrClosed. Otherwise, if ctx has ended, the error matches ErrCut.
//
// If the layer makes the connection secure, the session forgets the capabilities and everything else that the server
// has said before, and asks for the capabilities again (RFC 9051 §6.2.1).
func (s *Session) Upgrade(ctx context.Context, u transport.Upgrade) error {
	if ctx == nil {
		return errNoContext
	}
	if u == nil {
		return errors.New("session: upgrade without a transport.Upgrade")
	}
	err := s.enter()
	if err != nil {
		return err
	}
	defer s.leave()
	if s.err != nil {
		return s.err
	}
	for _, p := range s.queue.live() {
		if p.progress != answered {
			return fmt.Errorf("session: upgrade with %s in flight", p.name())
		}
	}
	if err := ctx.Err(); err != nil {
		return unsent(context.Cause(ctx))
	}
	s.startDriving()
	if err := s.joinWriter(ctx); err != nil {
		return err
	}
	old := s.link.conn
	was := transport.Secure(old)
	conn, err := u(ctx, old, s.in.words.Take())
	if err != nil {
		switch err = fmt.Errorf("session: upgrade: %w", err); {
		case s.closeCalled.Load(): // by another goroutine, during a handshake
			err = ErrClosed
		case ctx.Err() != nil:
			err = errors.Join(err, ErrCut)
		case hungUp(err):
			err = lost(err)
		}
		s.abortIfEnded(ctx)
		s.shut(err)
		return s.err
	}
	s.attach(conn)
	if was || !transport.Secure(conn) {
		return nil
	}
	s.caps, s.capsKnown, s.enabled = Caps{}, false, Caps{}
	s.alerts, s.bye, s.box, s.selecting = nil, nil, nil, false
	s.stray, s.unclaimed = 0, 0
	s.muted = false
	defer s.unwatch(s.watch(ctx, false))
	return s.refresh(ctx)
}

// Dial connects with d and opens a session. If d asks for STARTTLS, as a transport.Target may, the session begins with
// it. If the server does not offer STARTTLS, refuses it, or greets with PREAUTH, the error is ErrNoTLS. Dial ignores
// what the server said before TLS.
func Dial(ctx context.Context, d transport.Dialer, cfg *Config) (*Session, error) {
	s, err := dial(ctx, d, cfg)
	if n, ok := d.(interface{ Server() (string, int) }); ok && err == nil {
		s.host, s.port = n.Server()
	}
	return s, err
}

func dial(ctx context.Context, d transport.Dialer, cfg *Config) (*Session, error) {
	if d == nil {
		return nil, errNoConn
	}
	if ctx == nil {
		return nil, errNoContext
	}
	up, ok := d.(interface{ Upgrade() transport.Upgrade })
	var first transport.Upgrade
	if ok {
		first = up.Upgrade()
	}
	c, err := d.Dial(ctx)
	if err != nil {
		return nil, err
	}
	if first == nil || transport.Secure(c) {
		return Open(ctx, c, cfg)
	}
	var own Config
	if cfg != nil {
		own = *cfg
	}
	own.RequireTLS = true
	s, err := Open(ctx, c, &own)
	if err != nil {
		return nil, err
	}
	if err := s.StartTLS(ctx, first); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// StartTLS sends STARTTLS and puts u, made by transport.StartTLS, on the connection.
func (s *Session) StartTLS(ctx context.Context, u transport.Upgrade) error {
	if !s.caps.Has("STARTTLS") {
		return ErrNoTLS
	}
	was := s.link
	err := s.Negotiate(ctx, Command{Name: "STARTTLS", In: NotAuthenticated}, u)
	var refused *Error
	if errors.As(err, &refused) && s.link == was && s.err == nil {
		return fmt.Errorf("%w: %w", ErrNoTLS, err)
	}
	return err
}

// Negotiate sends a command that asks for a layer on the connection, such as STARTTLS or COMPRESS, and adds the layer
// when the server agrees. If ctx ends after the command was sent and before the layer is in use, the session ends
// with ErrCut, because the server may already use the layer. If the server refuses, nothing changes.
func (s *Session) Negotiate(ctx context.Context, cmd Command, u transport.Upgrade) error {
	cmd.Flow |= Alone
	cmd.layers = true
	if _, err := Start[struct{}](s, cmd, nil).Wait(ctx); err != nil {
		return err
	}
	was := s.link
	err := s.Upgrade(ctx, u)
	if err == nil || s.err != nil || s.link != was {
		return err
	}
	busy := s.enter()
	if busy != nil {
		return err
	}
	defer s.leave()
	return errors.Join(err, s.endWith(ErrCut))
}
