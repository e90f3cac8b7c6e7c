package parser

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestNestingNeedsNoStack opens 30,000 parentheses in every response, in every command and in each item of FETCH. The
// stack has no room for so many nested calls. Limits.Depth limits the depth of values that are decoded. Values that are
// only skipped may be deeper, so a decoder must skip them without recursion.
func TestNestingNeedsNoStack(t *testing.T) {
	// A reader that called itself for each parenthesis would need more stack than this, and the process would end.
	defer debug.SetMaxStack(debug.SetMaxStack(512 << 10))
	const levels = 30_000
	opens := []string{"(", "(a ", "(1 ", `("a" `, "(NIL ", "a (", "1 (", "[", "a[", "NOT ", "OR ", "OR (", "FUZZY ", "(a (b) "}
	heads := []string{"* X-NEW ", "* OK [X-NEW ", "A1 OK [X-NEW ", "+ [X-NEW ", "* OK [BADCHARSET ", "* OK [PERMANENTFLAGS ", "* OK [METADATA ", "* LIST () \"/\" a ", "* LIST ",
		"* STATUS a ", "* STATUS a (X-NEW ", "* ESEARCH (TAG \"a\") UID X-NEW ", "* NAMESPACE NIL NIL ", "* METADATA a ", "* ANNOTATION a /comment ",
		"* 1 FETCH (ENVELOPE (", "* 1 FETCH (ENVELOPE (NIL NIL ", "* 1 FETCH (BODY ", "* 1 FETCH (BODYSTRUCTURE ", "* 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" ",
		"* 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1 NIL NIL NIL NIL ", "* 1 FETCH (FLAGS ", "* 1 FETCH (ANNOTATION ",
		"* 1 FETCH (X-GM-LABELS ", "* 1 FETCH (PREVIEW ", "* 1 FETCH (BODY[HEADER.FIELDS ", "* 1 FETCH (X-NEW ", "* 1 FETCH ("}
	for name := range payloads {
		heads = append(heads, "* "+name+" ")
	}
	for _, head := range heads {
		for _, open := range opens {
			for _, end := range []string{"\r\n", strings.Repeat(")", levels*strings.Count(open, "(")) + ")\r\n"} {
				r := NewReader(wire.NewReader(strings.NewReader(head+strings.Repeat(open, levels)+end), wire.Limits{}))
				if resp, err := r.Next(); err == nil {
					decodeQuietly(resp)
					resp.Code.Clone()
					resp.Code.PermanentFlags(nil)
				}
			}
		}
	}
	for name := range commandNames {
		for _, uid := range []string{"", "UID "} {
			for _, before := range []string{" ", " 1 ", " RETURN () "} {
				for _, open := range opens {
					r := NewCommandReader(wire.NewReader(strings.NewReader("A1 "+uid+name+before+strings.Repeat(open, levels/3)+"\r\n"), wire.Limits{}))
					r.OnLiteral(accept)
					if h, err := r.Next(); err == nil {
						if args := NewArgs(h.Name); args != nil {
							r.Decode(args)
						}
					}
				}
			}
		}
	}
}
