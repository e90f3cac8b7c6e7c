package auth_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/auth"
)

const digestChallenge = `realm="r",nonce="n",qop="auth",algorithm=md5-sess,charset=utf-8`

// digestAnswer returns the client's answer to a challenge.
func digestAnswer(challenge string, opts auth.DigestOptions, user, password string) (string, error) {
	if opts.Host == "" {
		opts.Host = "h"
	}
	c := auth.DigestMD5(user, auth.NewSecret(password), opts)
	auth.FixNonce(c, "c")
	if _, _, err := c.Start(); err != nil {
		return "", err
	}
	b, err := c.Next([]byte(challenge))
	return string(b), err
}

func TestDigestChallenges(t *testing.T) {
	for _, c := range []struct {
		challenge string
		opts      auth.DigestOptions
		has, why  string // a part of the expected answer, or of the expected error
	}{
		{challenge: digestChallenge, has: `charset=utf-8,username="u",realm="r",nonce="n",nc=00000001,cnonce="c",digest-uri="imap/h"`},
		{challenge: ` , realm = "r" ,, nonce="n",` + "\r\n\t" + `qop="auth-int, AUTH",algorithm="MD5-sess",CHARSET=UTF-8,x=y,opaque="z",`, has: `realm="r"`},
		{challenge: `nonce="n",algorithm=md5-sess`, has: `username="u",nonce="n"`},
		{challenge: `nonce="a\"b\\c",algorithm=md5-sess`, has: `nonce="a\"b\\c"`},
		{challenge: digestChallenge + `,realm="other"`, has: `realm="r"`},
		{challenge: digestChallenge + `,realm="other"`, opts: auth.DigestOptions{Realm: "other"}, has: `realm="other"`},
		{challenge: `nonce="n",algorithm=md5-sess`, opts: auth.DigestOptions{Realm: "mine"}, has: `realm="mine"`},
		{challenge: digestChallenge, opts: auth.DigestOptions{Authzid: `x"y`}, has: `,authzid="x\"y"`},
		{challenge: digestChallenge, opts: auth.DigestOptions{Realm: "other"}, why: "realm is not among"},
		{challenge: "", why: "no nonce"},
		{challenge: `realm="r",algorithm=md5-sess`, why: "no nonce"},
		{challenge: `nonce="",algorithm=md5-sess`, why: "no nonce"},
		{challenge: `nonce="n",nonce="n",algorithm=md5-sess`, why: "more than one nonce"},
		{challenge: `nonce="n",algorithm=md5-sess,algorithm=md5-sess`, why: "more than one algorithm"},
		{challenge: `nonce="n",algorithm=md5-sess,qop="auth",qop="auth"`, why: "more than one qop"},
		{challenge: `nonce="n",algorithm=md5-sess,maxbuf=1,maxbuf=1`, why: "more than one maxbuf"},
		{challenge: `nonce="n"`, why: "not md5-sess"},
		{challenge: `nonce="n",algorithm=md5`, why: "not md5-sess"},
		{challenge: `nonce="n",algorithm=md5-sess,qop="auth-conf,auth-int"`, why: "requires more than authentication"},
		{challenge: `nonce="n",algorithm=md5-sess,charset=latin-1`, why: "charset"},
		{challenge: `nonce="n`, why: "grammar"}, {challenge: `nonce="n\`, why: "grammar"}, {challenge: `nonce`, why: "grammar"}, {challenge: `=x`, why: "grammar"},
		{challenge: `nonce=`, why: "grammar"}, {challenge: `nonce="n"x`, why: "grammar"}, {challenge: `no nce="n"`, why: "grammar"}, {challenge: "nonce=\"\x00\"", why: "grammar"},
		{challenge: strings.Repeat("x=y,", 65), why: "grammar"}, {challenge: strings.Repeat(" ", 9000), why: "too long"},
	} {
		got, err := digestAnswer(c.challenge, c.opts, "u", "p")
		if c.why == "" && (err != nil || !strings.Contains(got, c.has)) {
			t.Errorf("%.80q: got %q, %v", c.challenge, got, err)
		}
		if c.why != "" && (!errors.Is(err, auth.ErrChallenge) || !strings.Contains(err.Error(), c.why)) {
			t.Errorf("%.80q: got %q, %v", c.challenge, got, err)
		}
	}
}

func TestDigestCharset(t *testing.T) {
	const plain = `nonce="n",algorithm=md5-sess`
	if got, err := digestAnswer(plain, auth.DigestOptions{}, "Bj\u00f6rn", "p\u00e4ss"); err != nil || !strings.Contains(got, "username=\"Bj\xf6rn\"") {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := digestAnswer(plain, auth.DigestOptions{}, "u", "\u20ac"); !errors.Is(err, auth.ErrChallenge) {
		t.Errorf("got %q, %v", got, err)
	}
	// Client and server agree if only the name, or only the password, can be converted to ISO 8859-1.
	for _, c := range []struct{ user, password string }{
		{"Bj\u00f6rn", "\u20ac"}, {"\u20ac", "p\u00e4ss"}, {"Bj\u00f6rn", "p\u00e4ss"}, {`quo"te\d`, `p"\`}, {"\u00c3\u00a9", "x"},
	} {
		s := server(t, "DIGEST-MD5", knows(c.password))
		said, ce, se := exchange(auth.DigestMD5(c.user, auth.NewSecret(c.password), auth.DigestOptions{Host: "h"}), s, true)
		if ce != nil || se != nil || s.User() != c.user {
			t.Errorf("%q: %v, %v, %q\n%q", c.user, ce, se, s.User(), said)
		}
		// This client does not send UTF-8.
		s = server(t, "DIGEST-MD5", knows(c.password))
		auth.FixNonce(s, "n")
		s.Next(nil)
		answer, err := digestAnswer(`realm="localhost",`+plain, auth.DigestOptions{}, c.user, c.password)
		if err != nil {
			continue
		}
		if _, _, err := s.Next([]byte(answer)); err != nil {
			t.Errorf("%q in ISO 8859-1: %v", answer, err)
		}
		if _, done, err := s.Next([]byte{}); !done || err != nil || s.User() != c.user {
			t.Errorf("%q in ISO 8859-1: %v, %v, %q", answer, done, err, s.User())
		}
	}
}

func TestDigestServerMustProve(t *testing.T) {
	for _, final := range []string{"-", "", "rspauth=", "rspauth=0123456789abcdef0123456789abcdef", "rspauth=x,rspauth=x", "hello"} {
		c := auth.DigestMD5("u", auth.NewSecret("p"), auth.DigestOptions{Host: "h"})
		c.Start()
		if _, err := c.Next([]byte(digestChallenge)); err != nil {
			t.Fatal(err)
		}
		var err error
		if final != "-" {
			_, err = c.Next([]byte(final))
		}
		if err == nil {
			err = auth.Outcome(c, nil, nil)
		}
		if !errors.Is(err, auth.ErrUnverified) && !errors.Is(err, auth.ErrChallenge) {
			t.Errorf("final challenge %q: %v, want ErrUnverified or ErrChallenge", final, err)
		}
		if v := c.(auth.Verifier).Verified(); !errors.Is(v, auth.ErrUnverified) {
			t.Errorf("final challenge %q: Verified() = %v, want ErrUnverified", final, v)
		}
		if _, err := c.Next([]byte(digestChallenge)); final != "-" && !errors.Is(err, auth.ErrChallenge) {
			t.Errorf("after the final challenge %q: another challenge: %v, want ErrChallenge", final, err)
		}
	}
}

func TestDigestServerRefuses(t *testing.T) {
	good := func(change ...string) string {
		s := `charset=utf-8,username="alice",realm="mail.example.com",nonce="n",nc=00000001,cnonce="c",digest-uri="imap/mail.example.com",response=RESPONSE,qop=auth`
		return strings.NewReplacer(change...).Replace(s)
	}
	for _, c := range []struct {
		response string
		err      error
	}{
		{"", auth.ErrResponse}, {"x", auth.ErrResponse}, {good("username", "user"), auth.ErrResponse}, {good("qop=auth", "qop=auth-int"), auth.ErrResponse},
		{good("utf-8", "x"), auth.ErrResponse}, {good("cnonce", "cn"), auth.ErrResponse}, {good("digest-uri", "uri"), auth.ErrResponse},
		{good() + `,username="bob"`, auth.ErrResponse}, {good() + strings.Repeat(" ", 9000), auth.ErrResponse}, {good("alice", "\xff"), auth.ErrResponse},
		{good(), auth.ErrRefused}, {good(`"n"`, `"m"`), auth.ErrRefused}, {good("00000001", "00000002"), auth.ErrRefused}, {good("realm=\"mail", "realm=\"x"), auth.ErrRefused},
		{good("imap/", "smtp/"), auth.ErrRefused}, {good("imap/mail", "imap/x"), auth.ErrRefused}, {good("imap/mail.example.com", "imap"), auth.ErrRefused},
	} {
		s := newServer("DIGEST-MD5")
		auth.FixNonce(s, "n")
		s.Next(nil)
		if _, done, err := s.Next([]byte(c.response)); done || !errors.Is(err, c.err) {
			t.Errorf("%.120q: done %v, %v; want %v", c.response, done, err, c.err)
		}
	}
	// If a client asks to resume its last exchange, it gets a new challenge.
	s := newServer("DIGEST-MD5")
	if says, done, err := s.Next([]byte("username=x")); done || err != nil || !strings.HasPrefix(string(says), "realm=") {
		t.Errorf("a response that asks to resume an exchange: %q, %v, %v; want a new challenge", says, done, err)
	}
	// For a replicated service, the client adds the service's name after the host. The server accepts that.
	s = newServer("DIGEST-MD5")
	if _, ce, se := exchange(auth.DigestMD5("alice", auth.NewSecret("hunter2"), auth.DigestOptions{Host: "mail.example.com/example.com"}), s, true); ce != nil || se != nil {
		t.Errorf("a host with a service's name after it: the client: %v; the server: %v", ce, se)
	}
	// The client must answer the server's proof with an empty response. Here its response is not empty.
	s = newServer("DIGEST-MD5")
	auth.FixNonce(s, "n")
	s.Next(nil)
	answer, _ := digestAnswer(`realm="mail.example.com",nonce="n",algorithm=md5-sess,charset=utf-8`, auth.DigestOptions{Host: "mail.example.com"}, "alice", "hunter2")
	if says, _, err := s.Next([]byte(answer)); err != nil || !strings.HasPrefix(string(says), "rspauth=") {
		t.Fatalf("the right response: %q, %v; want the server's proof", says, err)
	}
	if _, _, err := s.Next([]byte("x")); !errors.Is(err, auth.ErrResponse) {
		t.Errorf("a response to the server's proof: %v, want ErrResponse", err)
	}
}
