package imaptest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/match"
)

// boxOrServer is like boxRaw, but the name "" stands for the server itself.
func (c *conn) boxOrServer(name string) []byte {
	if name == "" {
		return []byte{}
	}
	return c.boxRaw(name)
}

// scopes holds the suffixes by which the draft that preceded METADATA named private and shared values
// (draft-daboo-imap-annotatemore-08 §3.3).
var scopes = []struct{ attribute, entry string }{{"value.priv", "/private"}, {"value.shared", "/shared"}}

func (c *conn) getAnnotation() error {
	var a parser.GetAnnotationArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if len(a.Mailbox) == 0 {
		return c.annotations("", &a)
	}
	if !bytes.ContainsAny(a.Mailbox, "*%") {
		return c.annotations(c.box(a.Mailbox), &a)
	}
	for _, l := range c.user.List(store.ListOptions{Patterns: []string{c.pattern(a.Mailbox)}}) {
		if l.NonExistent || l.NoSelect {
			continue
		}
		if err := c.annotations(l.Name, &a); err != nil {
			return err
		}
	}
	return nil
}

// annotations sends the annotations of a mailbox that the client asked for.
func (c *conn) annotations(mailbox string, a *parser.GetAnnotationArgs) error {
	out := parser.Annotation{Mailbox: c.boxOrServer(mailbox)}
	for _, s := range scopes {
		if !slices.ContainsFunc(a.Attribs, func(p string) bool { return matchesEntry(p, s.attribute, '.') }) {
			continue
		}
		all, err := c.user.Metadata(mailbox, s.entry, -1)
		if err != nil {
			return err
		}
		for _, v := range all {
			entry := strings.TrimPrefix(v.Entry, s.entry)
			if !slices.ContainsFunc(a.Entries, func(p string) bool { return matchesEntry(p, entry, '/') }) {
				continue
			}
			i := slices.IndexFunc(out.Entries, func(e parser.EntryAtt) bool { return e.Entry == entry })
			if i < 0 {
				i = len(out.Entries)
				out.Entries = append(out.Entries, parser.EntryAtt{Entry: entry})
			}
			out.Entries[i].Values = append(out.Entries[i].Values, parser.AttValue{Name: s.attribute, Value: v.Value})
		}
	}
	if len(out.Entries) > 0 {
		c.out.Raw("* ANNOTATION ")
		out.Encode(c.out)
		c.out.CRLF()
	}
	return nil
}

// matchesEntry reports whether a name matches a pattern, ignoring case. "%" in a pattern matches any text that contains
// no delimiter.
func matchesEntry(pattern, name string, delim byte) bool {
	return match.NewPattern(strings.ToLower(pattern), delim).Match(strings.ToLower(name))
}

func (c *conn) setAnnotation() error {
	var a parser.SetAnnotationArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if bytes.ContainsAny(a.Mailbox, "*%") {
		return no(parser.CodeCannot, "one mailbox at a time")
	}
	var list []store.Annotation
	for _, e := range a.Entries {
		for _, v := range e.Values {
			i := slices.IndexFunc(scopes, func(s struct{ attribute, entry string }) bool { return strings.EqualFold(s.attribute, v.Name) })
			if i < 0 {
				return no(parser.CodeCannot, "no attribute "+v.Name)
			}
			list = append(list, store.Annotation{Entry: scopes[i].entry + e.Entry, Value: bytes.Clone(v.Value)})
		}
	}
	return c.user.SetMetadata(c.box(a.Mailbox), list...)
}
