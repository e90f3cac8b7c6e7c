package serve

import (
	"log/slog"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
)

// listEntry is a name that LIST may return.
type listEntry struct {
	MailboxInfo // NonExistent is also set for a name that only has mailboxes below it
	children    bool
	childInfo   []string // CHILDINFO (RFC 5258 §4): the selection options that fit names below this one, if LIST omits those names
	returned    bool
}

// listEntries returns all mailboxes, and those names above them that are not mailboxes, in the order of LIST.
func (c *Conn) listEntries() ([]*listEntry, error) {
	infos, err := c.user.Mailboxes(c.command)
	if err != nil {
		return nil, err
	}
	_, subscriptions := c.user.(Subscriber)
	at := make(map[string]*listEntry, len(infos))
	list := make([]*listEntry, 0, len(infos))
	for i := range infos {
		l := &listEntry{MailboxInfo: infos[i]}
		l.NoSelect = l.NoSelect || l.NonExistent
		l.Subscribed = l.Subscribed || !subscriptions
		at[l.Name] = l
		list = append(list, l)
	}
	d := string(c.srv.delimiter())
	for i := 0; i < len(list); i++ {
		parent, ok := parentOf(list[i].Name, d)
		if !ok {
			continue
		}
		if at[parent] != nil {
			continue
		}
		p := &listEntry{MailboxInfo: MailboxInfo{Name: parent, NoSelect: true, NonExistent: true}}
		at[parent] = p
		list = slices.Insert(list, i, p)
		i-- // the parent may itself need a parent
	}
	for i := range infos {
		if infos[i].NonExistent {
			continue // a subscribed name without a mailbox is not a child
		}
		for name, ok := parentOf(infos[i].Name, d); ok && !at[name].children; name, ok = parentOf(name, d) {
			at[name].children = true
		}
	}
	return list, nil
}

// parentOf returns the name one level above name, and whether there is one.
func parentOf(name, delim string) (string, bool) {
	i := strings.LastIndex(name, delim)
	if i <= 0 {
		return "", false
	}
	return name[:i], true
}

// patternOf decodes a pattern, and converts it to Unicode's Normalization Form C, as box does with a name. Unlike a
// name, a pattern may have wildcards.
func (c *Conn) patternOf(reference string, raw []byte) *match.Pattern {
	s := string(raw)
	if !c.utf8() && strings.Contains(s, "&") {
		s = parser.DecodeMailbox(raw, false)
	}
	return match.NewPattern(norm.NFC.String(reference+s), c.srv.delimiter())
}

func (c *Conn) list() error {
	var a parser.ListArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	want, err := c.checkList(&a)
	if err != nil {
		return err
	}
	if len(a.Patterns) == 1 && len(a.Patterns[0]) == 0 && !a.Extended() {
		// An empty pattern asks for the delimiter (RFC 9051 §6.3.9).
		c.reportList("LIST", &parser.ListData{Attrs: []parser.MailboxAttr{parser.AttrNoSelect}, Delim: rune(c.srv.delimiter()), Mailbox: []byte{}})
		return nil
	}
	all, err := c.listEntries()
	if err != nil {
		return err
	}
	reference := c.reference(a.Reference)
	var patterns []*match.Pattern
	for _, p := range a.Patterns {
		patterns = append(patterns, c.patternOf(reference, p))
	}
	selectNames(all, &a.Select, patterns, string(c.srv.delimiter()))
	basic := !a.Extended() && !c.enabled.rev2 || !c.has("LIST-EXTENDED")
	for _, l := range all {
		if !l.returned {
			continue
		}
		st := c.listStatus(l, want)
		c.reportList("LIST", c.listData(l, a.Select.Subscribed || a.Return.Subscribed, basic))
		c.reportExtras(l, &a.Return, st)
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if err := c.flushSome(); err != nil {
			return err
		}
	}
	return nil
}

// reference decodes the reference of a LIST. The names that LIST returns begin with it.
func (c *Conn) reference(raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	return c.box(raw)
}

// checkList refuses options that the server does not know (RFC 5258 §3). It returns the STATUS items that RETURN asks
// for.
func (c *Conn) checkList(a *parser.ListArgs) (parser.StatusItems, error) {
	s, r := &a.Select, &a.Return
	switch {
	case len(s.Options) > 0:
		return 0, badf("unknown selection option %s", s.Options[0].Name)
	case len(r.Options) > 0:
		return 0, badf("unknown return option %s", r.Options[0].Name)
	case (s.SpecialUse || r.SpecialUse) && !c.has("SPECIAL-USE"), r.Status != nil && !c.has("LIST-STATUS"),
		r.MyRights && !c.has("LIST-MYRIGHTS"), r.Metadata != nil && !c.has("LIST-METADATA"),
		a.Extended() && !c.has("LIST-EXTENDED") && !s.SpecialUse && r.Status == nil: // allowed by RFC 6154, RFC 5819
		return 0, badf("unknown option")
	case s.RecursiveMatch && !s.Subscribed && !s.SpecialUse:
		return 0, badf("RECURSIVEMATCH needs another selection option") // RFC 5258 §3.1
	}
	if r.Status == nil {
		return 0, nil
	}
	return c.statusItems(r.Status)
}

// selectNames determines which names LIST returns: those that fit the selection options and match a pattern. With
// RECURSIVEMATCH, LIST also returns a name that matches a pattern, if a name below it fits the options but matches no
// pattern (RFC 5258 §3.5).
func selectNames(all []*listEntry, s *parser.ListSelect, patterns []*match.Pattern, delim string) {
	chosen := func(l *listEntry) bool {
		return (!s.Subscribed || l.Subscribed) && (!s.SpecialUse || len(l.SpecialUse) > 0) && (!l.NonExistent || s.Subscribed && l.Subscribed || l.children && !s.Subscribed && !s.SpecialUse)
	}
	at := make(map[string]*listEntry, len(all))
	fits := make(map[string]bool, len(all))
	for _, l := range all {
		at[l.Name] = l
		fits[l.Name] = slices.ContainsFunc(patterns, func(p *match.Pattern) bool { return p.Match(l.Name) })
		l.returned = fits[l.Name] && chosen(l)
	}
	if !s.RecursiveMatch {
		return
	}
	for _, l := range all {
		if !chosen(l) || l.returned {
			continue
		}
		for name, ok := parentOf(l.Name, delim); ok; name, ok = parentOf(name, delim) {
			if p := at[name]; p != nil && fits[name] {
				p.returned = true
				if s.Subscribed && !slices.Contains(p.childInfo, "SUBSCRIBED") {
					p.childInfo = append(p.childInfo, "SUBSCRIBED")
				}
				if s.SpecialUse && !slices.Contains(p.childInfo, "SPECIAL-USE") {
					p.childInfo = append(p.childInfo, "SPECIAL-USE")
				}
			}
		}
	}
}

// listData returns the data of a LIST response for a name.
func (c *Conn) listData(l *listEntry, subscribed, basic bool) *parser.ListData {
	out := &parser.ListData{Attrs: []parser.MailboxAttr{}, Delim: rune(c.srv.delimiter()), Mailbox: c.boxRaw(l.Name), ChildInfo: l.childInfo}
	add := func(on bool, a parser.MailboxAttr) {
		if on {
			out.Attrs = append(out.Attrs, a)
		}
	}
	// \NonExistent implies \Noselect (RFC 5258 §3). A client that may know only RFC 3501 gets \Noselect.
	add(l.NonExistent && !basic, parser.AttrNonExistent)
	add((l.NoSelect || l.NoAccess) && !l.NonExistent || l.NonExistent && basic, parser.AttrNoSelect)
	add(l.NoInferiors, parser.AttrNoInferiors)
	if c.has("CHILDREN") && !l.NoInferiors {
		add(l.children, parser.AttrHasChildren)
		add(!l.children, parser.AttrHasNoChildren)
	}
	add(subscribed && l.Subscribed, parser.AttrSubscribed)
	if c.has("SPECIAL-USE") {
		out.Attrs = append(out.Attrs, l.SpecialUse...)
	}
	return out
}

// listStatus returns the data of STATUS for a name, or nil. If the user cannot open the mailbox, listStatus makes LIST
// return it with \Noselect (RFC 5819 §2).
func (c *Conn) listStatus(l *listEntry, want parser.StatusItems) *parser.StatusData {
	if want == 0 || l.NoSelect || l.NoAccess {
		return nil
	}
	st, err := c.statusOf(l.Name, want)
	if err == nil {
		return st
	}
	l.NoAccess = unexpected(err) == nil
	c.logUnexpected(l, err)
	return nil
}

// logUnexpected logs an error for one of the names in LIST. The client gets the other names, and OK (RFC 5819 §2).
func (c *Conn) logUnexpected(l *listEntry, err error) {
	if unexpected(err) != nil {
		c.log(slog.LevelError, "back end", "cmd", "LIST", "mailbox", l.Name, "err", err)
	}
}

// reportExtras writes the responses other than LIST that the client has asked for: MYRIGHTS, METADATA and STATUS. st may
// be nil.
func (c *Conn) reportExtras(l *listEntry, r *parser.ListReturn, st *parser.StatusData) {
	if l.NoSelect {
		return
	}
	if x, ok := c.user.(ACLHaver); ok && r.MyRights {
		rights, err := x.MyRights(c.command, l.Name)
		if c.logUnexpected(l, err); err == nil {
			c.reportMyRights(l.Name, rights)
		}
	}
	if x, ok := c.user.(MetadataHaver); ok && r.Metadata != nil {
		all, err := x.Metadata(c.command, l.Name)
		if c.logUnexpected(l, err); err == nil {
			found := chooseEntries(all, r.Metadata, 0)
			c.reportEntries(l.Name, withNIL(found, found, r.Metadata))
		}
	}
	if st != nil {
		c.reportStatus(st)
	}
}

func (c *Conn) reportList(name string, l *parser.ListData) {
	c.out.Raw("* " + name + " ")
	l.Encode(&c.out)
	c.out.CRLF()
}

// lsub runs LSUB (RFC 3501 §6.3.9). A pattern with "%" may match only a parent of a subscribed name, and not the name
// itself. LSUB then returns the parent.
func (c *Conn) lsub() error {
	var a parser.ListArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.Extended() {
		return badf("LSUB takes no options")
	}
	all, err := c.listEntries()
	if err != nil {
		return err
	}
	p := c.patternOf(c.reference(a.Reference), a.Patterns[0])
	selectNames(all, &parser.ListSelect{Subscribed: true, RecursiveMatch: true}, []*match.Pattern{p}, string(c.srv.delimiter()))
	for _, l := range all {
		if !l.returned {
			continue
		}
		out := &parser.ListData{Attrs: []parser.MailboxAttr{}, Delim: rune(c.srv.delimiter()), Mailbox: c.boxRaw(l.Name)}
		if !l.Subscribed || l.NoSelect || l.NoAccess {
			out.Attrs = append(out.Attrs, parser.AttrNoSelect)
		}
		c.reportList("LSUB", out)
	}
	return nil
}
