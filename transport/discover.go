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

// Errors of Discover. A lookup that failed is neither: its error wraps the resolver's.
var (
	ErrNoServers  = errors.New("transport: the domain does not say where its IMAP servers are")
	ErrNotOffered = errors.New("transport: the domain says that it does not offer IMAP")
)

// A Resolver looks up SRV records; *net.Resolver is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (cname string, records []*net.SRV, err error)
}

// Server is an IMAP server that a domain names.
type Server struct {
	Host string // without a dot at its end
	Port uint16
	TLS  bool // from the first byte; otherwise STARTTLS, before which nothing but capabilities may be asked for (RFC 8314 §5.2)
	// Foreign means that Host is neither the domain nor within it. Whoever forges an answer of the DNS names a host
	// with a certificate of their own, so verifying that name proves nothing. The user must agree before a connection
	// is made, unless the answer was signed (RFC 6186 §6, RFC 8314 §5.1).
	Foreign bool
	// Domain is the domain that was asked about. A certificate with this name proves that the host is the domain's,
	// whatever the DNS said (RFC 6125 §6.2.1). To verify that, set ServerName in Target.TLSConfig to it. Few mail hosts
	// have such a certificate.
	Domain string
}

// URL returns the URL that Parse accepts for the server and a user, which may be "". The name that TLS verifies is the
// host's.
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

// maxServers is how many servers of a domain are considered.
const maxServers = 64

// Discover asks the DNS for the IMAP servers of a domain: the part after the @ of an address, in ASCII (RFC 6186 §3.2).
// It returns them in the order in which to try them. Servers with TLS from the first byte come before others, as RFC
// 8314 prefers. Then the order is by priority, and within one priority by chance and weight (RFC 2782).
//
// Servers without any TLS are not supported: connecting to one without STARTTLS fails (RFC 8314 §5.1 tells
// clients to ignore such servers). It guesses nothing. If a domain says nothing, the error is ErrNoServers, and the
// program must ask the user (RFC 6186 §4). A nil resolver is net.DefaultResolver.
//
// Discover is for setting up an account: keep what has been found and agreed to. A program must not ask each time it
// connects, unless the answers are signed (RFC 8314 §5.1), which Go's resolver does not tell.
func Discover(ctx context.Context, r Resolver, domain string) ([]Server, error) {
	if r == nil {
		r = net.DefaultResolver
	}
	domain = strings.TrimSuffix(domain, ".")
	if !isHostname(domain) {
		return nil, fmt.Errorf("transport: %q is not the name of a domain", domain)
	}
	var out []Server
	var failed error
	denied := false
	for _, service := range [...]string{"imaps", "imap"} {
		_, records, err := r.LookupSRV(ctx, service, "tcp", domain)
		var dns *net.DNSError
		if err != nil && !(errors.As(err, &dns) && dns.IsNotFound) {
			// Half an answer may be useful: Go returns the records that make sense together with the error.
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
		// The next record is one of the same priority, chosen by weight.
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

// isWithin reports whether a host is the domain itself or within it.
func isWithin(host, domain string) bool {
	host, domain = strings.ToLower(host), strings.ToLower(domain)
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// isHostname reports whether s can be a host's name.
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
