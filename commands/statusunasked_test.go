package commands_test

import (
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// TestStatusUnasked asks for UNSEEN while the server also reports, because of NOTIFY, STATUS without UNSEEN. The
// report must not be taken for the answer. The handler gets the reports. There is one exception: after LIST with
// RETURN (STATUS), it does not get a report that arrives before the STATUS response with UNSEEN.
func TestStatusUnasked(t *testing.T) {
	const report = "S: * STATUS Work (MESSAGES 4 UIDNEXT 5)\n"
	const answer = "S: * STATUS Work (MESSAGES 4 UNSEEN 2)\n"
	const other = "S: * STATUS Other (MESSAGES 1 UIDNEXT 2)\n"
	const one = "C: A1 STATUS Work (MESSAGES UNSEEN)\n"
	const list = `C: A1 LIST "" Work RETURN (STATUS (MESSAGES UNSEEN))` + "\nS: * LIST () NIL Work\n"
	items := []status.Item{status.Messages, status.Unseen}
	oneStatus := func(s *session.Session) (*parser.StatusData, error) {
		st, err := commands.Status(s, "Work", items...).Wait(t.Context())
		return &st, err
	}
	listStatus := func(s *session.Session) (*parser.StatusData, error) {
		list, err := commands.ListStatus(s, "", "Work", items).Wait(t.Context())
		return list[0].Status, err
	}
	listDetails := func(s *session.Session) (*parser.StatusData, error) {
		list, err := commands.ListDetails(s, "", []string{"Work"}, commands.ReturnStatus(items...)).Wait(t.Context())
		return list[0].Status, err
	}
	for name, tt := range map[string]struct {
		ask            func(s *session.Session) (*parser.StatusData, error)
		script         string
		unseen, others uint32
	}{
		"STATUS, report first":            {oneStatus, one + report + answer, 2, 1},
		"STATUS, answer first":            {oneStatus, one + answer + report, 2, 1},
		"STATUS, answer without the item": {oneStatus, one + report, 0, 1},
		"LIST, report first":              {listStatus, list + report + answer + other, 2, 1},
		"LIST, answer first":              {listStatus, list + answer + report + other, 2, 2},
		"details, report first":           {listDetails, list + report + answer + other, 2, 1},
		"details, answer first":           {listDetails, list + answer + report + other, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			c, sc := imaptest.Pipe(0)
			wait := imaptest.Play(t, sc, "S: * PREAUTH [CAPABILITY IMAP4rev1 LIST-STATUS NOTIFY] ready\n"+tt.script+"S: A1 OK done\n")
			var others uint32
			s, err := session.Open(t.Context(), c, &session.Config{Handler: session.Handler{Other: func(r *parser.Response) { others++ }}})
			if err != nil {
				t.Fatal(err)
			}
			st, err := tt.ask(s)
			if err != nil || st.Messages != 4 || st.Unseen != tt.unseen || others != tt.others {
				t.Errorf("got %+v, %v, and %d reports; want UNSEEN %d and %d reports", st, err, others, tt.unseen, tt.others)
			}
			s.Close()
			wait()
		})
	}
}
