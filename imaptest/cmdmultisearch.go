package imaptest

import (
	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

// multiSearch searches several mailboxes (RFC 7377).
func (c *conn) multiSearch() error {
	var a parser.MultiSearchArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if len(a.Scope) > 0 {
		return badf("unknown scope option %s", a.Scope[0].Name)
	}
	if err := c.checkReturn(&a.Return, "CONTEXT=SEARCH"); err != nil {
		return err
	}
	selectedToo, others := len(a.In) == 0, false
	var filters []mailboxFilter
	for _, f := range a.In {
		if f.Kind == "selected" {
			selectedToo = true
			continue
		}
		others = true
		filters = append(filters, c.filter(f))
	}
	switch {
	case selectedToo && c.view == nil:
		return badf("no mailbox is selected")
	case a.Return.Update && c.view == nil:
		return badf("UPDATE needs a selected mailbox")
	case a.Return.Save && others:
		return badf("SAVE is only for the selected mailbox")
	}
	if err := c.checkContext(&a.Return); err != nil {
		return err
	}
	if err := c.checkKeyNumbers(&a.Key); err != nil {
		return err
	}
	a.Return.Given = true
	told := false
	if selectedToo {
		if err := c.multiSearchIn(c.view, &a); err != nil {
			return err
		}
		told = true
	}
	var chosen []string
	if others {
		match := c.matcher()
		for _, l := range c.user.List(store.ListOptions{Patterns: []string{"*"}}) {
			if l.Mailbox == nil || l.NoSelect {
				continue
			}
			for i := range filters {
				if match(&filters[i], l.Name) {
					chosen = append(chosen, l.Name)
					break
				}
			}
		}
		chosen = c.hidden(chosen, filters)
	}
	for _, name := range chosen {
		if c.view != nil && c.user.Mailbox(name) == c.view.Mailbox() {
			if !told {
				// The search sees only what the client knows about this mailbox.
				if err := c.multiSearchIn(c.view, &a); err != nil {
					return err
				}
				told = true
			}
			continue
		}
		view, err := c.user.Select(name, store.SelectOptions{ReadOnly: true})
		if err != nil {
			continue // the user may not read it, or it is gone
		}
		err = c.multiSearchIn(view, &a)
		view.Close()
		if err != nil {
			return err
		}
		if err := c.flushSome(); err != nil {
			return err
		}
	}
	if a.Return.Update && !told {
		c.refuseContext("the selected mailbox is not among those that are searched")
	}
	if len(chosen) == 0 && !selectedToo {
		// A wrong search is refused even if there is no mailbox to search.
		_, err := c.compileFor(c.view, &a.Key, a.Charset)
		return err
	}
	return nil
}

// hidden adds the mailboxes that filters name and that the user may read although LIST does not show them (RFC 7377 §2.2).
func (c *conn) hidden(chosen []string, filters []mailboxFilter) []string {
	for _, f := range filters {
		if f.kind != "mailboxes" {
			continue
		}
		for _, name := range f.names {
			if r, err := c.user.Rights(name); err == nil && r.Has('r') && !r.Has('l') {
				chosen = append(chosen, name)
			}
		}
	}
	return chosen
}

// multiSearchIn searches one mailbox, and answers if it finds anything.
func (c *conn) multiSearchIn(view *store.View, a *parser.MultiSearchArgs) error {
	before := view.Mailbox().Status().HighestModSeq
	q, err := c.compileFor(view, &a.Key, a.Charset)
	if err != nil {
		return err
	}
	s := &searched{name: "SEARCH", ret: &a.Return, uid: true, modseq: q.UsesModSeq(), modseqBefore: before,
		mailbox: c.boxRaw(c.user.NameOf(view.Mailbox())), validity: view.Mailbox().UIDValidity()}
	for m := range search(q, view) {
		s.hits = append(s.hits, m.hit())
	}
	switch {
	case len(s.hits) > 0:
		c.answerSearch(s)
	case a.Return.Save:
		c.saved = nil
	}
	if view == c.view {
		c.openContext(s, &a.Key, a.Charset, nil)
	}
	return nil
}
