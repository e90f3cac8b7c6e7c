package parser

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// TestHostileCommands reads short commands that ask for much memory or time. Whether a command is refused or accepted,
// the memory that reading it allocates must be proportional to its length, except for a constant.
func TestHostileCommands(t *testing.T) {
	const n = 1 << 20
	rep := func(s string) string { return strings.Repeat(s, n/len(s)) }
	for _, tt := range []struct {
		name, in string
		limit    string // the limit that the command exceeds; "" if it is accepted
	}{
		{"parentheses", "SEARCH " + rep("("), "depth"},
		{"parentheses, closed", "SEARCH " + strings.Repeat("(", 100) + "ALL" + strings.Repeat(")", 100), "depth"},
		{"NOT", "SEARCH " + rep("NOT ") + "ALL", "depth"},
		{"FUZZY", "SEARCH " + rep("FUZZY ") + "ALL", "depth"},
		{"OR to the left", "SEARCH " + rep("OR ") + "ALL ALL", "depth"},
		{"OR to the right", "SEARCH " + rep("OR ALL ") + "ALL", "search keys"},
		{"many keys", "SEARCH " + rep("1 ") + "1", "search keys"},
		{"many keys in a list", "SEARCH (" + rep("1 ") + "1)", "search keys"},
		{"options", "SEARCH RETURN (" + rep("A ") + "A) ALL", "options"},
		{"nested value", "SEARCH RETURN (A " + rep("(") + rep(")") + ") ALL", ""},
		{"sort keys", "SORT (" + rep("A ") + "A) UTF-8 ALL", "sort criteria"},
		{"items", "FETCH 1 (" + rep("A ") + "A)", "items of FETCH"},
		{"parts", "FETCH 1 BODY[" + rep("1.") + "1]", "depth"},
		{"fields", "FETCH 1 BODY[HEADER.FIELDS (" + rep("a ") + "a)]", "fields"},
		{"modifiers", "FETCH 1 FLAGS (" + rep("A ") + "A)", "options"},
		{"set", "FETCH " + rep("1,3,") + "5 FLAGS", ""},
		{"set that is never merged", "FETCH " + func() string {
			var b []byte
			for i := range uint32(100000) {
				b = append(wireNumber(b, 2*i+1), ',')
			}
			return string(b)
		}() + "* FLAGS", ""},
		{"flags", "STORE 1 FLAGS (" + rep("a ") + "a)", "flags"},
		{"annotations", "STORE 1 ANNOTATION (" + rep("/a (b c) ") + "/a (b c))", "entries"},
		{"attributes", "STORE 1 ANNOTATION (/a (" + rep("b \"\" ") + "b \"\"))", "attributes"},
		{"events", "NOTIFY SET (personal (" + rep("A ") + "A))", "events"},
		{"groups", "NOTIFY SET " + rep("(personal (A)) ") + "(personal (A))", "groups"},
		{"groups without events", "NOTIFY SET " + rep("(personal NONE) ") + "(personal NONE)", "groups"},
		{"items of events", "NOTIFY SET (selected (" + rep("MessageNew (A) ") + "A))", "events"},
		{"name", rep("A"), ""},
		{"search key", "SEARCH " + rep("A"), "unknown"},
		{"sequence of spaces", "NOOP" + rep(" "), ""},
		{"spaces between arguments", "RENAME a" + rep(" ") + "b", ""},
		{"mailbox in quotes", "SELECT \"" + rep(`\"`) + "\"", ""},
		{"ID", "ID (" + rep(`"a" "b" `) + `"a" "b")`, "items"},
		{"capabilities", "ENABLE " + rep("A ") + "A", "capabilities"},
		{"patterns", "LIST \"\" (" + rep("a ") + "a)", "names"},
		{"URLs", "URLFETCH " + rep("a ") + "a", "URLs"},
		{"quotas", "SETQUOTA a (" + rep("A 1 ") + "A 1)", "limits"},
		{"entries", "SETMETADATA a (" + rep("/a \"\" ") + "/a \"\")", "entries"},
		{"push fields", "XAPPLEPUSHSERVICE " + rep("a b ") + "a b", "fields"},
		{"empty literals", "X " + rep("{0+}\r\n ") + "x", ""},
		{"CATENATE", "APPEND a CATENATE (" + rep("URL a ") + "URL a)", ""},
		{"messages", "APPEND a" + rep(" {1+}\r\na"), ""},
		{"append-ext", "APPEND a " + rep("A 1 ") + "{1+}\r\na", "options"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "A1 " + tt.in + "\r\n"
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r := NewCommandReader(wire.NewReader(strings.NewReader(text+"A2 NOOP\r\n"), wire.Limits{}))
			_, err := r.Next()
			if err == nil {
				_, err = discardAny(r)
			}
			runtime.ReadMemStats(&after)
			var limit *wire.LimitError
			var unknown *UnknownError
			switch {
			case tt.limit == "" && err != nil:
				t.Errorf("got error %v, want none", err)
			case tt.limit == "unknown" && !errors.As(err, &unknown):
				t.Errorf("got error %v, want an UnknownError", err)
			case tt.limit != "" && tt.limit != "unknown" && (!errors.As(err, &limit) || limit.What != tt.limit):
				t.Errorf("got error %v, want a LimitError for %s", err, tt.limit)
			}
			if bad := (*BadCommand)(nil); errors.As(err, &bad) && (len(bad.Text()) > maxText || string(bad.Tag) != "A1") {
				t.Errorf("BadCommand has %d octets of text and the tag %s, want at most %d octets and A1", len(bad.Text()), bad.Tag, maxText)
			}
			// Count everything that was allocated. This includes slices that have been replaced by larger ones, and
			// the smaller buffers of the reader.
			if got := after.TotalAlloc - before.TotalAlloc; got > uint64(256<<10+32*len(text)) {
				t.Errorf("reading a command of %d octets allocates %d bytes", len(text), got)
			}
			if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
				t.Errorf("the next command is %v, error %v; want the tag A2", h, err)
			}
		})
	}
}

func wireNumber(b []byte, n uint32) []byte {
	e := wire.NewEncoder(wire.Mode{})
	return append(b, e.Number(n).Bytes()...)
}

// discardAny does what decodeAny does, but drops the messages of APPEND.
func discardAny(r *CommandReader) (Args, error) {
	if r.Head().Name != "APPEND" {
		return decodeAny(r)
	}
	var a AppendArgs
	if err := a.Decode(r); err != nil {
		return nil, err
	}
	for _, err := range a.Messages {
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// TestNoQuadratic reads commands of a megabyte that begin a list or another element again and again, and never end it.
// A reader would take minutes if it read the same octets again for each element, or searched for the missing end again
// for each element.
func TestNoQuadratic(t *testing.T) {
	for _, s := range []string{"(", `"a" `, "{0+}\r\n ", "NOT ", "BODY[", "a(", "<", "\\", "$,", "1:"} {
		text := "A1 X " + strings.Repeat(s, 1<<20/len(s)) + "\r\n"
		for _, name := range []string{"SEARCH", "FETCH", "STORE", "LIST", "NOTIFY", "APPEND", "ID", "X"} {
			r := NewCommandReader(wire.NewReader(strings.NewReader(strings.Replace(text, "X", name, 1)), wire.Limits{}))
			if _, err := r.Next(); err == nil {
				discardAny(r)
			}
		}
	}
}
