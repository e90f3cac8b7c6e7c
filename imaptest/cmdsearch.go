package imaptest

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/utils/numset"
)

// now returns the time by the server's clock.
func (s *Server) now() time.Time {
	if s.opt.now != nil {
		return s.opt.now()
	}
	return time.Now()
}

// compile prepares a search of the selected mailbox. The error is the answer to the command.
func (c *conn) compile(key *parser.SearchKey, charset string) (*match.Search, error) {
	if err := c.checkKeyNumbers(key); err != nil {
		return nil, err
	}
	return c.compileFor(c.view, key, charset)
}

// compileFor is compile for any mailbox; "$" is empty in a mailbox that is not selected.
func (c *conn) compileFor(view *store.View, key *parser.SearchKey, charset string) (*match.Search, error) {
	if key.UsesSaved() && !c.has("SEARCHRES") {
		return nil, badf("$ is not known here")
	}
	if err := c.checkKeys(key); err != nil {
		return nil, err
	}
	n := uint32(view.Len())
	env := match.Env{Count: n, LastUID: view.UID(n), Now: c.srv.now(), Unknown: c.ownKey}
	if view == c.view {
		for _, uid := range c.saved {
			env.Saved = store.Add(env.Saved, uid)
		}
		slices.SortFunc(env.Saved, func(a, b store.Range) int { return cmp.Compare(a.Start, b.Start) })
	}
	q, err := match.Compile(key, charset, env)
	if err != nil {
		return nil, queryRefusal(err)
	}
	if q.UsesModSeq() {
		c.condstore()
	}
	return q, nil
}

func queryRefusal(err error) error {
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

// saveNothing empties "$" if a search that should set it is refused with NO (RFC 9051 §6.4.4.1).
func (c *conn) saveNothing(r *parser.SearchReturn, err error) error {
	var no *reply
	if r.Save && errors.As(err, &no) && no.Status == parser.NO {
		c.saved = nil
		c.batch.changes(touchMessages)
	}
	return err
}

func (c *conn) search() error {
	a := parser.SearchArgs{Unknown: c.unknownKey}
	if err := c.decode(&a); err != nil {
		return err
	}
	if a.Charset != "" && c.m.Enabled("UTF8=ACCEPT") {
		return badf("CHARSET is not allowed with UTF8=ACCEPT")
	}
	if err := c.checkReturn(&a.Return, "CONTEXT=SEARCH"); err != nil {
		return err
	}
	if err := c.checkContext(&a.Return); err != nil {
		return err
	}
	s := &searched{name: "SEARCH", ret: &a.Return, uid: c.cmds.Head().UID, modseqBefore: c.view.Mailbox().Status().HighestModSeq}
	q, err := c.compile(&a.Key, a.Charset)
	if err != nil {
		return c.saveNothing(&a.Return, err)
	}
	s.modseq = q.UsesModSeq()
	if err := c.progress(0, store.Count(c.view.All())); err != nil {
		return err
	}
	for m := range search(q, c.view) {
		s.hits = append(s.hits, m.hit())
	}
	c.answerSearch(s)
	c.openContext(s, &a.Key, a.Charset, nil)
	return nil
}

// checkReturn refuses options of RETURN that the server does not know. context is the capability of the command for results that are kept up to
// date.
func (c *conn) checkReturn(r *parser.SearchReturn, context string) error {
	plain := "ESEARCH"
	if context == "CONTEXT=SORT" {
		plain = "ESORT"
	}
	kept := c.has(context)
	switch {
	case !r.Given:
		return nil
	case !c.has(plain) && !kept && r.Partial.IsZero(),
		r.Save && !c.has("SEARCHRES"),
		(r.Update || r.Context) && !kept,
		!r.Partial.IsZero() && !c.has("PARTIAL") && (!kept || r.Partial.From < 0),
		r.Relevancy, len(r.Options) > 0:
		return badf("unknown return option")
	}
	return nil
}

// hitMessage is what the answer to a search needs of a message. It is much smaller than a store.Item.
type hitMessage struct {
	ModSeq   uint64
	UID, Seq uint32
}

func (s *sought) hit() hitMessage { return hitMessage{s.Item.ModSeq, s.Item.UID, s.Item.Seq} }

// searched is what a search has found.
type searched struct {
	name         string // SEARCH or SORT
	hits         []hitMessage
	ret          *parser.SearchReturn
	uid, modseq  bool
	modseqBefore uint64 // the mailbox's HIGHESTMODSEQ before
	mailbox      []byte // of MULTISEARCH, as it is sent; otherwise nil
	validity     uint32
}

func (s *searched) num(it *hitMessage) uint32 {
	if s.uid {
		return it.UID
	}
	return it.Seq
}

// save sets "$" to what was found, or to the part of it that RETURN asks for (RFC 5182 §2.4, RFC 9394 §3.2).
func (c *conn) save(s *searched) {
	r, n := s.ret, len(s.hits)
	c.saved = nil
	c.batch.changes(touchMessages) // because "$" changes
	if r.All || r.Count || !r.Min && !r.Max && r.Partial.IsZero() {
		for i := range s.hits {
			c.saved = append(c.saved, s.hits[i].UID)
		}
		return
	}
	from, to := r.Partial.Slice(n)
	for i := range s.hits {
		if r.Min && i == 0 || r.Max && i == n-1 || from <= i && i < to {
			c.saved = append(c.saved, s.hits[i].UID)
		}
	}
}

// answerSearch sends what a search has found, in the order of the hits. For SEARCH that is the order of the mailbox.
func (c *conn) answerSearch(s *searched) {
	items, r := s.hits, s.ret
	if r.Save {
		c.save(s)
	}
	if !r.Given && !(c.m.Enabled("IMAP4REV2") && s.name == "SEARCH") {
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
		data.Encode(c.out)
		c.out.CRLF()
		return
	}
	none := !r.Min && !r.Max && !r.All && !r.Count && r.Partial.IsZero()
	if none && r.Save && !r.Update && !r.Context {
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
		if r.All || none && !r.Update && !r.Context {
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
		x.Partial = lowFirst(r.Partial)
		from, to := r.Partial.Slice(len(items))
		for i := from; i < to; i++ {
			x.Window = addInOrder(x.Window, s.num(&items[i]))
		}
	}
	c.out.Raw("* ESEARCH ")
	x.Encode(c.out)
	c.out.CRLF()
}

// highest returns the highest modification sequence number of the messages in the answer (RFC 7162 §3.1.10).
func (s *searched) highest() (n uint64) {
	r := s.ret
	if len(s.hits) > 0 && (r.Min || r.Max) && !r.All && !r.Count && r.Partial.IsZero() {
		if r.Min {
			n = s.hits[0].ModSeq
		}
		if r.Max {
			n = max(n, s.hits[len(s.hits)-1].ModSeq)
		}
		return n
	}
	for i := range s.hits {
		n = max(n, s.hits[i].ModSeq)
	}
	return n
}

// addInOrder appends n to ranges, which keep the order in which numbers are added.
func addInOrder(ranges []numset.Range, n uint32) []numset.Range {
	if k := len(ranges); k > 0 && ranges[k-1].Stop+1 == n {
		ranges[k-1].Stop = n
		return ranges
	}
	return append(ranges, numset.Range{Start: n, Stop: n})
}

func (c *conn) sort() error {
	a := parser.SortArgs{Unknown: c.unknownKey}
	if err := c.decode(&a); err != nil {
		return err
	}
	if err := c.checkReturn(&a.Return, "CONTEXT=SORT"); err != nil {
		return err
	}
	if err := c.checkContext(&a.Return); err != nil {
		return err
	}
	for _, k := range a.Criteria {
		if (k.Key == "DISPLAYFROM" || k.Key == "DISPLAYTO") && !c.has("SORT=DISPLAY") {
			return badf("unknown sort key %s", k.Key)
		}
	}
	s := &searched{name: "SORT", ret: &a.Return, uid: c.cmds.Head().UID, modseqBefore: c.view.Mailbox().Status().HighestModSeq}
	q, err := c.compile(&a.Key, a.Charset)
	if err != nil {
		return c.saveNothing(&a.Return, err)
	}
	s.modseq = q.UsesModSeq()
	items := collect(q, c.view)
	if err := match.Sort(items, a.Criteria); err != nil {
		return queryRefusal(err)
	}
	s.hits = make([]hitMessage, len(items))
	for i := range items {
		s.hits[i] = items[i].hit()
	}
	c.answerSearch(s)
	c.openContext(s, &a.Key, a.Charset, slices.Clone(a.Criteria))
	return nil
}

func (c *conn) thread() error {
	a := parser.ThreadArgs{Unknown: c.unknownKey}
	if err := c.decode(&a); err != nil {
		return err
	}
	if !c.has("THREAD=" + a.Algorithm) {
		return badf("unknown algorithm %s", a.Algorithm)
	}
	q, err := c.compile(&a.Key, a.Charset)
	if err != nil {
		return err
	}
	items := collect(q, c.view)
	data, err := match.Thread(items, a.Algorithm, c.cmds.Head().UID)
	if err != nil {
		return queryRefusal(err)
	}
	c.out.Raw("* THREAD")
	if len(data.Nodes) > 0 {
		c.out.SP()
	}
	data.Encode(c.out)
	c.out.CRLF()
	return nil
}

// lowFirst returns a window whose first number is the smaller one in absolute value, as other servers send it (RFC 9394 §3.1).
func lowFirst(r parser.PartialRange) parser.PartialRange {
	if max(r.From, -r.From) > max(r.To, -r.To) {
		r.From, r.To = r.To, r.From
	}
	return r
}
