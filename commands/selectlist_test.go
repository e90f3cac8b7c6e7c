package commands_test

import (
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/internal/sessiontest"
)

// TestSelectList checks that Selected.List is about the mailbox that is opened, even if the server also sends LIST for
// another one whose name differs only in case.
func TestSelectList(t *testing.T) {
	for lists, want := range map[string]string{
		"S: * LIST () \"/\" work\nS: * LIST () \"/\" Work\n":                                                 "work",
		"S: * LIST () \"/\" Work\nS: * LIST () \"/\" work\n":                                                 "work",
		"S: * LIST () \"/\" Work\n":                                                                          "Work",
		"S: * LIST () \"/\" Other\n":                                                                         "",
		"S: * LIST () \"/\" New (\"OLDNAME\" (work))\nS: * LIST () \"/\" Newer (\"OLDNAME\" (WORK))\n":       "New",
		"S: * LIST () \"/\" work\nS: * LIST (\\Marked) \"/\" work\nS: * LIST () \"/\" x (\"OLDNAME\" (y))\n": "work",
	} {
		s := sessiontest.PlaySelected(t, "", "C: A2 SELECT work\nS: * OK [CLOSED] INBOX\n"+lists+"S: A2 OK done\n")
		got, err := commands.Select(s, "work").Wait(t.Context())
		name := ""
		if got.List != nil {
			name = got.List.Name()
		}
		if name != want || err != nil {
			t.Errorf("%q: got %q, %v; want %q", lists, name, err, want)
		}
	}
}
