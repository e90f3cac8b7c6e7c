package goimap

import (
	"crypto/tls"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

func connectV2(addr string, cfg *tls.Config, user, password string) (*imapclient.Client, error) {
	c, err := imapclient.DialTLS(addr, &imapclient.Options{TLSConfig: cfg})
	if err != nil {
		return nil, err
	}
	if err := c.Login(user, password).Wait(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func mailboxesV2(c *imapclient.Client) (names []string, err error) {
	list, err := c.List("", "*", nil).Collect()
	for _, m := range list {
		names = append(names, m.Mailbox)
	}
	return names, err
}

func subjectsV2(c *imapclient.Client, n uint32) (list []string, err error) {
	box, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil || box.NumMessages == 0 {
		return nil, err
	}
	var set imap.SeqSet
	set.AddRange(max(box.NumMessages, n)-n+1, box.NumMessages)
	all, err := c.Fetch(set, &imap.FetchOptions{Envelope: true}).Collect()
	for _, m := range all {
		list = append(list, m.Envelope.Subject)
	}
	return list, err
}

func messageV2(c *imapclient.Client, uid uint32) ([]byte, error) {
	if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		return nil, err
	}
	section := &imap.FetchItemBodySection{Peek: true}
	options := &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{section}}
	all, err := c.Fetch(imap.UIDSetNum(imap.UID(uid)), options).Collect()
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0].FindBodySection(section), nil
}

func unreadSinceV2(c *imapclient.Client, from string, since time.Time) (uids []uint32, err error) {
	if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		return nil, err
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{
		NotFlag: []imap.Flag{imap.FlagSeen},
		Since:   since,
		Header:  []imap.SearchCriteriaHeaderField{{Key: "From", Value: from}},
	}, nil).Wait()
	if err != nil {
		return nil, err
	}
	for _, uid := range found.AllUIDs() {
		uids = append(uids, uint32(uid))
	}
	return uids, nil
}

func markReadV2(c *imapclient.Client, uids ...imap.UID) error {
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return err
	}
	store := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}
	return c.Store(imap.UIDSetNum(uids...), store, nil).Close()
}

func moveV2(c *imapclient.Client, mailbox string, uids ...imap.UID) error {
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return err
	}
	_, err := c.Move(imap.UIDSetNum(uids...), mailbox).Wait()
	return err
}

func deleteV2(c *imapclient.Client, uids ...imap.UID) error {
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return err
	}
	set := imap.UIDSetNum(uids...)
	store := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := c.Store(set, store, nil).Close(); err != nil {
		return err
	}
	return c.UIDExpunge(set).Close()
}

func appendV2(c *imapclient.Client, mailbox string, msg []byte, date time.Time) error {
	cmd := c.Append(mailbox, int64(len(msg)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}, Time: date})
	if _, err := cmd.Write(msg); err != nil {
		return err
	}
	if err := cmd.Close(); err != nil {
		return err
	}
	_, err := cmd.Wait()
	return err
}

func unseenV2(c *imapclient.Client, mailbox string) (uint32, error) {
	st, err := c.Status(mailbox, &imap.StatusOptions{NumUnseen: true}).Wait()
	if err != nil {
		return 0, err
	}
	return *st.NumUnseen, nil // the pointer is nil if the server omits UNSEEN
}

// waitV2 needs a client that was made with waitOptionsV2.
func waitV2(c *imapclient.Client, news <-chan uint32) (messages uint32, err error) {
	if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		return 0, err
	}
	idle, err := c.Idle()
	if err != nil {
		return 0, err
	}
	messages = <-news
	if err := idle.Close(); err != nil {
		return 0, err
	}
	return messages, idle.Wait()
}

// The handler is an option of the client, so it must be set when the client is made.
func waitOptionsV2(cfg *tls.Config, news chan<- uint32) *imapclient.Options {
	return &imapclient.Options{
		TLSConfig: cfg,
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(data *imapclient.UnilateralDataMailbox) {
				if data.NumMessages != nil {
					news <- *data.NumMessages
				}
			},
		},
	}
}
