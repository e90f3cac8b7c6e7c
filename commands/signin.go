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

// SignedIn says how SignIn logged in. All of it is the caller's.
type SignedIn struct {
	// Mechanism is the SASL mechanism; "" is the command LOGIN.
	Mechanism string
	// Offered are the mechanisms that the server offered.
	Offered []string
	// Passed are the mechanisms that were tried before, and why each failed.
	Passed []auth.Reason
	// Failed are the names of mechanisms to try last the next time: those in Passed, and those of Options.Failed that
	// were not tried.
	Failed []string
}

// Next returns opts for the next sign-in on the same server. It sets Seen, so that SignIn notices if somebody has taken
// the strong mechanisms off the server's list, and Failed, so that SignIn does not begin with what the server refused:
// a refusal may take seconds, and servers log it as an attack. A program may store Offered and Failed between its runs.
func (in SignedIn) Next(opts auth.Options) auth.Options {
	opts.Seen, opts.Failed = in.Offered, in.Failed
	return opts
}

// SignIn logs in by the strongest mechanism that the server offers and the credentials are good for. auth.Candidates
// says in which order it tries mechanisms, and auth.Options which it may try. SignIn sets Options.Secure and
// Options.TLS from the session, and Host and Port if they are empty. The zero Options suit most programs.
//
// SignIn tries another mechanism only if the one before was refused for another reason than its secret: the server has
// no SCRAM keys for the account, for example, or the exchange made no sense. Some servers without keys (GNU mailutils)
// refuse only after the full exchange. So, after a full exchange, a refusal without AUTHENTICATIONFAILED ends SignIn
// unless TLS has verified the server. SignIn tries nothing more after an error that auth.Final reports, or if the
// server says that the account cannot log in now (UNAVAILABLE, CONTACTADMIN, AUTHORIZATIONFAILED). If the server does
// not accept a token, SignIn asks the source of tokens once more.
//
// The last resort for a password, if no mechanism reveals less, is the command LOGIN. In Options it counts as the
// mechanism "LOGIN". It is not used if the server says LOGINDISABLED.
//
// If nothing offered can be used, SignIn sends nothing, and the error is an *auth.NoMechanismError or an
// *auth.DowngradeError. It is also an auth.ErrPlaintext if the reason is that others can read the connection. If
// everything that was tried failed, the error is a *SignInError.
//
// After a failure, the session can be used for another attempt, unless the server has said OK all the same: without the
// proof that it knows the secret, which the mechanism requires (auth.ErrUnverified), or after the client had ended the
// exchange. Then SignIn closes the session.
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

// done returns what SignIn returns after success.
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
	judged []verdict // refusals of secrets
	barred bool      // one of them is of the password
	over   bool      // try nothing more
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
		// The server offered it when SignIn began.
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
	// Cyrus 3.6 offers -PLUS over TLS 1.3 and accepts no binding there; it takes three seconds for each refusal.
	a.loose = a.loose || noKeys && strings.HasSuffix(c.Name, "-PLUS")
	a.in.Passed = append(a.in.Passed, auth.Reason{Mechanism: c.Name, Err: err})
	a.over = a.ended(err) || a.opts.Once && !session.SafeToRetry(err)
	if !made || refusesSecret(err) && auth.Judged(client) && !noKeys || errors.Is(err, parser.CodeExpired) {
		a.judged = append(a.judged, verdict{c, err})
		a.barred = a.barred || c.RulesOut(&auth.Candidate{Name: "LOGIN"}, err)
	}
	return false
}

// saysWrong reports whether a refusal says that the secret is wrong.
func saysWrong(err error) bool {
	return errors.Is(err, parser.CodeAuthenticationFailed) || errors.Is(err, parser.CodeExpired) || errors.Is(err, auth.ErrRefused)
}

// verified reports whether TLS has verified the server, so that it may see a password.
func (a *attempt) verified() bool {
	return a.opts.TLS != nil && len(a.opts.TLS.VerifiedChains) > 0
}

// expired marks a refusal as that of a token, if the server did not say so in the exchange. Many servers only refuse,
// and then nobody knows whether the token has expired.
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

// ended reports whether an error leaves nothing to try. If the server has said OK all the same, it cannot be believed,
// and ended closes the session.
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

// refuseLogin returns why the command LOGIN must not be used, or nil.
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

// failure makes an error of everything that was tried, and of last.
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
		// Something was sent: the whole is not safe to retry, although a part of it would be.
		for inner := errors.Unwrap(r.Err); unsent(r) && inner != nil; inner = errors.Unwrap(inner) {
			r.Err = inner
		}
		e.Tried[i] = r
	}
	return e
}

// SignInError reports that nothing that SignIn tried has logged in.
type SignInError struct {
	Tried []auth.Reason // in this order, at least one
}

// Error names what was tried, and why each failed.
func (e *SignInError) Error() string {
	var b strings.Builder
	b.WriteString("commands: cannot log in")
	for _, r := range e.Tried {
		b.WriteString("; " + r.Mechanism + ": " + strings.ReplaceAll(r.Err.Error(), "\n", ": "))
	}
	return b.String()
}

// Unwrap returns the error of each attempt.
func (e *SignInError) Unwrap() []error {
	errs := make([]error, len(e.Tried))
	for i, r := range e.Tried {
		errs[i] = r.Err
	}
	return errs
}
