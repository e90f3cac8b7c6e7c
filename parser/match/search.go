package match

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/mimeword"
	"github.com/imapstack/imapstack/utils/numset"
)

// Error says why a search, a sort or a thread command cannot be carried out. Code is the response code for a tagged NO.
// If it is "", the server responds with BAD.
type Error struct {
	Code parser.CodeName
	Text string
}

// Error returns the text.
func (e *Error) Error() string { return "match: " + e.Text }

// Env has the data and the functions that determine what a search means, such as the number of messages in the mailbox.
type Env struct {
	Count   uint32         // number of messages, which is "*" as a sequence number
	LastUID uint32         // UID of the last message, which is "*" as a UID
	Saved   []numset.Range // UIDs that "$" stands for (RFC 5182), sorted and without overlap; Compile keeps the slice
	Now     time.Time      // the time from which OLDER and YOUNGER count back
	// Filter returns the stored search with the given name, for the key FILTER (RFC 5466). It returns nil if there is
	// no such search. Filter may be nil. A filter must not refer to another filter.
	Filter func(name string) *parser.SearchKey
	// Unknown returns a function that evaluates a search key of an extension. If Unknown does not know the key, it
	// returns nil. Compile calls it for every key except AND, OR, NOT, FUZZY, UID, FILTER and sequence-sets, so it can
	// also replace a known key. Unknown may be nil.
	Unknown func(k *parser.SearchKey) func(m Message) bool
}

// A Search is a compiled search key. Only one goroutine may use it at a time. It depends on Count, LastUID and Saved of
// its Env. When messages come or go, "*" and sequence numbers change their meaning, and the search must be compiled
// again.
type Search struct {
	match  matcher
	cost   cost
	modseq bool
	buf    []byte
}

// matcher reports whether a message matches.
type matcher func(q *Search, m Message) bool

// cost is the cost of evaluating a key. Comparing numbers is cheapest, and decoding a message is most expensive.
type cost uint8

const (
	costNumber cost = iota
	costDate
	costHeader
	costBody
)

// compiler makes matchers from keys.
type compiler struct {
	env     *Env
	charset string // "" means UTF-8
	filter  bool   // whether a filter is being compiled
	modseq  bool
}

// Compile makes a search from a key. charset is the charset of its texts. "" means UTF-8, which includes US-ASCII. The
// error is an *Error. It has the code BADCHARSET for an unknown charset, UNDEFINED-FILTER for an unknown filter, and no
// code for a key that Compile does not know or for a text that is not in the charset.
func Compile(key *parser.SearchKey, charset string, env Env) (*Search, error) {
	c := compiler{env: &env, charset: charset}
	if strings.EqualFold(charset, "UTF-8") || strings.EqualFold(charset, "US-ASCII") {
		c.charset = ""
	} else if _, err := mimeword.DecodeBytes(charset, nil); charset != "" && err != nil {
		return nil, &Error{parser.CodeBadCharset, fmt.Sprintf("charset %q is not known", charset)}
	}
	m, cost, err := c.key(key)
	if err != nil {
		return nil, err
	}
	return &Search{match: m, cost: cost, modseq: c.modseq}, nil
}

// Charsets returns the names of some charsets that Compile knows, for the response code BADCHARSET. The caller owns
// the slice.
func Charsets() []string {
	return []string{"UTF-8", "US-ASCII", "ISO-8859-1", "ISO-8859-15", "WINDOWS-1252", "KOI8-R", "ISO-2022-JP", "GB18030"}
}

// UsesModSeq reports whether the search has the key MODSEQ. If so, the response must have the highest mod-sequence
// of the results (RFC 7162 §3.1.5).
func (q *Search) UsesModSeq() bool { return q.modseq }

// Match reports whether a message matches the search.
func (q *Search) Match(m Message) bool { return q.match(q, m) }

// key compiles one key.
func (c *compiler) key(k *parser.SearchKey) (matcher, cost, error) {
	switch k.Name {
	case parser.KeyAnd:
		return c.all(k.Keys)
	case "OR":
		return c.any(k.Keys)
	case "NOT":
		f, cost, err := c.key(&k.Keys[0])
		return func(q *Search, m Message) bool { return !f(q, m) }, cost, err
	case "FUZZY":
		return c.key(&k.Keys[0])
	case parser.KeySet, "UID":
		return c.set(k.Set, k.Name == "UID")
	case "FILTER":
		return c.stored(k.Text)
	}
	if c.env.Unknown != nil {
		if f := c.env.Unknown(k); f != nil {
			return func(_ *Search, m Message) bool { return f(m) }, costBody, nil
		}
	}
	if m := flagKey(k); m != nil {
		return m, costNumber, nil
	}
	if m := c.numberKey(k); m != nil {
		return m, costNumber, nil
	}
	if m, cost := dateKey(k); m != nil {
		return m, cost, nil
	}
	return c.textKey(k)
}

// sub compiles keys, and sorts them by cost.
func (c *compiler) sub(keys []parser.SearchKey) ([]Search, error) {
	out := make([]Search, len(keys))
	for i := range keys {
		m, cost, err := c.key(&keys[i])
		if err != nil {
			return nil, err
		}
		out[i] = Search{match: m, cost: cost}
	}
	slices.SortStableFunc(out, func(a, b Search) int { return int(a.cost) - int(b.cost) })
	return out, nil
}

func (c *compiler) all(keys []parser.SearchKey) (matcher, cost, error) {
	subs, err := c.sub(keys)
	if err != nil || len(subs) == 0 {
		return always, 0, err
	}
	return func(q *Search, m Message) bool {
		for i := range subs {
			if !subs[i].match(q, m) {
				return false
			}
		}
		return true
	}, subs[len(subs)-1].cost, nil
}

func (c *compiler) any(keys []parser.SearchKey) (matcher, cost, error) {
	subs, err := c.sub(keys)
	if err != nil || len(subs) == 0 {
		return never, 0, err
	}
	return func(q *Search, m Message) bool {
		for i := range subs {
			if subs[i].match(q, m) {
				return true
			}
		}
		return false
	}, subs[len(subs)-1].cost, nil
}

func always(*Search, Message) bool { return true }
func never(*Search, Message) bool  { return false }

// set compiles a sequence-set. Numbers that do not exist match no message.
func (c *compiler) set(set numset.Set, byUID bool) (matcher, cost, error) {
	if set.IsSaved() {
		saved := c.env.Saved
		return func(_ *Search, m Message) bool { return within(saved, m.UID()) }, costNumber, nil
	}
	top := c.env.Count
	if byUID {
		top = c.env.LastUID
	}
	ranges := make([]numset.Range, 0, len(set.Ranges()))
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
		ranges = append(ranges, r)
	}
	// The number that "*" stands for may lie between other numbers, so sort the ranges again.
	slices.SortFunc(ranges, func(a, b numset.Range) int { return int(int64(a.Start) - int64(b.Start)) })
	for i := 1; i < len(ranges); i++ {
		ranges[i].Stop = max(ranges[i].Stop, ranges[i-1].Stop)
	}
	return func(_ *Search, m Message) bool {
		n := m.Seq()
		if byUID {
			n = m.UID()
		}
		return within(ranges, n)
	}, costNumber, nil
}

// within reports whether n is in ranges. The ranges must be sorted by their starts, and their ends must be ascending.
func within(ranges []numset.Range, n uint32) bool {
	i, _ := slices.BinarySearchFunc(ranges, n, func(r numset.Range, n uint32) int {
		if r.Stop < n {
			return -1
		}
		return 1
	})
	return i < len(ranges) && ranges[i].Start <= n
}

// stored compiles the filter with the given name (RFC 5466).
func (c *compiler) stored(name string) (matcher, cost, error) {
	var key *parser.SearchKey
	if c.env.Filter != nil && !c.filter {
		key = c.env.Filter(name)
	}
	if key == nil {
		return nil, 0, &Error{parser.CodeUndefinedFilter, fmt.Sprintf("there is no filter %q", name)}
	}
	old := c.charset
	c.filter, c.charset = true, ""
	m, cost, err := c.key(key)
	c.filter, c.charset = false, old
	return m, cost, err
}

// text returns a text of the search, decoded and folded.
func (c *compiler) text(s string) (string, error) {
	if c.charset != "" {
		u, err := mimeword.DecodeBytes(c.charset, []byte(s))
		if err != nil {
			return "", &Error{"", "a text is not in the charset of the search"}
		}
		s = u
	}
	return Fold(s), nil
}
