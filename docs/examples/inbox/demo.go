package main

import (
	"context"
	"crypto/tls"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

//go:embed mail
var mail embed.FS

// demo reads the mail on a server in memory, over a loopback port with STARTTLS.
func demo(ctx context.Context, w io.Writer) error {
	srv, err := imaptest.New(imaptest.WithUser("alice", "secret"))
	if err != nil {
		return err
	}
	if err := srv.Listen("127.0.0.1:0", ""); err != nil {
		return err
	}
	defer srv.Close()
	if err := fill(srv); err != nil {
		return err
	}
	fmt.Fprintf(w, "A server in memory listens on %s.\n\n", srv.Addr)

	target, err := transport.Parse("imap+starttls://alice@" + srv.Addr + "/INBOX")
	if err != nil {
		return err
	}
	target.TLSConfig = srv.TLSConfig()
	s, err := session.Dial(ctx, target, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	state, _ := transport.ConnectionState(s.Conn())
	fmt.Fprintf(w, "Connected by STARTTLS, %s.\n", tls.VersionName(state.Version))
	if err := login(ctx, s, "alice", auth.NewSecret("secret"), "", false); err != nil {
		return err
	}
	r := reader{s: s, w: w, limit: 20}
	r.found = func() error {
		// Let a message arrive while the reader waits.
		go func() {
			srv.WaitIdle(1)
			body, _ := mail.ReadFile("mail/new.eml")
			srv.Mailbox("alice", "INBOX").Append(body)
		}()
		return nil
	}
	return r.read(ctx, "INBOX", true)
}

// fill puts the sample mail into the server.
func fill(srv *imaptest.Server) error {
	day := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	for i, m := range []struct {
		mailbox, file string
		flags         []parser.Flag
	}{
		{"INBOX", "welcome.eml", []parser.Flag{parser.FlagSeen}},
		{"INBOX", "minutes.eml", []parser.Flag{parser.FlagSeen, parser.FlagAnswered, parser.FlagFlagged}},
		{"INBOX", "photos.eml", nil},
		{"INBOX", "forwarded.eml", []parser.Flag{"$Forwarded"}},
		{"Entwürfe", "welcome.eml", []parser.Flag{parser.FlagDraft}},
		{"Archive/2025", "minutes.eml", []parser.Flag{parser.FlagSeen}},
		{"受信箱", "photos.eml", nil},
	} {
		body, err := fs.ReadFile(mail, "mail/"+m.file)
		if err != nil {
			return err
		}
		if _, err := srv.Mailbox("alice", m.mailbox).AppendAt(day.AddDate(0, 0, i), body, m.flags...); err != nil {
			return err
		}
	}
	srv.Mailbox("alice", "Entwürfe").SetSpecialUse(parser.AttrDrafts)
	return nil
}
