package main

import (
	"io"
	"net"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

func goIMAP2(conn net.Conn, w *workload) (sum sums, err error) {
	c := imapclient.New(conn, nil)
	defer c.Close()
	if err := c.Login("a", "b").Wait(); err != nil {
		return sum, err
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return sum, err
	}
	all := imap.UIDSet{{Start: 1, Stop: 0}}
	opts := &imap.FetchOptions{UID: true}
	switch w.name {
	case "flags":
		opts.Flags = true
	case "meta":
		opts.Flags, opts.InternalDate, opts.RFC822Size, opts.Envelope = true, true, true, true
		opts.BodyStructure = &imap.FetchItemBodyStructure{Extended: true}
	case "bodies", "huge":
		opts.BodySection = []*imap.FetchItemBodySection{{Peek: true}}
	case "search", "esearch", "dense":
		var so *imap.SearchOptions
		if w.name == "esearch" {
			so = &imap.SearchOptions{ReturnAll: true}
		}
		data, err := c.UIDSearch(&imap.SearchCriteria{}, so).Wait()
		if err != nil {
			return sum, err
		}
		for _, r := range data.All.(imap.UIDSet) {
			for uid := r.Start; uid <= r.Stop; uid++ {
				sum.Messages++
				sum.UIDs += uint64(uid)
			}
		}
		return sum, c.Logout().Wait()
	}
	cmd := c.Fetch(all, opts)
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		sum.Messages++
		for item := m.Next(); item != nil; item = m.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				sum.UIDs += uint64(item.UID)
			case imapclient.FetchItemDataFlags:
				sum.Flags += uint64(len(item.Flags))
			case imapclient.FetchItemDataRFC822Size:
				sum.Sizes += uint64(item.Size)
			case imapclient.FetchItemDataInternalDate:
				sum.Dates += uint64(item.Time.Unix())
			case imapclient.FetchItemDataEnvelope:
				sum.Subjects += uint64(len(item.Envelope.Subject))
				e := item.Envelope
				for _, list := range [][]imap.Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
					for _, a := range list {
						if a.Mailbox != "" && a.Host != "" {
							sum.Addresses++
						}
					}
				}
			case imapclient.FetchItemDataBodyStructure:
				item.BodyStructure.Walk(func([]int, imap.BodyStructure) bool {
					sum.Parts++
					return true
				})
			case imapclient.FetchItemDataBodySection:
				n, err := io.Copy(io.Discard, item.Literal)
				if err != nil {
					return sum, err
				}
				sum.Octets += uint64(n)
			}
		}
	}
	if err := cmd.Close(); err != nil {
		return sum, err
	}
	return sum, c.Logout().Wait()
}
