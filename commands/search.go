package commands

import (
	"bytes"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// SearchResult is what a search found. It is the caller's.
//
// A search without return options fills Found, and with it Count, Min and Max. With return options, a field that Has
// does not report is zero.
type SearchResult struct {
	Kind   numset.Kind
	Items  parser.ESearchItems
	Found  numset.Set // ALL
	Min    uint32
	Max    uint32
	Count  uint32
	ModSeq uint64 // the highest of the messages found, if MODSEQ was among the keys (RFC 7162 §3.1.5)
	// Partial is the window that search.ReturnPartial asked for, and Window holds the results in it (RFC 9394).
	Partial parser.PartialRange
	Window  numset.Set
	// Relevancy is how well each message of Found fits, from 1 to 100, if search.ReturnRelevancy asked for it (RFC 6203
	// §4).
	Relevancy []uint8
	Ext       []parser.ExtData // return data of extensions
	// NoUpdate says that the server will not keep the result up to date, as search.ReturnUpdate asked (RFC 5267
	// §4.3.1).
	NoUpdate bool
}

// Has reports whether the server sent all of items.
func (r *SearchResult) Has(items parser.ESearchItems) bool { return r.Items&items == items }

// Search searches the mailbox: SEARCH or UID SEARCH by the kind of numbers wanted (RFC 9051 §6.4.4). It sends text that
// is not ASCII as UTF-8, and says so; a server that does not accept UTF-8 answers NO with parser.CodeBadCharset.
func Search(s *session.Session, kind numset.Kind, key search.Key, options ...search.Return) *session.Call[SearchResult] {
	out := &SearchResult{Kind: kind}
	options = tellApart(s, "SEARCH", "ESEARCH", options)
	told := &searchData{r: out, most: rangesOf(s)}
	cmd := session.Command{
		Name: uidName("SEARCH", kind), In: session.Selected, Flow: session.Reads | session.ReadsFlags | holdFlow(kind),
		Args: func(e *wire.Encoder) {
			checkKind(e, kind)
			encodeReturn(e, options)
			encodeKey(e, s, key)
		},
		Data: told.take, Parts: true,
	}
	cmd.Done = func(*response) error {
		if told.settle(); len(options) == 0 {
			// A search without options knows all fields, whichever response brought them.
			out.Min, _ = out.Found.Min()
			out.Max, _ = out.Found.Max()
		}
		return answered(!wantsWindow(options) || out.Has(parser.ESearchPartial), cmd.Name)
	}
	cmd.Flow &^= saves(options)
	for _, o := range options {
		if o.Needs != "" && !s.Caps().HasAny(o.Needs) {
			cmd.Needs = o.Needs
		}
	}
	cmd.Answers = bySearch("SEARCH", len(options) > 0)
	return searching(s, cmd, "SEARCH", out, &out.NoUpdate)
}

// wantsWindow reports whether ReturnPartial is among the options: the server sends its window even if it is empty (RFC
// 9394 §3.1).
func wantsWindow(options []search.Return) bool {
	return slices.ContainsFunc(options, func(o search.Return) bool { return o.Needs == needsPartial })
}

// needsPartial and needsContext are capabilities of return options that have other names for Sort.
var (
	needsPartial = search.ReturnPartial(1, 1).Needs
	needsContext = search.ReturnContext.Needs
)

// searching starts a command that the response of that name answers, or ESEARCH: some servers have sent one of them
// when the other was due.
func searching[T any](s *session.Session, cmd session.Command, name string, out *T, noUpdate *bool) *session.Call[T] {
	var call *session.Call[T]
	cmd.Claim = func(r *response) bool {
		switch r.Name {
		case name:
			return true
		case "ESEARCH":
			return answers(r.Decoder(), call.Tag(), s.Config().TagPrefix)
		}
		return refusesUpdate(r, call.Tag())
	}
	data := cmd.Data
	cmd.Data = func(r *response) error {
		if r.Status != 0 {
			*noUpdate = true
			return nil
		}
		return data(r)
	}
	call = session.Start(s, cmd, out)
	return call
}

// answers reports whether ESEARCH is the result of the search with that tag. It is not if it names another tag, if it
// names one of several mailboxes (RFC 7377), or if it updates an earlier result (RFC 5267 §4.3). The session's tags
// begin with letters.
func answers(d *wire.Decoder, tag, letters string) bool {
	if d.Is('(') {
		var x parser.ESearch
		err := x.Correlator(d)
		// A tag that the session did not use says nothing.
		if of := string(x.Tag); x.Mailbox != nil || of != tag && strings.HasPrefix(of, letters) && x.Tag != nil {
			return false
		}
		if err != nil {
			return true // a response that cannot be read fails the command
		}
		d.GotSP()
	}
	rest := d.Rest()
	if len(rest) > 4 && wire.EqualFold(rest[:4], "UID ") {
		rest = rest[4:]
	}
	return !(len(rest) > 6 && wire.EqualFold(rest[:6], "ADDTO ") || len(rest) > 11 && wire.EqualFold(rest[:11], "REMOVEFROM "))
}

// saves is the flow that a search loses when it saves its result, because it replaces the saved one (RFC 5182 §2.1).
func saves(options []search.Return) session.Flow {
	if slices.ContainsFunc(options, func(o search.Return) bool { return o.Needs == search.ReturnSave.Needs }) {
		return session.Reads
	}
	return 0
}

// tellApart gives a search without return options the options that ask for the same, if another search is in flight
// whose answer does not say which search it answers. The tag in ESEARCH then tells the two apart, and both may be in
// flight (RFC 9051 §5.5).
func tellApart(s *session.Session, answer, needs string, options []search.Return) []search.Return {
	if len(options) == 0 && s.Awaits(answer) && s.Caps().Has(needs) {
		return []search.Return{search.ReturnAll, search.ReturnCount}
	}
	return options
}

func encodeReturn(e *wire.Encoder, options []search.Return) {
	if len(options) > 0 {
		e.Raw(" RETURN ").List(len(options), func(i int) { options[i].Write(e) })
	}
}

// encodeKey writes a search key with the space before it, and CHARSET if it is needed. With UTF8=ACCEPT enabled,
// CHARSET is forbidden (RFC 6855 §3) and not needed. With only IMAP4rev2 enabled, encodeKey leaves CHARSET out if the
// server offers UTF8=ACCEPT: Dovecot then refuses it. Cyrus, which does not offer UTF8=ACCEPT, takes text for ASCII
// without CHARSET.
func encodeKey(e *wire.Encoder, s *session.Session, key search.Key) {
	on := s.Enabled()
	if !on.Has("UTF8=ACCEPT") && !(on.Has("IMAP4REV2") && s.Caps().Has("UTF8=ACCEPT")) {
		probe := wire.NewEncoder(wire.Mode{LiteralPlus: true, UTF8: true})
		key(probe)
		for _, c := range probe.Bytes() {
			if c >= 0x80 {
				e.Raw(" CHARSET UTF-8")
				break
			}
		}
	}
	encodeKeys(e.SP(), key)
}

// encodeKeys writes a search key. It writes And without its parentheses, which are not needed at the beginning of a
// search: some servers do not accept them there.
func encodeKeys(e *wire.Encoder, key search.Key) {
	mode := e.Mode()
	mode.LiteralPlus = true
	probe := wire.NewEncoder(mode)
	key(probe)
	b := probe.Bytes()
	if probe.Err() == nil && len(b) > 2 && b[0] == '(' && bytes.IndexByte(b, '\n') < 0 {
		d := wire.NewDecoder(b)
		if d.Value(); d.Err() == nil && d.Pos() == len(b) {
			e.Raw(string(b[1 : len(b)-1]))
			return
		}
	}
	key(e)
}
