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

// SignedIn says how [SignIn] has logged in. It and everything in it are the caller's.
type SignedIn struct {
	// Mechanism is the SASL mechanism that has succeeded; "" means the command LOGIN.
	Mechanism string
	// Offered are the names of the mechanisms that the server has offered.
	Offered []string
	// Passed are the mechanisms that this SignIn has tried without success, and why each has failed.
	Passed []auth.Reason
	// Failed are the names of the mechanisms that the next SignIn should try last: those in Passed, and those in
	// Options.Failed that were not tried this time.
	Failed []string
}

// Next returns opts for the next sign-in on the same server. It sets Seen, so that SignIn notices if somebody has
// removed strong mechanisms from the server's list. It sets Failed, so that SignIn does not begin with mechanisms
// that the server has refused: a refusal may take seconds, and servers log it as an attack. A program may store
// Offered and Failed between its runs.
func (in SignedIn) Next(opts auth.Options) auth.Options {
	opts.Seen, opts.Failed = in.Offered, in.Failed
	return opts
}

// SignIn logs in by the strongest mechanism that the server offers and that works with the credentials. It tries
// mechanisms in the order of auth.Candidates, as far as auth.Options allows them. SignIn sets Options.Secure and
// Options.TLS from the session. If Options.Host is "", SignIn also sets Host, and it sets Port unless Port is
// already set. The zero Options suit most programs.
//
// If the server refuses a mechanism, SignIn tries the next one only if the reason is not the secret. For example, the
// server may have no SCRAM keys for the account, or have sent a challenge that makes no sense. Some servers without
// keys (GNU mailutils) refuse only after the full exchange, without AUTHENTICATIONFAILED. After such a refusal, SignIn
// tries the same secret with another mechanism only if TLS has verified the server. SignIn ends after an error for
// which auth.Final returns true, and if the server says that the account cannot log in now (UNAVAILABLE, CONTACTADMIN,
// AUTHORIZATIONFAILED). If the server refuses a token, SignIn asks the source of tokens once more.
//
// After all mechanisms, SignIn tries the command LOGIN with the password. In Options it counts as the mechanism
// "LOGIN". It is not used if the server has the capability LOGINDISABLED.
//
// If the server offers nothing that can be used, SignIn sends nothing, and the error is an *auth.NoMechanismError or
// an *auth.DowngradeError. It also wraps auth.ErrPlaintext if the reason is that others can read the connection. If
// everything that SignIn has tried has failed, the error is a *SignInError.
//
// After an error, the session can usually be used for another attempt. But SignIn closes the session if the server
// says OK without the proof that the mechanism requires (auth.ErrUnverified), or after the client has ended the
// exchange.
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
		if a.stop {
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

// done returns the result of SignIn after success.
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
	ctx             context.Context
	s               *session.Session
	cred            *auth.Credentials
	opts            *auth.Options
	in              SignedIn
	judged          []verdict // refusals for which the secret may be the reason
	passwordRefused bool      // a verdict rules out the password
	stop            bool      // SignIn must not try anything else
	noBinding       bool      // the server has refused a mechanism with channel binding, so the others with channel binding are skipped
}

// verdict is a refusal for which the secret may be the reason.
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

// try tries a candidate, and reports whether it has succeeded.
func (a *attempt) try(c *auth.Candidate) bool {
	if slices.ContainsFunc(a.judged, func(j verdict) bool { return j.on.RulesOut(c, j.err) }) {
		return false
	}
	if a.noBinding && strings.HasSuffix(c.Name, "-PLUS") {
		return false
	}
	if c.Strength >= auth.StrengthMutual && !a.s.Caps().HasAuth(c.Name) {
		// The server offered the mechanism when SignIn began, and no longer does.
		a.in.Passed, a.stop = append(a.in.Passed, auth.Reason{Mechanism: c.Name, Err: &auth.DowngradeError{Seen: c.Name}}), true
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
		err = fmt.Errorf("%w (the server does not say that the password is wrong: it may have no keys for this mechanism; "+
			"other mechanisms are tried only if TLS has verified the server, or if Options.Mechanisms names one of them alone)", err)
		noKeys = false
	}
	// Cyrus 3.6 offers -PLUS over TLS 1.3, but accepts no channel binding there. Each refusal takes three seconds.
	a.noBinding = a.noBinding || noKeys && strings.HasSuffix(c.Name, "-PLUS")
	a.in.Passed = append(a.in.Passed, auth.Reason{Mechanism: c.Name, Err: err})
	a.stop = a.ended(err) || a.opts.Once && !session.SafeToRetry(err)
	if !made || refusesSecret(err) && auth.Judged(client) && !noKeys || errors.Is(err, parser.CodeExpired) {
		a.judged = append(a.judged, verdict{c, err})
		a.passwordRefused = a.passwordRefused || c.RulesOut(&auth.Candidate{Name: "LOGIN"}, err)
	}
	return false
}

// saysWrong reports whether the error of a refusal says that the secret is wrong.
func saysWrong(err error) bool {
	return errors.Is(err, parser.CodeAuthenticationFailed) || errors.Is(err, parser.CodeExpired) || errors.Is(err, auth.ErrRefused)
}

// verified reports whether TLS has verified the server's certificate.
func (a *attempt) verified() bool {
	return a.opts.TLS != nil && len(a.opts.TLS.VerifiedChains) > 0
}

// expired adds auth.ErrTokenExpired or auth.ErrTokenRefused to the error of a mechanism with tokens, if the server has
// refused the token and the mechanism has not learned a reason. Many servers give no reason; then the client cannot
// know whether the token has expired.
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

// refusesSecret reports whether the secret may be the reason of a refusal.
func refusesSecret(err error) bool {
	return errors.Is(err, parser.NO) && !errors.Is(err, parser.CodeCannot) && !errors.Is(err, parser.CodePrivacyRequired)
}

// ended reports whether SignIn must not try anything else after err. If the server has said OK in spite of the error,
// ended closes the session.
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

// refuseLogin returns the reason why the command LOGIN must not be used, or nil.
func (a *attempt) refuseLogin() error {
	named := len(a.opts.Mechanisms) == 0 || slices.ContainsFunc(a.opts.Mechanisms, func(name string) bool { return strings.EqualFold(name, "LOGIN") })
	other := a.cred.Authzid != "" && a.cred.Authzid != a.cred.Username
	switch {
	case a.passwordRefused:
		return auth.ErrRefused
	case a.cred.Username == "" || a.cred.Password.Empty():
		return errors.New("needs a user name and a password")
	case other:
		return errors.New("cannot act as somebody else")
	case !named:
		return errors.New("was not asked for by name")
	case a.opts.Min > auth.StrengthPlaintext:
		return errors.New("is weaker than required")
	case !a.opts.Secure && !a.opts.AllowPlaintext:
		return ErrPlaintext
	case a.s.Caps().Has("LOGINDISABLED"):
		return &session.CapabilityError{Command: "LOGIN", Needs: "no LOGINDISABLED"}
	}
	return nil
}

// failure returns a SignInError with everything that was tried, and with last if that is not nil.
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
		// At least one attempt has sent something, so session.SafeToRetry must not be true for the SignInError.
		for inner := errors.Unwrap(r.Err); unsent(r) && inner != nil; inner = errors.Unwrap(inner) {
			r.Err = inner
		}
		e.Tried[i] = r
	}
	return e
}

// SignInError reports that everything that SignIn has tried has failed.
type SignInError struct {
	Tried []auth.Reason // in the order of the attempts; at least one
}

// Error returns a text with each mechanism that was tried and its error.
func (e *SignInError) Error() string {
	var b strings.Builder
	b.WriteString("commands: cannot log in")
	for _, r := range e.Tried {
		b.WriteString("; " + r.Mechanism + ": " + strings.ReplaceAll(r.Err.Error(), "\n", ": "))
	}
	return b.String()
}

// Unwrap returns the errors of the attempts.
func (e *SignInError) Unwrap() []error {
	errs := make([]error, len(e.Tried))
	for i, r := range e.Tried {
		errs[i] = r.Err
	}
	return errs
}
