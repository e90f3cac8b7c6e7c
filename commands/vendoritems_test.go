package commands_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// scripted opens a session with a scripted server.
func scripted(t *testing.T, script string) (context.Context, *session.Session) {
	t.Helper()
	c, srv := imaptest.Pipe(0)
	imaptest.Play(t, srv, script)
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return t.Context(), s
}

// TestObjectIDPlus uses OBJECTID+ (draft-ietf-mailmaint-imap-objectid-bis §4 to §6), which no server in Debian
// supports.
func TestObjectIDPlus(t *testing.T) {
	ctx, s := scripted(t, `S: * PREAUTH [CAPABILITY IMAP4rev1 ENABLE OBJECTID OBJECTID+] ready
C: A1 ENABLE OBJECTID+
S: * ENABLED OBJECTID+
S: A1 OK
C: A2 CREATE foo
S: A2 OK [OBJECTID (MAILBOXID F1 ACCOUNTID u1)] made
C: A3 STATUS foo (OBJECTID MESSAGES)
S: * STATUS foo (OBJECTID (MAILBOXID F1 ACCOUNTID u1) MESSAGES 2)
S: A3 OK
C: A4 SELECT foo (OBJECTID (MAILBOXID F1 ACCOUNTID u1))
S: * 2 EXISTS
S: * OK [OBJECTID (MAILBOXID F1 ACCOUNTID u1)] ok
S: A4 OK [READ-WRITE]
C: A5 FETCH 1:2 OBJECTID
S: * 1 FETCH (OBJECTID (EMAILID M1 THREADID T1))
S: * 2 FETCH (OBJECTID (EMAILID M2 THREADID NIL))
S: A5 OK
C: A6 EXAMINE foo (OBJECTID)
S: * 2 EXISTS
S: * OK [OBJECTID (MAILBOXID F2)] ok
S: A6 OK [READ-ONLY]
`)
	if on, err := commands.Enable(s, "OBJECTID+").Wait(ctx); err != nil || !on.Has("OBJECTID+") {
		t.Fatal(on, err)
	}
	if id, err := commands.Create(s, "foo").Wait(ctx); err != nil || id != "F1" {
		t.Errorf("CREATE: %q, %v", id, err)
	}
	st, err := commands.Status(s, "foo", status.MailboxIDs, status.Messages).Wait(ctx)
	box := parser.ObjectIDs{Mailbox: "F1", Account: "u1"}
	if ids, ok := status.MailboxIDs.Of(&st); err != nil || !ok || ids != box || st.Messages != 2 {
		t.Errorf("STATUS: %+v, %v", st, err)
	}
	if m, err := commands.Select(s, "foo", commands.WithObjectIDs(box)).Wait(ctx); err != nil || m.ID != "F1" {
		t.Errorf("SELECT: %+v, %v", m, err)
	}
	var got []parser.ObjectIDs
	for m, err := range commands.Fetch(s, numset.Span(numset.Seq, 1, 2), fetch.MessageIDs).All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		ids, ok := fetch.MessageIDs.Of(m)
		if !ok {
			t.Errorf("message %d has no OBJECTID", m.Seq)
		}
		got = append(got, ids)
	}
	if !slices.Equal(got, []parser.ObjectIDs{{Email: "M1", Thread: "T1"}, {Email: "M2"}}) {
		t.Errorf("FETCH: %+v", got)
	}
	if m, err := commands.Examine(s, "foo", commands.WithObjectIDs(parser.ObjectIDs{})).Wait(ctx); err != nil || m.ID != "F2" {
		t.Errorf("EXAMINE: %+v, %v", m, err)
	}
}

// TestUTF8Only uses a server with the capability UTF8=ONLY (RFC 6855 §6). The client enables UTF8=ACCEPT, although
// the server does not list it.
func TestUTF8Only(t *testing.T) {
	ctx, s := scripted(t, `S: * PREAUTH [CAPABILITY IMAP4rev1 ENABLE UTF8=ONLY] ready
C: A1 ENABLE UTF8=ACCEPT
S: * ENABLED UTF8=ACCEPT
S: A1 OK
C: A2 CREATE "Entwürfe"
S: A2 OK
`)
	if !s.Caps().Has("UTF8=ACCEPT") {
		t.Error("Has(UTF8=ACCEPT) is false with UTF8=ONLY")
	}
	if on, err := commands.Enable(s, "UTF8=ACCEPT").Wait(ctx); err != nil || !on.Has("UTF8=ACCEPT") {
		t.Fatal(on, err)
	}
	if _, err := commands.Create(s, "Entwürfe").Wait(ctx); err != nil {
		t.Error(err)
	}
}

// TestLimits checks LimitsOf (RFC 7889 §3, RFC 9738 §3).
func TestLimits(t *testing.T) {
	for list, want := range map[string]commands.Limits{
		"IMAP4rev1":         {},
		"APPENDLIMIT":       {},
		"MESSAGELIMIT=1000": {Messages: 1000},
		"messagelimit=1000 SAVELIMIT=500 APPENDLIMIT=68719476736":         {AppendSize: 1 << 36, Messages: 1000, Save: 500},
		"SAVELIMIT=7 SAVELIMIT=5 MESSAGELIMIT=x MESSAGELIMIT=99999999999": {Save: 5},
	} {
		if got := commands.LimitsOf(session.MakeCaps(strings.Fields(list)...)); got != want {
			t.Errorf("%s: %+v, want %+v", list, got, want)
		}
	}
}

// TestSieveAndReferrals checks SieveURL (RFC 6785 §2.1) and LoginReferral (RFC 2221 §4).
func TestSieveAndReferrals(t *testing.T) {
	ctx, s := scripted(t, `S: * OK [CAPABILITY IMAP4rev1 LOGIN-REFERRALS METADATA IMAPSIEVE=sieve://sieve.example.com] ready
C: A1 LOGIN jo "secret"
S: A1 NO [REFERRAL IMAP://jo;AUTH=*@server2.example.com/] not here
C: A2 LOGIN jo "secret"
S: A2 OK [REFERRAL IMAP://server3.example.com/] here, but better there
C: A3 CAPABILITY
S: * CAPABILITY IMAP4rev1 LOGIN-REFERRALS METADATA IMAPSIEVE=sieve://sieve.example.com
S: A3 OK
C: A4 SETMETADATA INBOX (/shared/imapsieve/script "sort")
S: A4 OK
`)
	if url, ok := commands.SieveURL(s.Caps()); !ok || url != "sieve://sieve.example.com" {
		t.Errorf("scripts go to %q, %v", url, ok)
	}
	login := func() *session.Call[struct{}] {
		return commands.Login(s, "jo", auth.NewSecret("secret"), commands.AllowPlaintext())
	}
	_, err := login().Wait(ctx)
	if urls, ok := commands.LoginReferral(err); !ok || !slices.Equal(urls, []string{"IMAP://jo;AUTH=*@server2.example.com/"}) || !errors.Is(err, parser.NO) {
		t.Errorf("LoginReferral: got %q, %v, %v", urls, ok, err)
	}
	call := login()
	if _, err = call.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if _, ok := commands.LoginReferral(nil); ok {
		t.Error("LoginReferral(nil) returned URLs")
	}
	if _, err := commands.SetMetadata(s, "INBOX", parser.EntryValue{Entry: commands.SieveScriptEntry, Value: []byte("sort")}).Wait(ctx); err != nil {
		t.Error(err)
	}
}
