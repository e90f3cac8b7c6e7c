package auth

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
)

// Options describes the connection and the caller's wishes. A choice depends on these, on the server's list and on the
// credentials. The zero value describes a connection that anybody can read.
type Options struct {
	Secure bool                 // nobody else can read the connection: it uses TLS, or does not leave the machine
	TLS    *tls.ConnectionState // for channel binding; nil without TLS

	// Seen lists the mechanisms that the server offered before, on this connection or, if the caller remembers them, on
	// earlier ones. If the best usable mechanism now proves less than the best usable one of Seen, the error is a
	// DowngradeError.
	Seen []string

	// Failed lists mechanisms that the server refused last time before it accepted another one; at that time it offered
	// the mechanisms in Seen. They are tried last. Unless TLS has verified the server, they still come before any that
	// is weaker than StrengthMutual. One name that ends in "-PLUS" stands for all such names, because the channel
	// binding was refused. Failed is ignored if Mechanisms is set, or if the server now offers other mechanisms than
	// those in Seen.
	Failed []string

	// Mechanisms, if set, lists the only mechanisms to use, in the order in which to try them. DIGEST-MD5 is used only
	// if it is named here. Naming a mechanism that reveals the secret does not allow it on a connection that others can
	// read: see AllowPlaintext.
	Mechanisms []string
	// Min is the least strength of a mechanism. StrengthMutual allows SCRAM and anything stronger, StrengthBound only
	// SCRAM with channel binding and anything stronger.
	Min Strength
	// AllowPlaintext allows mechanisms that reveal the secret, even if others can read the connection.
	AllowPlaintext bool

	// Once is for a caller that tries all Candidates in turn: after the server has refused the first, the caller tries
	// no other.
	Once bool

	Host    string // the server's name, for OAUTHBEARER and DIGEST-MD5
	Port    int    // likewise
	Service string // for DIGEST-MD5; "imap" if empty

	MinIterations, MaxIterations int                          // see SCRAMOptions
	Binding                      string                       // see SCRAMOptions
	Prepare                      func(string) (string, error) // see SCRAMOptions
}

// bindings returns the types of channel binding that may be used, best first.
func (o *Options) bindings() []string {
	have := Bindings(o.TLS)
	if o.Binding == "" {
		return have
	}
	return slices.DeleteFunc(have, func(typ string) bool { return typ != o.Binding })
}

// Choose returns the client's half of the strongest mechanism that the server offers and the credentials suffice for:
// the first of Candidates.
func Choose(ctx context.Context, offered []string, opts Options, cred Credentials) (sasl.Client, error) {
	c, err := Candidates(offered, opts, cred)
	if err != nil {
		return nil, err
	}
	return c[0].Client(ctx)
}

// Candidates returns the offered mechanisms that can be used, in the order in which to try them: by strength, or in the
// order of opts.Mechanisms. It returns at least one, or an error: a *DowngradeError or a *NoMechanismError.
//
// The candidates after the first are for a server that cannot use the first after all. It may have no SCRAM keys for
// the account, or, like Cyrus 3.6, it may offer channel binding without knowing the type that TLS 1.3 uses. Each later
// candidate proves less. A caller that moves on to one after a refusal reveals what the stronger mechanism would have
// kept secret to anybody who can cause a refusal. Options.Min limits how far the caller may go, and Final tells after
// which errors it must stop.
func Candidates(offered []string, opts Options, cred Credentials) ([]*Candidate, error) {
	usable, refused := choose(offered, &opts, &cred)
	seen, _ := choose(opts.Seen, &opts, &cred)
	if had, has := strongest(seen), strongest(usable); had != nil && had.Strength >= StrengthMutual && (has == nil || has.Strength < had.Strength) {
		e := &DowngradeError{Seen: had.Name}
		if has != nil {
			e.Offered = has.Name
		}
		return nil, e
	}
	if len(usable) == 0 {
		return nil, &NoMechanismError{Offered: slices.Clone(offered), Reasons: refused, NoCredentials: cred.empty()}
	}
	return usable, nil
}

func strongest(list []*Candidate) (best *Candidate) {
	for _, c := range list {
		if best == nil || c.Strength > best.Strength {
			best = c
		}
	}
	return best
}

// choose returns the mechanisms of a list that can be used, and for each of the others the reason why it cannot.
func choose(offered []string, opts *Options, cred *Credentials) (usable []*Candidate, refused []Reason) {
	has := map[string]bool{}
	plus := false
	for _, name := range offered {
		name = strings.ToUpper(name)
		has[name] = true
		plus = plus || strings.HasPrefix(name, "SCRAM-") && strings.HasSuffix(name, "-PLUS")
	}
	ask := func(e entry, own *Mechanism) {
		if !has[e.name] {
			return
		}
		delete(has, e.name)
		if err := e.refuse(opts, cred); err != nil {
			refused = append(refused, Reason{e.name, err})
			return
		}
		usable = append(usable, &Candidate{Name: e.name, Strength: e.strength, Reveals: e.reveals, entry: e, own: own, opts: opts, cred: cred, plus: plus})
	}
	for i := range cred.Own {
		// A mechanism of the program comes before one of the same name in this package.
		own := &cred.Own[i]
		e := entry{name: strings.ToUpper(own.Name), strength: own.Strength, reveals: own.Reveals, missing: func(*Options, *Credentials) string { return "" }}
		if e.strength == 0 {
			e.strength = StrengthOwn
		}
		if own.New != nil {
			ask(e, own)
		}
	}
	for _, e := range table {
		ask(e, nil)
	}
	for _, name := range offered {
		if name = strings.ToUpper(name); has[name] {
			delete(has, name)
			refused = append(refused, Reason{name, errUnknown})
		}
	}
	rank := func(c *Candidate) int { return slices.IndexFunc(opts.Mechanisms, c.named) }
	failed := failing(offered, opts)
	slices.SortStableFunc(usable, func(a, b *Candidate) int {
		if len(opts.Mechanisms) > 0 {
			return rank(a) - rank(b)
		}
		return int(failed(b) - failed(a))
	})
	return usable, refused
}

// failing returns the function that orders mechanisms: it returns their strength, lowered for those in opts.Failed.
func failing(offered []string, opts *Options) func(*Candidate) Strength {
	binding := slices.ContainsFunc(opts.Failed, bindsChannel)
	same := len(opts.Failed) > 0 && sameNames(offered, opts.Seen)
	return func(c *Candidate) Strength {
		switch {
		case !same || !slices.ContainsFunc(opts.Failed, c.named) && !(binding && bindsChannel(c.Name)):
			return c.Strength
		case opts.verified():
			return StrengthNone - 1
		}
		return min(c.Strength, StrengthMutual-1)
	}
}

// verified reports whether TLS has verified the server, so that the client may show it a secret.
func (o *Options) verified() bool { return o.TLS != nil && len(o.TLS.VerifiedChains) > 0 }

// bindsChannel reports whether a mechanism binds the channel, judging by its name (RFC 5802 §4).
func bindsChannel(name string) bool {
	const plus = "-PLUS"
	return len(name) > len(plus) && strings.EqualFold(name[len(name)-len(plus):], plus)
}

// sameNames reports whether two lists have the same names, in any order and case.
func sameNames(a, b []string) bool {
	in := func(list []string) func(string) bool {
		return func(name string) bool {
			return !slices.ContainsFunc(list, func(other string) bool { return strings.EqualFold(name, other) })
		}
	}
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}

// refuse returns the reason why an offered mechanism must not be used, or nil.
func (e entry) refuse(opts *Options, cred *Credentials) error {
	named := slices.ContainsFunc(opts.Mechanisms, func(name string) bool { return strings.EqualFold(name, e.name) })
	if len(opts.Mechanisms) > 0 && !named || e.byName && !named {
		return errNotAsked
	}
	if why := e.missing(opts, cred); why != "" {
		return &ArgumentError{e.name, why}
	}
	if e.strength < opts.Min {
		return errWeak
	}
	if e.reveals && !opts.Secure && !opts.AllowPlaintext {
		return ErrPlaintext
	}
	return nil
}

// Reason says why a mechanism is not used.
type Reason struct {
	Mechanism string
	Err       error
}

// NoMechanismError is an ErrNoMechanism that gives a reason for each mechanism offered. It is also an ErrPlaintext if
// that is the reason for one of them.
type NoMechanismError struct {
	Offered []string
	Reasons []Reason
	// NoCredentials means that there is nothing to log in with: no password, keys, token, certificate or anything else.
	NoCredentials bool
}

// Error lists the mechanisms with the reasons, or says that there are no credentials.
func (e *NoMechanismError) Error() string {
	if e.NoCredentials {
		return ErrNoMechanism.Error() + ": the credentials have no password, no token and no certificate"
	}
	var b strings.Builder
	b.WriteString(ErrNoMechanism.Error())
	if len(e.Offered) == 0 {
		b.WriteString(": the server offers no mechanism")
	}
	for i, r := range e.Reasons {
		if i == 16 {
			b.WriteString("; and more")
			break
		}
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%.32q: %s", sep, r.Mechanism, strings.TrimPrefix(strings.TrimPrefix(r.Err.Error(), "auth: "), r.Mechanism+": "))
	}
	return b.String()
}

// Unwrap returns ErrNoMechanism and the reasons.
func (e *NoMechanismError) Unwrap() []error {
	errs := []error{ErrNoMechanism}
	for _, r := range e.Reasons {
		errs = append(errs, r.Err)
	}
	return errs
}

// DowngradeError reports a server that once offered a mechanism in which the server proves itself, and now offers only
// weaker ones. Somebody on the way may have changed its list.
type DowngradeError struct {
	Seen    string // the strongest mechanism that was offered before and could be used
	Offered string // the strongest mechanism that can be used now, or ""
}

// Error names the two mechanisms.
func (e *DowngradeError) Error() string {
	if e.Offered == "" {
		return fmt.Sprintf("auth: the server offered %s before, and now nothing that can be used", e.Seen)
	}
	return fmt.Sprintf("auth: the server offered %s before, and now no better than %s", e.Seen, e.Offered)
}

// Is reports whether target is ErrDowngrade.
func (e *DowngradeError) Is(target error) bool { return target == ErrDowngrade }
