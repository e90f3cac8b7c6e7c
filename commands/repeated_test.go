package commands_test

import (
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// TestRepeatedNumbers checks that a message counts once in the result of a Search, however often the server sends its
// number.
func TestRepeatedNumbers(t *testing.T) {
	for name, answer := range map[string]string{
		"in one SEARCH":  "S: * SEARCH 4 9 9 4\n",
		"in two":         "S: * SEARCH 4 9\nS: * SEARCH 9 4\n",
		"in ESEARCH":     "S: * ESEARCH (TAG \"A2\") UID ALL 4,9,4:4\n",
		"in two ESEARCH": "S: * ESEARCH (TAG \"A2\") UID ALL 4,9\nS: * ESEARCH (TAG \"A2\") UID ALL 4,9\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, sc := imaptest.Pipe(0)
			wait := imaptest.Play(t, sc, "S: * PREAUTH [CAPABILITY IMAP4rev1] ready\nC: A1 SELECT INBOX\nS: A1 OK done\nC: A2 UID SEARCH ALL\n"+answer+"S: A2 OK done\n")
			s, err := session.Open(t.Context(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			r, err := commands.Search(s, numset.UID, search.All).Wait(t.Context())
			if err != nil || r.Count != 2 || r.Found.String() != "4,9" || r.Min != 4 || r.Max != 9 {
				t.Errorf("got %+v, %v", r, err)
			}
			s.Close()
			wait()
		})
	}
}
