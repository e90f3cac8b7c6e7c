package serve

import (
	"log/slog"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/utils/numset"
)

// maxContexts is how many searches with UPDATE a mailbox can have open on one connection.
const maxContexts = 32

// searchContext is a search with UPDATE: the server reports how its result changes (RFC 5267 §4.3).
type searchContext struct {
	tag      string
	uid      bool
	named    bool             // the search covers several mailboxes, so its responses name this one
	key      parser.SearchKey // without sequence numbers
	charset  string
	criteria []parser.SortCriterion // of a SORT; nil means mailbox order
	items    []parser.FetchItem     // what is reported of a message that is added to the result (RFC 5465 §7)
	uids     []uint32               // the result, in the order that the client knows
	sorted   map[uint32]*sortable   // of a SORT: the messages in the result, with the values by which they are sorted
}

// contains reports whether a message is in the result.
func (x *searchContext) contains(uid uint32) (ok bool) {
	if x.criteria != nil {
		_, ok = x.sorted[uid]
	} else {
		_, ok = slices.BinarySearch(x.uids, uid)
	}
	return ok
}

// checkContext refuses UPDATE or CONTEXT if the server does not have the capability with the given name. It also
// refuses UPDATE if its items are wrong, or if another search with UPDATE has the same tag.
func (c *Conn) checkContext(r *parser.SearchReturn, name string) error {
	if (r.Update || r.Context) && !c.has(name) {
		return badf("unknown return option")
	}
	if !r.Update {
		return nil
	}
	if v := c.view; v != nil && slices.ContainsFunc(v.contexts, func(x *searchContext) bool { return x.tag == string(c.cmds.Head().Tag) }) {
		return badf("a search that is kept up to date has the same tag")
	}
	for i := range r.UpdateItems {
		if !c.has("NOTIFY") {
			return badf("UPDATE takes no items without NOTIFY")
		}
		if _, err := c.checkItem(&r.UpdateItems[i]); err != nil {
			return err
		}
	}
	return nil
}

// openContext begins to report changes of the result of a search in the open mailbox, if the client has asked for
// UPDATE. list is the result of a SORT.
func (c *Conn) openContext(s *searchResult, key *parser.SearchKey, charset string, criteria []parser.SortCriterion, list []*sortable) {
	if !s.ret.Update {
		return
	}
	if len(c.view.contexts) >= maxContexts {
		c.refuseContext("too many searches are kept up to date")
		return
	}
	x := &searchContext{
		tag: string(c.cmds.Head().Tag), uid: s.uid, named: s.mailbox != nil, key: c.fixedKey(*key), charset: charset,
		criteria: slices.Clone(criteria), items: cloneItems(s.ret.UpdateItems),
	}
	for i := range s.hits {
		x.uids = append(x.uids, s.hits[i].uid)
	}
	if criteria != nil {
		x.sorted = make(map[uint32]*sortable, len(list))
		for _, f := range list {
			x.sorted[f.uid] = f
		}
	}
	c.view.contexts = append(c.view.contexts, x)
}

// refuseContext reports that changes of a result will not be reported (RFC 5267 §4.3.1).
func (c *Conn) refuseContext(why string) {
	code := parser.Code{Name: parser.CodeNoUpdate, Args: []byte(`"` + string(c.cmds.Head().Tag) + `"`)}
	parser.EncodeStatus(&c.out, "*", parser.NO, code, why)
}

// cloneItems returns copies of items that stay valid after the command.
func cloneItems(items []parser.FetchItem) (out []parser.FetchItem) {
	for _, it := range items {
		it.Section = it.Section.Clone()
		it.Entries, it.Attribs, it.Args = nil, nil, nil
		out = append(out, it)
	}
	return out
}

// fixedKey returns a copy of the key k in which UIDs replace "$" and sequence numbers. So the key keeps the meaning
// that it has at the time of the search (RFC 5267 §4.3).
func (c *Conn) fixedKey(k parser.SearchKey) parser.SearchKey {
	if k.Name == parser.KeySet || k.Name == "UID" && k.Set.IsSaved() {
		var uids []numset.Range
		if k.Set.IsSaved() {
			uids = slices.Clone(c.saved)
		} else if top := uint32(len(c.view.uids)); top > 0 {
			for r := range k.Set.Resolve(top).Spans() {
				if r.Stop = min(r.Stop, top); r.Start <= r.Stop {
					uids = append(uids, ranges(c.view.uids[r.Start-1:r.Stop])...)
				}
			}
		}
		if len(uids) == 0 {
			return parser.SearchKey{Name: "NOT", Keys: []parser.SearchKey{{Name: "ALL"}}}
		}
		return parser.SearchKey{Name: "UID", Set: numset.FromRanges(numset.UID, uids)}
	}
	k.Keys = slices.Clone(k.Keys)
	for i := range k.Keys {
		k.Keys[i] = c.fixedKey(k.Keys[i])
	}
	return k
}

// contextUpdate is a change of a result that must be reported.
type contextUpdate struct {
	x             *searchContext
	add, removing []parser.ContextUpdate
	added         []uint32 // UIDs that were added
}

// number returns the UID of a message, or its sequence number if the search was by sequence numbers.
func (u *contextUpdate) number(v *view, uid uint32) uint32 {
	if u.x.uid {
		return uid
	}
	return v.seq(uid)
}

// removeFromContexts removes expunged messages from all results, and reports the removals. The caller reports the
// expunges afterwards, because the removals use the sequence numbers from before the expunges (RFC 5267 §4.3.4).
func (c *Conn) removeFromContexts() {
	v := c.view
	for _, x := range v.contexts {
		u := contextUpdate{x: x}
		u.remove(v, v.expunged)
		c.reportContext(&u)
	}
}

// remove removes messages from the result. The UIDs in gone ascend. The removals are listed from the last position to
// the first, so that none of them changes the position of the next.
func (u *contextUpdate) remove(v *view, gone []uint32) {
	x := u.x
	isGone := func(uid uint32) bool { _, ok := slices.BinarySearch(gone, uid); return ok }
	if len(gone) == 0 || !slices.ContainsFunc(x.uids, isGone) {
		return
	}
	var all []uint32
	for i := len(x.uids); i > 0; {
		stop := i
		for i > 0 && isGone(x.uids[i-1]) {
			i--
		}
		if i == stop {
			i--
			continue
		}
		pair := parser.ContextUpdate{Pos: uint32(i + 1)}
		for _, uid := range x.uids[i:stop] {
			pair.Ranges = addInOrder(pair.Ranges, u.number(v, uid))
			all = append(all, u.number(v, uid))
			delete(x.sorted, uid)
		}
		u.removing = append(u.removing, pair)
	}
	x.uids = slices.DeleteFunc(x.uids, isGone)
	if x.criteria == nil {
		u.removing = []parser.ContextUpdate{withoutPosition(all)}
	}
}

// withoutPosition returns a change of a result in mailbox order, for which positions are not needed.
func withoutPosition(nums []uint32) (u parser.ContextUpdate) {
	slices.Sort(nums)
	u.Ranges = ranges(nums)
	return u
}

// updateContexts updates all results for messages that are new or have changed. The UIDs ascend.
func (c *Conn) updateContexts(uids []uint32) (updates []contextUpdate, err error) {
	v := c.view
	uids = slices.DeleteFunc(slices.Clone(uids), func(uid uint32) bool {
		_, gone := slices.BinarySearch(v.expunged, uid)
		return gone || v.seq(uid) == 0
	})
	if len(uids) == 0 {
		return nil, nil
	}
	for _, x := range v.contexts {
		u := contextUpdate{x: x}
		if err := c.updateContext(&u, uids); err != nil {
			return nil, err
		}
		c.reportContext(&u)
		updates = append(updates, u)
	}
	return updates, nil
}

// updateContext determines which of the messages must be added to a result or removed from it, and changes the
// result.
func (c *Conn) updateContext(u *contextUpdate, uids []uint32) error {
	v, x := c.view, u.x
	q, err := c.compile(v, &x.key, x.charset)
	if err != nil {
		c.log(slog.LevelError, "a search cannot be kept up to date", "err", err)
		return nil
	}
	var envelopes, threads bool
	if x.criteria != nil {
		envelopes, threads = sortNeeds(x.criteria)
	}
	var hits []*sortable
	if hits, err = c.collect(v, uids, q, envelopes, threads); err != nil {
		return err
	}
	var gone []uint32
	matched := make(map[uint32]*sortable, len(hits))
	for _, f := range hits {
		matched[f.uid] = f
	}
	for _, uid := range uids {
		f := matched[uid]
		switch has := x.contains(uid); {
		case has && f == nil:
			gone = append(gone, uid)
		case !has && f != nil:
			u.added = append(u.added, uid)
		}
	}
	u.remove(v, gone)
	return u.insert(v, matched)
}

// insert puts the messages in u.added into the result, at their places.
func (u *contextUpdate) insert(v *view, matched map[uint32]*sortable) error {
	x := u.x
	if len(u.added) == 0 {
		return nil
	}
	x.uids = append(x.uids, u.added...)
	if x.criteria == nil {
		slices.Sort(x.uids)
		var nums []uint32
		for _, uid := range u.added {
			nums = append(nums, u.number(v, uid))
		}
		u.add = []parser.ContextUpdate{withoutPosition(nums)}
		return nil
	}
	for _, uid := range u.added {
		x.sorted[uid] = matched[uid]
	}
	list := make([]*sortable, len(x.uids))
	for i, uid := range x.uids {
		list[i] = x.sorted[uid]
		list[i].seq = v.seq(uid)
	}
	slices.SortFunc(list, func(a, b *sortable) int { return int(int64(a.uid) - int64(b.uid)) })
	if err := match.Sort(list, x.criteria); err != nil {
		return err
	}
	for i, f := range list {
		x.uids[i] = f.uid
	}
	for i := 0; i < len(x.uids); i++ {
		if !slices.Contains(u.added, x.uids[i]) {
			continue
		}
		pair := parser.ContextUpdate{Pos: uint32(i + 1)}
		for ; i < len(x.uids) && slices.Contains(u.added, x.uids[i]); i++ {
			pair.Ranges = addInOrder(pair.Ranges, u.number(v, x.uids[i]))
		}
		u.add = append(u.add, pair)
	}
	return nil
}

// reportContext reports the change of a result. It reports removals before additions, because the positions depend on
// that order.
func (c *Conn) reportContext(u *contextUpdate) {
	report := func(e parser.ESearch) {
		e.Tag, e.UID = []byte(u.x.tag), u.x.uid
		if u.x.named {
			e.Mailbox, e.UIDValidity = c.boxRaw(c.view.name), c.view.validity
		}
		c.reportESearch(&e)
	}
	if len(u.removing) > 0 {
		report(parser.ESearch{Items: parser.ESearchRemoveFrom, RemoveFrom: u.removing})
	}
	if len(u.add) > 0 {
		report(parser.ESearch{Items: parser.ESearchAddTo, AddTo: u.add})
	}
}

func (c *Conn) reportESearch(e *parser.ESearch) {
	c.out.Raw("* ESEARCH ")
	e.Encode(&c.out)
	c.out.CRLF()
}

// cancelUpdate runs CANCELUPDATE (RFC 5267 §4.3.5). An unknown tag is not an error, because its search may have
// ended.
func (c *Conn) cancelUpdate() error {
	if !c.has("CONTEXT=SEARCH") && !c.has("CONTEXT=SORT") {
		return badf("unknown command CANCELUPDATE")
	}
	var a parser.CancelUpdateArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if v := c.view; v != nil {
		v.contexts = slices.DeleteFunc(v.contexts, func(x *searchContext) bool { return slices.Contains(a.Tags, x.tag) })
	}
	return &Reply{Status: parser.OK, Text: "no further updates of " + strings.Join(a.Tags, " ")}
}
