package account

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/errors.md anew")

const errorsFile = "../../docs/errors.md"

// These lines enclose the table in docs/errors.md.
const tableBegin, tableEnd = "<!-- the table: go test ./commands/account -run TestErrorsDocument -update -->\n", "<!-- the end of the table -->\n"

// TestErrorsDocument compares the table in docs/errors.md with Causes. With -update it writes the table.
func TestErrorsDocument(t *testing.T) {
	text, err := os.ReadFile(errorsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegin)
	got, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", errorsFile)
	}
	want := table()
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("%s differs from Causes; to update it: go test ./commands/account -run TestErrorsDocument -update", errorsFile)
	}
	if err := os.WriteFile(errorsFile, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table returns Causes as a Markdown table.
func table() string {
	var b strings.Builder
	b.WriteString("\n| The error | It is | What it means | What to do |\n|---|---|---|---|\n")
	for _, c := range append(Causes[:len(Causes):len(Causes)], unknownDial, givenUp) {
		kind := c.Kind.String()
		if name := reasonName(c.Reason); name != "" {
			kind += ", `" + name + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", escape(c.Name), kind, escape(c.Means), escape(c.Do))
	}
	b.WriteString("\n")
	return b.String()
}

func escape(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// reasonName returns the Go name of a reason.
func reasonName(err error) string {
	for name, x := range map[string]error{
		"ErrCredentials": ErrCredentials, "ErrAccount": ErrAccount, "ErrTLS": ErrTLS, "ErrMechanism": ErrMechanism, "ErrNetwork": ErrNetwork,
		"ErrLost": ErrLost, "ErrThrottled": ErrThrottled, "ErrTooMany": ErrTooMany, "ErrUnavailable": ErrUnavailable, "ErrInUse": ErrInUse,
	} {
		if err != nil && errors.Is(err, x) {
			return name
		}
	}
	return ""
}
