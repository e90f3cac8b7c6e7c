package serve

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// mailboxFilter selects mailboxes (RFC 5465 §6, RFC 7377 §2.2). Its names have the form that the back end uses.
type mailboxFilter struct {
	kind  string
	names []string
}

// filter makes a mailboxFilter from a filter in a command.
func (c *Conn) filter(f parser.MailboxFilter) mailboxFilter {
	out := mailboxFilter{kind: f.Kind}
	for _, raw := range f.Mailboxes {
		out.names = append(out.names, strings.TrimSuffix(c.box(raw), string(c.srv.delimiter())))
	}
	return out
}

// rank says how specific a filter is: a filter that names single mailboxes ranks above one that selects them together
// with other mailboxes.
func (f *mailboxFilter) rank() int {
	return slices.Index([]string{"personal", "inboxes", "subscribed", "subtree", "subtree-one", "mailboxes"}, f.kind)
}

// matcher returns a function that reports whether a filter selects a mailbox.
func (c *Conn) matcher() (func(f *mailboxFilter, l *listEntry) bool, error) {
	d := string(c.srv.delimiter())
	ns := &Namespaces{}
	if x, ok := c.user.(Namespacer); ok {
		var err error
		if ns, err = x.Namespaces(c.command); err != nil {
			return nil, err
		}
	}
	foreign := func(name string) bool {
		in := func(prefix string) bool { return prefix != "" && strings.HasPrefix(name+d, prefix) }
		return slices.ContainsFunc(ns.Other, in) || slices.ContainsFunc(ns.Shared, in)
	}
	return func(f *mailboxFilter, l *listEntry) bool {
		switch f.kind {
		case "personal":
			return !foreign(l.Name)
		case "inboxes":
			return l.Name == "INBOX" // the only mailbox to which mail is delivered (RFC 5465 §6.3)
		case "subscribed":
			return l.Subscribed
		case "mailboxes":
			return slices.Contains(f.names, l.Name)
		}
		return slices.ContainsFunc(f.names, func(root string) bool {
			if l.Name == root {
				return true
			}
			below, ok := strings.CutPrefix(l.Name, root+d)
			return ok && (f.kind == "subtree" || !strings.Contains(below, d))
		})
	}, nil
}

// multiSearch searches several mailboxes (RFC 7377).
func (c *Conn) multiSearch() error {
	a := parser.MultiSearchArgs{SearchArgs: parser.SearchArgs{Unknown: c.unknownKey()}}
	if err := c.decode(&a); err != nil {
		return err
	}
	if len(a.Scope) > 0 {
		return badf("unknown scope option %s", a.Scope[0].Name)
	}
	if err := c.checkReturn(&a.Return, "ESEARCH", "CONTEXT=SEARCH"); err != nil {
		return err
	}
	selectedToo := len(a.In) == 0
	var filters []mailboxFilter
	for _, f := range a.In {
		if f.Kind == "selected" {
			selectedToo = true
			continue
		}
		filters = append(filters, c.filter(f))
	}
	switch {
	case selectedToo && c.view == nil:
		return badf("no mailbox is selected")
	case a.Return.Update && c.view == nil:
		return badf("UPDATE needs a selected mailbox")
	case a.Return.Save && len(filters) > 0:
		return badf("SAVE is only for the selected mailbox")
	}
	if err := c.checkKeyNumbers(&a.Key); err != nil {
		return err
	}
	if c.view != nil {
		// Another connection may have renamed the mailbox.
		if err := c.reportUpdates(false); err != nil {
			return err
		}
	}
	a.Return.Given = true
	names, err := c.chosen(filters)
	if err != nil {
		return err
	}
	switch {
	case selectedToo && c.view.deleted:
		if a.Return.Save {
			c.saved = nil
		}
	case selectedToo && !slices.Contains(names, c.view.name):
		names = slices.Insert(names, 0, c.view.name)
	}
	if a.Return.Update && !slices.ContainsFunc(names, c.isOpen) {
		c.refuseContext("the selected mailbox is not among the searched mailboxes")
		a.Return.Update = false
	}
	var failed error // the last internal error of the back end, after which the server still searches the other mailboxes
	for _, name := range names {
		if err := c.searchMailbox(name, &a); err != nil {
			if _, known := refusal(err); known {
				return err
			}
			failed = err
		}
		if err := c.flushSome(); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		// No mailbox is searched, but the arguments must still be checked.
		_, err := c.compile(&view{}, &a.Key, a.Charset)
		return err
	}
	return failed
}

// chosen returns the names of the mailboxes that the filters select, in the order of LIST. After these come the names
// in filters of the kind "mailboxes" that LIST does not return.
func (c *Conn) chosen(filters []mailboxFilter) (names []string, err error) {
	if len(filters) == 0 {
		return nil, nil
	}
	all, err := c.listEntries()
	if err != nil {
		return nil, err
	}
	match, err := c.matcher()
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		if !l.NoSelect && !l.NoAccess && slices.ContainsFunc(filters, func(f mailboxFilter) bool { return match(&f, l) }) {
			names = append(names, l.Name)
		}
	}
	for _, f := range filters {
		for _, name := range f.names {
			if f.kind == "mailboxes" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// searchMailbox searches one mailbox, and reports the result if it is not empty. In the open mailbox it searches the
// messages that the client knows.
func (c *Conn) searchMailbox(name string, a *parser.MultiSearchArgs) error {
	v := c.view
	if !c.isOpen(name) {
		box, ch, err := openMailbox(c.command, c.user, name, OpenOptions{ReadOnly: true})
		if err != nil {
			return unexpected(err)
		}
		defer box.Close()
		v = &view{box: box, name: name, uids: ch.New, validity: ch.UIDValidity}
	}
	q, err := c.compile(v, &a.Key, a.Charset)
	if err != nil {
		return err
	}
	s := &searchResult{name: "SEARCH", ret: &a.Return, uid: true, modseq: q.UsesModSeq(), mailbox: c.boxRaw(name), validity: v.validity}
	if err := c.find(v, v.uids, q, 0, func(x *candidate) { s.hits = append(s.hits, x.hit()) }); err != nil {
		return err
	}
	switch {
	case len(s.hits) > 0:
		c.answerSearch(s)
	case a.Return.Save:
		c.saved = nil
	}
	if v == c.view {
		c.openContext(s, &a.Key, a.Charset, nil, nil)
	}
	return nil
}
