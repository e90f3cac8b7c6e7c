package serve

import (
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
	"github.com/imapstack/imapstack/parser/message"
)

// candidate is a message that a search examines. It is a match.Message.
type candidate struct {
	seq     uint32
	m       *Message
	content match.Content
	read    bool
	err     error // why the content cannot be read; see failure
}

func (s *candidate) Seq() uint32             { return s.seq }
func (s *candidate) UID() uint32             { return s.m.UID }
func (s *candidate) Size() int64             { return s.m.Size }
func (s *candidate) InternalDate() time.Time { return s.m.Date }
func (s *candidate) ModSeq() uint64          { return s.m.ModSeq }
func (s *candidate) SaveDate() time.Time     { return s.m.Saved }
func (s *candidate) EmailID() string         { return s.m.EmailID }
func (s *candidate) ThreadID() string        { return s.m.ThreadID }
func (s *candidate) hit() hit                { return hit{s.m.UID, s.seq, s.m.ModSeq} }

func (s *candidate) HasFlag(f string) bool {
	return hasFlag(s.m.Flags, f) || s.m.Recent && len(f) == len(`\Recent`) && strings.EqualFold(f, `\Recent`)
}

func (s *candidate) Content() match.Content {
	if s.read {
		return s.content
	}
	s.read = true
	m, err := s.m.Content()
	if err != nil {
		s.err = err
		return nil
	}
	s.content = m
	return m
}

// failure returns why the content, or a part of it that was needed, could not be read. It returns nil if nothing has
// failed.
func (s *candidate) failure() error {
	if m, ok := s.content.(*message.Message); ok {
		return m.Err()
	}
	return s.err
}

// sortable is a message that matches the search, with the values by which it is sorted or threaded. It stays valid
// after Fetch.
type sortable struct {
	hit
	date     time.Time
	size     int64
	sent     time.Time
	envelope *parser.Envelope
	thread   message.Thread
}

func (f *sortable) Seq() uint32                { return f.seq }
func (f *sortable) UID() uint32                { return f.uid }
func (f *sortable) HasFlag(string) bool        { return false }
func (f *sortable) Size() int64                { return f.size }
func (f *sortable) InternalDate() time.Time    { return f.date }
func (f *sortable) ModSeq() uint64             { return f.modseq }
func (f *sortable) Content() match.Content     { return f }
func (f *sortable) Envelope() *parser.Envelope { return f.envelope }
func (f *sortable) Header(string) []string     { return nil }
func (f *sortable) HeaderText() string         { return "" }
func (f *sortable) BodyText() string           { return "" }
func (f *sortable) Sent() time.Time            { return f.sent }
func (f *sortable) Thread() message.Thread     { return f.thread }

// collect returns the messages that match q, with the values by which they are sorted. It reads envelopes and threading
// data only if they are needed.
func (c *Conn) collect(v *view, uids []uint32, q query, envelopes, threads bool) (list []*sortable, err error) {
	need := NeedFlags | NeedDate | NeedSize
	if envelopes || threads {
		need |= NeedContent
	}
	err = c.find(v, uids, q, need, func(x *candidate) {
		f := &sortable{hit: x.hit(), date: x.m.Date, size: x.m.Size, envelope: &parser.Envelope{}}
		if need&NeedContent != 0 {
			if content := x.Content(); content != nil {
				if f.sent = content.Sent(); envelopes {
					f.envelope = content.Envelope().Clone()
				}
				f.thread = content.Thread()
			}
		}
		list = append(list, f)
	})
	return list, err
}

func (c *Conn) sort() error {
	a := parser.SortArgs{Unknown: c.unknownKey()}
	if err := c.decode(&a); err != nil {
		return err
	}
	if err := c.checkReturn(&a.Return, "ESORT", "CONTEXT=SORT"); err != nil {
		return err
	}
	for _, k := range a.Criteria {
		if strings.HasPrefix(k.Key, "DISPLAY") && !c.has("SORT=DISPLAY") {
			return badf("sorting by %s is not supported", k.Key)
		}
	}
	envelopes, threads := sortNeeds(a.Criteria)
	s := &searchResult{name: "SORT", ret: &a.Return, uid: c.cmds.Head().UID}
	q, err := c.compile(c.view, &a.Key, a.Charset)
	if err != nil {
		return c.saveNothing(&a.Return, err)
	}
	s.modseq = q.UsesModSeq()
	list, err := c.collect(c.view, c.view.uids, q, envelopes, threads)
	if err != nil {
		return c.saveNothing(&a.Return, err)
	}
	if err := match.Sort(list, a.Criteria); err != nil {
		return searchRefusal(err)
	}
	for _, f := range list {
		s.hits = append(s.hits, f.hit)
	}
	c.answerSearch(s)
	c.openContext(s, &a.Key, a.Charset, a.Criteria, list)
	return nil
}

// sortNeeds reports whether sorting needs envelopes and threading data.
func sortNeeds(criteria []parser.SortCriterion) (envelopes, threads bool) {
	for _, k := range criteria {
		switch k.Key {
		case "DISPLAYFROM", "DISPLAYTO", "FROM", "TO", "CC":
			envelopes = true
		case "DATE", "SUBJECT":
			threads = true
		}
	}
	return envelopes, threads
}

func (c *Conn) thread() error {
	a := parser.ThreadArgs{Unknown: c.unknownKey()}
	if err := c.decode(&a); err != nil {
		return err
	}
	if !c.has("THREAD=" + a.Algorithm) {
		return badf("unknown algorithm %s", a.Algorithm)
	}
	q, err := c.compile(c.view, &a.Key, a.Charset)
	if err != nil {
		return err
	}
	list, err := c.collect(c.view, c.view.uids, q, false, true)
	if err != nil {
		return err
	}
	data, err := match.Thread(list, a.Algorithm, c.cmds.Head().UID)
	if err != nil {
		return searchRefusal(err)
	}
	c.out.Raw("* THREAD")
	if len(data.Nodes) > 0 {
		c.out.SP()
	}
	data.Encode(&c.out)
	c.out.CRLF()
	return nil
}
