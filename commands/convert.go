package commands

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Conversions asks which conversions the server offers from one media type to another (RFC 5259 §5.1). Both types may
// contain "*". Each value is valid until the next turn of the loop.
func Conversions(s *session.Session, from, to string) *session.Stream[parser.Conversion] {
	cmd := session.Command{
		Name: "CONVERSIONS", In: loggedIn, Needs: "CONVERT", Answers: byPlace("CONVERSION"), Claim: named("CONVERSION"),
		Args: func(e *wire.Encoder) { e.SP().String(from).SP().String(to) },
	}
	x := new(parser.Conversion)
	return session.StartStream(s, cmd, func(r *response) (*parser.Conversion, error) { return x, x.Decode(r.Decoder()) })
}

// ConvertItem is an item that [Convert] asks for.
type ConvertItem struct {
	name    string // the name that replaces the section's own; "" means none
	section fetch.Section
}

// Converted asks for the content of a converted part, or for its size. section is a [fetch.Binary], with or without
// Partial, or a [fetch.BinarySize].
func Converted(section fetch.Section) ConvertItem { return ConvertItem{section: section} }

// ConvertedStructure asks for the structure of a converted body part (RFC 5259 §8.2). part is the path of the body
// part; see [fetch.Path].
func ConvertedStructure(part string) ConvertItem {
	return ConvertItem{"BODYPARTSTRUCTURE", fetch.Binary(part)}
}

// AvailableConversions asks for the media types to which a body part can be converted (RFC 5259 §8.4). part is the path
// of the body part; see [fetch.Path].
func AvailableConversions(part string) ConvertItem {
	return ConvertItem{"AVAILABLECONVERSIONS", fetch.Binary(part)}
}

func (i ConvertItem) encode(e *wire.Encoder) {
	if i.name != "" {
		i.section.EncodeAs(e, i.name)
		return
	}
	if what, _ := i.section.Request(); what.Name == "BINARY" && i.section.Peeks() {
		e.Fail(invalid("item", "BINARY.PEEK", "is not for CONVERT"))
	}
	i.section.Encode(e)
}

// Convert fetches parts of messages, which the server converts to another media type. to is that type, or "" if the
// server is to choose one. Convert sends CONVERT or, for a set of UIDs, UID CONVERT (RFC 5259 §6). params are the
// conversion's parameters, such as "charset" and "pix-x". Each value is valid until the next turn of the loop.
func Convert(s *session.Session, messages numset.Set, to string, params []parser.ConvertParam, items ...ConvertItem) *session.Stream[parser.Converted] {
	name := uidName("CONVERT", messages.Kind())
	if to != "" && (strings.Count(to, "/") != 1 || !printable(to)) {
		return session.FailedStream[parser.Converted](s, name, invalid("media type", to, "is not a media type"))
	}
	params, items = slices.Clone(params), slices.Clone(items)
	cmd := session.Command{
		Name: name, In: session.Selected, Needs: "CONVERT", Flow: session.Reads | session.ReadsFlags | seqFlow(messages.Kind()),
		Args: func(e *wire.Encoder) {
			encodeSet(e, messages)
			if e.SP().Byte('('); to == "" {
				e.NIL()
			} else {
				e.Quoted(to)
			}
			if len(params) > 0 {
				e.SP().List(len(params), func(i int) { e.String(params[i].Name).SP().String(params[i].Value) })
			}
			e.Byte(')').SP()
			switch len(items) {
			case 0:
				e.Fail(invalid("CONVERT", "", "needs an item"))
			case 1:
				items[0].encode(e)
			default:
				e.List(len(items), func(i int) { items[i].encode(e) })
			}
		},
		Answers: byPlace("CONVERTED"), Claim: named("CONVERTED"),
	}
	x := new(parser.Converted)
	return session.StartStream(s, cmd, func(r *response) (*parser.Converted, error) { return x, x.Decode(r.Decoder()) })
}
