package goimap

import (
	"bytes"
	"crypto/tls"
	"io"
	"time"

	imap "github.com/emersion/go-imap"
	"github.com/emersion/go-imap/client"
)

func connectV1(addr string, cfg *tls.Config, user, password string) (*client.Client, error) {
	c, err := client.DialTLS(addr, cfg)
	if err != nil {
		return nil, err
	}
	c.Timeout = time.Minute
	if err := c.Login(user, password); err != nil {
		c.Terminate()
		return nil, err
	}
	return c, nil
}

func mailboxesV1(c *client.Client) (names []string, err error) {
	ch := make(chan *imap.MailboxInfo, 10)
	done := make(chan error, 1)
	go func() { done <- c.List("", "*", ch) }()
	for m := range ch {
		names = append(names, m.Name)
	}
	return names, <-done
}

func subjectsV1(c *client.Client, n uint32) (list []string, err error) {
	box, err := c.Select("INBOX", true)
	if err != nil || box.Messages == 0 {
		return nil, err
	}
	set := new(imap.SeqSet)
	set.AddRange(max(box.Messages, n)-n+1, box.Messages)
	ch := make(chan *imap.Message, 10)
	done := make(chan error, 1)
	go func() { done <- c.Fetch(set, []imap.FetchItem{imap.FetchEnvelope}, ch) }()
	for m := range ch {
		list = append(list, m.Envelope.Subject)
	}
	return list, <-done
}

func messageV1(c *client.Client, uid uint32) (text []byte, err error) {
	if _, err := c.Select("INBOX", true); err != nil {
		return nil, err
	}
	set := new(imap.SeqSet)
	set.AddNum(uid)
	section := &imap.BodySectionName{Peek: true}
	ch := make(chan *imap.Message, 1)
	done := make(chan error, 1)
	go func() { done <- c.UidFetch(set, []imap.FetchItem{section.FetchItem()}, ch) }()
	for m := range ch { // the channel must be read to its end, or the client blocks
		if body := m.GetBody(section); body != nil && err == nil {
			text, err = io.ReadAll(body)
		}
	}
	if e := <-done; e != nil {
		return nil, e
	}
	return text, err
}

func unreadSinceV1(c *client.Client, from string, since time.Time) ([]uint32, error) {
	if _, err := c.Select("INBOX", true); err != nil {
		return nil, err
	}
	criteria := imap.NewSearchCriteria()
	criteria.WithoutFlags = []string{imap.SeenFlag}
	criteria.Since = since
	criteria.Header.Add("From", from)
	return c.UidSearch(criteria)
}

func markReadV1(c *client.Client, uids ...uint32) error {
	if _, err := c.Select("INBOX", false); err != nil {
		return err
	}
	set := new(imap.SeqSet)
	set.AddNum(uids...)
	return c.UidStore(set, imap.FormatFlagsOp(imap.AddFlags, true), []interface{}{imap.SeenFlag}, nil)
}

func moveV1(c *client.Client, mailbox string, uids ...uint32) error {
	if _, err := c.Select("INBOX", false); err != nil {
		return err
	}
	set := new(imap.SeqSet)
	set.AddNum(uids...)
	return c.UidMove(set, mailbox) // on a server without MOVE: COPY, STORE, and EXPUNGE of all marked messages
}

func deleteV1(c *client.Client, uids ...uint32) error {
	if _, err := c.Select("INBOX", false); err != nil {
		return err
	}
	set := new(imap.SeqSet)
	set.AddNum(uids...)
	if err := c.UidStore(set, imap.FormatFlagsOp(imap.AddFlags, true), []interface{}{imap.DeletedFlag}, nil); err != nil {
		return err
	}
	return c.Expunge(nil) // expunges all marked messages; UID EXPUNGE is in go-imap-uidplus
}

func appendV1(c *client.Client, mailbox string, msg []byte, date time.Time) error {
	return c.Append(mailbox, []string{imap.SeenFlag}, date, bytes.NewReader(msg))
}

func unseenV1(c *client.Client, mailbox string) (uint32, error) {
	st, err := c.Status(mailbox, []imap.StatusItem{imap.StatusUnseen})
	if err != nil {
		return 0, err
	}
	return st.Unseen, nil
}

func waitV1(c *client.Client) (messages uint32, err error) {
	updates := make(chan client.Update, 10) // the client blocks while the channel is full
	c.Updates = updates
	if _, err := c.Select("INBOX", true); err != nil {
		return 0, err
	}
	for len(updates) > 0 {
		<-updates // drop the updates of SELECT
	}
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- c.Idle(stop, nil) }()
	for {
		select {
		case u := <-updates:
			if m, ok := u.(*client.MailboxUpdate); ok && stop != nil {
				messages = m.Mailbox.Messages
				close(stop)
				stop = nil
			}
		case err := <-done:
			return messages, err
		}
	}
}
