package main

import (
	"io"
	"net"

	"github.com/emersion/go-imap"
	imapclient "github.com/emersion/go-imap/client"
)

func goIMAP1(conn net.Conn, w *workload) (sum sums, err error) {
	c, err := imapclient.New(conn)
	if err != nil {
		return sum, err
	}
	if err := c.Login("a", "b"); err != nil {
		return sum, err
	}
	if _, err := c.Select("INBOX", false); err != nil {
		return sum, err
	}
	items := []imap.FetchItem{imap.FetchUid}
	switch w.name {
	case "flags":
		items = append(items, imap.FetchFlags)
	case "meta":
		items = append(items, imap.FetchFlags, imap.FetchInternalDate, imap.FetchRFC822Size, imap.FetchEnvelope, imap.FetchBodyStructure)
	case "bodies", "huge":
		items = append(items, "BODY.PEEK[]")
	case "search", "dense":
		uids, err := c.UidSearch(&imap.SearchCriteria{})
		if err != nil {
			return sum, err
		}
		for _, uid := range uids {
			sum.Messages++
			sum.UIDs += uint64(uid)
		}
		return sum, c.Logout()
	default:
		return sum, errCannot
	}
	set, _ := imap.ParseSeqSet("1:*")
	messages := make(chan *imap.Message, 64)
	done := make(chan error, 1)
	go func() { done <- c.UidFetch(set, items, messages) }()
	for m := range messages {
		sum.Messages++
		sum.UIDs += uint64(m.Uid)
		sum.Flags += uint64(len(m.Flags))
		sum.Sizes += uint64(m.Size)
		if w.name == "meta" {
			sum.Dates += uint64(m.InternalDate.Unix())
			sum.Subjects += uint64(len(m.Envelope.Subject))
			e := m.Envelope
			for _, list := range [][]*imap.Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
				for _, a := range list {
					if a.MailboxName != "" && a.HostName != "" {
						sum.Addresses++
					}
				}
			}
			m.BodyStructure.Walk(func([]int, *imap.BodyStructure) bool {
				sum.Parts++
				return true
			})
		}
		for _, lit := range m.Body {
			n, err := io.Copy(io.Discard, lit)
			if err != nil {
				return sum, err
			}
			sum.Octets += uint64(n)
		}
	}
	if err := <-done; err != nil {
		return sum, err
	}
	return sum, c.Logout()
}
