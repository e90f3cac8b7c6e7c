package commands_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session"
)

// FuzzSignIn logs in to a server that offers all mechanisms and answers each line with any text, of one or several
// lines. The server does not get the password, the client never believes that the server knows the password, and
// nothing panics or waits forever.
func FuzzSignIn(f *testing.F) {
	for _, seed := range []string{
		"+ \x00A1 NO [AUTHENTICATIONFAILED] no\x00A2 NO\x00A3 BAD\x00A4 OK in", "A1 OK [CAPABILITY IMAP4rev1] in", "+ \x00+ cj14\x00A1 BAD gone\x00A2 OK",
		"+ \x00+ dj1BQUFB\x00A1 OK dj1BQUFB", "* CAPABILITY IMAP4rev1\nA1 NO\x00A2 OK\nA3 OK", "* BYE [UNAVAILABLE] later\nA1 NO", "+ PDE+\x00A1 NO [EXPIRED] x",
		"+ cmVhbG09ImgiLG5vbmNlPSJuIixxb3A9ImF1dGgiLGFsZ29yaXRobT1tZDUtc2Vzcw==\x00+ cnNwYXV0aD14\x00A1 OK", "A1 NO [CANNOT] x\x00A2 NO [PRIVACYREQUIRED] x\x00A3 OK",
		"+ \x00+ ZT1pbnZhbGlkLXByb29m\x00A1 NO", "+ {\"status\":\"401\"}\x00A1 NO", "* 1 FETCH (UID {3}\nabc\nA1 OK", "+ \n+ \n+ \n+ \nA1 OK",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	const secret = "hunter2-s3cret"
	f.Fuzz(func(t *testing.T, script []byte, ir bool) {
		if len(script) > 4096 || strings.Contains(string(script), secret) {
			return
		}
		synctest.Test(t, func(t *testing.T) { signInTo(t, script, ir, secret) })
	})
}

// signInTo logs in to a server that sends a script. It must run in a synctest bubble, in which waits take no real
// time.
func signInTo(t *testing.T, script []byte, ir bool, secret string) {
	c, srv := imaptest.Pipe(1 << 20)
	heard := make(chan []byte, 1)
	go func() {
		defer srv.Close()
		var all []byte
		caps := "AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-1-PLUS AUTH=DIGEST-MD5 AUTH=CRAM-MD5 AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=GSSAPI"
		if ir {
			caps += " SASL-IR"
		}
		fmt.Fprintf(srv, "* OK [CAPABILITY IMAP4rev1 %s] ready\r\n", caps)
		in := bufio.NewReader(srv)
		for answer := range bytes.SplitSeq(script, []byte{0}) {
			line, err := in.ReadBytes('\n')
			all = append(all, line...)
			if err != nil {
				break
			}
			srv.Write(append(bytes.ReplaceAll(answer, []byte("\n"), []byte("\r\n")), "\r\n"...))
		}
		heard <- all
	}()
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	cred := auth.Credentials{Username: "alice", Password: auth.NewSecret(secret), Token: auth.StaticToken(auth.NewSecret(secret))}
	in, err := commands.SignIn(t.Context(), s, cred, auth.Options{Host: "h", MaxIterations: 5000})
	if err == nil && in.Mechanism != "CRAM-MD5" {
		t.Errorf("SignIn succeeded by %+v", in)
	}
	if err != nil && len(err.Error()) > 64<<10 {
		t.Errorf("the text of the error has %d bytes", len(err.Error()))
	}
	if err != nil && s.Err() == nil && s.State() == session.Authenticated {
		t.Errorf("SignIn failed, but the session is logged in: %v", err)
	}
	s.Close()
	sent := <-heard
	// Search for the base64 of the secret too. Base64 encodes groups of three octets, and the first group may begin at
	// any of the secret's first three octets.
	for i := range 3 {
		if bytes.Contains(sent, []byte(base64.StdEncoding.EncodeToString([]byte(secret[i:i+9])))) {
			t.Errorf("the secret was sent in %q", sent)
		}
	}
	if bytes.Contains(sent, []byte(secret)) || strings.Contains(fmt.Sprint(err), secret) {
		t.Errorf("the secret was sent in %q, or is in %v", sent, err)
	}
}
