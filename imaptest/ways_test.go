package imaptest_test

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/transport"
)

// grouped is a message with an address group. Its subject and its text look like the name of a section and the end of a
// group, which a fault must not change there.
const grouped = "From: a@b\r\nTo: g: c@d;\r\nSubject: BODY[in a string] (NIL NIL NIL NIL)\r\n\r\nBODY[in a literal]\r\n"

// TestSpellings asks for sections from a server that writes their names differently.
func TestSpellings(t *testing.T) {
	for how, want := range map[imaptest.Spelling]string{
		imaptest.SpellCapitals: `BODY[HEADER.FIELDS (SUBJECT FROM)] {59}`,
		imaptest.SpellQuoted:   `BODY[HEADER.FIELDS ("Subject" "from")] {59}`,
		imaptest.SpellSmall:    `body[header.fields (subject from)] {59}`,
		imaptest.SpellPeek:     `BODY.PEEK[HEADER.FIELDS (Subject from)] {59}`,
		imaptest.SpellHeader:   `BODY[HEADER.FIELDS (Subject from)] {59}`,
	} {
		srv := newServer(t)
		srv.Mailbox("alice", "INBOX").Append([]byte(grouped))
		srv.Inject(imaptest.RespellSections{How: how}, imaptest.When{Command: "FETCH"})
		c := login(t, srv, "INBOX")
		got := c.ok("FETCH 1 (ENVELOPE BODY.PEEK[HEADER.FIELDS (Subject from)] BODY.PEEK[TEXT] RFC822.HEADER)")[0]
		if !strings.Contains(got, want) || !strings.Contains(got, "\r\nBODY[in a literal]\r\n") || !strings.Contains(got, `"BODY[in a string] (NIL NIL NIL NIL)"`) {
			t.Errorf("%v: want %q and unchanged strings, got %q", how, want, got)
		}
		if header := strings.Contains(got, " BODY[HEADER] {"); header != (how == imaptest.SpellHeader) {
			t.Errorf("%v: only SpellHeader may replace RFC822.HEADER by BODY[HEADER]; got %q", how, got)
		}
		srv.ExpectInjected(t, 1)
	}
}

// TestPresetWays checks that presets behave like the servers after which they are named.
func TestPresetWays(t *testing.T) {
	for _, test := range []struct {
		preset string
		cmd    string
		want   []string
	}{
		{"dovecot", "FETCH 1 (BODY.PEEK[HEADER.FIELDS (Subject)])", []string{"* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {"}},
		{"courier", "FETCH 1 (BODY.PEEK[HEADER.FIELDS (Subject)])", []string{`* 1 FETCH (BODY[HEADER.FIELDS ("Subject")] {`}},
		{"courier", "FETCH 1 ENVELOPE", []string{`((NIL NIL "g" NIL)(NIL NIL "c" "d")(NIL NIL "" NIL))`, "BODY[in a string] (NIL NIL NIL NIL)"}},
		{"courier", "GETQUOTAROOT INBOX", []string{`* QUOTAROOT INBOX "ROOT"`, `* QUOTA "ROOT"`}},
		{"exchange", "FETCH 1 INTERNALDATE", []string{`" 1-Mar-2026 23:30:00 +0000"`}},
		{"rev1", "FETCH 1 INTERNALDATE", []string{`" 2-Mar-2026 01:30:00 +0200"`}},
	} {
		srv := newServer(t, imaptest.Preset(test.preset))
		srv.Mailbox("alice", "INBOX").AppendAt(time.Date(2026, 3, 2, 1, 30, 0, 0, time.FixedZone("", 7200)), []byte(grouped))
		got := strings.Join(login(t, srv, "INBOX").ok(test.cmd), "\r\n")
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %s: no %q in %q", test.preset, test.cmd, want, got)
			}
		}
		srv.ExpectInjected(t, 0) // Injected does not list what a preset always does
	}
	srv := three(t, imaptest.Preset("dovecot"))
	if got := login(t, srv, "INBOX").pipeline("FETCH 1 UID", "FETCH 2 UID"); !strings.HasPrefix(got[1], "* 2 FETCH") || !strings.HasPrefix(got[2], "a OK") {
		t.Errorf("want the data of both commands before the tagged responses, got %q", got)
	}
	srv = newServer(t, imaptest.WithZone(time.FixedZone("", -3600)))
	talk(t, srv, `
		1> APPEND INBOX " 2-Mar-2026 01:30:00 +0200" {4+}\r\nA:\r\n
		1< T OK …
		1! SELECT INBOX
		1> FETCH 1 INTERNALDATE
		1< * 1 FETCH (INTERNALDATE " 1-Mar-2026 22:30:00 -0100")
		1< T OK …
	`)
}

// TestUnaskedFaults checks the faults that send clients unsolicited data.
func TestUnaskedFaults(t *testing.T) {
	srv := three(t)
	srv.Inject(imaptest.HiddenCapabilities{}, imaptest.When{})
	c := newRaw(t, srv.Pipe())
	if got := c.line(); !strings.HasPrefix(got, "* OK [KAPABILITY IMAP4rev1 ") {
		t.Errorf("want a greeting with KAPABILITY, got %q", got)
	}
	srv.Inject(imaptest.UnaskedList{Mailbox: "Entwürfe"}, imaptest.When{Command: "SELECT"})
	srv.Inject(imaptest.EnabledUnasked{}, imaptest.When{Command: "LOGIN"})
	c.ok("LOGIN alice secret")
	if got := c.ok("SELECT INBOX"); got[0] != `* LIST () "/" Entw&APw-rfe` {
		t.Errorf("want an unsolicited LIST, got %q", got)
	}
	c.ok(`STORE 2 +FLAGS.SILENT (\Deleted)`)
	if got := c.ok("EXPUNGE"); got[0] != "* VANISHED 2" {
		t.Errorf("want VANISHED, got %q", got)
	}
	srv.ExpectInjected(t, 3)
	// The first of three commands is answered last.
	srv.Inject(imaptest.HoldTagged{}, imaptest.When{Command: "SEARCH", Times: 1})
	got := c.pipeline("SEARCH 1", "SEARCH 2", "NOOP")
	if want := []string{"* SEARCH 1", "* SEARCH 2", "b OK SEARCH completed", "c OK NOOP completed", "a OK SEARCH completed"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if c.ok("NOOP"); c.last != nil {
		t.Errorf("the connection has ended: %v", c.last)
	}
}

// TestDeleted deletes a mailbox that another connection has selected.
func TestDeleted(t *testing.T) {
	for how, script := range map[imaptest.WhenDeleted]string{
		imaptest.DeletedStays: `
			1> NOOP
			1< * OK [NONEXISTENT] …
			1< T OK …
			1> FETCH 1 UID
			1< * 1 FETCH (UID 1)
			1< T OK …`,
		imaptest.DeletedBye: `
			1> NOOP
			1< * BYE the mailbox has been deleted
			1< `,
		imaptest.DeletedCloses: `
			1> NOOP
			1< * OK [CLOSED] …
			1< T OK …
			1> FETCH 1 UID
			1< T BAD FETCH needs an open mailbox…`,
	} {
		talk(t, newServer(t, imaptest.WithDeleted(how)), `
			deliver box a
			1! SELECT box
			2! DELETE box
		`+script)
	}
}

// TestBindingOptions logs in with SCRAM and each type of channel binding, on a server with the options and on one
// without.
func TestBindingOptions(t *testing.T) {
	for _, test := range []struct {
		typ     string
		version uint16
		opt     imaptest.Option
		taken   bool
	}{
		{auth.TLSServerEndPoint, tls.VersionTLS13, nil, true},
		{auth.TLSServerEndPoint, tls.VersionTLS13, imaptest.WithoutEndPoint(), false},
		{auth.TLSExporter, tls.VersionTLS13, imaptest.WithoutEndPoint(), true},
		{auth.TLSExporter, tls.VersionTLS12, nil, true},
		{auth.TLSExporter, tls.VersionTLS12, imaptest.WithoutEarlyExporter(), false},
		{auth.TLSExporter, tls.VersionTLS13, imaptest.WithoutEarlyExporter(), true},
		{auth.TLSUnique, tls.VersionTLS12, imaptest.WithoutEarlyExporter(), true},
	} {
		synctest.Test(t, func(t *testing.T) {
			var opts []imaptest.Option
			if test.opt != nil {
				opts = append(opts, test.opt)
			}
			s := open(t, loginServer(t, opts...), test.version, nil)
			state, _ := transport.ConnectionState(s.Conn())
			mech := auth.SCRAM(auth.SCRAMSHA256+"-PLUS", "alice", auth.NewSecret("secret"), &auth.SCRAMOptions{TLS: &state, Binding: test.typ})
			if _, err := commands.Authenticate(s, mech).Wait(t.Context()); (err == nil) != test.taken {
				t.Errorf("%s on %#x: %v", test.typ, test.version, err)
			}
		})
	}
}
