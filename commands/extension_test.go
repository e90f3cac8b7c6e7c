package commands_test

import (
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// XMOOD is an invented extension: messages and mailboxes have moods. This file implements the client's half, as a
// program outside package commands would. It defines a command with an untagged response, a FETCH item, a STATUS item,
// a search key, LIST options, a response code, and a capability. The file extensionserver_test.go has the server's half
// of another extension, which also stores values.

// mood is the mood of a mailbox.
type mood struct {
	mailbox string
	colours []string
	depth   uint64
}

// getMood sends the command GETMOOD mailbox. The server answers * MOOD mailbox (colour …) depth.
func getMood(s *session.Session, mailbox string) *session.Call[mood] {
	m := new(mood)
	return session.Start(s, session.Command{
		Name: "GETMOOD", In: session.Authenticated | session.Selected, Needs: "XMOOD",
		Args:  func(e *wire.Encoder) { parser.EncodeMailbox(e.SP(), mailbox) },
		Claim: func(r *parser.Response) bool { return r.Name == "MOOD" },
		Data: func(r *parser.Response) error {
			d := r.Decoder()
			m.mailbox = parser.DecodeMailbox(d.AString(), false)
			d.SP()
			for range d.List {
				m.colours = append(m.colours, string(d.Atom()))
			}
			d.SP()
			m.depth = d.Number64()
			return d.Err()
		},
	}, m)
}

// fetchMood is the FETCH item MOOD (colour).
var fetchMood = fetch.Ext[string]{Name: "MOOD", Needs: "XMOOD", Read: func(d *wire.Decoder) (colour string) {
	for range d.List {
		colour = string(d.Atom())
	}
	return colour
}}

// statusMood is the STATUS item MOOD.
var statusMood = status.Ext[uint32]{Name: "MOOD", Needs: "XMOOD", Read: (*wire.Decoder).Number}

// inMood is the search key MOOD colour.
func inMood(colour string) search.Key {
	return func(e *wire.Encoder) { e.Raw("MOOD").SP().AString(colour) }
}

// selectMoody and returnMood are a selection option and a return option of LIST.
var (
	selectMoody = commands.ListOption{Needs: "XMOOD", Selection: true, Write: func(e *wire.Encoder) { e.Raw("MOODY") }}
	returnMood  = commands.ListOption{Needs: "XMOOD", Write: func(e *wire.Encoder) { e.Raw("MOOD") }}
)

// moodSwing reads the response code MOODSWING (from to).
func moodSwing(c parser.Code) (from, to string, ok bool) {
	if c.Name != "MOODSWING" {
		return "", "", false
	}
	var list []string
	err := c.Decode(func(d *wire.Decoder) {
		for range d.List {
			list = append(list, string(d.Atom()))
		}
	})
	if err != nil || len(list) != 2 {
		return "", "", false
	}
	return list[0], list[1], true
}

func TestExtension(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		imaptest.Play(t, srv, `
			S: * PREAUTH [CAPABILITY IMAP4rev1 XMOOD LIST-EXTENDED] ready
			C: A1 GETMOOD Entw&APw-rfe
			S: * MOOD Entw&APw-rfe (blue green) 12345678901
			S: A1 OK done
			C: A2 SELECT INBOX
			S: * 1 EXISTS
			S: A2 OK done
			C: A3 UID FETCH 1:* (UID MOOD)
			S: * 1 FETCH (UID 7 MOOD (blue))
			S: A3 OK done
			C: A4 STATUS Work (MESSAGES MOOD)
			S: * STATUS Work (MESSAGES 3 MOOD 42)
			S: A4 OK done
			C: A5 UID SEARCH SEEN MOOD "light blue"
			S: * SEARCH 7
			S: A5 OK done
			C: A6 LIST (MOODY) "" * RETURN (MOOD)
			S: * LIST () "/" INBOX ("MOOD" (blue 7))
			S: A6 OK done
			C: A7 GETMOOD INBOX
			S: A7 NO [MOODSWING (blue red)] not now
		`)
		ctx := t.Context()
		s, err := session.Open(ctx, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()

		m, err := getMood(s, "Entwürfe").Wait(ctx)
		if err != nil || m.mailbox != "Entwürfe" || len(m.colours) != 2 || m.depth != 12345678901 {
			t.Errorf("GETMOOD: %+v, %v", m, err)
		}
		if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
			t.Fatal(err)
		}
		for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.UID, fetchMood).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if colour, ok := fetchMood.Of(m); colour != "blue" || !ok {
				t.Errorf("FETCH: %q, %v", colour, ok)
			}
		}
		st, err := commands.Status(s, "Work", status.Messages, statusMood).Wait(ctx)
		if n, ok := statusMood.Of(&st); n != 42 || !ok || st.Messages != 3 || err != nil {
			t.Errorf("STATUS: %+v, %v", st, err)
		}
		found, err := commands.Search(s, numset.UID, search.And(search.Seen, inMood("light blue"))).Wait(ctx)
		if err != nil || found.Found.String() != "7" {
			t.Errorf("SEARCH: %+v, %v", found, err)
		}
		for l, err := range commands.List(s, "", "*", selectMoody, returnMood).All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if string(parser.FindExt(l.Ext, "MOOD")) != "(blue 7)" {
				t.Errorf("LIST: %q", l.Ext)
			}
		}
		_, err = getMood(s, "INBOX").Wait(ctx)
		var refused *session.Error
		if !asError(err, &refused) {
			t.Fatalf("GETMOOD: %v", err)
		}
		if from, to, ok := moodSwing(refused.Code); from != "blue" || to != "red" || !ok {
			t.Errorf("code: %q %q", from, to)
		}
	})

	// Nothing is sent to a server without the capability.
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		imaptest.Play(t, srv, "S: * PREAUTH [CAPABILITY IMAP4rev1] ready\n")
		s, err := session.Open(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var needs *session.CapabilityError
		if _, err := getMood(s, "INBOX").Wait(t.Context()); !asError(err, &needs) {
			t.Errorf("GETMOOD: %v", err)
		}
		if _, err := commands.Status(s, "INBOX", statusMood).Wait(t.Context()); !asError(err, &needs) {
			t.Errorf("STATUS: %v", err)
		}
	})
}
