package auth

import (
	"cmp"
	"crypto/hmac"
	"strings"
)

// digestServer is the server's half of DIGEST-MD5. It does not keep earlier exchanges (RFC 2831 §2.2). If a client
// sends an initial response to resume an earlier exchange, it gets a new challenge.
type digestServer struct {
	*Server
	challenge string
	proved    bool
}

func (d *digestServer) realm() string { return cmp.Or(d.cfg.Realm, d.host()) }

func (d *digestServer) next(response []byte) ([]byte, bool, error) {
	switch {
	case d.proved:
		if len(response) > 0 {
			return nil, false, ErrResponse
		}
		return nil, true, nil
	case d.challenge != "":
		return d.check(string(response))
	}
	d.challenge = d.freshNonce()
	return []byte("realm=" + quoteDirective(d.realm()) + ",nonce=" + quoteDirective(d.challenge) + `,qop="auth",algorithm=md5-sess,charset=utf-8`), false, nil
}

// check checks the client's response, and returns the server's proof (step three, RFC 2831 §2.1.3).
func (d *digestServer) check(response string) ([]byte, bool, error) {
	r, err := parseDirectives(response)
	if err != nil || len(response) >= maxText {
		return nil, false, ErrResponse
	}
	get := func(name string) string {
		v, e := r.one(name)
		if e != nil {
			err = ErrResponse
		}
		return v
	}
	user, realm, nonce, nc, cnonce := get("username"), get("realm"), get("nonce"), get("nc"), get("cnonce")
	qop, uri, answer, charset, authzid := get("qop"), get("digest-uri"), get("response"), get("charset"), get("authzid")
	switch {
	case err != nil, user == "", cnonce == "", uri == "", qop != "" && qop != "auth", charset != "" && !strings.EqualFold(charset, "utf-8"):
		return nil, false, ErrResponse
	case nonce != d.challenge, nc != "00000001", realm != d.realm(), !d.validURI(uri):
		return nil, false, ErrRefused
	}
	name := user
	if charset == "" {
		// In ISO 8859-1, each octet is a character.
		var b strings.Builder
		for _, c := range []byte(user) {
			b.WriteRune(rune(c))
		}
		name = b.String()
	}
	// The client has computed the digest from the names that it has sent, not from the prepared ones.
	prepared, ok1 := clientName(name)
	actsAs, ok2 := clientName(authzid)
	if !ok1 || !ok2 {
		return nil, false, ErrResponse
	}
	password, unknown := d.lookup(prepared)
	hashedUser, _ := latin1(name)
	hashed, _ := latin1(password.Reveal())
	x := digest{user: hashedUser, realm: realm, password: NewSecret(hashed), nonce: nonce, nc: nc, cnonce: cnonce, uri: uri, authzid: authzid}
	if good := hmac.Equal([]byte(answer), []byte(x.response("AUTHENTICATE"))); unknown != nil || !good {
		return nil, false, cmp.Or(unknown, ErrRefused)
	}
	if err := d.authorize(prepared, actsAs); err != nil {
		return nil, false, err
	}
	d.proved = true
	return []byte("rspauth=" + x.response("")), false, nil
}

// validURI reports whether the digest-uri names this server. For a replicated service, it may have a third part.
func (d *digestServer) validURI(uri string) bool {
	service, host, ok := strings.Cut(uri, "/")
	host, _, _ = strings.Cut(host, "/")
	return ok && strings.EqualFold(service, cmp.Or(d.cfg.Service, "imap")) && (d.cfg.Host == "" || strings.EqualFold(host, d.cfg.Host))
}
