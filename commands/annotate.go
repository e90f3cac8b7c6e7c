package commands

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

const annotate = "ANNOTATE-EXPERIMENT-1"

// Annotated asks to open a mailbox for annotations of its messages (RFC 5257 §4.1).
func Annotated() SelectOption {
	return SelectOption{annotate, func(e *wire.Encoder) { e.Raw("ANNOTATE") }}
}

// Annotations is the item of FETCH for annotations of a message (RFC 5257 §4.2). Entries may hold the wildcards "*" and "%"; attributes
// are such as "value", "value.priv" and "size.shared". Values are valid until the next turn of the loop.
//
//	item := commands.Annotations([]string{"/comment"}, []string{"value"})
//	for m, err := range commands.Fetch(s, set, item).All(ctx) {
//		list, ok := item.Of(m)
func Annotations(entries, attributes []string) Item[[]parser.EntryAtt] {
	entries, attributes = slices.Clone(entries), slices.Clone(attributes)
	return Item[[]parser.EntryAtt]{
		Name: "ANNOTATION", Needs: annotate,
		Args: func(e *wire.Encoder) {
			e.SP().Byte('(')
			encodeMatches(e, entries)
			encodeAttributes(e.SP(), attributes)
			e.Byte(')')
		},
		Read: readAnnotations,
	}
}

func readAnnotations(d *wire.Decoder) (list []parser.EntryAtt) {
	for range d.List {
		x := parser.EntryAtt{Entry: d.Intern(d.AString())}
		d.SP()
		for range d.List {
			v := parser.AttValue{Name: d.Intern(d.AString())}
			d.SP()
			v.Value = d.NString()
			x.Values = append(x.Values, v)
		}
		list = append(list, x)
	}
	return list
}

// encodeMatches writes patterns of names.
func encodeMatches(e *wire.Encoder, names []string) {
	if len(names) == 0 {
		e.Fail(invalid("entry or attribute", "", "is missing"))
		return
	}
	for _, x := range names {
		if err := checkAnnotationName(x, true); err != nil {
			e.Fail(err)
			return
		}
	}
	if len(names) == 1 {
		e.ListMailbox(names[0])
		return
	}
	e.List(len(names), func(i int) { e.ListMailbox(names[i]) })
}

// encodeAttributes writes names of attributes (RFC 5257 §7 attribs).
func encodeAttributes(e *wire.Encoder, names []string) {
	for _, x := range names {
		if err := checkAnnotationName(x, false); err != nil {
			e.Fail(err)
		}
	}
	switch len(names) {
	case 0:
		e.Fail(invalid("attribute", "", "is missing"))
	case 1:
		e.AString(names[0])
	default:
		e.List(len(names), func(i int) { e.AString(names[i]) })
	}
}

// encodeAnnotations writes entries with the values of their attributes.
func encodeAnnotations(e *wire.Encoder, entries []parser.EntryAtt) {
	e.List(len(entries), func(i int) {
		x := &entries[i]
		if err := checkEntryName(x.Entry); err != nil {
			e.Fail(err)
		}
		if len(x.Values) == 0 {
			e.Fail(invalid("entry", x.Entry, "has no attributes"))
		}
		e.AString(x.Entry).SP().List(len(x.Values), func(j int) {
			v := &x.Values[j]
			if v.Name != "value.priv" && v.Name != "value.shared" {
				e.Fail(invalid("attribute", v.Name, `is neither "value.priv" nor "value.shared"`))
			}
			e.AString(v.Name).SP().NString(v.Value)
		})
	})
}

// StoreAnnotations sets annotations of messages: STORE or UID STORE by the kind of the set (RFC 5257 §4.4). Attributes are "value.priv"
// and "value.shared"; a Value of nil takes one away. A server may tell the new values; each is valid until the next turn of the loop.
func StoreAnnotations(s *session.Session, messages numset.Set, entries ...parser.EntryAtt) *session.Stream[parser.Fetch] {
	entries = slices.Clone(entries)
	cmd := storing(messages, false)
	cmd.Needs = annotate
	cmd.Args = func(e *wire.Encoder) {
		set(e, messages)
		if len(entries) == 0 {
			e.Fail(invalid("entry", "", "is missing"))
		}
		e.SP().Raw("ANNOTATION").SP()
		encodeAnnotations(e, entries)
	}
	return session.StartStream(s, cmd, (*parser.Response).Fetch)
}

// InAnnotation finds messages with text in an annotation whose name matches entry (RFC 5257 §4.6): attribute is "value", "value.priv" or
// "value.shared".
func InAnnotation(entry, attribute, text string) SearchKey {
	return func(e *wire.Encoder) {
		switch attribute {
		case "value", "value.priv", "value.shared":
		default:
			e.Fail(invalid("att-search", attribute, "is none"))
		}
		e.Raw("ANNOTATION").SP()
		encodeMatches(e, []string{entry})
		e.SP().Raw(attribute).SP().String(text)
	}
}
