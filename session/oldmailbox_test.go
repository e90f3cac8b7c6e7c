package session_test

import (
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// TestDataOfOldMailbox sends a FETCH together with the SELECT of its mailbox. The server first sends a FETCH response
// about the old mailbox. That response does not answer the FETCH.
func TestDataOfOldMailbox(t *testing.T) {
	for caps, closed := range map[string]string{"QRESYNC": "S: * OK [CLOSED] x\n", "IDLE": ""} {
		handled := 0
		s := play(t, &session.Config{Handler: session.Handler{Fetch: func(*parser.Fetch) { handled++ }}}, "S: * PREAUTH [CAPABILITY IMAP4rev1 "+caps+"] hi\n"+
			"C: A1 SELECT a\nS: * 3 EXISTS\nS: A1 OK x\nC: A2 SELECT b\nC: A3 FETCH 1:* FLAGS\nS: * 1 FETCH (FLAGS ($Old))\n"+closed+
			"S: * 1 EXISTS\nS: A2 OK x\nS: * 1 FETCH (FLAGS ($New))\nS: A3 OK x\n")
		if err := runCommand(t, s, selecting(&session.Mailbox{Name: "a"})); err != nil {
			t.Fatal(err)
		}
		session.Start[struct{}](s, selecting(&session.Mailbox{Name: "b"}), nil)
		f := fetch()
		f.In, f.Flow = session.Selected, session.Reads|session.NoExpunge
		var got []string
		for m, err := range session.StartStream(s, f, (*parser.Response).Fetch).All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(m.Flags[0]))
		}
		if len(got) != 1 || got[0] != "$New" || handled != 1 {
			t.Errorf("%s: FETCH yields %q, and the handler gets %d responses; want $New, and 1 response", caps, got, handled)
		}
	}
}
