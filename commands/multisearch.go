package commands

import (
	"slices"

	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// MailboxFilter selects mailboxes for [Notify] and [MultiSearch] (RFC 5465 §6, RFC 7377 §2.2).
type MailboxFilter struct {
	kind  string
	names []string
}

// The filters that take no names.
var (
	// InSelected selects the mailbox that is selected when the event happens, or when the search runs.
	InSelected = MailboxFilter{kind: "selected"}
	// InSelectedDelayed is like InSelected, but the server delays EXPUNGE until the client sends a command during
	// which EXPUNGE is allowed (RFC 9051 §7.5.1). It is for Notify only.
	InSelectedDelayed = MailboxFilter{kind: "selected-delayed"}
	// InInboxes selects the mailboxes to which mail may be delivered.
	InInboxes = MailboxFilter{kind: "inboxes"}
	// InPersonal selects all of the user's own mailboxes.
	InPersonal = MailboxFilter{kind: "personal"}
	// InSubscribed selects the mailboxes to which the user has subscribed.
	InSubscribed = MailboxFilter{kind: "subscribed"}
)

// InMailboxes selects the mailboxes with these names.
func InMailboxes(names ...string) MailboxFilter {
	return MailboxFilter{"mailboxes", slices.Clone(names)}
}

// InSubtree selects the mailboxes with these names and all mailboxes below them.
func InSubtree(names ...string) MailboxFilter { return MailboxFilter{"subtree", slices.Clone(names)} }

// InSubtreeOne selects the mailboxes with these names and the mailboxes directly below them. It is for MultiSearch
// only.
func InSubtreeOne(names ...string) MailboxFilter {
	return MailboxFilter{"subtree-one", slices.Clone(names)}
}

// selected reports whether f stands for the mailbox that is open: it is InSelected or InSelectedDelayed.
func (f *MailboxFilter) selected() bool { return f.kind == "selected" || f.kind == "selected-delayed" }

func (f *MailboxFilter) check() error {
	switch f.kind {
	case "":
		return invalid("filter of mailboxes", "", "is missing")
	case "mailboxes", "subtree", "subtree-one":
		if len(f.names) == 0 {
			return invalid("filter of mailboxes", f.kind, "has no names")
		}
	}
	return nil
}

func (f *MailboxFilter) encode(e *wire.Encoder) {
	e.Raw(f.kind)
	switch len(f.names) {
	case 0:
	case 1:
		parser.EncodeMailbox(e.SP(), f.names[0])
	default:
		e.SP().List(len(f.names), func(i int) { parser.EncodeMailbox(e, f.names[i]) })
	}
}

// MultiSearchResult is the result of a [MultiSearch] in one mailbox. Its numbers are UIDs. It is the caller's.
type MultiSearchResult struct {
	Mailbox     []byte // the name as the server has sent it; see Name; valid for as long as the MultiSearchResult
	UIDValidity uint32
	SearchResult
	utf8 bool
}

// Name returns the decoded name of the mailbox, which the functions of this package accept; see parser.DecodeMailbox.
func (m *MultiSearchResult) Name() string { return parser.DecodeMailbox(m.Mailbox, m.utf8) }

// MultiSearch searches the mailboxes that the filters select, in one command (RFC 7377). The mailboxes need not be
// open. Without filters, MultiSearch searches the selected mailbox. The stream yields a result for each mailbox in
// which messages were found. The return options are those of [Search].
func MultiSearch(s *session.Session, in []MailboxFilter, key search.Key, options ...search.Return) *session.Stream[MultiSearchResult] {
	const name = "ESEARCH"
	cmd := session.Command{Name: name, In: loggedIn, Needs: "MULTISEARCH", Flow: session.Reads | session.ReadsFlags, Answers: []session.Answer{{Response: "ESEARCH", By: session.ByTag}}}
	if len(in) == 0 {
		in = []MailboxFilter{InSelected}
	}
	in = slices.Clone(in)
	for i := range in {
		err := in[i].check()
		if in[i].kind == "selected-delayed" {
			err = invalid("filter of mailboxes", in[i].kind, "is only for NOTIFY")
		}
		if err != nil {
			return session.FailedStream[MultiSearchResult](s, name, err)
		}
		if in[i].selected() {
			cmd.In = session.Selected
		}
	}
	cmd.Flow &^= notReading(options)
	for _, o := range options {
		if o.Needs != "" && o.Needs != "ESEARCH" && !s.Caps().HasAny(o.Needs) {
			cmd.Needs = o.Needs
		}
	}
	cmd.Args = func(e *wire.Encoder) {
		e.SP().Raw("IN").SP().List(len(in), func(i int) { in[i].encode(e) })
		encodeReturn(e, options)
		encodeKey(e, s, key)
	}
	var stream *session.Stream[MultiSearchResult]
	cmd.Claim = func(r *response) bool { return r.Name == "ESEARCH" && answersMulti(r.Decoder(), stream.Tag()) }
	stream = session.StartStream(s, cmd, func(r *response) (*MultiSearchResult, error) {
		var x parser.ESearch
		if err := x.Decode(r.Decoder()); err != nil {
			return nil, err
		}
		out := &MultiSearchResult{Mailbox: slices.Clone(x.Mailbox), UIDValidity: x.UIDValidity, utf8: r.Decoder().UTF8()}
		out.Kind = x.Kind()
		t := &searchData{r: &out.SearchResult, most: rangesOf(s)}
		err := t.esearch(r)
		t.settle()
		return out, err
	})
	return stream
}

// answersMulti reports whether an ESEARCH contains a mailbox and does not contain the tag of another search.
func answersMulti(d *wire.Decoder, tag string) bool {
	var x parser.ESearch
	return x.Correlator(d) == nil && x.Mailbox != nil && (x.Tag == nil || string(x.Tag) == tag)
}
