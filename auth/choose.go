package auth

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
)

// Options describes the connection, and says which mechanisms the caller allows. Together with the server's list and
// the credentials, it determines the choice of a mechanism. The zero value describes a connection that others can read.
type Options struct {
	Secure bool                 // others cannot read the connection: it uses TLS or stays on the machine
	TLS    *tls.ConnectionState // for channel binding; nil without TLS

	// Seen lists the mechanisms that the server offered before, on this connection or on earlier connections. If the
	// strongest usable mechanism of Seen is at least StrengthMutual, and stronger than all that are usable now,
	// Candidates returns a DowngradeError.
	Seen []string

	// Failed lists mechanisms that the server refused in the last sign-in before it accepted another mechanism.
	// If TLS has verified the server, Candidates returns them last. If not, Candidates moves only those of at least
	// StrengthMutual, and these still come before all weaker mechanisms. A name that ends in "-PLUS" stands for all
	// names with this ending, because the server refused the channel binding. Candidates ignores Failed if Mechanisms
	// is set, or if the server offers other mechanisms than those in Seen.
	Failed []string

	// Mechanisms, if not empty, lists the only mechanisms to use, in the order in which to try them. DIGEST-MD5 is used
	// only if Mechanisms has it. A mechanism that reveals the secret must also be allowed by Secure or AllowPlaintext.
	Mechanisms []string
	// Min is the least strength that a mechanism must have. With StrengthMutual, SCRAM and stronger mechanisms are
	// allowed. With StrengthBound, SCRAM with channel binding and stronger mechanisms are allowed.
	Min Strength
	// AllowPlaintext allows mechanisms that reveal the secret, even if others can read the connection.
	AllowPlaintext bool

	// Once tells a caller that tries all candidates in turn to stop after the first refusal. This package does not use
	// it.
	Once bool

	Host    string // the server's name, for OAUTHBEARER and DIGEST-MD5
	Port    int    // the server's port, for OAUTHBEARER
	Service string // for DIGEST-MD5; "imap" if empty

	MinIterations, MaxIterations int                          // see SCRAMOptions
	Binding                      string                       // see SCRAMOptions
	Prepare                      func(string) (string, error) // see SCRAMOptions
}

// bindings returns the types of channel binding that the client may use, the best first.
func (o *Options) bindings() []string {
	have := Bindings(o.TLS)
	if o.Binding == "" {
		return have
	}
	return slices.DeleteFunc(have, func(typ string) bool { return typ != o.Binding })
}

// Choose returns the client's half of the first mechanism that Candidates returns. That is the strongest mechanism
// that the server offers and for which the credentials suffice, unless opts sets another order.
func Choose(ctx context.Context, offered []string, opts Options, cred Credentials) (sasl.Client, error) {
	c, err := Candidates(offered, opts, cred)
	if err != nil {
		return nil, err
	}
	return c[0].Client(ctx)
}

// Candidates returns the offered mechanisms that can be used, in the order in which to try them. The strongest comes
// first, unless opts.Mechanisms or opts.Failed sets another order. If none can be used, the error is a
// *NoMechanismError. If the server offered a stronger mechanism before (opts.Seen), the error is a *DowngradeError.
//
// The candidates after the first are for servers that offer a mechanism and then cannot use it. A server may have no
// SCRAM keys for the account. Or, like Cyrus 3.6, it may offer channel binding without knowing the type that TLS 1.3
// uses. A later candidate usually protects less than an earlier one. If the caller tries weaker candidates after a
// refusal, an attacker who can cause refusals may learn what a stronger mechanism would have kept secret. Options.Min
// sets the weakest candidate, and Final reports after which errors the caller must stop.
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

// choose returns the usable mechanisms of a list, and for each other mechanism the reason why it is not usable.
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
		// A mechanism of the program replaces the mechanism of this package with the same name.
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
	failed := strengthForOrder(offered, opts)
	slices.SortStableFunc(usable, func(a, b *Candidate) int {
		if len(opts.Mechanisms) > 0 {
			return rank(a) - rank(b)
		}
		return int(failed(b) - failed(a))
	})
	return usable, refused
}

// strengthForOrder returns a function that returns the strength of a candidate, for sorting. For a mechanism in
// opts.Failed, the function returns a lower strength.
func strengthForOrder(offered []string, opts *Options) func(*Candidate) Strength {
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

// verified reports whether TLS has verified the server.
func (o *Options) verified() bool { return o.TLS != nil && len(o.TLS.VerifiedChains) > 0 }

// bindsChannel reports whether a mechanism has channel binding, by the end of its name (RFC 5802 §4).
func bindsChannel(name string) bool {
	const plus = "-PLUS"
	return len(name) > len(plus) && strings.EqualFold(name[len(name)-len(plus):], plus)
}

// sameNames reports whether two lists have the same names, without regard to order and case.
func sameNames(a, b []string) bool {
	in := func(list []string) func(string) bool {
		return func(name string) bool {
			return !slices.ContainsFunc(list, func(other string) bool { return strings.EqualFold(name, other) })
		}
	}
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}

// refuse returns the reason why the client must not use the mechanism, or nil.
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

// NoMechanismError is an ErrNoMechanism with a reason for each offered mechanism. If ErrPlaintext is one of the
// reasons, the error is also an ErrPlaintext.
type NoMechanismError struct {
	Offered []string
	Reasons []Reason
	// NoCredentials means that the Credentials are empty: they have no password, keys, token, certificate or anything
	// else.
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

// DowngradeError reports that the server offered a mechanism of at least StrengthMutual before, and now offers only
// weaker ones, or none that can be used. An attacker on the network may have changed the list.
type DowngradeError struct {
	Seen    string // the strongest mechanism that was offered before and could be used
	Offered string // the strongest mechanism that can be used now, or ""
}

// Error names the two mechanisms.
func (e *DowngradeError) Error() string {
	if e.Offered == "" {
		return fmt.Sprintf("auth: the server offered %s before, but now offers nothing that can be used", e.Seen)
	}
	return fmt.Sprintf("auth: the server offered %s before, but now offers nothing better than %s", e.Seen, e.Offered)
}

// Is reports whether target is ErrDowngrade.
func (e *DowngradeError) Is(target error) bool { return target == ErrDowngrade }
