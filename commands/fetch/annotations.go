package fetch

import (
	"slices"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Annotations returns the item for annotations of a message (RFC 5257 §4.2). Entries may contain the wildcards "*"
// and "%". Attributes are "value", "value.priv" and "size.shared", for example. The values that Of returns are valid
// until the next turn of the loop.
//
//	item := fetch.Annotations([]string{"/comment"}, []string{"value"})
//	for m, err := range commands.Fetch(s, set, item).All(ctx) {
//		list, ok := item.Of(m)
func Annotations(entries, attributes []string) Ext[[]parser.EntryAtt] {
	entries, attributes = slices.Clone(entries), slices.Clone(attributes)
	return Ext[[]parser.EntryAtt]{
		Name: "ANNOTATION", Needs: "ANNOTATE-EXPERIMENT-1",
		Args: func(e *wire.Encoder) {
			e.SP().Byte('(')
			arg.EncodePatterns(e, entries...)
			arg.EncodeAttributes(e.SP(), attributes)
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
