package commands

import (
	"context"

	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// ListOption is a selection option or a return option of LIST (RFC 5258, RFC 9051 §6.3.9). An extension defines its
// options as values.
type ListOption struct {
	// Needs is the capability that the option needs; "A|B" means either.
	Needs string
	// Selection is true for a selection option, which is sent before the reference, and false for a return option,
	// which is sent after the patterns.
	Selection bool
	// Write writes the option.
	Write func(*wire.Encoder)

	// Answer is the name, in upper case, of the responses that the server sends for a return option in addition to
	// LIST, or "" if there are none. Data is called with each of these responses, in the order in which they and the
	// LIST responses arrive. The response is valid until Data returns. An error of Data becomes the error of the
	// command.
	Answer string
	Data   func(*parser.Response) error

	status []status.Item // the items that ReturnStatus asks for
}

// optionAnswer reports whether responses with that name belong to one of opts, and passes r to that option if r is
// not nil.
func optionAnswer(opts []ListOption, name string, r *parser.Response) (is bool, err error) {
	for _, o := range opts {
		if o.Answer == name && o.Answer != "" {
			if r != nil && o.Data != nil {
				err = o.Data(r)
			}
			return true, err
		}
	}
	return false, nil
}

const listExtended = "LIST-EXTENDED|IMAP4REV2"

func selection(name, needs string) ListOption {
	return ListOption{Needs: needs, Selection: true, Write: func(e *wire.Encoder) { e.Raw(name) }}
}

func returning(name, needs string) ListOption {
	return ListOption{Needs: needs, Write: func(e *wire.Encoder) { e.Raw(name) }}
}

// The options of RFC 9051 §6.3.9, RFC 6154 and RFC 8440.
var (
	SelectSubscribed     = selection("SUBSCRIBED", listExtended)     // subscribed mailboxes, whether they exist or not
	SelectRemote         = selection("REMOTE", listExtended)         // also mailboxes on other servers
	SelectRecursiveMatch = selection("RECURSIVEMATCH", listExtended) // also parents of the mailboxes that the other options select
	SelectSpecialUse     = selection("SPECIAL-USE", "SPECIAL-USE")   // mailboxes with a special use
	ReturnSubscribed     = returning("SUBSCRIBED", listExtended)
	ReturnChildren       = returning("CHILDREN", listExtended)
	ReturnSpecialUse     = returning("SPECIAL-USE", "SPECIAL-USE")
	ReturnMyRights       = returning("MYRIGHTS", "LIST-MYRIGHTS")
)

// List lists the mailboxes that match a pattern (RFC 9051 §6.3.9). The server interprets pattern relative to
// reference, which is usually "". In pattern, "*" matches any characters, and "%" any characters except the
// delimiter. Each value is valid until the next turn of the loop.
func List(s *session.Session, reference, pattern string, opts ...ListOption) *session.Stream[parser.ListData] {
	return ListPatterns(s, reference, []string{pattern}, opts...)
}

// ListPatterns lists the mailboxes that match any of several patterns, as List does for one. More than one pattern
// needs LIST-EXTENDED. Each value is valid until the next turn of the loop.
func ListPatterns(s *session.Session, reference string, patterns []string, opts ...ListOption) *session.Stream[parser.ListData] {
	return session.StartStream(s, ListCommand(s, reference, patterns, opts...), decodeList(opts...))
}

// ListCommand returns a LIST command for programs that need more than [ListPatterns]. The program sets its Data or
// Done, and starts it. The command claims the LIST responses for mailboxes that match the patterns, and the responses
// of its options (ListOption.Answer).
func ListCommand(s *session.Session, reference string, patterns []string, opts ...ListOption) session.Command {
	cmd := session.Command{Name: "LIST", In: loggedIn, Answers: byPlace("LIST"), Claim: ClaimList(reference, patterns)}
	if len(patterns) > 1 {
		cmd.Needs = listExtended
	}
	for _, o := range opts {
		if o.Needs != "" && !s.Caps().HasAny(o.Needs) {
			cmd.Needs = o.Needs
		}
		if o.Answer != "" {
			cmd.Answers = append(cmd.Answers, byPlace(o.Answer)...)
		}
	}
	if lists := cmd.Claim; len(cmd.Answers) > 1 {
		cmd.Claim = func(r *parser.Response) bool {
			own, _ := optionAnswer(opts, r.Name, nil)
			return own || lists(r)
		}
	}
	cmd.Args = func(e *wire.Encoder) {
		listOptions(e, "", opts, true)
		parser.EncodeMailbox(e.SP(), reference)
		e.SP()
		if len(patterns) == 1 {
			parser.EncodeListMailbox(e, patterns[0])
		} else {
			e.List(len(patterns), func(i int) { parser.EncodeListMailbox(e, patterns[i]) })
		}
		listOptions(e, "RETURN ", opts, false)
	}
	return cmd
}

// listOptions writes either the selection options or the return options, if there are any, after a space and the text
// in word.
func listOptions(e *wire.Encoder, word string, opts []ListOption, selection bool) {
	n := 0
	for _, o := range opts {
		if o.Selection != selection {
			continue
		}
		if n == 0 {
			e.SP().Raw(word).Byte('(')
		} else {
			e.SP()
		}
		n++
		o.Write(e)
	}
	if n > 0 {
		e.Byte(')')
	}
}

// decodeList returns a function that decodes LIST responses. It uses the same value for all of them.
func decodeList(opts ...ListOption) func(r *parser.Response) (*parser.ListData, error) {
	data := new(parser.ListData)
	return func(r *parser.Response) (*parser.ListData, error) {
		if own, err := optionAnswer(opts, r.Name, r); own {
			return nil, err
		}
		if err := data.Decode(r.Decoder()); err != nil {
			return nil, err
		}
		return data, nil
	}
}

// ListStatus lists mailboxes with STATUS items of each, in one command (RFC 5819, RFC 9051 §6.3.9). Mailboxes that
// cannot be selected have no Status. The values are the caller's.
func ListStatus(s *session.Session, reference, pattern string, items []status.Item, opts ...ListOption) *session.Call[[]MailboxStatus] {
	counts := ListOption{Needs: "LIST-STATUS", Write: func(e *wire.Encoder) {
		e.Raw("STATUS").SP()
		encodeStatusItems(e, items)
	}}
	cmd := ListCommand(s, reference, []string{pattern}, append(opts[:len(opts):len(opts)], counts)...)
	cmd.Answers = append(cmd.Answers, byPlace("STATUS")...)
	mine := cmd.Claim
	out := new([]MailboxStatus)
	index := map[string]int{}
	var st parser.StatusData
	var failed error
	cmd.Claim = func(r *parser.Response) bool {
		if r.Name != "STATUS" {
			return mine(r)
		}
		// A STATUS for a mailbox that is not listed, or with other items, was sent unasked (RFC 5465 §5.4).
		failed = st.Decode(r.Decoder())
		i, listed := index[string(st.Mailbox)]
		return failed != nil || listed && ((*out)[i].Status == nil || hasItems(&st, items))
	}
	cmd.Data = func(r *parser.Response) error {
		if own, err := optionAnswer(opts, r.Name, r); own {
			return err
		}
		if r.Name == "LIST" {
			l := new(parser.ListData)
			if err := l.Decode(r.Decoder()); err != nil {
				return err
			}
			if i, ok := index[string(l.Mailbox)]; ok {
				(*out)[i].List = l.Clone() // the server has listed the mailbox again: the newer LIST counts
				return nil
			}
			index[string(l.Mailbox)] = len(*out)
			*out = append(*out, MailboxStatus{List: l.Clone()})
			return nil
		}
		if failed != nil {
			return failed
		}
		(*out)[index[string(st.Mailbox)]].Status = st.Clone()
		return nil
	}
	return session.Start(s, cmd, out)
}

// MailboxStatus is a mailbox in the result of [ListStatus]. Status is nil if the server sent none. Both are valid for
// as long as the MailboxStatus.
type MailboxStatus struct {
	List   *parser.ListData
	Status *parser.StatusData
}

// ListStatusBySteps has the effect of ListStatus on a server without LIST-STATUS. It sends LIST and waits for its
// result. Then it sends a STATUS for each mailbox that can be selected, without waiting for one answer before it
// sends the next. If a STATUS fails, the Status of its mailbox is nil. The values are the caller's.
func ListStatusBySteps(ctx context.Context, s *session.Session, reference, pattern string, items []status.Item) ([]MailboxStatus, error) {
	boxes, err := Collect(ctx, List(s, reference, pattern), (*parser.ListData).Clone, 0)
	if err != nil {
		return nil, err
	}
	out := make([]MailboxStatus, len(boxes))
	calls := make([]*session.Call[parser.StatusData], len(boxes))
	for i, b := range boxes {
		out[i].List = b
		if !b.Has(parser.AttrNoSelect) {
			calls[i] = statusRaw(s, b.Mailbox, items)
		}
	}
	for i, c := range calls {
		if c == nil {
			continue
		}
		st, err := c.Wait(ctx)
		if err == nil {
			out[i].Status = &st
		} else if s.Err() != nil || ctx.Err() != nil {
			return out, err
		}
	}
	return out, nil
}
