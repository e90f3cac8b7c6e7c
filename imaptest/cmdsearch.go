package imaptest

import (
	"errors"
	"strings"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/query"
	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// now is the server's clock.
func (s *Server) now() time.Time {
	if s.opt.now != nil {
		return s.opt.now()
	}
	return time.Now()
}

// compile makes a search ready. What it cannot do is the answer.
func (c *conn) compile(key *parser.SearchKey, charset string) (*query.Search, error) {
	if key.UsesSaved() && !c.has("SEARCHRES") {
		return nil, badf("$ is not known here")
	}
	env := query.Env{View: c.view, Now: c.srv.now()}
	for _, uid := range c.saved {
		env.Saved = store.Add(env.Saved, uid)
	}
	q, err := query.Compile(key, charset, env)
	if err != nil {
		return nil, queryRefusal(err)
	}
	if q.UsesModSeq() {
		if !c.has("CONDSTORE") {
			return nil, badf("unknown search key MODSEQ")
		}
		c.enabled["CONDSTORE"] = true
	}
	return q, nil
}

func queryRefusal(err error) error {
	var e *query.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Code == "" {
		return badf("%s", e.Text)
	}
	r := no(e.Code, e.Text)
	if e.Code == parser.CodeBadCharset {
		r.code.Args = []byte("(" + strings.Join(query.Charsets(), " ") + ")")
	}
	return r
}

func (c *conn) search() error {
	var a parser.SearchArgs
	if err := c.cmds.Decode(&a); err != nil {
		return err
	}
	if err := c.checkReturn(&a.Return); err != nil {
		return err
	}
	uid := c.cmds.Head().UID
	q, err := c.compile(&a.Key, a.Charset)
	if err != nil {
		if a.Return.Save {
			c.saved = nil
		}
		return err
	}
	var hits []hitMessage
	for it := range q.Run(c.view, c.view.All()) {
		hits = append(hits, hitMessage{it.ModSeq, it.UID, it.Seq})
	}
	c.answerSearch("SEARCH", hits, &a.Return, uid, q.UsesModSeq())
	return nil
}

func (c *conn) checkReturn(r *parser.SearchReturn) error {
	if r.Given && !c.has("ESEARCH") || r.Save && !c.has("SEARCHRES") || r.Update || r.Context || r.Relevancy || !r.Partial.IsZero() || len(r.Options) > 0 {
		return badf("unknown return option")
	}
	return nil
}

// hitMessage is what the answer to a search tells of a message: a fraction of a store.Item.
type hitMessage struct {
	ModSeq   uint64
	UID, Seq uint32
}

// answerSearch tells what a search has found: in the order of items, which for SEARCH is that of the mailbox.
func (c *conn) answerSearch(name string, items []hitMessage, r *parser.SearchReturn, uid, modseq bool) {
	num := func(it *hitMessage) uint32 {
		if uid {
			return it.UID
		}
		return it.Seq
	}
	var highest uint64
	for i := range items {
		highest = max(highest, items[i].ModSeq)
	}
	if r.Save {
		c.saved = nil
		switch {
		case r.Min && !r.Max && !r.All && !r.Count && len(items) > 0:
			c.saved = append(c.saved, items[0].UID)
		case r.Max && !r.Min && !r.All && !r.Count && len(items) > 0:
			c.saved = append(c.saved, items[len(items)-1].UID)
		case r.Max && r.Min && !r.All && !r.Count && len(items) > 0:
			c.saved = append(c.saved, items[0].UID, items[len(items)-1].UID)
		default:
			for i := range items {
				c.saved = append(c.saved, items[i].UID)
			}
		}
	}
	if !r.Given && !(c.enabled["IMAP4REV2"] && name == "SEARCH") {
		data := parser.SearchData{Nums: make([]uint32, 0, len(items))}
		for i := range items {
			data.Nums = append(data.Nums, num(&items[i]))
		}
		if modseq && len(items) > 0 {
			data.ModSeq = highest
		}
		c.out.Raw("* " + name)
		if len(items) > 0 {
			c.out.SP()
		}
		data.Encode(&c.out)
		c.out.CRLF()
		return
	}
	none := !r.Min && !r.Max && !r.All && !r.Count
	if none && r.Save {
		return
	}
	x := parser.ESearch{Tag: c.cmds.Head().Tag, UID: uid}
	if len(items) > 0 {
		if r.Min {
			x.Items |= parser.ESearchMin
			x.Min = num(&items[0])
		}
		if r.Max {
			x.Items |= parser.ESearchMax
			x.Max = num(&items[len(items)-1])
		}
		if r.All || none {
			x.Items |= parser.ESearchAll
			for i := range items {
				x.All = addInOrder(x.All, num(&items[i]))
			}
		}
		if modseq {
			x.Items |= parser.ESearchModSeq
			x.ModSeq = highest
		}
	}
	if r.Count {
		x.Items |= parser.ESearchCount
		x.Count = uint32(len(items))
	}
	c.out.Raw("* ESEARCH ")
	x.Encode(&c.out)
	c.out.CRLF()
}

// addInOrder puts n behind ranges, which keep the order in which numbers are put there.
func addInOrder(ranges []numset.Range, n uint32) []numset.Range {
	if k := len(ranges); k > 0 && ranges[k-1].Stop+1 == n {
		ranges[k-1].Stop = n
		return ranges
	}
	return append(ranges, numset.Range{Start: n, Stop: n})
}

func (c *conn) sort() error {
	var a parser.SortArgs
	if err := c.cmds.Decode(&a); err != nil {
		return err
	}
	if a.Return.Given && !c.has("ESORT") {
		return badf("unknown return option")
	}
	if err := c.checkReturn(&a.Return); err != nil {
		return err
	}
	q, err := c.compile(&a.Key, a.Charset)
	if err != nil {
		return err
	}
	var items []store.Item
	for it := range q.Run(c.view, c.view.All()) {
		items = append(items, it)
	}
	if err := query.Sort(items, a.Criteria); err != nil {
		return queryRefusal(err)
	}
	hits := make([]hitMessage, len(items))
	for i := range items {
		hits[i] = hitMessage{items[i].ModSeq, items[i].UID, items[i].Seq}
	}
	c.answerSearch("SORT", hits, &a.Return, c.cmds.Head().UID, q.UsesModSeq())
	return nil
}

func (c *conn) thread() error {
	var a parser.ThreadArgs
	if err := c.cmds.Decode(&a); err != nil {
		return err
	}
	if !c.has("THREAD=" + a.Algorithm) {
		return badf("unknown algorithm %s", a.Algorithm)
	}
	q, err := c.compile(&a.Key, a.Charset)
	if err != nil {
		return err
	}
	var items []store.Item
	for it := range q.Run(c.view, c.view.All()) {
		items = append(items, it)
	}
	data, err := query.Thread(items, a.Algorithm, c.cmds.Head().UID)
	if err != nil {
		return queryRefusal(err)
	}
	c.out.Raw("* THREAD")
	if len(data.Nodes) > 0 {
		c.out.SP()
	}
	data.Encode(&c.out)
	c.out.CRLF()
	return nil
}
