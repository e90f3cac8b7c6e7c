package auth

import (
	"cmp"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-sasl"
)

const digestMD5Name = "DIGEST-MD5"

// DigestOptions has the parameters of DIGEST-MD5 other than the user and the password.
type DigestOptions struct {
	Host    string // the server's name; required
	Service string // "imap" if empty
	Realm   string // one of the server's realms; "" means the first
	Authzid string // the user to act as; "" is the user who logs in
}

// DigestMD5 returns the mechanism DIGEST-MD5 (RFC 2831, made historic by RFC 6331) with the quality of protection
// "auth". It is for servers that have no better mechanism. Candidates returns it only if Options.Mechanisms has its
// name, because it hashes the password only once, with MD5. The server must prove that it knows the password. The
// mechanism is a Verifier.
//
// If a challenge is malformed, does not have the requested realm, or requires more protection than authentication,
// Next returns an ErrChallenge.
func DigestMD5(user string, password Secret, opts DigestOptions) sasl.Client {
	if opts.Service == "" {
		opts.Service = "imap"
	}
	return &digestMD5{user: user, password: password, opts: opts}
}

type digestMD5 struct {
	hide
	user     string
	password Secret
	opts     DigestOptions
	cnonce   string
	fixed    string // replaces the random nonce in tests
	state    int
	rspauth  string
}

// These are the states of a digestMD5.
const (
	digestFirst = iota
	digestFinal
	digestVerified
	digestFailed
)

func (d *digestMD5) Start() (mech string, ir []byte, err error) {
	d.state, d.rspauth, d.cnonce = digestFirst, "", cmp.Or(d.fixed, rand.Text())
	if d.user == "" || d.password.Empty() || d.opts.Host == "" {
		return "", nil, badArgument(digestMD5Name, "needs a user, a password and a host")
	}
	all := d.user + d.opts.Host + d.opts.Service + d.opts.Realm + d.opts.Authzid
	if strings.ContainsAny(all, "\x00\r\n") || !utf8.ValidString(all+d.password.Reveal()) {
		return "", nil, badArgument(digestMD5Name, "cannot carry NUL, CR, LF or invalid UTF-8")
	}
	return digestMD5Name, nil, nil
}

func (d *digestMD5) Next(challenge []byte) ([]byte, error) {
	state := d.state
	d.state = digestFailed
	if len(challenge) > maxText {
		return nil, badChallenge(digestMD5Name, "too long")
	}
	c, err := parseDirectives(string(challenge))
	if err != nil {
		return nil, badChallenge(digestMD5Name, err.Error())
	}
	switch state {
	case digestFirst:
		return d.answer(c)
	case digestFinal:
		if v, err := c.one("rspauth"); err != nil || !hmac.Equal([]byte(v), []byte(d.rspauth)) {
			return nil, &reasonError{digestMD5Name, "the server's proof is wrong", ErrUnverified}
		}
		d.state = digestVerified
		return []byte{}, nil
	}
	return nil, badChallenge(digestMD5Name, "the exchange is over")
}

// answer returns the answer to the first challenge (step two, RFC 2831 §2.1.2).
func (d *digestMD5) answer(c directives) ([]byte, error) {
	for _, name := range []string{"nonce", "algorithm", "qop", "charset", "stale", "maxbuf"} {
		if _, err := c.one(name); err != nil {
			return nil, badChallenge(digestMD5Name, err.Error())
		}
	}
	nonce, _ := c.one("nonce")
	algorithm, _ := c.one("algorithm")
	qop, _ := c.one("qop")
	charset, _ := c.one("charset")
	switch {
	case nonce == "":
		return nil, badChallenge(digestMD5Name, "no nonce")
	case !strings.EqualFold(algorithm, "md5-sess"):
		return nil, badChallenge(digestMD5Name, "the algorithm is not md5-sess")
	case qop != "" && !listed(qop, "auth"):
		return nil, badChallenge(digestMD5Name, "the server requires more than authentication")
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		return nil, badChallenge(digestMD5Name, "the charset is not utf-8")
	}
	realm := d.opts.Realm
	if realms := c["realm"]; len(realms) > 0 && realm == "" {
		realm = realms[0]
	} else if len(realms) > 0 && !slices.Contains(realms, realm) {
		return nil, badChallenge(digestMD5Name, "the realm is not among the server's")
	}
	// The user and the password are each hashed in ISO 8859-1 if they can be converted, even if the message has UTF-8
	// (RFC 2831 §2.1.2.1).
	user, userOK := latin1(d.user)
	password, passwordOK := latin1(d.password.Reveal())
	x := digest{
		user: user, realm: realm, password: NewSecret(password), nonce: nonce, nc: "00000001", cnonce: d.cnonce,
		uri: d.opts.Service + "/" + d.opts.Host, authzid: d.opts.Authzid,
	}
	var out strings.Builder
	if user = d.user; charset != "" {
		out.WriteString("charset=utf-8,")
	} else if !userOK || !passwordOK {
		return nil, badChallenge(digestMD5Name, "the user or the password needs UTF-8, which the server does not know")
	} else {
		user = x.user
	}
	out.WriteString("username=" + quoteDirective(user))
	if realm != "" || len(c["realm"]) > 0 {
		out.WriteString(",realm=" + quoteDirective(realm))
	}
	out.WriteString(",nonce=" + quoteDirective(nonce) + ",nc=" + x.nc + ",cnonce=" + quoteDirective(x.cnonce) +
		",digest-uri=" + quoteDirective(x.uri) + ",response=" + x.response("AUTHENTICATE") + ",qop=auth")
	if x.authzid != "" {
		out.WriteString(",authzid=" + quoteDirective(x.authzid))
	}
	d.rspauth, d.state = x.response(""), digestFinal
	return []byte(out.String()), nil
}

// Verified returns nil if the server has sent the right proof.
func (d *digestMD5) Verified() error {
	if d.state == digestVerified {
		return nil
	}
	return &reasonError{digestMD5Name, "the server has proved nothing", ErrUnverified}
}

// A digest has the values from which a response is computed (RFC 2831 §2.1.2.1). The user and the password are in the
// charset in which they are hashed.
type digest struct {
	user, realm                     string
	password                        Secret
	nonce, nc, cnonce, uri, authzid string
}

// response returns the response value: the client's if method is AUTHENTICATE, and the server's if method is empty.
func (x digest) response(method string) string {
	secret := md5.Sum([]byte(x.user + ":" + x.realm + ":" + x.password.Reveal()))
	a1 := string(secret[:]) + ":" + x.nonce + ":" + x.cnonce
	if x.authzid != "" {
		a1 += ":" + x.authzid
	}
	return hexMD5(hexMD5(a1) + ":" + x.nonce + ":" + x.nc + ":" + x.cnonce + ":auth:" + hexMD5(method+":"+x.uri))
}

func hexMD5(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// latin1 converts UTF-8 to ISO 8859-1. If s has other characters or is not UTF-8, it returns s unchanged.
func latin1(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return s, false
		}
		b = append(b, byte(r))
	}
	return string(b), true
}
