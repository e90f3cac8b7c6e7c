package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// SignedIn says how SignIn has logged in. All of it is the caller's.
type SignedIn struct {
	// Mechanism is the SASL mechanism; "" is the command LOGIN.
	Mechanism string
	// Offered are the mechanisms that the server offered.
	Offered []string
	// Passed are mechanisms that were tried before, and why they did not do.
	Passed []auth.Reason
	// Failed are the names of those that are to be tried last the next time: those in Passed, and those of Options.Failed that were not tried.
	Failed []string
}

// Next returns opts for the next sign-in on the same server: with Seen, so that a server whose strong mechanisms somebody has taken away
// is noticed, and with Failed, so that what it refuses is not asked for each time: a refusal may take seconds, and counts as an attack.
// Offered and Failed are names that a program may store between its runs.
func (in SignedIn) Next(opts auth.Options) auth.Options {
	opts.Seen, opts.Failed = in.Offered, in.Failed
	return opts
}

// SignIn logs in by the strongest way that the server offers and the credentials are good for, and returns when that is done:
// auth.Candidates says in which order mechanisms are tried, auth.Options which may be. The session's own knowledge goes in for Secure and TLS,
// and for Host and Port where they are empty. The zero Options are right for most.
//
// A mechanism behind the first is tried only if the one before was refused for another reason than its secret: the server has no keys
// for SCRAM of the account, say, or the exchange made no sense. GNU mailutils refuses that way only when the secret has been judged: a refusal that
// does not say AUTHENTICATIONFAILED ends it there only if TLS has not verified the server. After what auth.Final reports nothing is tried, nor if the server
// says of the account that it cannot log in now (UNAVAILABLE, CONTACTADMIN, AUTHORIZATIONFAILED). A source of tokens is asked again,
// once, if the server does not take its first one. The last resort for a password, if no mechanism reveals less, is
// the command LOGIN; it counts as the mechanism "LOGIN" does in Options, and is not used where the server says LOGINDISABLED.
//
// If nothing offered can be used, not an octet is sent, and the error is an *auth.NoMechanismError or an *auth.DowngradeError; it is an
// auth.ErrPlaintext if that is because others can read the connection. If all that was tried failed it is a *SignInError.
// After a failure the session can be used for another attempt, unless the server has said OK all the same: it has not proved that it knows the
// secret, where it ought to (auth.ErrUnverified), or the client had ended the exchange. Then the session is closed.
func SignIn(ctx context.Context, s *session.Session, cred auth.Credentials, opts auth.Options) (SignedIn, error) {
	if s.State() != session.NotAuthenticated {
		return SignedIn{}, &session.StateError{Command: "AUTHENTICATE", Now: s.State(), Due: session.NotAuthenticated}
	}
	opts.Secure = s.Secure()
	if state, ok := transport.ConnectionState(s.Conn()); ok {
		opts.TLS = &state
	}
	host, port := s.Server()
	if opts.Host == "" {
		if opts.Host = host; opts.Port == 0 {
			opts.Port = port
		}
	}
	a := attempt{ctx: ctx, s: s, cred: &cred, opts: &opts, in: SignedIn{Offered: s.Caps().Auth()}}
	list, err := auth.Candidates(a.in.Offered, opts, cred)
	var none *auth.NoMechanismError
	if err != nil && !errors.As(err, &none) {
		return a.in, err
	}
	for _, c := range list {
		if a.try(c) {
			return a.done(), nil
		}
		if a.over {
			return a.in, a.failure(nil)
		}
	}
	if why := a.refuseLogin(); why != nil {
		if none != nil {
			none.Reasons = append(none.Reasons, auth.Reason{Mechanism: "the command LOGIN", Err: why})
			return a.in, none
		}
		return a.in, a.failure(nil)
	}
	if _, err := Login(s, cred.Username, cred.Password, a.login()...).Wait(ctx); err != nil {
		return a.in, a.failure(&auth.Reason{Mechanism: "the command LOGIN", Err: err})
	}
	return a.done(), nil
}

// done is what a sign-in that has succeeded says.
func (a *attempt) done() SignedIn {
	for _, r := range a.in.Passed {
		a.in.Failed = append(a.in.Failed, r.Mechanism)
	}
	for _, name := range a.opts.Failed {
		again := func(other string) bool { return strings.EqualFold(name, other) }
		if !slices.ContainsFunc(a.in.Failed, again) && !again(a.in.Mechanism) && slices.ContainsFunc(a.in.Offered, again) {
			a.in.Failed = append(a.in.Failed, name)
		}
	}
	return a.in
}

// attempt is one SignIn.
type attempt struct {
	ctx    context.Context
	s      *session.Session
	cred   *auth.Credentials
	opts   *auth.Options
	in     SignedIn
	judged []verdict // on secrets
	barred bool      // one of them is a password
	over   bool      // nothing more is to be tried
	loose  bool      // the server has refused a channel binding, and may refuse it with every other hash
}

// verdict is a refusal of a secret.
type verdict struct {
	on  *auth.Candidate
	err error
}

func (a *attempt) login() []LoginOption {
	if a.opts.AllowPlaintext {
		return []LoginOption{AllowPlaintext()}
	}
	return nil
}

// try tries a candidate, and reports success.
func (a *attempt) try(c *auth.Candidate) bool {
	if slices.ContainsFunc(a.judged, func(j verdict) bool { return j.on.RulesOut(c, j.err) }) {
		return false
	}
	if a.loose && strings.HasSuffix(c.Name, "-PLUS") {
		return false
	}
	if c.Strength >= auth.StrengthMutual && !a.s.Caps().HasAuth(c.Name) {
		// It was there when SignIn began.
		a.in.Passed, a.over = append(a.in.Passed, auth.Reason{Mechanism: c.Name, Err: &auth.DowngradeError{Seen: c.Name}}), true
		return false
	}
	client, err := c.Client(a.ctx)
	made := err == nil
	for err == nil {
		if _, err = Authenticate(a.s, client, a.login()...).Wait(a.ctx); err == nil {
			a.in.Mechanism = c.Name
			return true
		}
		if err = expired(c, client, err); a.ended(err) {
			break
		}
		var again sasl.Client
		if again, err = c.Retry(a.ctx, err); err == nil {
			client = again
		}
	}
	noKeys := c.Strength >= auth.StrengthMutual && refusesSecret(err) && auth.Judged(client) && !saysWrong(err)
	if noKeys && !a.verified() {
		err = fmt.Errorf("%w (the server does not say that the password is wrong: it may have no keys of the account for this mechanism; "+
			"others are tried after it where TLS has verified the server, or by themselves if Options.Mechanisms names them)", err)
		noKeys = false
	}
	// Cyrus 3.6 offers -PLUS over TLS 1.3 and takes none of its bindings; each refusal takes it three seconds.
	a.loose = a.loose || noKeys && strings.HasSuffix(c.Name, "-PLUS")
	a.in.Passed = append(a.in.Passed, auth.Reason{Mechanism: c.Name, Err: err})
	a.over = a.ended(err) || a.opts.Once && !session.SafeToRetry(err)
	if !made || refusesSecret(err) && auth.Judged(client) && !noKeys || errors.Is(err, parser.CodeExpired) {
		a.judged = append(a.judged, verdict{c, err})
		a.barred = a.barred || c.RulesOut(&auth.Candidate{Name: "LOGIN"}, err)
	}
	return false
}

// saysWrong reports whether a refusal says that it is of the secret.
func saysWrong(err error) bool {
	return errors.Is(err, parser.CodeAuthenticationFailed) || errors.Is(err, parser.CodeExpired) || errors.Is(err, auth.ErrRefused)
}

// verified reports whether the server is known to be the one that was meant, so that it may be shown a password.
func (a *attempt) verified() bool {
	return a.opts.TLS != nil && len(a.opts.TLS.VerifiedChains) > 0
}

// expired marks an error as that of a token which is not taken, where the server does not say so in the exchange: many only refuse, and
// then it is not known that the token has expired.
func expired(c *auth.Candidate, client sasl.Client, err error) error {
	var e *session.Error
	if !c.TakesToken() || auth.Judged(client) || !errors.As(err, &e) || e.Status != parser.NO {
		return err
	}
	switch e.Code.Name {
	case parser.CodeExpired:
		return fmt.Errorf("%w (%w)", err, auth.ErrTokenExpired)
	case "", parser.CodeAuthenticationFailed:
		return fmt.Errorf("%w (%w)", err, auth.ErrTokenRefused)
	}
	return err
}

// refusesSecret reports whether a refusal may be because of the secret.
func refusesSecret(err error) bool {
	return errors.Is(err, parser.NO) && !errors.Is(err, parser.CodeCannot) && !errors.Is(err, parser.CodePrivacyRequired)
}

// ended reports whether an error leaves nothing to try. A server that has said OK all the same is not to be believed: the session is closed.
func (a *attempt) ended(err error) bool {
	if a.s.State() != session.NotAuthenticated && (a.ctx.Err() == nil || errors.Is(err, auth.ErrUnverified)) {
		a.s.Close()
	}
	if a.s.Err() != nil || a.ctx.Err() != nil {
		return true
	}
	for _, code := range []parser.CodeName{parser.CodeUnavailable, parser.CodeContactAdmin, parser.CodeAuthorizationFailed} {
		if errors.Is(err, code) {
			return true
		}
	}
	return auth.Final(err)
}

// refuseLogin says why the command LOGIN is not to be used, or nil.
func (a *attempt) refuseLogin() error {
	named := len(a.opts.Mechanisms) == 0 || slices.ContainsFunc(a.opts.Mechanisms, func(name string) bool { return strings.EqualFold(name, "LOGIN") })
	other := a.cred.Authzid != "" && a.cred.Authzid != a.cred.Username
	switch {
	case a.barred:
		return auth.ErrRefused
	case a.cred.Username == "" || a.cred.Password.Empty():
		return errors.New("needs a user name and a password")
	case other:
		return errors.New("cannot act as somebody else")
	case !named:
		return errors.New("was not asked for by name")
	case a.opts.Min > auth.StrengthPlaintext:
		return errors.New("is weaker than was asked for")
	case !a.opts.Secure && !a.opts.AllowPlaintext:
		return ErrPlaintext
	case a.s.Caps().Has("LOGINDISABLED"):
		return &session.CapabilityError{Command: "LOGIN", Needs: "no LOGINDISABLED"}
	}
	return nil
}

// failure makes an error of what was tried, and of one thing more.
func (a *attempt) failure(last *auth.Reason) error {
	e := &SignInError{Tried: a.in.Passed}
	if last != nil {
		e.Tried = append(e.Tried, *last)
	}
	unsent := func(r auth.Reason) bool { return session.SafeToRetry(r.Err) }
	if slices.ContainsFunc(e.Tried, unsent) && !slices.ContainsFunc(e.Tried, func(r auth.Reason) bool { return !unsent(r) }) {
		return e
	}
	for i, r := range e.Tried {
		// Something was sent: the whole is not safe to be tried elsewhere, though a part of it would be.
		for inner := errors.Unwrap(r.Err); unsent(r) && inner != nil; inner = errors.Unwrap(inner) {
			r.Err = inner
		}
		e.Tried[i] = r
	}
	return e
}

// SignInError reports that nothing has logged in of what SignIn has tried.
type SignInError struct {
	Tried []auth.Reason // in this order, at least one
}

// Error tells what was tried, and what came of each.
func (e *SignInError) Error() string {
	var b strings.Builder
	b.WriteString("commands: cannot log in")
	for _, r := range e.Tried {
		b.WriteString("; " + r.Mechanism + ": " + strings.ReplaceAll(r.Err.Error(), "\n", ": "))
	}
	return b.String()
}

// Unwrap returns the errors of what was tried.
func (e *SignInError) Unwrap() []error {
	errs := make([]error, len(e.Tried))
	for i, r := range e.Tried {
		errs[i] = r.Err
	}
	return errs
}
