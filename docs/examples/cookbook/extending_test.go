package cookbook

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// Send a command that the library does not know
//
// The encoder writes the arguments, so they cannot end the line and begin another command. The program gets the
// responses unparsed.
func rawCommand(ctx context.Context, s *session.Session, pattern string) (lines []string, err error) {
	args := func(e *wire.Encoder) { e.SP().String("").SP().ListMailbox(pattern) }
	got, err := commands.Execute(s, "LSUB", args, "LSUB").Wait(ctx)
	for _, d := range got.Data {
		lines = append(lines, string(d.Payload))
	}
	return lines, err
}

func TestRawCommand(t *testing.T) {
	srv := imaptest.NewServer(t)
	srv.Mailbox("alice", "Work")
	s := open(t, srv, "alice")
	if _, err := commands.Subscribe(s, "Work").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines, err := rawCommand(t.Context(), s, "W*")
	if len(lines) != 1 || err != nil {
		t.Errorf("got %q, %v; want one line", lines, err)
	}
	srv.Received().Named("LSUB").ExpectCommands(t, `LSUB "" W*`)
	rawCommand(t.Context(), s, "*\r\nA9 DELETE Work")
	srv.ExpectMailboxes(t, "alice", "Work")
}

// Add a FETCH item of an extension
//
// If the server lacks the capability that an item needs, the command is refused before anything is sent.
var mood = fetch.Ext[string]{
	Name:  "MOOD",
	Needs: "XMOOD",
	Read:  func(d *wire.Decoder) string { return string(d.AString()) },
}

// Add a command with its own response
//
// The fields In, Needs and Answers say when the command may be sent, and which other commands may be in flight with it.
// The command is pipelined, limited and cancelled like any other command. commands/extension_test.go has a whole
// extension, with a search key, a STATUS item, an option of LIST and a response code.
func setMood(s *session.Session, mailbox, colour string) *session.Call[string] {
	was := new(string)
	return session.Start(s, session.Command{
		Name:    "SETMOOD",
		In:      session.Authenticated | session.Selected,
		Needs:   "XMOOD",
		Answers: []session.Answer{{Response: "MOOD"}},
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), mailbox)
			e.SP().AString(colour)
		},
		Claim: func(r *parser.Response) bool { return r.Name == "MOOD" },
		Data: func(r *parser.Response) error {
			d := r.Decoder()
			*was = string(d.AString())
			return d.Err()
		},
	}, was)
}

func TestMood(t *testing.T) {
	c, sc := imaptest.Pipe(0)
	wait := imaptest.Play(t, sc, `
		S: * PREAUTH [CAPABILITY IMAP4rev1 XMOOD] ready
		C: A1 SETMOOD Entw&APw-rfe blue
		S: * MOOD "light green"
		S: A1 OK done
		C: A2 EXAMINE INBOX
		S: * 1 EXISTS
		S: A2 OK done
		C: A3 UID FETCH 1:* (UID MOOD)
		S: * 1 FETCH (UID 7 MOOD blue)
		S: A3 OK done
	`)
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if was, err := setMood(s, "Entwürfe", "blue").Wait(t.Context()); was != "light green" || err != nil {
		t.Errorf("got %s, %v; want light green", was, err)
	}
	if _, err := commands.Examine(s, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := ""
	for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, mood).All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		colour, ok := mood.Of(m)
		got += fmt.Sprint(m.UID, " ", colour, " ", ok)
	}
	if got != "7 blue true" {
		t.Errorf("got %q, want the mood of UID 7", got)
	}
	wait()

	srv := imaptest.NewServer(t)
	var needs *session.CapabilityError
	if _, err := setMood(open(t, srv, "alice"), "INBOX", "blue").Wait(t.Context()); !errors.As(err, &needs) {
		t.Errorf("a server without XMOOD: got %v, want a CapabilityError", err)
	}
}
