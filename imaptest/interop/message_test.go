package interop

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/parser"
	mime "github.com/imapstack/imapstack/parser/message"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// TestInteropMessageDovecot compares how package message and Dovecot read odd messages.
func TestInteropMessageDovecot(t *testing.T) {
	compareMessages(t, peer.Dovecot(t), overTLS, dovecotReads)
}

// TestInteropMessageCyrus compares how package message and Cyrus read odd messages.
func TestInteropMessageCyrus(t *testing.T) { compareMessages(t, peer.Cyrus(t), overTLS, cyrusReads) }

// canonical writes a value in one form, whichever server sent it.
func canonical(encode func(e *wire.Encoder)) string {
	e := wire.NewEncoder(wire.Mode{Server: true, UTF8: true, Binary: true})
	encode(e)
	if err := e.Err(); err != nil {
		return err.Error()
	}
	return string(e.Bytes())
}

// compareMessages appends the messages, and compares ENVELOPE, BODYSTRUCTURE and sections. Each difference must have a
// reason in reasons, which says what the server does differently, and for which messages. A reason that explains no
// difference is an error too.
func compareMessages(tt *testing.T, p peer.Env, open func(t *testing.T, p peer.Env, cfg *session.Config) *session.Session, reasons []reading) {
	t := &trial{T: tt, ctx: timeout(tt), s: open(tt, p, nil), p: p}
	t.box = t.mine("Odd messages")
	commands.Delete(t.s, t.box).Wait(t.ctx)
	must(t, commands.Create(t.s, t.box))
	list := oddMessages()
	slices.SortFunc(list, func(a, b odd) int { return strings.Compare(a.name, b.name) })
	needed := map[string]bool{}
	explained := func(m odd, item string) bool {
		for _, r := range reasons {
			if r.item == item && r.matches(m.name) {
				needed[r.item+r.messages] = true
				return true
			}
		}
		return false
	}
	list = slices.DeleteFunc(list, func(m odd) bool {
		_, err := commands.Append(t.s, t.box, strings.NewReader(m.raw), int64(len(m.raw))).Wait(t.ctx)
		if err != nil && !explained(m, "APPEND") {
			t.Errorf("APPEND of %q: %v", m.name, err)
		}
		return err != nil
	})
	must(t, commands.Examine(t.s, t.box))
	differ := func(m odd, item, theirs, ours string) {
		if theirs == ours || explained(m, item) {
			return
		}
		t.Errorf("%s of %q:\n%s %s\nours    %s", item, m.name, p.Name, theirs, ours)
	}
	var env parser.Envelope
	var body parser.BodyStructure
	n := 0
	for f, err := range commands.Fetch(t.s, numset.All(numset.Seq), fetch.Envelope, fetch.BodyStructure, fetch.Size,
		fetch.Body("1").Peek(), fetch.Body("1.MIME").Peek(), fetch.Body("2").Peek(), fetch.Body("TEXT").Peek()).All(t.ctx) {
		t.check(err)
		m := list[n]
		n++
		ours := mime.New([]byte(m.raw))
		if _, err := f.Envelope(&env); err != nil {
			t.Errorf("ENVELOPE of %q: %v", m.name, err)
		}
		if _, err := f.BodyStructure(&body); err != nil {
			t.Errorf("BODYSTRUCTURE of %q: %v", m.name, err)
		}
		differ(m, "ENVELOPE", canonical(env.Encode), canonical(ours.Envelope().Encode))
		differ(m, "BODYSTRUCTURE", canonical(lowered(&body).Encode), canonical(lowered(ours.BodyStructure()).Encode))
		differ(m, "RFC822.SIZE", fmt.Sprint(f.Size), fmt.Sprint(ours.Size()))
		for sec, err := range f.Sections {
			t.check(err)
			theirs, err := sec.AppendTo(nil, 1<<20)
			t.check(err)
			s, ok := ours.Section(&sec.Spec)
			b, _ := s.Bytes()
			if !ok && len(theirs) == 0 {
				continue // NIL or nothing
			}
			differ(m, "BODY["+sec.Spec.String()+"]", fmt.Sprintf("%q", bytes.Clone(theirs)), fmt.Sprintf("%q", b))
		}
	}
	if n != len(list) {
		t.Errorf("%d messages of %d", n, len(list))
	}
	for _, r := range reasons {
		if !needed[r.item+r.messages] {
			t.Errorf("%s of %s does not differ: %s", r.item, r.messages, r.why)
		}
	}
	t.Logf("%d messages, %d differences explained", n, len(needed))
	t.unselect()
	must(t, commands.Delete(t.s, t.box))
}

// lowered returns a copy of b in which every string whose case does not matter is in lower case.
func lowered(b *parser.BodyStructure) *parser.BodyStructure {
	c := b.Clone()
	var lower func(x *parser.BodyStructure)
	lower = func(x *parser.BodyStructure) {
		x.Type, x.Subtype, x.Encoding = strings.ToLower(x.Type), strings.ToLower(x.Subtype), strings.ToLower(x.Encoding)
		x.Disposition.Type = strings.ToLower(x.Disposition.Type)
		for i := range x.Params {
			if x.Params[i].Name == "charset" {
				x.Params[i].Value = bytes.ToLower(x.Params[i].Value)
			}
		}
		for i := range x.Parts {
			lower(&x.Parts[i])
		}
		if x.Body != nil {
			lower(x.Body)
		}
	}
	lower(c)
	return c
}

// reading is a way in which a server reads messages differently from package message.
type reading struct {
	item     string
	messages string // their names, or prefixes of names with "*", separated by "|"
	why      string
}

func (r reading) matches(name string) bool {
	for one := range strings.SplitSeq(r.messages, "|") {
		if begin, ok := strings.CutSuffix(one, "*"); ok && strings.HasPrefix(name, begin) || one == name {
			return true
		}
	}
	return false
}

// dovecotReads lists what Dovecot reads differently from package message.
var dovecotReads = []reading{
	{"ENVELOPE", "address 20*", "space around a dot ends the local part, although RFC 5322 §4.4 allows it"},
	{"ENVELOPE", "address 23*", "an empty place in a list is an empty address"},
	{"ENVELOPE", "address 24*", "a semicolon outside of a group ends the list"},
	{"ENVELOPE", "address 25*", "an address whose angle is not closed has the domain SYNTAX_ERROR"},
	{"ENVELOPE", "address 27*|address 40*", "what cannot be read is an empty address, and what follows it is lost"},
	{"ENVELOPE", "address 31*", "a second at sign ends the address"},
	{"ENVELOPE", "address 39*", "a bare address before an angle is the address, and the one in the angle brackets is lost"},
	{"ENVELOPE", "header id spaces", "space at the end of a field is kept, except in Subject"},
	{"ENVELOPE", "header subject folded|header subject spaces", "a run of space in Subject is one space"},
	{"ENVELOPE", "header subject twice", "the last of several fields counts; RFC 5322 §3.6 allows one"},
	{"BODYSTRUCTURE", "multipart boundary spaces", "a boundary that ends in a space, which RFC 2046 §5.1.1 forbids, is searched for with the space"},
	{"BODY[1]", "multipart boundary spaces", "the same"},
	{"BODY[1.MIME]", "multipart boundary spaces", "the same"},
	{"BODY[1.MIME]", "multipart header then end|multipart message empty", "the empty line of a part without a body belongs to the boundary"},
	{"BODYSTRUCTURE", "multipart message base64", "a message in base64, which RFC 2046 §5.2.1 forbids, is parsed without decoding it"},
	{"BODY[1]", "multipart message base64", "the line end before the boundary belongs to such a message"},
	{"BODYSTRUCTURE", "multipart message multi", "the line end between the last boundary of an inner multipart and one of an outer belongs to the inner one"},
	{"BODY[1]", "multipart message multi|multipart nested|multipart nested same", "the same; RFC 2046 §5.1.1 gives it to the boundary"},
	{"BODYSTRUCTURE", "multipart no boundary", "a multipart without a boundary has an empty part, and is not text (RFC 2045 §5.2)"},
	{"BODY[1]", "multipart no boundary", "the same"},
	{"BODY[1.MIME]", "multipart no boundary", "the same"},
	{"BODYSTRUCTURE", "single double semicolon", "what follows an empty parameter is lost"},
	{"BODYSTRUCTURE", "single empty|single nonsense", "for a Content-Type that cannot be read, sizes and parameters are omitted too"},
	{"BODYSTRUCTURE", "single filename bare", "a value without quotes ends at the first space"},
	{"BODYSTRUCTURE", "single without version", "without MIME-Version, fields about the content of a single part do not count"},
}

// cyrusReads lists what Cyrus reads differently from package message.
var cyrusReads = []reading{
	{"APPEND", "header no colon|header space before colon", "a message whose header has a line that is not a field is refused"},
	{"ENVELOPE", "address 11*|address 12*|address 13*|address 32*|address 33*", "a missing domain is \"unspecified-domain\", and a missing local part is empty"},
	{"ENVELOPE", "address 20*", "space around a dot is kept"},
	{"ENVELOPE", "address 24*", "a semicolon outside of a group is the end of one"},
	{"ENVELOPE", "address 27*", "a quoted string that is not closed is dropped"},
	{"ENVELOPE", "address 39*", "a bare address before an angle is an address of its own"},
	{"ENVELOPE", "header id spaces|header subject spaces", "space at the end of a field is kept"},
	{"ENVELOPE", "header subject twice|header from twice|header to twice", "the last of several fields counts"},
	{"BODYSTRUCTURE", "multipart alternative|multipart digest|multipart header then end|multipart headers only|multipart no blank line|single no value|single plain|single trailing semicolon",
		"a text whose Content-Type names no charset has none; by RFC 2045 §5.2 it is us-ascii"},
	{"BODYSTRUCTURE", "multipart boundary spaces", "a boundary that ends in a space, which RFC 2046 §5.1.1 forbids, is searched for with the space"},
	{"BODY[1]", "multipart boundary spaces", "the same"},
	{"BODY[1.MIME]", "multipart boundary spaces", "the same"},
	{"BODYSTRUCTURE", "multipart closed at once", "a multipart without parts is an empty text; RFC 9051 §9 can express it only with an empty part"},
	{"BODY[1.MIME]", "multipart closed at once", "the same"},
	{"BODY[TEXT]", "multipart closed at once|multipart no boundary", "the same, and its octets cannot be fetched"},
	{"BODYSTRUCTURE", "multipart longer boundary", "a line that begins with a boundary and continues is not one; by RFC 2046 §5.1.1 the beginning decides"},
	{"BODY[1]", "multipart longer boundary", "the same"},
	{"BODY[2]", "multipart longer boundary", "the same"},
	{"BODYSTRUCTURE", "multipart message base64", "a message in base64, which RFC 2046 §5.2.1 forbids, is parsed without decoding it"},
	{"BODYSTRUCTURE", "multipart message multi", "the line end between the last boundary of an inner multipart and one of an outer belongs to the inner one"},
	{"BODY[1]", "multipart message multi|multipart nested", "the same; RFC 2046 §5.1.1 gives it to the boundary"},
	{"BODYSTRUCTURE", "multipart nested open", "a boundary of an outer multipart ends only a part of an unclosed inner one"},
	{"BODY[1]", "multipart nested open", "the same"},
	{"BODY[2]", "multipart nested open|multipart nested same", "the same"},
	{"BODYSTRUCTURE", "multipart nested same", "if two multiparts have the same boundary, the last boundary ends both"},
	{"BODY[1]", "multipart nested same", "the same"},
	{"BODYSTRUCTURE", "multipart no boundary", "a multipart without a boundary is an empty text"},
	{"BODY[1]", "multipart no boundary", "the same"},
	{"BODYSTRUCTURE", "multipart part params|single language|single language one", "languages are in upper case"},
	{"BODYSTRUCTURE", "single two types", "the last of several fields counts"},
}
