package session

import (
	"bytes"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/imapstack/imapstack/wire"
)

// maxCapName is the length, in octets, of the longest name of a capability that parseCaps accepts.
const maxCapName = 1024

// Caps is a set of capabilities. The caller owns it, and it does not change. The zero Caps is empty.
type Caps struct{ names []string } // in upper case, sorted

// implied lists the extensions that are part of IMAP4rev2 (RFC 9051 Appendix E), under the names that IMAP4rev1
// servers use.
var implied = []string{
	"APPENDLIMIT", "CHILDREN", "ENABLE", "ESEARCH", "IDLE", "LIST-EXTENDED", "LIST-STATUS", "LITERAL-", "MOVE",
	"NAMESPACE", "SASL-IR", "SEARCHRES", "SPECIAL-USE", "STATUS=SIZE", "UIDPLUS", "UNSELECT",
}

// MakeCaps returns a set of the names, which may be in any case.
func MakeCaps(names ...string) Caps {
	c := Caps{make([]string, 0, len(names))}
	for _, n := range names {
		if n != "" {
			c.names = append(c.names, strings.ToUpper(n))
		}
	}
	slices.Sort(c.names)
	c.names = slices.Compact(c.names)
	return c
}

// parseCaps returns the set of the words in text. The grammar allows only words with one space between them; the
// additional spaces and tabs that some servers send change nothing. parseCaps drops a word of more than maxCapName
// octets, and every word after the first limit words. It then returns an error together with the set of the other
// words.
func parseCaps(text []byte, limit int) (c Caps, err error) {
	// All names share one string, unless the text is too long, or its length may change when it is converted to upper
	// case.
	short := len(text) <= maxCapsText && !bytes.ContainsFunc(text, func(c rune) bool { return c >= utf8.RuneSelf })
	upper := ""
	if short {
		upper = strings.ToUpper(string(text))
		c.names = make([]string, 0, min(1+strings.Count(strings.TrimSpace(upper), " "), limit))
	}
	at := 0
	for f := range bytes.FieldsSeq(text) {
		if len(c.names) == limit {
			err = tooManyCaps(limit, limit+1)
			break
		}
		switch {
		case len(f) > maxCapName:
			err = tooManyCaps(maxCapName, len(f))
		case short:
			at += bytes.Index(text[at:], f)
			c.names = append(c.names, upper[at:at+len(f)])
			at += len(f)
		default:
			c.names = append(c.names, strings.ToUpper(string(f)))
		}
	}
	slices.Sort(c.names)
	if c.names = slices.Compact(c.names); len(c.names) < cap(c.names) {
		c.names = slices.Clone(c.names) // drop the spare capacity
	}
	return c, err
}

// maxCapsText is the length, in octets, of the longest text whose names share one string.
const maxCapsText = 8 << 10

func tooManyCaps(limit, size int) error {
	return &wire.LimitError{What: "capabilities", Limit: int64(limit), Size: int64(size)}
}

// Has reports whether the capability is in the set, or is part of IMAP4rev2 and the set contains IMAP4rev2. LITERAL+
// implies LITERAL-. UTF8=ONLY implies UTF8=ACCEPT; a server with UTF8=ONLY requires the client to enable UTF8=ACCEPT
// first (RFC 6855 §6). The name must be in upper case: "MOVE", "AUTH=PLAIN".
func (c Caps) Has(name string) bool {
	if _, ok := slices.BinarySearch(c.names, name); ok {
		return true
	}
	if name == "LITERAL-" && c.Has("LITERAL+") || name == "UTF8=ACCEPT" && c.Has("UTF8=ONLY") {
		return true
	}
	if !slices.Contains(implied, name) {
		return false
	}
	_, ok := slices.BinarySearch(c.names, "IMAP4REV2")
	return ok
}

// HasAny reports whether one of the alternatives in "A|B" is in the set. For "" it returns true.
func (c Caps) HasAny(alternatives string) bool {
	if alternatives == "" {
		return true
	}
	for name := range strings.SplitSeq(alternatives, "|") {
		if c.Has(name) {
			return true
		}
	}
	return false
}

// HasAuth reports whether the server offers a SASL mechanism, whose name must be in upper case.
func (c Caps) HasAuth(mechanism string) bool { return c.Has("AUTH=" + mechanism) }

// Auth returns the SASL mechanisms that the server offers, in upper case.
func (c Caps) Auth() []string { return c.Values("AUTH=") }

// Values returns the rest of each capability that begins with prefix, such as "RIGHTS=" or "QUOTA=RES-".
func (c Caps) Values(prefix string) (values []string) {
	i, _ := slices.BinarySearch(c.names, prefix)
	for ; i < len(c.names) && strings.HasPrefix(c.names[i], prefix); i++ {
		values = append(values, c.names[i][len(prefix):])
	}
	return values
}

// All yields the capabilities that the server sent, in upper case and sorted.
func (c Caps) All() iter.Seq[string] { return slices.Values(c.names) }

// Len returns the number of capabilities.
func (c Caps) Len() int { return len(c.names) }

// String returns the capabilities, joined by spaces.
func (c Caps) String() string { return strings.Join(c.names, " ") }

// with returns the union of c and d. It returns c and an error if the union would have more than limit capabilities. It
// makes a new set only if d has a capability that c does not have, because a server can repeat its capabilities without
// end.
func (c Caps) with(d Caps, limit int) (Caps, error) {
	var fresh []string
	for _, name := range d.names {
		if _, ok := slices.BinarySearch(c.names, name); !ok {
			fresh = append(fresh, name)
		}
	}
	switch n := len(c.names) + len(fresh); {
	case len(fresh) == 0:
		return c, nil
	case n > limit:
		return c, tooManyCaps(limit, n)
	}
	return MakeCaps(slices.Concat(c.names, fresh)...), nil
}

// mode returns the forms in which strings may be sent. No other function chooses the syntax of strings by the server's
// capabilities.
func mode(caps, enabled Caps) wire.Mode {
	return wire.Mode{
		LiteralPlus:  caps.Has("LITERAL+"),
		LiteralMinus: caps.Has("LITERAL-"),
		UTF8:         enabled.Has("UTF8=ACCEPT") || enabled.Has("IMAP4REV2"),
		// With UTF8=ACCEPT, a literal8 is also allowed on servers without BINARY (RFC 6855 §4).
		Binary: caps.Has("BINARY") || caps.Has("IMAP4REV2") || enabled.Has("UTF8=ACCEPT"),
	}
}
