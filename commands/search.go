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

// SearchResult is the result of [Search]. It is the caller's.
//
// Without return options, Search sets Found, Count, Min and Max. With return options, it sets only the fields that the
// server has sent, and Count if the server has sent ALL. Has reports what the server has sent.
type SearchResult struct {
	Kind   numset.Kind
	Items  parser.ESearchItems
	Found  numset.Set // all messages found (ALL); may be empty, and commands refuse an empty set
	Min    uint32
	Max    uint32
	Count  uint32
	ModSeq uint64 // the highest mod-sequence of the messages found, if search.ModSeq was in the key (RFC 7162 §3.1.5)
	// Partial is the range of positions that search.ReturnPartial asked for, and Window has the results at these
	// positions (RFC 9394).
	Partial parser.PartialRange
	Window  numset.Set
	// Relevancy says how well each message of Found matches, from 1 to 100, if search.ReturnRelevancy asked for it
	// (RFC 6203 §4). It is nil if the server has not sent one score for each message, in ascending order of the messages.
	Relevancy []uint8
	Ext       []parser.ExtData // return data of extensions
	// NoUpdate says that search.ReturnUpdate asked for updates of the result, and the server has refused to report them
	// (RFC 5267 §4.3.1).
	NoUpdate bool
}

// Has reports whether the server has sent all of items.
func (r *SearchResult) Has(items parser.ESearchItems) bool { return r.Items&items == items }

// Search searches the selected mailbox. kind is the kind of numbers in the result: Search sends SEARCH or, for UIDs,
// UID SEARCH (RFC 9051 §6.4.4). Text that is not ASCII is sent as UTF-8. A server that does not accept UTF-8 answers
// NO with parser.CodeBadCharset.
func Search(s *session.Session, kind numset.Kind, key search.Key, options ...search.Return) *session.Call[SearchResult] {
	out := &SearchResult{Kind: kind}
	plain := len(options) == 0
	options = withTag(s, "SEARCH", "ESEARCH", options)
	data := &searchData{r: out, most: rangesOf(s)}
	cmd := session.Command{
		Name: uidName("SEARCH", kind), In: session.Selected, Flow: session.Reads | session.ReadsFlags | noExpungeFlow(kind),
		Args: func(e *wire.Encoder) {
			checkKind(e, kind)
			encodeReturn(e, options)
			encodeKey(e, s, key)
		},
		Data: data.take, Parts: true,
	}
	cmd.Done = func(*response) error {
		got := data.got
		if data.settle(); plain {
			// Without options, Min and Max follow from Found, no matter whether the server has sent SEARCH or ESEARCH.
			out.Min, _ = out.Found.Min()
			out.Max, _ = out.Found.Max()
		}
		return answered(hasWanted(options, out.Items, got), cmd.Name)
	}
	cmd.Flow &^= notReading(options)
	for _, o := range options {
		if o.Needs != "" && !s.Caps().HasAny(o.Needs) {
			cmd.Needs = o.Needs
		}
	}
	cmd.Answers = bySearch("SEARCH", len(options) > 0)
	return startSearch(s, cmd, "SEARCH", out, &out.NoUpdate)
}

// hasWanted reports whether the server has sent what the options ask for and what it must send even if no messages are
// found: PARTIAL (RFC 9394 §3.1) and COUNT (RFC 4731 §3.1). For COUNT, any response is enough. items says what the
// server has sent, and got whether it has sent a response.
func hasWanted(options []search.Return, items parser.ESearchItems, got bool) bool {
	for _, o := range options {
		if o.Needs == needsPartial && items&parser.ESearchPartial == 0 || !got && isCount(o) {
			return false
		}
	}
	return true
}

// isCount reports whether the option asks for COUNT.
func isCount(o search.Return) bool {
	if o.Needs != search.ReturnCount.Needs {
		return false
	}
	e := wire.NewEncoder(wire.Mode{})
	o.Write(e)
	return string(e.Bytes()) == "COUNT"
}

// needsPartial and needsContext are the capabilities that some return options need in a search. In a Sort, these
// options need other capabilities.
var (
	needsPartial = search.ReturnPartial(1, 1).Needs
	needsContext = search.ReturnContext.Needs
)

// startSearch starts a command that is answered by responses with that name or by ESEARCH. It claims both, because
// some servers send the wrong one.
func startSearch[T any](s *session.Session, cmd session.Command, name string, out *T, noUpdate *bool) *session.Call[T] {
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

// answers reports whether an ESEARCH is the result of the search with that tag. Three kinds of ESEARCH are not the
// result. The first has the tag of another command of the session. The second has a mailbox, because it answers a
// MultiSearch (RFC 7377). The third updates an earlier result (RFC 5267 §4.3). letters is the prefix of the session's
// tags.
func answers(d *wire.Decoder, tag, letters string) bool {
	if d.Is('(') {
		var x parser.ESearch
		err := x.Correlator(d)
		// A tag without the prefix of the session's tags is ignored.
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

// notReading returns session.Reads if one of the options saves the result: such a search is not only a read, because
// it replaces the saved result (RFC 5182 §2.1). Otherwise it returns 0. The caller removes these flags from the
// command's flow.
func notReading(options []search.Return) session.Flow {
	if slices.ContainsFunc(options, func(o search.Return) bool { return o.Needs == search.ReturnSave.Needs }) {
		return session.Reads
	}
	return 0
}

// withTag returns the options of a search. If there are none, and another search is in flight whose answer does not
// contain its tag, withTag returns options that ask for the same data. The server then answers by ESEARCH, which
// contains the tag, so both searches may be in flight (RFC 9051 §5.5).
func withTag(s *session.Session, answer, needs string, options []search.Return) []search.Return {
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

// encodeKey writes a search key after a space. If the key contains UTF-8, encodeKey writes CHARSET before it. If
// UTF8=ACCEPT is enabled, CHARSET is forbidden (RFC 6855 §3). If only IMAP4rev2 is enabled, it depends on the server
// whether CHARSET must be sent: Dovecot, which offers UTF8=ACCEPT, refuses CHARSET. Cyrus, which does not offer
// UTF8=ACCEPT, reads text as ASCII if there is no CHARSET. So encodeKey leaves out CHARSET if the server offers
// UTF8=ACCEPT.
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

// encodeKeys writes a search key. If the whole key is an And, it leaves out the parentheses, because some servers do
// not accept them at the beginning of a search.
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
