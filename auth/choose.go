package auth

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
)

// Options is what a choice depends on, besides the server's list and the credentials: the connection, and what is wanted.
// The zero value stands for a connection that anybody can read.
type Options struct {
	Secure bool                 // nobody else can read the connection: it has TLS, or does not leave the machine
	TLS    *tls.ConnectionState // for channel binding; nil without TLS

	// Seen are the mechanisms that the server offered before: earlier on this connection, or on earlier ones, as the caller remembers.
	// If the best mechanism that can be used now proves less than the best of those, the error is a DowngradeError.
	Seen []string

	// Failed are mechanisms that the server refused the last time before it accepted another, while it offered the mechanisms in Seen. They
	// are tried last. Unless TLS has verified the server, they still come before all that are weaker than StrengthMutual. One
	// name that ends in "-PLUS" stands for all such names, because the channel binding was refused. Failed is ignored if Mechanisms is set,
	// or if the server now offers other mechanisms than those in Seen.
	Failed []string

	// Mechanisms, if set, are the only ones to be used, in the order in which to try them. DIGEST-MD5 is used only if it is named here.
	// Naming a mechanism that reveals the secret does not allow it on a connection that others can read: see AllowPlaintext.
	Mechanisms []string
	// Min is the least strength of a mechanism: StrengthMutual is SCRAM and stronger ones, StrengthBound SCRAM with channel binding.
	Min Strength
	// AllowPlaintext uses mechanisms that reveal the secret even if others can read the connection.
	AllowPlaintext bool

	// Once is for a caller that goes through Candidates: after the first that the server refuses, no other is tried.
	Once bool

	Host    string // the server's name, for OAUTHBEARER and DIGEST-MD5
	Port    int    // likewise
	Service string // "imap" if empty; of DIGEST-MD5

	MinIterations, MaxIterations int                          // see SCRAMOptions
	Binding                      string                       // see SCRAMOptions
	Prepare                      func(string) (string, error) // see SCRAMOptions
}

// bindings returns the types of channel binding that may be used, the best first.
func (o *Options) bindings() []string {
	have := Bindings(o.TLS)
	if o.Binding == "" {
		return have
	}
	return slices.DeleteFunc(have, func(typ string) bool { return typ != o.Binding })
}

// Choose returns the strongest mechanism that the server offers and the credentials are good for: the first of Candidates.
func Choose(ctx context.Context, offered []string, opts Options, cred Credentials) (sasl.Client, error) {
	c, err := Candidates(offered, opts, cred)
	if err != nil {
		return nil, err
	}
	return c[0].Client(ctx)
}

// Candidates returns the mechanisms of those offered that can be used, in the order in which to try them: by strength, or as
// opts.Mechanisms has them. There is at least one, or an error: a *DowngradeError or a *NoMechanismError.
//
// A candidate after the first is for a server that cannot use the first after all: it has no keys for SCRAM of the account, say, or,
// like Cyrus 3.6, it offers channel binding but does not know the type that TLS 1.3 has. It proves less. A caller that goes on to it after a
// refusal shows what the stronger one would have kept secret to anybody who can cause a refusal. Options.Min says how far that may
// go, and Final after which errors not to go on at all.
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

// choose returns the mechanisms of a list that can be used, and of the others why not.
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
		// A program's own comes before one of this package of the same name.
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

// failing returns what mechanisms are ordered by: their strength, and for those of opts.Failed less.
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

// verified reports whether TLS has verified the server, so that it may be shown a secret.
func (o *Options) verified() bool { return o.TLS != nil && len(o.TLS.VerifiedChains) > 0 }

// bindsChannel reports whether a mechanism is one that binds the channel, by its name (RFC 5802 §4).
func bindsChannel(name string) bool {
	const plus = "-PLUS"
	return len(name) > len(plus) && strings.EqualFold(name[len(name)-len(plus):], plus)
}

// sameNames reports whether two lists have the same names, in whatever order and case.
func sameNames(a, b []string) bool {
	in := func(list []string) func(string) bool {
		return func(name string) bool {
			return !slices.ContainsFunc(list, func(other string) bool { return strings.EqualFold(name, other) })
		}
	}
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}

// refuse returns why a mechanism that is offered is not to be used, or nil.
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

// NoMechanismError is an ErrNoMechanism that says of each mechanism offered why it cannot be used. It is an ErrPlaintext too if
// that is why some cannot.
type NoMechanismError struct {
	Offered []string
	Reasons []Reason
	// NoCredentials says that there is nothing to log in with: no password, no keys, no token, no certificate, and nothing else.
	NoCredentials bool
}

// Error lists the mechanisms and the reasons, or says that there are no credentials.
func (e *NoMechanismError) Error() string {
	if e.NoCredentials {
		return ErrNoMechanism.Error() + ": the credentials have no password, no token and no certificate"
	}
	var b strings.Builder
	b.WriteString(ErrNoMechanism.Error())
	if len(e.Offered) == 0 {
		b.WriteString(": the server offers none")
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

// DowngradeError reports a server that offered a mechanism in which it proves itself, and now offers only weaker ones. Its list may
// have been changed on the way.
type DowngradeError struct {
	Seen    string // the strongest that was offered and could be used
	Offered string // the strongest that can be used now, or ""
}

// Error tells what was offered and what is.
func (e *DowngradeError) Error() string {
	if e.Offered == "" {
		return fmt.Sprintf("auth: the server offered %s before, and now nothing that can be used", e.Seen)
	}
	return fmt.Sprintf("auth: the server offered %s before, and now no better than %s", e.Seen, e.Offered)
}

// Is reports whether target is ErrDowngrade.
func (e *DowngradeError) Is(target error) bool { return target == ErrDowngrade }
