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
		"STATUS, report first":                        {oneStatus, one + report + answer, 2, 1},
		"STATUS, answer first":                        {oneStatus, one + answer + report, 2, 1},
		"STATUS, answer without the item":             {oneStatus, one + report, 0, 1},
		"STATUS, report about a name in another case": {oneStatus, one + "S: * STATUS WORK (MESSAGES 9 UNSEEN 9)\n" + answer, 2, 1},
		"STATUS, answer in another case":              {oneStatus, one + "S: * STATUS WORK (MESSAGES 4 UNSEEN 3)\n", 3, 1},
		"STATUS, another case, then without the item": {oneStatus, one + "S: * STATUS WORK (MESSAGES 9 UNSEEN 9)\n" + report, 0, 2},
		"LIST, report first":                          {listStatus, list + report + answer + other, 2, 1},
		"LIST, answer first":                          {listStatus, list + answer + report + other, 2, 2},
		"details, report first":                       {listDetails, list + report + answer + other, 2, 1},
		"details, answer first":                       {listDetails, list + answer + report + other, 2, 2},
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

// TestNameInAnotherForm checks that a server may answer with the composed form of a name (RFC 9051 §5.1).
func TestNameInAnotherForm(t *testing.T) {
	c, sc := imaptest.Pipe(0)
	wait := imaptest.Play(t, sc, `
		S: * PREAUTH [CAPABILITY IMAP4rev1 ACL] ready
		C: A1 STATUS cafe&AwE- (MESSAGES)
		S: * STATUS caf&AOk- (MESSAGES 4)
		S: A1 OK done
		C: A2 LIST "" cafe&AwE-
		S: * LIST () "/" caf&AOk-
		S: * LIST () "/" cafe
		S: A2 OK done
		C: A3 MYRIGHTS cafe&AwE-
		S: * MYRIGHTS caf&AOk- lr
		S: A3 OK done
	`)
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	const name = "cafe\u0301"
	st, err := commands.Status(s, name, status.Messages).Wait(t.Context())
	if err != nil || st.Messages != 4 || string(st.Mailbox) != "caf&AOk-" {
		t.Errorf("Status: got %+v, %v; want 4 messages in caf&AOk-", st, err)
	}
	list, err := commands.Collect(t.Context(), commands.List(s, "", name), (*parser.ListData).Clone, 0)
	if err != nil || len(list) != 1 || list[0].Name() != "caf\u00e9" {
		t.Errorf("List: got %+v, %v; want only caf\u00e9", list, err)
	}
	if rights, err := commands.MyRights(s, name).Wait(t.Context()); err != nil || rights != "lr" {
		t.Errorf("MyRights: got %q, %v; want lr", rights, err)
	}
	s.Close()
	wait()
}
