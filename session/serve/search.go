package serve

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/utils/numset"
)

// hit is a message in the result of a search.
type hit struct {
	uid, seq uint32
	modseq   uint64
}

// searchResult is the result of a search, with the options by which it is reported.
type searchResult struct {
	name        string // SEARCH or SORT
	hits        []hit
	ret         *parser.SearchReturn
	uid, modseq bool
	mailbox     []byte // the name of the mailbox, if the command searches several mailboxes
	validity    uint32
}

func (s *searchResult) num(h *hit) uint32 {
	if s.uid {
		return h.uid
	}
	return h.seq
}

// keyCaps has the search keys that need a capability.
var keyCaps = map[string]string{
	"OLDER": "WITHIN", "YOUNGER": "WITHIN", "EMAILID": "OBJECTID", "THREADID": "OBJECTID", "MODSEQ": "CONDSTORE",
	"SAVEDBEFORE": "SAVEDATE", "SAVEDON": "SAVEDATE", "SAVEDSINCE": "SAVEDATE", "SAVEDATESUPPORTED": "SAVEDATE",
	"FILTER": "FILTERS", "FUZZY": "SEARCH=FUZZY",
}

// keyNeeds has the search keys that do not need a message's content, and the fields that they need.
var keyNeeds = map[string]Need{
	"ALL": 0, "ANSWERED": NeedFlags, "UNANSWERED": NeedFlags, "DELETED": NeedFlags, "UNDELETED": NeedFlags, "DRAFT": NeedFlags,
	"UNDRAFT": NeedFlags, "FLAGGED": NeedFlags, "UNFLAGGED": NeedFlags, "SEEN": NeedFlags, "UNSEEN": NeedFlags, "KEYWORD": NeedFlags,
	"UNKEYWORD": NeedFlags, "RECENT": NeedFlags, "OLD": NeedFlags, "NEW": NeedFlags, "MODSEQ": NeedFlags,
	"LARGER": NeedSize, "SMALLER": NeedSize, "BEFORE": NeedDate, "ON": NeedDate, "SINCE": NeedDate, "OLDER": NeedDate, "YOUNGER": NeedDate,
	"UID": 0, "UIDAFTER": 0, "UIDBEFORE": 0, "EMAILID": NeedIDs, "THREADID": NeedIDs,
	"SAVEDBEFORE": NeedSaved, "SAVEDON": NeedSaved, "SAVEDSINCE": NeedSaved, "SAVEDATESUPPORTED": 0,
	"NOT": 0, "OR": 0, parser.KeyAnd: 0, parser.KeySet: 0,
}

// query is a search that is ready to run.
type query struct {
	*match.Search
	need Need
}

// compile makes a query for the mailbox of v from a search key. If it fails, its error is the answer to the command.
func (c *Conn) compile(v *view, key *parser.SearchKey, charset string) (query, error) {
	q := query{}
	if err := c.checkKeyNumbers(key); err != nil {
		return q, err
	}
	for k := range key.All() {
		if name := keyCaps[k.Name]; name != "" && !c.has(name) {
			return q, badf("unknown search key %s", k.Name)
		}
		need, ok := keyNeeds[k.Name]
		if !ok {
			need = NeedContent
			if h := c.hooks.keys; h != nil && h.MatchKey(k) != nil {
				need = NeedFlags | NeedDate | NeedSize | NeedContent | NeedIDs | NeedSaved
			}
		}
		q.need |= need
		if d, ok := v.box.(SaveDater); k.Name == "SAVEDATESUPPORTED" && ok && !d.SavesDates() {
			k.Name, k.Keys = "NOT", []parser.SearchKey{{Name: "ALL"}} // the key matches no message (RFC 8514 §4.3)
		}
	}
	if key.UsesSaved() && !c.has("SEARCHRES") {
		return q, badf("$ is not supported")
	}
	saved := c.saved
	if v != c.view {
		saved = nil // the messages of a saved result are in the open mailbox (RFC 5182 §2.1)
	}
	var err error
	q.Search, err = match.Compile(key, charset, match.Env{Count: uint32(len(v.uids)), LastUID: v.lastUID(), Saved: saved, Now: c.srv.now(), Unknown: c.matchKey()})
	if err != nil {
		return q, searchRefusal(err)
	}
	if q.UsesModSeq() {
		c.enableCondStore()
		q.need |= NeedFlags
	}
	return q, nil
}

func searchRefusal(err error) error {
	var e *match.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Code == "" {
		return badf("%s", e.Text)
	}
	r := no(e.Code, e.Text)
	if e.Code == parser.CodeBadCharset {
		r.Code.Args = []byte("(" + strings.Join(match.Charsets(), " ") + ")")
	}
	return r
}

// find calls f with each message that matches q. more is the set of the fields that f needs in addition to those that q
// needs.
func (c *Conn) find(v *view, uids []uint32, q query, more Need, f func(x *candidate)) error {
	var x candidate
	done, reports := 0, v == c.view && searches[c.cmds.Head().Name] && c.srv.Progress > 0
	return v.eachMessage(c.command, uids, q.need|more, func(seq uint32, m *Message) error {
		if reports && done%c.srv.Progress == 0 {
			if err := c.progress(done, len(uids)); err != nil {
				return err
			}
		}
		done++
		if m.Gone {
			return nil
		}
		x = candidate{seq: seq, m: m}
		// A message that cannot be read does not match, even if the query has NOT, and the search continues.
		if q.Match(&x) && x.failure() == nil {
			f(&x)
		}
		if err := x.failure(); err != nil && !isGone(err) {
			c.log(slog.LevelError, "a message cannot be searched", "mailbox", v.name, "uid", m.UID, "err", err)
		}
		return nil
	})
}

// saveNothing empties "$" if a search with SAVE is answered with NO because of err (RFC 9051 §6.4.4.1). It returns err.
func (c *Conn) saveNothing(r *parser.SearchReturn, err error) error {
	if answer, _ := refusal(err); r.Save && answer.Status == parser.NO {
		c.saved = nil
	}
	return err
}

func (c *Conn) search() error {
	a := parser.SearchArgs{Unknown: c.unknownKey()}
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.Charset != "" && c.enabled.utf8 {
		return badf("CHARSET is not allowed with UTF8=ACCEPT")
	}
	if err := c.checkReturn(&a.Return, "ESEARCH", "CONTEXT=SEARCH"); err != nil {
		return err
	}
	s := &searchResult{name: "SEARCH", ret: &a.Return, uid: c.cmds.Head().UID}
	q, err := c.compile(c.view, &a.Key, a.Charset)
	if err != nil {
		return c.saveNothing(&a.Return, err)
	}
	s.modseq = q.UsesModSeq()
	if err := c.find(c.view, c.view.uids, q, 0, func(x *candidate) { s.hits = append(s.hits, x.hit()) }); err != nil {
		return c.saveNothing(&a.Return, err)
	}
	c.answerSearch(s)
	c.openContext(s, &a.Key, a.Charset, nil, nil)
	return nil
}

// checkReturn refuses RETURN options that the server does not know. The argument name is the capability that RETURN
// needs; the argument context is the capability that UPDATE needs.
func (c *Conn) checkReturn(r *parser.SearchReturn, name, context string) error {
	switch {
	case !r.Given:
		return nil
	case !c.has(name), r.Save && !c.has("SEARCHRES"), !r.Partial.IsZero() && !c.has("PARTIAL") && (!c.has(context) || r.Partial.From < 0):
		return badf("unknown return option")
	case r.Relevancy || len(r.Options) > 0:
		return badf("unknown return option")
	}
	return c.checkContext(r, context)
}

// save sets "$" to the result, or to the part of it that the options besides SAVE ask for (RFC 5182 §2.4, RFC 9394
// §3.2).
func (c *Conn) save(s *searchResult) {
	r, n := s.ret, len(s.hits)
	all := r.All || r.Count || !r.Min && !r.Max && r.Partial.IsZero()
	from, to := r.Partial.Slice(n)
	set := numset.Of(numset.UID)
	for i := range s.hits {
		if all || r.Min && i == 0 || r.Max && i == n-1 || from <= i && i < to {
			set.Add(s.hits[i].uid)
		}
	}
	c.saved = set.Ranges()
}

// answerSearch writes the result of a search in the order of the hits, which for SEARCH is the order of the mailbox.
func (c *Conn) answerSearch(s *searchResult) {
	items, r := s.hits, s.ret
	if r.Save {
		c.save(s)
	}
	if !r.Given && !(c.enabled.rev2 && s.name == "SEARCH") {
		data := parser.SearchData{Nums: make([]uint32, 0, len(items))}
		for i := range items {
			data.Nums = append(data.Nums, s.num(&items[i]))
		}
		if s.modseq && len(items) > 0 {
			data.ModSeq = s.highest()
		}
		c.out.Raw("* " + s.name)
		if len(items) > 0 {
			c.out.SP()
		}
		data.Encode(&c.out)
		c.out.CRLF()
		return
	}
	none := !r.Min && !r.Max && !r.All && !r.Count && r.Partial.IsZero()
	if none && r.Save {
		return
	}
	x := parser.ESearch{Tag: c.cmds.Head().Tag, UID: s.uid, Mailbox: s.mailbox, UIDValidity: s.validity}
	if len(items) > 0 {
		if r.Min {
			x.Items |= parser.ESearchMin
			x.Min = s.num(&items[0])
		}
		if r.Max {
			x.Items |= parser.ESearchMax
			x.Max = s.num(&items[len(items)-1])
		}
		if r.All || none {
			x.Items |= parser.ESearchAll
			for i := range items {
				x.All = addInOrder(x.All, s.num(&items[i]))
			}
		}
		if s.modseq {
			x.Items |= parser.ESearchModSeq
			x.ModSeq = s.highest()
		}
	}
	if r.Count {
		x.Items |= parser.ESearchCount
		x.Count = uint32(len(items))
	}
	if !r.Partial.IsZero() {
		x.Items |= parser.ESearchPartial
		x.Partial = nearestFirst(r.Partial)
		from, to := r.Partial.Slice(len(items))
		for i := from; i < to; i++ {
			x.Window = addInOrder(x.Window, s.num(&items[i]))
		}
	}
	c.reportESearch(&x)
}

// nearestFirst returns a range of PARTIAL with the number nearer to zero first, as other servers write it (RFC 9394
// §3.1).
func nearestFirst(r parser.PartialRange) parser.PartialRange {
	if max(r.From, -r.From) > max(r.To, -r.To) {
		r.From, r.To = r.To, r.From
	}
	return r
}

// highest returns the highest mod-sequence of the messages that the response reports (RFC 7162 §3.1.10). With MIN and
// MAX alone, these are only the first and the last message of the result.
func (s *searchResult) highest() (n uint64) {
	r, last := s.ret, len(s.hits)-1
	some := (r.Min || r.Max) && !r.All && !r.Count && r.Partial.IsZero()
	for i := range s.hits {
		if !some || r.Min && i == 0 || r.Max && i == last {
			n = max(n, s.hits[i].modseq)
		}
	}
	return n
}
