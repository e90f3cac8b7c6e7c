package transport_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/transport"
)

// records is a Resolver. It maps a service such as "imaps" to its records, in the form "priority weight port target;
// …". The value "!" makes the look-up fail.
type records map[string]string

func (r records) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	text, ok := r[service]
	if proto != "tcp" || name != "example.org" || !ok {
		return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	if text == "!" {
		return "", nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	}
	var list []*net.SRV
	for line := range strings.SplitSeq(text, ";") {
		x := new(net.SRV)
		if _, err := fmt.Sscan(line, &x.Priority, &x.Weight, &x.Port, &x.Target); err != nil {
			return "", nil, err
		}
		list = append(list, x)
	}
	return "", list, nil
}

func ExampleDiscover() {
	// For a real domain, call transport.Discover(ctx, nil, "example.org").
	dns := records{"imaps": "0 1 993 imap.example.org.", "imap": "0 1 143 mail.hosting.example."}
	servers, err := transport.Discover(context.Background(), dns, "example.org")
	if err != nil {
		fmt.Println(err)
	}
	for _, s := range servers {
		fmt.Println(s.URL("alice@example.org"), s.Foreign)
	}
	// Output:
	// imaps://alice%40example.org@imap.example.org:993 false
	// imap+starttls://alice%40example.org@mail.hosting.example:143 true
}

func TestDiscover(t *testing.T) {
	for _, c := range []struct {
		what string
		dns  records
		want string
		err  error
	}{
		{"nothing", records{}, "", transport.ErrNoServers},
		{"a dot", records{"imaps": "0 0 0 .", "imap": "0 0 0 ."}, "", transport.ErrNotOffered},
		{"a dot for one", records{"imaps": "0 0 993 a.example.org.", "imap": "0 0 0 ."}, "imaps://a.example.org:993", nil},
		{"TLS first, whatever the priority (RFC 8314)", records{"imap": "0 0 143 b.example.org.", "imaps": "9 0 993 a.example.org."}, "imaps://a.example.org:993 imap+starttls://b.example.org:143", nil},
		{"priorities", records{"imaps": "20 5 993 b.example.org.; 10 5 994 A.EXAMPLE.org.; 30 0 993 example.org"}, "imaps://A.EXAMPLE.org:994 imaps://b.example.org:993 imaps://example.org:993", nil},
		{"no port, and no names", records{"imaps": "0 0 0 a.example.org.; 0 0 993 a/b@c.; 0 0 993 a..b"}, "", transport.ErrNoServers},
		{"others' hosts", records{"imaps": "0 0 993 badexample.org."}, "imaps://badexample.org:993!", nil},
		{"one lookup fails", records{"imaps": "!", "imap": "0 0 143 a.example.org."}, "imap+starttls://a.example.org:143", nil},
	} {
		servers, err := transport.Discover(t.Context(), c.dns, "example.org.")
		var got []string
		for _, s := range servers {
			u := s.URL("")
			if _, err := transport.Parse(u); err != nil {
				t.Errorf("Parse does not accept the URL %s: %v", u, err)
			}
			if s.Foreign {
				u += "!"
			}
			if s.Domain != "example.org" {
				t.Errorf("%s: Domain is %q, want example.org", u, s.Domain)
			}
			got = append(got, u)
		}
		if strings.Join(got, " ") != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v; want %s, %v", c.what, got, err, c.want, c.err)
		}
	}
	var dns *net.DNSError
	if _, err := transport.Discover(t.Context(), records{"imaps": "!"}, "example.org"); !errors.As(err, &dns) || errors.Is(err, transport.ErrNoServers) {
		t.Errorf("a look-up that fails: %v, want a DNSError", err)
	}
	if _, err := transport.Discover(t.Context(), records{}, "not a domain"); err == nil {
		t.Error("Discover of a text that is not a domain returns no error")
	}
}

// TestDiscoverAsksForTheDomainOnly checks that Discover asks a net.Resolver for a name with a final dot. Without the
// dot, the resolver would also ask for _imaps._tcp.example.org.corp.example on a machine with the search domain
// corp.example, and Discover could return the servers of another domain.
func TestDiscoverAsksForTheDomainOnly(t *testing.T) {
	down := errors.New("down")
	r := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, down }}
	_, err := transport.Discover(t.Context(), r, "example.org")
	var dns *net.DNSError
	if !errors.As(err, &dns) || dns.Name != "_imaps._tcp.example.org." {
		t.Errorf("the error is %v, want a DNSError about _imaps._tcp.example.org. with a final dot", err)
	}
}

// TestDiscoverWeights checks that a record with three times the weight of another comes first three times as often. A
// third record, with weight 0, must be in the result too.
func TestDiscoverWeights(t *testing.T) {
	dns := records{"imaps": "0 300 993 heavy.example.org.; 0 100 993 light.example.org.; 0 0 993 zero.example.org."}
	const n = 4000
	heavy := 0
	for range n {
		servers, err := transport.Discover(t.Context(), dns, "example.org")
		if err != nil || len(servers) != 3 {
			t.Fatalf("Discover: %v, %v; want 3 servers", servers, err)
		}
		if servers[0].Host == "heavy.example.org" {
			heavy++
		}
	}
	// The test allows seven standard deviations, so it fails by chance only once in 10¹¹ runs.
	if off := math.Abs(float64(heavy) - n*0.75); off > 7*math.Sqrt(n*0.75*0.25) {
		t.Errorf("heavy.example.org comes first in %d results of %d, want about three quarters", heavy, n)
	}
}
