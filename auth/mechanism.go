package auth

import (
	"context"
	"strings"

	"github.com/emersion/go-sasl"
)

// Strength is the rank of a mechanism. Candidates returns the strongest first. The values between the constants are
// free for mechanisms that a program adds.
type Strength int

// Each of these is the least strength of one kind of mechanism.
const (
	StrengthNone      Strength = 0  // ANONYMOUS: the client proves nothing
	StrengthPlaintext Strength = 10 // PLAIN, LOGIN: the server learns the password
	StrengthDigest    Strength = 20 // CRAM-MD5, DIGEST-MD5: an eavesdropper can try passwords at little cost
	StrengthToken     Strength = 30 // OAUTHBEARER, XOAUTH2: the server learns a secret that expires
	StrengthExternal  Strength = 40 // EXTERNAL: the connection proves who the client is
	StrengthMutual    Strength = 50 // SCRAM: the server learns no password, and proves that it has keys made from it
	StrengthBound     Strength = 60 // SCRAM-PLUS: SCRAM that fails if an attacker is between client and server
	StrengthOwn       Strength = 70 // mechanisms that a program has added
)

// An entry describes a mechanism of this package.
type entry struct {
	name     string
	strength Strength
	reveals  bool
	byName   bool // used only if Options.Mechanisms has its name
	// missing returns "" if the mechanism has all that it needs, and otherwise a text that says what is missing.
	missing func(o *Options, c *Credentials) string
	client  func(r *clientArgs) (sasl.Client, error)
}

// A clientArgs has the arguments from which a mechanism is made.
type clientArgs struct {
	ctx     context.Context
	name    string
	opts    *Options
	cred    *Credentials
	plus    bool   // the server offers a -PLUS mechanism
	binding string // type of channel binding to use, or ""
}

// table lists the mechanisms, the strongest first.
var table = []entry{
	{SCRAMSHA512 + "-PLUS", StrengthBound + 2, false, false, needPlus, newSCRAM},
	{SCRAMSHA256 + "-PLUS", StrengthBound + 1, false, false, needPlus, newSCRAM},
	{SCRAMSHA1 + "-PLUS", StrengthBound, false, false, needPlus, newSCRAM},
	{SCRAMSHA512, StrengthMutual + 2, false, false, needKeys, newSCRAM},
	{SCRAMSHA256, StrengthMutual + 1, false, false, needKeys, newSCRAM},
	{SCRAMSHA1, StrengthMutual, false, false, needKeys, newSCRAM},
	{"EXTERNAL", StrengthExternal, false, false, needExternal, func(r *clientArgs) (sasl.Client, error) {
		return External(r.cred.Authzid), nil
	}},
	{"OAUTHBEARER", StrengthToken + 1, true, false, needToken, newOAuth},
	{"XOAUTH2", StrengthToken, true, false, needUserAndToken, newOAuth},
	{digestMD5Name, StrengthDigest + 1, false, true, needHost, func(r *clientArgs) (sasl.Client, error) {
		return DigestMD5(r.cred.Username, r.cred.Password, DigestOptions{
			Host: r.opts.Host, Service: r.opts.Service, Realm: r.cred.Realm, Authzid: r.cred.Authzid,
		}), nil
	}},
	{"CRAM-MD5", StrengthDigest, false, false, needPasswordOnly, func(r *clientArgs) (sasl.Client, error) {
		return CRAMMD5(r.cred.Username, r.cred.Password), nil
	}},
	{"PLAIN", StrengthPlaintext + 1, true, false, needPassword, func(r *clientArgs) (sasl.Client, error) {
		return Plain(r.cred.Authzid, r.cred.Username, r.cred.Password), nil
	}},
	{"LOGIN", StrengthPlaintext, true, false, needPasswordOnly, func(r *clientArgs) (sasl.Client, error) {
		return Login(r.cred.Username, r.cred.Password), nil
	}},
	{"ANONYMOUS", StrengthNone, false, false, needAnonymous, func(r *clientArgs) (sasl.Client, error) {
		return Anonymous(r.cred.Trace), nil
	}},
}

// Reveals reports whether somebody who reads the connection learns the secret of a mechanism of this package. It
// returns true for PLAIN, LOGIN, OAUTHBEARER and XOAUTH2.
func Reveals(mechanism string) bool {
	for _, m := range table {
		if strings.EqualFold(m.name, mechanism) {
			return m.reveals
		}
	}
	return false
}

func newSCRAM(r *clientArgs) (sasl.Client, error) {
	return SCRAM(r.name, r.cred.Username, r.cred.Password, &SCRAMOptions{
		Authzid: r.cred.Authzid, TLS: r.opts.TLS, Binding: r.binding, PlusOffered: r.plus,
		MinIterations: r.opts.MinIterations, MaxIterations: r.opts.MaxIterations, Prepare: r.opts.Prepare, Keys: r.cred.Keys,
	}), nil
}

func newOAuth(r *clientArgs) (sasl.Client, error) {
	token, err := r.cred.Token(r.ctx)
	if err != nil {
		return nil, err
	}
	user := r.cred.Authzid
	if user == "" {
		user = r.cred.Username
	}
	if r.name == "XOAUTH2" {
		return XOAuth2(user, token), nil
	}
	return OAuthBearer(user, token, r.opts.Host, r.opts.Port), nil
}

func needPassword(_ *Options, c *Credentials) string {
	if c.Username == "" || c.Password.Empty() {
		return "needs a user name and a password"
	}
	return ""
}

func needPasswordOnly(o *Options, c *Credentials) string {
	if c.Authzid != "" && c.Authzid != c.Username {
		return "cannot act as somebody else"
	}
	return needPassword(o, c)
}

func needHost(o *Options, c *Credentials) string {
	if o.Host == "" {
		return "needs the server's name"
	}
	return needPassword(o, c)
}

func needKeys(o *Options, c *Credentials) string {
	if c.Username != "" && c.Keys != nil {
		return ""
	}
	return needPassword(o, c)
}

func needPlus(o *Options, c *Credentials) string {
	if len(o.bindings()) == 0 {
		return "the connection has no channel binding"
	}
	return needKeys(o, c)
}

func needExternal(_ *Options, c *Credentials) string {
	if !c.External {
		return "needs a client certificate"
	}
	return ""
}

func needToken(_ *Options, c *Credentials) string {
	if c.Token == nil {
		return "needs a token"
	}
	return ""
}

func needUserAndToken(o *Options, c *Credentials) string {
	if c.Username == "" && c.Authzid == "" {
		return "needs a user name"
	}
	return needToken(o, c)
}

func needAnonymous(_ *Options, c *Credentials) string {
	switch {
	case !c.Anonymous:
		return "was not asked for"
	case !c.Password.Empty() || c.Keys != nil || c.Token != nil || c.External || len(c.Own) > 0:
		return "is not used with credentials"
	}
	return ""
}
