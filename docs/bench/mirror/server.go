package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
)

// server prepares the mailboxes, over a connection without delay.
type server struct {
	s       *session.Session
	ctx     context.Context
	flagged bool // changeFlags has added its flag, and removes it the next time
}

func boxName(i int) string { return fmt.Sprintf("box%d", i) }

// message returns the i-th message. No two are the same.
func message(i int) []byte {
	head := fmt.Sprintf("From: a@example.com\r\nTo: b@example.com\r\nSubject: message %d\r\nMessage-ID: <%d@example.com>\r\nDate: Mon, 2 Mar 2026 09:30:00 +0000\r\n\r\n", i, i)
	line := "The quick brown fox jumps over the lazy dog, and so on to the end of it.\r\n"
	return []byte(head + strings.Repeat(line, (size-len(head))/len(line)))
}

func newServer(env peer.Env) (*server, error) {
	pem, err := os.ReadFile(env.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	v := &server{ctx: context.Background()}
	if v.s, err = session.Dial(v.ctx, transport.TLS(env.TLSAddr(), &tls.Config{RootCAs: pool}), nil); err != nil {
		return nil, err
	}
	_, err = commands.SignIn(v.ctx, v.s, auth.Credentials{Username: env.Other, Password: auth.NewSecret(env.Password)}, auth.Options{})
	return v, err
}

// fill makes the mailboxes, and deletes those of an earlier run.
func (v *server) fill() error {
	n := 0
	for box := range boxes {
		name := boxName(box)
		if err := v.anew(name); err != nil {
			return err
		}
		for n < (box+1)*perBox {
			var list []commands.Message
			for len(list) < 50 {
				list = append(list, commands.Message{Body: strings.NewReader(string(message(n))), Size: -1})
				n++
			}
			if _, err := commands.AppendAll(v.s, name, list...).Wait(v.ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *server) anew(name string) error {
	if _, err := commands.Delete(v.s, name).Wait(v.ctx); err != nil && !errors.Is(err, parser.NO) {
		return err
	}
	_, err := commands.Create(v.s, name).Wait(v.ctx)
	return err
}

// changeFlags changes flags of some messages in each mailbox.
func (v *server) changeFlags() error {
	op := commands.AddFlags
	if v.flagged {
		op = commands.RemoveFlags
	}
	v.flagged = !v.flagged
	for box := range boxes {
		if _, err := commands.Select(v.s, boxName(box)).Wait(v.ctx); err != nil {
			return err
		}
		set := numset.Of(numset.Seq)
		for i := range uint32(changes / boxes) {
			set.Add(1 + i*89)
		}
		if err := commands.Store(v.s, set, op.Silent(), parser.FlagFlagged).Wait(v.ctx); err != nil {
			return err
		}
	}
	return v.leave()
}

func (v *server) leave() error {
	_, err := commands.Unselect(v.s).Wait(v.ctx)
	return err
}

// check returns an error unless the number of messages on the server is the initial number plus added.
func (v *server) check(added int) error {
	n := uint32(0)
	for box := range boxes {
		st, err := commands.Status(v.s, boxName(box), status.Messages).Wait(v.ctx)
		if err != nil {
			return err
		}
		n += st.Messages
	}
	if int(n) != boxes*perBox+added {
		return fmt.Errorf("the server has %d messages, want %d", n, boxes*perBox+added)
	}
	return nil
}

// restore deletes the messages that were uploaded.
func (v *server) restore() error {
	for box := range boxes {
		if _, err := commands.Select(v.s, boxName(box)).Wait(v.ctx); err != nil {
			return err
		}
		set := numset.Span(numset.Seq, perBox+1, 0)
		if err := commands.Store(v.s, set, commands.AddFlags.Silent(), parser.FlagDeleted).Wait(v.ctx); err != nil {
			return err
		}
		if err := commands.Expunge(v.s).Wait(v.ctx); err != nil {
			return err
		}
	}
	return v.leave()
}

// appendHuge makes a mailbox with one message of about 60 MB.
func (v *server) appendHuge() error {
	if err := v.anew("huge"); err != nil {
		return err
	}
	line := "The quick brown fox jumps over the lazy dog, and so on to the end of it.\r\n"
	n := huge / len(line) * len(line)
	head := "Subject: huge\r\n\r\n"
	body := io.MultiReader(strings.NewReader(head), io.LimitReader(&repeat{text: line}, int64(n)))
	_, err := commands.Append(v.s, "huge", body, int64(n+len(head))).Wait(v.ctx)
	return err
}

// repeat is a reader that repeats a text without end.
type repeat struct {
	text string
	at   int
}

func (r *repeat) Read(p []byte) (n int, err error) {
	for n < len(p) {
		k := copy(p[n:], r.text[r.at:])
		n, r.at = n+k, (r.at+k)%len(r.text)
	}
	return n, nil
}
