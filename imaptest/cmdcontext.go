package imaptest

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/utils/numset"
)

// maxContexts is how many searches of a connection the server keeps up to date at most.
const maxContexts = 32

// searchContext is a search whose changing result the server reports to the client (RFC 5267 §4.3).
type searchContext struct {
	tag      string
	uid      bool
	named    bool             // it is a MULTISEARCH, whose answers name the mailbox
	key      parser.SearchKey // without sequence numbers
	charset  string
	criteria []parser.SortCriterion // of a SORT; nil: the order is that of the mailbox
	items    []parser.FetchItem     // to send for a message that comes into the result (RFC 5465 §7)
	uids     []uint32               // the result, in its order
	has      map[uint32]bool        // the result, as a set
	modseq   uint64                 // uids has all changes up to this number
}

// contextUpdate is a change in a context, to be reported.
type contextUpdate struct {
	x             *searchContext
	add, removing []parser.ContextUpdate
	fresh         map[uint32]bool // UIDs that were added
}

// checkContext refuses a context that is not allowed (RFC 5267 §4.3).
func (c *conn) checkContext(r *parser.SearchReturn) error {
	if !r.Update {
		return nil
	}
	if slices.ContainsFunc(c.contexts, func(x *searchContext) bool { return x.tag == string(c.cmds.Head().Tag) }) {
		return badf("another search that is kept up to date has the same tag")
	}
	for i := range r.UpdateItems {
		if !c.has("NOTIFY") {
			return badf("UPDATE with items needs NOTIFY")
		}
		if err := c.checkItem(&r.UpdateItems[i]); err != nil {
			return err
		}
	}
	return nil
}

// openContext keeps a search of the selected mailbox up to date if the client asks for that. s has the result, in its order.
func (c *conn) openContext(s *searched, key *parser.SearchKey, charset string, criteria []parser.SortCriterion) {
	if !s.ret.Update {
		return
	}
	if len(c.contexts) >= maxContexts {
		c.refuseContext("too many searches are kept up to date")
		return
	}
	x := &searchContext{
		tag: string(c.cmds.Head().Tag), uid: s.uid, named: s.mailbox != nil, key: c.freeze(*key), charset: charset,
		criteria: criteria, items: cloneItems(s.ret.UpdateItems), has: map[uint32]bool{}, modseq: s.modseqBefore,
	}
	for i := range s.hits {
		x.uids = append(x.uids, s.hits[i].UID)
		x.has[s.hits[i].UID] = true
	}
	c.contexts = append(c.contexts, x)
}

// refuseContext says that a search is not kept up to date (RFC 5267 §4.3.1).
func (c *conn) refuseContext(why string) {
	code := parser.Code{Name: parser.CodeNoUpdate, Args: []byte(`"` + string(c.cmds.Head().Tag) + `"`)}
	parser.EncodeStatus(c.out, "*", parser.NO, code, why)
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

// freeze returns a key in which UIDs replace sequence numbers, which mean what they mean now (RFC 5267 §4.3), and replace "$".
func (c *conn) freeze(k parser.SearchKey) parser.SearchKey {
	if k.Name == parser.KeySet || k.Name == "UID" && k.Set.IsSaved() {
		uids := numset.Of(numset.UID)
		if k.Set.IsSaved() {
			for _, u := range c.saved {
				uids.Add(u)
			}
		} else {
			uids = numberSet(numset.UID, c.view.UIDs(c.present(k.Set)))
		}
		if uids.Empty() {
			return parser.SearchKey{Name: "NOT", Keys: []parser.SearchKey{{Name: "ALL"}}}
		}
		return parser.SearchKey{Name: "UID", Set: uids}
	}
	k.Keys = slices.Clone(k.Keys)
	for i := range k.Keys {
		k.Keys[i] = c.freeze(k.Keys[i])
	}
	return k
}

// present returns the sequence numbers of a set that exist.
func (c *conn) present(set numset.Set) []store.Range {
	top := uint32(c.view.Len())
	all := numset.Of(numset.Seq)
	for _, r := range set.Ranges() {
		if r.Start == 0 {
			r.Start = top
		}
		if r.Stop == 0 {
			r.Stop = top
		}
		if r.Start > r.Stop {
			r.Start, r.Stop = r.Stop, r.Start
		}
		if r.Stop = min(r.Stop, top); r.Start != 0 && r.Start <= r.Stop {
			all.AddRange(r.Start, r.Stop)
		}
	}
	return all.Ranges()
}

// contextsExpunged reports which results go with the expunges that are about to be sent (RFC 5267 §4.3.4).
func (c *conn) contextsExpunged(changes []store.Change) {
	if len(c.contexts) == 0 {
		return
	}
	seqs := map[uint32]uint32{} // by UID, as they are until the expunges are sent
	for _, ch := range changes {
		if ch.Kind == store.Expunged {
			seqs[ch.UID] = ch.Seq + uint32(len(seqs))
		}
	}
	if len(seqs) == 0 {
		return
	}
	for _, x := range c.contexts {
		u := contextUpdate{x: x}
		u.remove(func(uid uint32) bool { _, gone := seqs[uid]; return gone }, func(uid uint32) uint32 {
			if x.uid {
				return uid
			}
			return seqs[uid]
		})
		c.tellContext(&u)
	}
}

// remove takes results out, from the last to the first, so that the positions of those still to come do not change.
func (u *contextUpdate) remove(gone func(uid uint32) bool, number func(uid uint32) uint32) {
	x := u.x
	var nums []uint32
	for i := len(x.uids); i > 0; {
		stop := i
		for i > 0 && gone(x.uids[i-1]) {
			i--
		}
		if i == stop {
			i--
			continue
		}
		pair := parser.ContextUpdate{Pos: uint32(i + 1)}
		for _, uid := range x.uids[i:stop] {
			pair.Ranges = addInOrder(pair.Ranges, number(uid))
			nums = append(nums, number(uid))
			delete(x.has, uid)
		}
		u.removing = append(u.removing, pair)
	}
	x.uids = slices.DeleteFunc(x.uids, gone)
	if x.criteria == nil && len(nums) > 0 {
		u.removing = []parser.ContextUpdate{inOrder(nums)}
	}
}

// inOrder returns a change of results that are in the order of the mailbox. It needs no position.
func inOrder(nums []uint32) (u parser.ContextUpdate) {
	slices.Sort(nums)
	for _, n := range nums {
		u.Ranges = addInOrder(u.Ranges, n)
	}
	return u
}

// contextsChanged finds how new and changed messages change the results.
func (c *conn) contextsChanged() (updates []contextUpdate) {
	for _, x := range c.contexts {
		highest := c.view.HighestModSeq()
		if highest == x.modseq && !c.view.HasGone() {
			continue
		}
		changed := c.view.ChangedSince(x.modseq, c.view.All())
		x.modseq = highest
		q, err := c.compileFor(c.view, &x.key, x.charset)
		if len(changed) == 0 || err != nil {
			continue
		}
		u := contextUpdate{x: x, fresh: map[uint32]bool{}}
		gone := map[uint32]bool{}
		moves := slices.ContainsFunc(x.criteria, func(k parser.SortCriterion) bool { return k.Key == "MODSEQ" })
		for it := range c.view.Items(changed) {
			if it.Gone {
				continue
			}
			match := q.Match(&sought{it})
			if x.has[it.UID] && (!match || moves) {
				gone[it.UID] = true
			}
			if match && (!x.has[it.UID] || moves) {
				u.fresh[it.UID] = true
			}
		}
		number := func(uid uint32) uint32 {
			if x.uid {
				return uid
			}
			return c.view.Seq(uid)
		}
		u.remove(func(uid uint32) bool { return gone[uid] }, number)
		c.insert(&u, number)
		updates = append(updates, u)
	}
	return updates
}

// insert puts the fresh results where they belong.
func (c *conn) insert(u *contextUpdate, number func(uid uint32) uint32) {
	x := u.x
	if len(u.fresh) == 0 {
		return
	}
	for uid := range u.fresh {
		x.uids = append(x.uids, uid)
		x.has[uid] = true
	}
	if x.criteria == nil {
		slices.Sort(x.uids)
		var nums []uint32
		for uid := range u.fresh {
			nums = append(nums, number(uid))
		}
		u.add = []parser.ContextUpdate{inOrder(nums)}
		return
	}
	items := make([]*sought, 0, len(x.uids))
	for _, uid := range x.uids {
		if it, ok := c.view.Item(c.view.Seq(uid)); ok {
			items = append(items, &sought{it})
		}
	}
	if match.Sort(items, x.criteria) != nil {
		return
	}
	x.uids = x.uids[:0]
	for i := range items {
		x.uids = append(x.uids, items[i].UID())
	}
	for i := 0; i < len(x.uids); i++ {
		if !u.fresh[x.uids[i]] {
			continue
		}
		pair := parser.ContextUpdate{Pos: uint32(i + 1)}
		for ; i < len(x.uids) && u.fresh[x.uids[i]]; i++ {
			pair.Ranges = addInOrder(pair.Ranges, number(x.uids[i]))
		}
		u.add = append(u.add, pair)
	}
}

// tellContext reports changes in a result: removals before additions, because the positions are counted so.
func (c *conn) tellContext(u *contextUpdate) {
	tell := func(e parser.ESearch) {
		e.Tag, e.UID = []byte(u.x.tag), u.x.uid
		if u.x.named {
			e.Mailbox, e.UIDValidity = c.boxRaw(c.user.NameOf(c.view.Mailbox())), c.view.Mailbox().UIDValidity()
		}
		c.out.Raw("* ESEARCH ")
		e.Encode(c.out)
		c.out.CRLF()
	}
	if len(u.removing) > 0 {
		tell(parser.ESearch{Items: parser.ESearchRemoveFrom, RemoveFrom: u.removing})
	}
	if len(u.add) > 0 {
		tell(parser.ESearch{Items: parser.ESearchAddTo, AddTo: u.add})
	}
}

// hasContexts reports whether searches can be kept up to date.
func (c *conn) hasContexts() bool { return c.has("CONTEXT=SEARCH") || c.has("CONTEXT=SORT") }

// cancelUpdate ends contexts (RFC 5267 §4.3.5). It accepts unknown tags, because their contexts may have ended.
func (c *conn) cancelUpdate() error {
	if !c.hasContexts() {
		return badf("unknown command CANCELUPDATE")
	}
	var a parser.CancelUpdateArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	c.contexts = slices.DeleteFunc(c.contexts, func(x *searchContext) bool { return slices.Contains(a.Tags, x.tag) })
	return &reply{Status: parser.OK, Text: "no further updates of " + strings.Join(a.Tags, " ")}
}
