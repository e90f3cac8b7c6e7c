package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// These are errors of Discover. If a look-up fails, the error is neither of them, and wraps the error of the resolver.
var (
	ErrNoServers  = errors.New("transport: the domain does not say where its IMAP servers are")
	ErrNotOffered = errors.New("transport: the domain says that it does not offer IMAP")
)

// A Resolver looks up SRV records. A *net.Resolver is a Resolver.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (cname string, records []*net.SRV, err error)
}

// Server is an IMAP server that a domain names.
type Server struct {
	Host string // the host name, without a final dot
	Port uint16
	// TLS means TLS from the first byte. If it is false, the client must use STARTTLS, and send nothing but CAPABILITY
	// before it (RFC 8314 §5.2).
	TLS bool
	// Foreign means that Host is neither the domain nor within it. An attacker who forges a DNS answer can name a
	// foreign host for which they have a valid certificate, so TLS does not protect against a forged answer. Ask the
	// user before you connect, unless the DNS answer was signed (RFC 6186 §6, RFC 8314 §5.1).
	Foreign bool
	// Domain is the domain given to Discover. A certificate for this name proves that the server belongs to the domain,
	// even if the DNS answer was forged (RFC 6125 §6.2.1). To require such a certificate, set ServerName in
	// Target.TLSConfig to Domain. Few mail hosts have such a certificate.
	Domain string
}

// URL returns a URL for s, in a form that Parse accepts. The argument user may be "". If a program dials the URL, TLS
// verifies the name Host, not Domain.
func (s Server) URL(user string) string {
	u := url.URL{Scheme: "imap+starttls", Host: net.JoinHostPort(s.Host, strconv.Itoa(int(s.Port)))}
	if s.TLS {
		u.Scheme = "imaps"
	}
	if user != "" {
		u.User = url.User(user)
	}
	return u.String()
}

// maxServers is how many servers Discover returns at most.
const maxServers = 64

// Discover asks the DNS for the IMAP servers of a domain (RFC 6186 §3.2). The domain is the part of a mail address
// after the @, in ASCII. Discover returns the servers in the order in which to try them. Servers with TLS from the
// first byte come first, as RFC 8314 recommends, and servers with STARTTLS come after them. Both kinds are ordered by
// priority. Within one priority, the order is random and depends on the weights (RFC 2782).
//
// Servers without TLS are not supported, because RFC 8314 §5.1 tells clients to ignore them. The URL of a Server always
// requires TLS or STARTTLS, so a connection to a server without TLS fails. Discover does not guess host names. If the
// domain has no SRV records, the error is ErrNoServers, and the program must ask the user (RFC 6186 §4). If r is nil,
// Discover uses net.DefaultResolver.
//
// Discover is for setting up an account. A program must keep the server that the user has agreed to, and must not call
// Discover for each connection unless the DNS answers are signed (RFC 8314 §5.1). Go's resolver does not say whether
// DNS answers are signed.
func Discover(ctx context.Context, r Resolver, domain string) ([]Server, error) {
	if r == nil {
		r = net.DefaultResolver
	}
	domain = strings.TrimSuffix(domain, ".")
	if !isHostname(domain) {
		return nil, fmt.Errorf("transport: %q is not the name of a domain", domain)
	}
	name := domain
	if _, ok := r.(*net.Resolver); ok {
		name += "." // without the dot, the resolver would also append this machine's search domains
	}
	var out []Server
	var failed error
	denied := false
	for _, service := range [...]string{"imaps", "imap"} {
		_, records, err := r.LookupSRV(ctx, service, "tcp", name)
		var dns *net.DNSError
		if err != nil && !(errors.As(err, &dns) && dns.IsNotFound) {
			// Use the valid records, which Go's resolver returns together with an error about the others.
			if failed = errors.Join(failed, err); len(records) == 0 {
				continue
			}
		}
		for _, x := range inOrder(records) {
			host := strings.TrimSuffix(x.Target, ".")
			if host == "" {
				denied = true // "." means that there is no such service (RFC 2782)
				continue
			}
			if !isHostname(host) || x.Port == 0 {
				continue
			}
			out = append(out, Server{Host: host, Port: x.Port, TLS: service == "imaps", Foreign: !isWithin(host, domain), Domain: domain})
		}
	}
	switch {
	case len(out) > 0:
		return out[:min(len(out), maxServers)], nil
	case failed != nil:
		return nil, fmt.Errorf("transport: discover %s: %w", domain, failed)
	case denied:
		return nil, fmt.Errorf("%w: %s", ErrNotOffered, domain)
	}
	return nil, fmt.Errorf("%w: %s", ErrNoServers, domain)
}

// inOrder sorts records into the order in which to try them (RFC 2782).
func inOrder(records []*net.SRV) []*net.SRV {
	left := slices.Clone(records)
	slices.SortStableFunc(left, func(a, b *net.SRV) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Weight, b.Weight))
	})
	for i := range left {
		// Choose the next record from those with the same priority, at random by weight.
		end, sum := i, 0
		for end < len(left) && left[end].Priority == left[i].Priority {
			sum += int(left[end].Weight)
			end++
		}
		pick := rand.IntN(sum + 1)
		for k := i; k < end; k++ {
			if pick -= int(left[k].Weight); pick <= 0 {
				next := left[k]
				copy(left[i+1:k+1], left[i:k])
				left[i] = next
				break
			}
		}
	}
	return left
}

// isWithin reports whether host is the domain itself or a name within it.
func isWithin(host, domain string) bool {
	host, domain = strings.ToLower(host), strings.ToLower(domain)
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// isHostname reports whether s can be the name of a host.
func isHostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
		}) {
			return false
		}
	}
	return true
}
