package arg

import (
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// CheckEntry returns an error if name cannot be the name of an entry (RFC 5464 §3.2, RFC 5257 §3.2).
func CheckEntry(name string) error {
	switch {
	case len(name) < 2 || name[0] != '/':
		return Invalid("entry", name, "does not begin with a slash")
	case strings.HasSuffix(name, "/"), strings.Contains(name, "//"):
		return Invalid("entry", name, "has an empty part")
	}
	for i := range len(name) {
		if c := name[i]; c < ' ' || c >= 0x7f || c == '*' || c == '%' {
			return Invalid("entry", name, "contains a character that is not allowed in names")
		}
	}
	return nil
}

// CheckAnnotation returns an error if name cannot be the name of an entry or attribute. If pattern is true, name may
// contain wildcards.
func CheckAnnotation(name string, pattern bool) error {
	if name == "" {
		return Invalid("entry or attribute", name, "is empty")
	}
	for i := range len(name) {
		if c := name[i]; c < ' ' || c >= 0x7f {
			return Invalid("entry or attribute", name, "contains a character that is not allowed in names")
		}
	}
	if !pattern && strings.ContainsAny(name, "*%") {
		return Invalid("entry or attribute", name, "contains a wildcard")
	}
	return nil
}

// EncodePatterns writes names of entries or attributes that may contain wildcards, in a list if there are several.
func EncodePatterns(e *wire.Encoder, names ...string) {
	if len(names) == 0 {
		e.Fail(Invalid("entry or attribute", "", "is missing"))
		return
	}
	for _, x := range names {
		if err := CheckAnnotation(x, true); err != nil {
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

// EncodeAttributes writes names of attributes, in a list if there are several (RFC 5257 §7 attribs).
func EncodeAttributes(e *wire.Encoder, names []string) {
	for _, x := range names {
		if err := CheckAnnotation(x, false); err != nil {
			e.Fail(err)
		}
	}
	switch len(names) {
	case 0:
		e.Fail(Invalid("attribute", "", "is missing"))
	case 1:
		e.AString(names[0])
	default:
		e.List(len(names), func(i int) { e.AString(names[i]) })
	}
}
