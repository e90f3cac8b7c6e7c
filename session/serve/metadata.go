package serve

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// entryBox returns the name of the mailbox to which annotations belong; "" stands for the server.
func (c *Conn) entryBox(raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	return c.box(raw)
}

func (c *Conn) getMetadata() error {
	var a parser.GetMetadataArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	if len(a.Options) > 0 {
		return badf("unknown option %s", a.Options[0].Name)
	}
	for _, e := range a.Entries {
		if name := strings.ToLower(e); !isEntry(name) && name != "/private" && name != "/shared" {
			return badf("%.64q is not an entry", e)
		}
	}
	name := c.entryBox(a.Mailbox)
	all, err := c.user.(MetadataHaver).Metadata(c.command, name)
	if err != nil {
		return err
	}
	// Values longer than MAXSIZE are omitted, and the answer has the length of the longest omitted value (RFC 5464
	// §4.2.1).
	longest := 0
	found := chooseEntries(all, a.Entries, a.Depth)
	list := slices.DeleteFunc(slices.Clone(found), func(v parser.EntryValue) bool {
		long := a.HasMaxSize && int64(len(v.Value)) > int64(a.MaxSize)
		if long {
			longest = max(longest, len(v.Value))
		}
		return long
	})
	if a.Depth == 0 {
		list = withNIL(list, found, a.Entries)
	}
	c.reportEntries(name, list)
	if longest > 0 {
		return okCode(parser.CodeMetadata, fmt.Appendf(nil, "LONGENTRIES %d", longest))
	}
	return nil
}

// chooseEntries returns the entries with the given names, and the entries that are at most depth levels below these.
// The caller owns the slice.
func chooseEntries(all []parser.EntryValue, names []string, depth int) []parser.EntryValue {
	chosen := []parser.EntryValue{}
	for _, v := range all {
		for _, name := range names {
			rest, ok := strings.CutPrefix(v.Entry, strings.ToLower(name))
			levels := strings.Count(rest, "/")
			if ok && (rest == "" || rest[0] == '/') && (depth == parser.DepthInfinity || levels <= depth) {
				chosen = append(chosen, v)
				break
			}
		}
	}
	return chosen
}

// withNIL adds an entry with the value NIL to list, for each name that is not in found (RFC 5464 §4.2). found also
// has the entries whose values are too long for list.
func withNIL(list, found []parser.EntryValue, names []string) []parser.EntryValue {
	for _, name := range names {
		if isEntry(strings.ToLower(name)) && !slices.ContainsFunc(found, func(v parser.EntryValue) bool { return strings.EqualFold(v.Entry, name) }) {
			list = append(list, parser.EntryValue{Entry: name})
		}
	}
	return list
}

// isEntry reports whether name can be the name of an entry (RFC 5464 §3.2). The name must be in lower case.
func isEntry(name string) bool {
	return (strings.HasPrefix(name, "/private/") || strings.HasPrefix(name, "/shared/")) && !strings.HasSuffix(name, "/") && !strings.Contains(name, "//")
}

func (c *Conn) reportEntries(mailbox string, list []parser.EntryValue) {
	if len(list) == 0 {
		return
	}
	out := parser.Metadata{Mailbox: []byte{}, Values: list}
	if mailbox != "" {
		out.Mailbox = c.boxRaw(mailbox)
	}
	c.out.Raw("* METADATA ")
	out.Encode(&c.out)
	c.out.CRLF()
}

func (c *Conn) setMetadata() error {
	var a parser.SetMetadataArgs
	if err := c.decode(&a); err != nil {
		return err
	}
	var list []parser.EntryValue
	for _, e := range a.Entries {
		name := strings.ToLower(e.Entry)
		if !isEntry(name) {
			return badf("%.64q is not an entry", e.Entry)
		}
		list = append(list, parser.EntryValue{Entry: name, Value: bytes.Clone(e.Value)})
	}
	name := c.entryBox(a.Mailbox)
	err := c.user.(MetadataHaver).SetMetadata(c.command, name, list)
	for _, e := range list {
		c.noteEvent(err, Event{Kind: EventMetadata, Mailbox: name, Entry: e.Entry})
	}
	return err
}
