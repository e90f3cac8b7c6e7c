package serve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// onMailbox decodes the arguments of a command with one argument, the name of a mailbox, and calls f with it.
func (c *Conn) onMailbox(f func(name string) error) error {
	var a parser.MailboxArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	return f(c.box(a.Mailbox))
}

// creator returns the User as a Creator, or an error if the User is not a Creator.
func (c *Conn) creator() (Creator, error) {
	x, ok := c.user.(Creator)
	if !ok {
		return nil, no(parser.CodeCannot, "mailboxes cannot be created or deleted")
	}
	return x, nil
}

// newName returns the name of a new mailbox, or refuses it. So a back end never gets a name that LIST could not
// return, or that might be confused with another name.
func (c *Conn) newName(raw []byte) (string, error) {
	name, d := c.box(raw), string(c.srv.delimiter())
	name = strings.TrimSuffix(name, d) // a delimiter at the end announces mailboxes below this one (RFC 9051 §6.3.4)
	switch {
	case name == "" || len(name) > 1000:
		return "", no(parser.CodeCannot, "a mailbox name has 1 to 1000 octets")
	case strings.HasPrefix(name, d) || strings.Contains(name, d+d):
		return "", no(parser.CodeCannot, "a level of the name is empty")
	case unprintable(name) || strings.ContainsAny(name, "*%"):
		return "", no(parser.CodeCannot, "the name has a character that is not allowed")
	}
	return name, nil
}

// unprintable reports whether a name has control characters, or was not correctly encoded.
func unprintable(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xfffd })
}

// noUses are the attributes in LIST that are not special uses. A client must not set them.
var noUses = []parser.MailboxAttr{
	parser.AttrNonExistent, parser.AttrNoInferiors, parser.AttrNoSelect, parser.AttrHasChildren, parser.AttrHasNoChildren, parser.AttrMarked,
	parser.AttrUnmarked, parser.AttrSubscribed, parser.AttrRemote, `\NoAccess`,
}

func (c *Conn) create() error {
	var a parser.CreateArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.Use != nil && !c.has("CREATE-SPECIAL-USE") || len(a.Params) > 0 {
		return badf("unknown parameter")
	}
	x, err := c.creator()
	if err != nil {
		return err
	}
	name, err := c.newName(a.Mailbox)
	if err != nil {
		return err
	}
	for _, use := range a.Use {
		if slices.ContainsFunc(noUses, func(x parser.MailboxAttr) bool { return strings.EqualFold(string(x), string(use)) }) {
			return no(parser.CodeUseAttr, string(use)+" is not a special use") // RFC 6154 §3
		}
	}
	if name == "INBOX" {
		return no(parser.CodeAlreadyExists, "INBOX always exists")
	}
	if err := c.noteEvent(x.Create(c.command, name, a.Use), Event{Kind: EventName, Mailbox: name}); err != nil {
		return err
	}
	c.reportNormalized(a.Mailbox, name)
	if !c.has("OBJECTID") {
		return nil
	}
	st, err := c.statusOf(name, parser.StatusMailboxID) // RFC 8474 §4.1
	if err != nil || st.MailboxID == "" {
		return nil // the user may have no right to read the mailbox
	}
	return okCode(parser.CodeMailboxID, []byte("("+st.MailboxID+")"))
}

// reportNormalized reports the name of a new mailbox to a client with IMAP4rev2, if the client has sent another form
// of the name (RFC 9051 §6.3.9.7).
func (c *Conn) reportNormalized(raw []byte, name string) {
	if !c.enabled.rev2 || c.inbox(parser.DecodeMailbox(raw, c.utf8())) == c.box(raw) {
		return
	}
	c.reportList("LIST", &parser.ListData{Attrs: []parser.MailboxAttr{}, Delim: rune(c.srv.delimiter()), Mailbox: c.boxRaw(name), OldName: raw})
}

func (c *Conn) delete() error {
	return c.onMailbox(func(name string) error {
		x, err := c.creator()
		if err != nil {
			return err
		}
		if name == "INBOX" {
			return no(parser.CodeCannot, "INBOX cannot be deleted")
		}
		return c.noteEvent(x.Delete(c.command, name), Event{Kind: EventName, Mailbox: name})
	})
}

func (c *Conn) rename() error {
	var a parser.RenameArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	x, err := c.creator()
	if err != nil {
		return err
	}
	from, d := c.box(a.From), string(c.srv.delimiter())
	to, err := c.newName(a.To)
	if err != nil {
		return err
	}
	switch {
	case to == "INBOX" || to == from:
		return no(parser.CodeAlreadyExists, "a mailbox with that name exists already")
	case strings.HasPrefix(to, from+d) && from != "INBOX": // RENAME INBOX only moves messages
		return no(parser.CodeCannot, "a mailbox cannot be below itself")
	}
	if err := c.noteEvent(x.Rename(c.command, from, to), Event{Kind: EventRenamed, Mailbox: to, OldName: from}); err != nil {
		return err
	}
	c.reportNormalized(a.To, to)
	return nil
}

func (c *Conn) subscribe() error   { return c.subscription(true) }
func (c *Conn) unsubscribe() error { return c.subscription(false) }

func (c *Conn) subscription(on bool) error {
	return c.onMailbox(func(name string) error {
		x, ok := c.user.(Subscriber)
		if !ok {
			if on {
				return nil // all mailboxes are subscribed
			}
			return no(parser.CodeCannot, "subscriptions are not supported")
		}
		if on && (name == "" || unprintable(name)) {
			return no(parser.CodeCannot, "no mailbox can have that name")
		}
		return c.noteEvent(x.Subscribe(c.command, name, on), Event{Kind: EventSubscription, Mailbox: name})
	})
}

func (c *Conn) namespace() error {
	if err := c.decode(parser.NoArgs{}); err != nil {
		return err
	}
	ns := &Namespaces{Personal: []string{""}}
	if x, ok := c.user.(Namespacer); ok {
		var err error
		if ns, err = x.Namespaces(c.command); err != nil {
			return err
		}
	}
	descr := func(list []string) (out []parser.NamespaceDescr) {
		for _, prefix := range list {
			raw := []byte{}
			if prefix != "" {
				raw = c.boxRaw(prefix)
			}
			out = append(out, parser.NamespaceDescr{Prefix: raw, Delim: rune(c.srv.delimiter())})
		}
		return out
	}
	out := parser.Namespace{Personal: descr(ns.Personal), Other: descr(ns.Other), Shared: descr(ns.Shared)}
	c.out.Raw("* NAMESPACE ")
	out.Encode(&c.out)
	c.out.CRLF()
	return nil
}

// statusNames has the items of STATUS. An item is known if the server has one of the item's capabilities, or if caps
// is nil.
var statusNames = map[string]struct {
	item parser.StatusItems
	caps []string
}{
	"MESSAGES": {parser.StatusMessages, nil}, "RECENT": {parser.StatusRecent, nil}, "UIDNEXT": {parser.StatusUIDNext, nil},
	"UIDVALIDITY": {parser.StatusUIDValidity, nil}, "UNSEEN": {parser.StatusUnseen, nil},
	"DELETED": {parser.StatusDeleted, []string{"IMAP4REV2", "QUOTA=RES-MESSAGE", "QUOTA"}}, "DELETED-STORAGE": {parser.StatusDeletedStorage, []string{"QUOTA=RES-STORAGE", "QUOTA"}},
	"SIZE": {parser.StatusSize, []string{"STATUS=SIZE", "IMAP4REV2"}}, "HIGHESTMODSEQ": {parser.StatusHighestModSeq, []string{"CONDSTORE"}},
	"APPENDLIMIT": {parser.StatusAppendLimit, []string{"APPENDLIMIT"}}, "MAILBOXID": {parser.StatusMailboxID, []string{"OBJECTID"}},
}

// statusItems returns the items of STATUS with the given names, or refuses a name that the server does not know.
func (c *Conn) statusItems(names []string) (items parser.StatusItems, err error) {
	for _, n := range names {
		x, ok := statusNames[n]
		if !ok || x.caps != nil && !slices.ContainsFunc(x.caps, c.has) {
			return 0, badf("unknown STATUS item %s", n)
		}
		items |= x.item
	}
	if items&parser.StatusHighestModSeq != 0 {
		c.enableCondStore()
	}
	return items, nil
}

func (c *Conn) status() error {
	var a parser.StatusArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	want, err := c.statusItems(a.Items)
	if err != nil {
		return err
	}
	st, err := c.statusOf(c.box(a.Mailbox), want)
	if err != nil {
		return err
	}
	c.reportStatus(st)
	return nil
}

func (c *Conn) reportStatus(st *parser.StatusData) {
	c.out.Raw("* STATUS ")
	st.Encode(&c.out)
	c.out.CRLF()
}

// statusOf returns the data for STATUS. It asks a Statuser first, and opens the mailbox if items are still missing.
func (c *Conn) statusOf(name string, want parser.StatusItems) (*parser.StatusData, error) {
	out := &parser.StatusData{}
	if x, ok := c.user.(Statuser); ok {
		st, err := x.Status(c.command, name, want)
		if err != nil {
			return nil, err
		}
		*out = *st
	}
	out.Mailbox = c.boxRaw(name)
	if want&parser.StatusAppendLimit != 0 && !out.Has(parser.StatusAppendLimit) {
		out.AppendLimit = uint64(c.maxMessage())
		out.Items |= parser.StatusAppendLimit
	}
	if want&parser.StatusRecent != 0 {
		out.Items |= parser.StatusRecent
	}
	if want&^out.Items != 0 {
		if err := c.openForStatus(name, out, want); err != nil {
			return nil, err
		}
	}
	out.Items &= want
	return out, nil
}

// openForStatus opens a mailbox to find the data for STATUS, and stores the data in *out. It does not change the values
// of RECENT and APPENDLIMIT there.
func (c *Conn) openForStatus(name string, out *parser.StatusData, want parser.StatusItems) error {
	box, ch, err := openMailbox(c.command, c.user, name, OpenOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer box.Close()
	var need Need
	if want&(parser.StatusUnseen|parser.StatusDeleted|parser.StatusDeletedStorage) != 0 {
		need |= NeedFlags
	}
	if want&(parser.StatusSize|parser.StatusDeletedStorage) != 0 {
		need |= NeedSize
	}
	found := parser.StatusData{Messages: uint32(len(ch.New)), UIDNext: ch.UIDNext, UIDValidity: ch.UIDValidity, HighestModSeq: ch.HighestModSeq}
	deleted := uint64(0)
	if need != 0 {
		err = box.Fetch(c.command, ch.New, need, func(m *Message) bool {
			if !hasFlag(m.Flags, `\Seen`) {
				found.Unseen++
			}
			if hasFlag(m.Flags, `\Deleted`) {
				found.Deleted++
				deleted += uint64(m.Size)
			}
			found.Size += uint64(m.Size)
			return true
		})
		if err != nil {
			return fmt.Errorf("status of %s: %w", name, err)
		}
	}
	found.DeletedStorage = (deleted + 1023) / 1024 // in units of 1024 octets (RFC 9208 §4.1.4)
	if x, ok := box.(Identifier); ok && want&parser.StatusMailboxID != 0 {
		if found.MailboxID, err = x.MailboxID(c.command); err != nil {
			return err
		}
	}
	found.Mailbox, found.Recent, found.AppendLimit, found.Items = out.Mailbox, out.Recent, out.AppendLimit, want
	*out = found
	return nil
}
