package commands

import (
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"golang.org/x/text/unicode/norm"
)

// ClaimList returns a function for session.Command.Claim, which claims the LIST responses for mailboxes that match the
// patterns. Responses for other mailboxes are unsolicited (RFC 9051 §6.3.9, RFC 5465 §5.4); Cyrus sends such responses
// in IMAP4rev2. If reference is not "", the function claims all LIST responses, because then only the server knows
// which names match.
func ClaimList(reference string, patterns []string) func(*parser.Response) bool {
	if all := reference != "" || slices.Contains(patterns, "*") || slices.Contains(patterns, ""); all {
		return named("LIST")
	}
	return func(r *response) bool {
		if r.Name != "LIST" {
			return false
		}
		var x parser.ListData
		if x.Decode(r.Decoder()) != nil {
			return true // it is not known which command the response answers
		}
		name := x.Name()
		return slices.ContainsFunc(patterns, func(p string) bool { return matchesPattern(p, name, x.Delim) })
	}
}

// matchesPattern reports whether a mailbox's name, with or without a delimiter at its end, matches a pattern of LIST.
// As sameNames does, it ignores case and how characters are composed.
func matchesPattern(pattern, name string, delim rune) bool {
	sep := ""
	if delim != 0 {
		sep = string(delim)
		name = strings.TrimSuffix(name, sep)
	}
	plain := func(s string) string { return strings.ToLower(norm.NFC.String(s)) }
	pattern, name = plain(strings.TrimSuffix(pattern, sep)), plain(name)
	// at[i] says whether the part of the pattern that has been read matches the first i octets of name.
	at := make([]bool, len(name)+1)
	at[0] = true
	for _, c := range []byte(pattern) {
		switch c {
		case '*', '%':
			for i := range len(name) {
				at[i+1] = at[i+1] || at[i] && (c == '*' || sep == "" || !strings.HasPrefix(name[i:], sep))
			}
		default:
			for i := len(name); i > 0; i-- {
				at[i] = at[i-1] && name[i-1] == c
			}
			at[0] = false
		}
	}
	return at[len(name)]
}
