package main

import (
	"context"
	"io"
	"net"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/utils/numset"
)

func imapstack(c net.Conn, w *workload) (sum sums, err error) {
	ctx := context.Background()
	s, err := session.Open(ctx, c, nil)
	if err != nil {
		return sum, err
	}
	defer s.Close()
	if _, err := commands.Login(s, "a", auth.NewSecret("b"), commands.AllowPlaintext()).Wait(ctx); err != nil {
		return sum, err
	}
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		return sum, err
	}
	all := numset.All(numset.UID)
	switch w.name {
	case "flags":
		for m, err := range commands.Fetch(s, all, fetch.UID, fetch.Flags).All(ctx) {
			if err != nil {
				return sum, err
			}
			sum.Messages++
			sum.UIDs += uint64(m.UID)
			sum.Flags += uint64(len(m.Flags))
		}
	case "meta":
		err = ourMeta(ctx, s, all, &sum)
	case "bodies", "huge":
		for m, err := range commands.Fetch(s, all, fetch.UID, fetch.Body("").Peek()).All(ctx) {
			if err != nil {
				return sum, err
			}
			sum.Messages++
			sum.UIDs += uint64(m.UID)
			for sec, err := range m.Sections {
				if err != nil {
					return sum, err
				}
				n, err := io.Copy(io.Discard, sec)
				if err != nil {
					return sum, err
				}
				sum.Octets += uint64(n)
			}
		}
	case "search", "esearch", "dense":
		var opts []search.Return
		if w.name == "esearch" {
			opts = append(opts, search.ReturnAll)
		}
		found, err := commands.Search(s, numset.UID, search.All, opts...).Wait(ctx)
		if err != nil {
			return sum, err
		}
		var n, uids uint64
		for r := range found.Found.Spans() {
			for uid := r.Start; uid <= r.Stop; uid++ {
				n++
				uids += uint64(uid)
			}
		}
		sum.Messages, sum.UIDs = n, uids
	}
	if err != nil {
		return sum, err
	}
	_, err = commands.Logout(s).Wait(ctx)
	return sum, err
}

func ourMeta(ctx context.Context, s *session.Session, all numset.Set, sum *sums) error {
	var env parser.Envelope
	var body parser.BodyStructure
	for m, err := range commands.Fetch(s, all, fetch.UID, fetch.Flags, fetch.InternalDate, fetch.Size, fetch.Envelope, fetch.BodyStructure).All(ctx) {
		if err != nil {
			return err
		}
		sum.Messages++
		sum.UIDs += uint64(m.UID)
		sum.Flags += uint64(len(m.Flags))
		sum.Sizes += m.Size
		date, err := imapdate.Parse(m.Date)
		if err != nil {
			return err
		}
		sum.Dates += uint64(date.Unix())
		if _, err := m.Envelope(&env); err != nil {
			return err
		}
		sum.Subjects += uint64(len(env.Subject))
		for _, list := range [][]parser.Address{env.From, env.Sender, env.ReplyTo, env.To, env.Cc, env.Bcc} {
			for _, a := range list {
				if a.Mailbox != nil && a.Host != nil {
					sum.Addresses++
				}
			}
		}
		if _, err := m.BodyStructure(&body); err != nil {
			return err
		}
		body.Walk(func(_ []uint32, p *parser.BodyStructure) bool {
			sum.Parts++
			return !p.IsMessage() // skip the parts within messages, as the other clients do
		})
	}
	return nil
}
