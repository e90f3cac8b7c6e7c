package auth_test

import (
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
)

const salt64 = "QSXCR+Q6sek8bf92"

// started returns a client that has sent the message n,,n=user,r=abc.
func started(opts *auth.SCRAMOptions) sasl.Client {
	c := auth.SCRAM(auth.SCRAMSHA256, "user", auth.NewSecret("pencil"), opts)
	auth.FixNonce(c, "abc")
	if _, _, err := c.Start(); err != nil {
		panic(err)
	}
	return c
}

func TestSCRAMFirstRefused(t *testing.T) {
	for _, c := range []struct{ challenge, why string }{
		{"", "grammar"},
		{"r=abcd", "grammar"},
		{"r=abcd,s=" + salt64, "grammar"},
		{"s=" + salt64 + ",r=abcd,i=4096", "grammar"},
		{"r=abcd,s=" + salt64 + ",i=4096,", "grammar"},
		{"r=abcd,s=" + salt64 + ",i=4096,x", "grammar"},
		{"r=abcd,s=" + salt64 + ",i=4096,1=x", "grammar"},
		{"r=abcd,s=,i=4096", "grammar"},
		{"r=abcd,s=QSXCR,i=4096", "grammar"},
		{"r=abcd,s=QSXCR+Q6sek8bf9=,i=4096", "grammar"},
		{"r=abcd,s=QSXC\nR+Q6sek8bf92,i=4096", "grammar"},
		{"r=ab d,s=" + salt64 + ",i=4096", "grammar"},
		{"r=abcé,s=" + salt64 + ",i=4096", "grammar"},
		{"r=abcd\x00,s=" + salt64 + ",i=4096", "grammar"},
		{"r=abcd,s=" + salt64 + ",i=x", "grammar"},
		{"r=abcd,s=" + salt64 + ",i=+4096", "grammar"},
		{"r=abcd,s=" + salt64 + ",i=04096", "grammar"},
		{"r=abcd,s=" + salt64 + ",i=-4096", "grammar"},
		{"r=abcd,s=" + salt64 + ",i=-99999999999999999999", "grammar"},
		{"r=abcd,s=" + salt64 + ",i=0", "grammar"},
		{"r=abc,s=" + salt64 + ",i=4096", "nonce"},
		{"r=ab,s=" + salt64 + ",i=4096", "nonce"},
		{"r=xabcd,s=" + salt64 + ",i=4096", "nonce"},
		{"r=ABCD,s=" + salt64 + ",i=4096", "nonce"},
		{"m=x,r=abcd,s=" + salt64 + ",i=4096", "extension"},
		{"r=abcd,s=" + salt64 + ",i=4096,m=x", "extension"},
		{"r=abcd,s=" + salt64 + ",i=4095", "4095 iterations"},
		{"r=abcd,s=" + salt64 + ",i=1", "1 iterations"},
		{"r=abcd,s=" + salt64 + ",i=1000001", "1000001 iterations"},
		{"r=abcd,s=" + salt64 + ",i=2147483647", "2147483647 iterations"},
		{"r=abcd,s=" + salt64 + ",i=99999999999999999999999", "iterations"},
		{"r=abcd,s=" + salt64 + ",i=4096,x=" + strings.Repeat("y", 10000), "grammar"},
	} {
		client := started(nil)
		_, err := client.Next([]byte(c.challenge))
		if !errors.Is(err, auth.ErrChallenge) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%.80q: %v, want an ErrChallenge with %q", c.challenge, err, c.why)
		}
		if _, err := client.Next([]byte("r=abcd,s=" + salt64 + ",i=4096")); err == nil {
			t.Errorf("after %.80q: the client answers another challenge", c.challenge)
		}
		if err := client.(auth.Verifier).Verified(); !errors.Is(err, auth.ErrUnverified) {
			t.Errorf("after %.80q: Verified() = %v, want ErrUnverified", c.challenge, err)
		}
	}
	if _, err := started(nil).Next([]byte("r=abcd,s=" + salt64 + ",i=4096,x=,y")); err == nil {
		t.Error("an empty extension is accepted")
	}
	if _, err := started(nil).Next([]byte("r=abcd,s=" + salt64 + ",i=4096,x=y=z,T=3")); err != nil {
		t.Errorf("optional extensions are not accepted: %v", err)
	}
}

func TestSCRAMIterationBounds(t *testing.T) {
	first := []byte("r=abcd,s=" + salt64 + ",i=5000")
	var e *auth.IterationError
	if _, err := started(&auth.SCRAMOptions{MaxIterations: 4999}).Next(first); !errors.As(err, &e) || e.Count != 5000 || e.Max != 4999 {
		t.Errorf("5000 iterations, at most 4999: %v, want an IterationError", err)
	}
	if _, err := started(&auth.SCRAMOptions{MinIterations: 5001}).Next(first); !errors.As(err, &e) || e.Min != 5001 {
		t.Errorf("5000 iterations, at least 5001: %v, want an IterationError", err)
	}
	if _, err := started(&auth.SCRAMOptions{MinIterations: 5000, MaxIterations: 5000}).Next(first); err != nil {
		t.Errorf("5000 iterations, exactly 5000: %v", err)
	}
	if _, err := started(&auth.SCRAMOptions{MinIterations: 1}).Next([]byte("r=abcd,s=" + salt64 + ",i=1")); err != nil {
		t.Errorf("one iteration, at least one: %v", err)
	}
	huge := []byte("r=abcd,s=" + salt64 + ",i=99999999999999999999999")
	if _, err := started(&auth.SCRAMOptions{MaxIterations: math.MaxInt}).Next(huge); !errors.As(err, &e) {
		t.Errorf("more iterations than an int holds: %v, want an IterationError", err)
	}
}

// TestSCRAMServerMustProve ends an exchange in several ways: with different last challenges, and with different data
// together with the OK. Neither the challenges nor the data have the right signature, so the server is never verified.
func TestSCRAMServerMustProve(t *testing.T) {
	wrong := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, c := range []struct {
		name, final, data string // data is sent together with the OK; "-" means no data
		is                error
	}{
		{name: "nothing", data: "-", is: auth.ErrUnverified},
		{name: "wrong", final: "v=" + wrong, data: "-", is: auth.ErrUnverified},
		{name: "wrong with OK", data: "v=" + wrong, is: auth.ErrUnverified},
		{name: "short", final: "v=AAAA", data: "-", is: auth.ErrUnverified},
		{name: "empty", final: "v=", data: "-", is: auth.ErrChallenge},
		{name: "no base64", final: "v=!", data: "-", is: auth.ErrChallenge},
		{name: "something else", final: "hello", data: "-", is: auth.ErrChallenge},
		{name: "an extension", data: "m=1,v=" + wrong, is: auth.ErrChallenge},
		{name: "an error, and then OK", final: "e=other-error", data: "-", is: auth.ErrUnverified},
		{name: "empty data", data: "", is: auth.ErrChallenge},
	} {
		client := started(nil)
		if _, err := client.Next([]byte("r=abcd,s=" + salt64 + ",i=4096")); err != nil {
			t.Fatal(err)
		}
		var err error
		if c.final != "" {
			_, err = client.Next([]byte(c.final))
		}
		var data []byte
		if c.data != "-" {
			data = []byte(c.data)
		}
		if err == nil {
			err = auth.Outcome(client, data, nil)
		}
		if !errors.Is(err, c.is) {
			t.Errorf("%s: %v, want %v", c.name, err, c.is)
		}
		if v := client.(auth.Verifier).Verified(); !errors.Is(v, auth.ErrUnverified) || !auth.Final(v) {
			t.Errorf("%s: Verified() = %v, want a final ErrUnverified", c.name, v)
		}
	}
}

// TestSCRAMFinalWithOK sends the server's signature together with the OK to the command.
func TestSCRAMFinalWithOK(t *testing.T) {
	s := server(t, auth.SCRAMSHA256, alice(nil))
	c := auth.SCRAM(auth.SCRAMSHA256, "alice", auth.NewSecret("hunter2"), nil)
	_, ir, _ := c.Start()
	first, _, _ := s.Next(ir)
	proof, err := c.Next(first)
	if err != nil {
		t.Fatal(err)
	}
	final, _, _ := s.Next(proof)
	if err := c.(auth.Verifier).Verified(); !errors.Is(err, auth.ErrUnverified) {
		t.Errorf("before the server's signature: Verified() = %v, want ErrUnverified", err)
	}
	if err := auth.Outcome(c, final, nil); err != nil {
		t.Error(err)
	}
	if _, err := c.Next(final); !errors.Is(err, auth.ErrChallenge) {
		t.Errorf("the signature a second time: %v, want ErrChallenge", err)
	}
	// When the same client starts another exchange, the server is no longer verified.
	c.Start()
	if err := c.(auth.Verifier).Verified(); err == nil {
		t.Error("Verified() = nil after a second call of Start")
	}
}

func TestSCRAMServerReportsError(t *testing.T) {
	for _, final := range []bool{false, true} {
		c := started(nil)
		if final {
			c.Next([]byte("r=abcd,s=" + salt64 + ",i=4096"))
		}
		answer, err := c.Next([]byte("e=unknown-user,x=y"))
		if err != nil || answer == nil || len(answer) > 0 {
			t.Errorf("got %q, %v", answer, err)
		}
		var e *auth.ServerError
		err = auth.Outcome(c, nil, errNo)
		if !errors.Is(err, errNo) || !errors.As(err, &e) || e.Value != "unknown-user" {
			t.Errorf("got %v", err)
		}
		if _, err := c.Next([]byte("e=again")); !errors.Is(err, auth.ErrChallenge) {
			t.Errorf("a second server error: %v, want ErrChallenge", err)
		}
	}
	c := started(nil)
	c.Next([]byte("e=" + strings.Repeat("x", 1000)))
	if e := c.(auth.Failer).Failed().Error(); len(e) > 200 {
		t.Errorf("the text of the error has %d octets, want at most 200", len(e))
	}
}

func TestSCRAMNames(t *testing.T) {
	for _, c := range []struct{ user, authzid, ir string }{
		{"user", "", "n,,n=user,r=abc"},
		{"a,b=c", "", "n,,n=a=2Cb=3Dc,r=abc"},
		{"user", "x=,y", "n,a=x=3D=2Cy,n=user,r=abc"},
		{"Bj\u00f6rn", "", "n,,n=Bj\u00f6rn,r=abc"},
		{"Bjo\u0308rn", "", "n,,n=Bj\u00f6rn,r=abc"},
		{"\uff41lice", "", "n,,n=alice,r=abc"},
		{"a \u00e9", "", "n,,n=a \u00e9,r=abc"},
		{"\u265a", "", "n,,n=\u265a,r=abc"}, // RFC 8265 does not allow this character in names
	} {
		x := auth.SCRAM(auth.SCRAMSHA1, c.user, auth.NewSecret("p"), &auth.SCRAMOptions{Authzid: c.authzid})
		auth.FixNonce(x, "abc")
		if _, ir, err := x.Start(); string(ir) != c.ir || err != nil {
			t.Errorf("%q: the initial response is %q, %v; want %q", c.user, ir, err, c.ir)
		}
	}
	for _, x := range []sasl.Client{
		auth.SCRAM("SCRAM-MD5", "u", auth.NewSecret("p"), nil), auth.SCRAM(auth.SCRAMSHA1, "", auth.NewSecret("p"), nil),
		auth.SCRAM(auth.SCRAMSHA1, "u\x00", auth.NewSecret("p"), nil), auth.SCRAM(auth.SCRAMSHA1, "u\xff", auth.NewSecret("p"), nil),
		auth.SCRAM(auth.SCRAMSHA1, "u", auth.Secret{}, nil), auth.SCRAM(auth.SCRAMSHA1, "u", auth.NewSecret("p"), &auth.SCRAMOptions{Authzid: "\x00"}),
		auth.SCRAM(auth.SCRAMSHA1, "u", auth.NewSecret("\a\u00e9"), &auth.SCRAMOptions{Prepare: auth.SASLprep}),
	} {
		if _, _, err := x.Start(); !errors.Is(err, auth.ErrArgument) {
			t.Errorf("got %v", err)
		}
	}
	x := auth.SCRAM("SCRAM-SHA-1-PLUS", "u", auth.NewSecret("p"), nil)
	if _, _, err := x.Start(); !errors.Is(err, auth.ErrBinding) {
		t.Errorf("a -PLUS mechanism without TLS: %v, want ErrBinding", err)
	}
}

func TestSCRAMPassword(t *testing.T) {
	// A password that no profile allows works, because server and client leave it unchanged. The composed and the
	// decomposed form of a password count as the same password.
	for _, c := range []struct {
		server, client string
		prepare        func(string) (string, error)
		ok             bool
	}{
		{"caf\u00e9", "cafe\u0301", nil, true},
		{"a\u3000b", "a b", nil, true},
		{"\a\u00e9", "\a\u00e9", nil, true},
		{"\xff\xfe", "\xff\xfe", nil, true},
		{"\u00bd", "1\u20442", nil, false},
		{"1\u20442", "\u00bd", auth.SASLprep, true},
		{"IX", "I\u00adX", auth.SASLprep, true},
	} {
		s := server(t, auth.SCRAMSHA256, knows(c.server))
		x := auth.SCRAM(auth.SCRAMSHA256, "u", auth.NewSecret(c.client), &auth.SCRAMOptions{Prepare: c.prepare})
		if _, ce, se := exchange(x, s, true); (ce == nil) != c.ok || (se == nil) != c.ok {
			t.Errorf("the client has %q, the server %q: %v, %v; want success %v", c.client, c.server, ce, se, c.ok)
		}
	}
}

func TestSCRAMServerRefuses(t *testing.T) {
	for _, c := range []struct{ first, says string }{
		{"", "e=invalid-encoding"}, {"n", "e=invalid-encoding"}, {"n,,", "e=invalid-encoding"}, {"n,,n=alice", "e=invalid-encoding"},
		{"n,,r=abc,n=alice", "e=invalid-encoding"}, {"x,,n=alice,r=abc", "e=invalid-encoding"}, {"F,n,,n=alice,r=abc", "e=invalid-encoding"},
		{"p=,,n=alice,r=abc", "e=invalid-encoding"}, {"p=a b,,n=alice,r=abc", "e=invalid-encoding"}, {"n,b=x,n=alice,r=abc", "e=invalid-encoding"},
		{"n,a=,n=alice,r=abc", "e=invalid-encoding"}, {"n,a==,n=alice,r=abc", "e=invalid-encoding"}, {"n,,n==2c,r=abc", "e=invalid-encoding"},
		{"n,,n=a=,r=abc", "e=invalid-encoding"}, {"n,,n=al\x00ice,r=abc", "e=invalid-encoding"}, {"n,,n=\xff,r=abc", "e=invalid-encoding"},
		{"n,,n=alice,r=a c", "e=invalid-encoding"}, {"n,,m=x,n=alice,r=abc", "e=extensions-not-supported"}, {"n,,n=alice,r=abc,m=1", "e=extensions-not-supported"},
		{"p=tls-exporter,,n=alice,r=abc", "e=channel-binding-not-supported"},
	} {
		s := server(t, auth.SCRAMSHA256, alice(nil))
		if says, done, err := s.Next([]byte(c.first)); string(says) != c.says || done || err != nil {
			t.Errorf("%q: got %q, %v, %v", c.first, says, done, err)
		}
		if _, done, err := s.Next([]byte{}); done || err == nil {
			t.Errorf("%q: then %v, %v", c.first, done, err)
		}
	}
	proof := ",p=" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, c := range []struct{ final, says string }{
		{"", "e=other-error"}, {"c=biws,r=abcxyz", "e=other-error"}, {"c=biws,r=abcxyz,p=", "e=other-error"}, {"c=biws,r=abcxyz,p=AAAA", "e=other-error"},
		{"c=biws,r=abcxy" + proof, "e=other-error"}, {"r=abcxyz,c=biws" + proof, "e=other-error"}, {"c=biws,r=abcxyz,m=1" + proof, "e=extensions-not-supported"},
		{"c=eSws,r=abcxyz" + proof, "e=channel-bindings-dont-match"}, {"c=biwsAAAA,r=abcxyz" + proof, "e=channel-bindings-dont-match"},
		{"c=biws,r=abcxyz" + proof, "e=invalid-proof"}, {"c=biws,r=abcxyz,x=y" + proof, "e=invalid-proof"},
	} {
		s := server(t, auth.SCRAMSHA256, alice(nil))
		auth.FixNonce(s, "xyz")
		s.Next([]byte("n,,n=alice,r=abc"))
		if says, done, err := s.Next([]byte(c.final)); string(says) != c.says || done || err != nil {
			t.Errorf("%q: got %q, %v, %v", c.final, says, done, err)
		}
		if _, done, err := s.Next([]byte{}); done || err == nil || s.User() != "" {
			t.Errorf("%q: then %v, %v", c.final, done, err)
		}
	}
}

// TestSCRAMHidesUsers checks that a client cannot tell an unknown user from a known one.
func TestSCRAMHidesUsers(t *testing.T) {
	first := func(user string) string {
		s := server(t, auth.SCRAMSHA256, alice(func(cfg *auth.ServerConfig) { cfg.SaltKey = auth.NewSecret("key") }))
		auth.FixNonce(s, "xyz")
		b, _, err := s.Next([]byte("n,,n=" + user + ",r=abc"))
		if err != nil {
			t.Errorf("the first message of %s: %v", user, err)
		}
		return string(b)
	}
	for _, user := range []string{"alice", "bob"} {
		a, b := first(user), first(user)
		if a != b || !strings.HasSuffix(a, ",i=4096") || len(a) != len(first("alice")) {
			t.Errorf("%s: the server's first message is %q, then %q; want the same, as long as alice's", user, a, b)
		}
	}
	if first("alice") == first("bob") {
		t.Error("alice and bob have the same salt")
	}
}

func TestKeyCache(t *testing.T) {
	cache := auth.NewKeyCache()
	cfg := alice(func(cfg *auth.ServerConfig) { cfg.SaltKey = auth.NewSecret("key") })
	login := func(password string, c auth.KeyCache) error {
		x := auth.SCRAM(auth.SCRAMSHA256, "alice", auth.NewSecret(password), &auth.SCRAMOptions{Keys: c})
		_, err, _ := exchange(x, server(t, auth.SCRAMSHA256, cfg), true)
		return err
	}
	if err := login("wrong", cache); err == nil {
		t.Error("the cache accepts a wrong password")
	}
	counted := &countingCache{KeyCache: cache}
	for i := range 3 {
		if err := login("hunter2", counted); err != nil || counted.stores != 1 || counted.hits != i {
			t.Errorf("login %d: %v, %d stores, %d hits; want 1 store, %d hits", i, err, counted.stores, counted.hits, i)
		}
	}
	if err := login("wrong", counted); err == nil || counted.hits != 2 {
		t.Errorf("a wrong password: %v, %d hits; want an error, no further hit", err, counted.hits)
	}
	if err := login("", counted); err == nil {
		t.Error("the cache returns keys for an empty password")
	}
	// A client that has the keys needs no password.
	kept := &keptCache{}
	if err := login("hunter2", kept); err != nil {
		t.Error(err)
	}
	if err := login("", kept); err != nil {
		t.Error(err)
	}
	if err := login("", &keptCache{}); err == nil {
		t.Error("a login with neither keys nor a password succeeds")
	}
	kept.keys.Client = auth.NewSecret("short")
	if err := login("hunter2", kept); err != nil {
		t.Errorf("a login with a password and malformed cached keys: %v", err)
	}
}

type countingCache struct {
	auth.KeyCache
	stores, hits int
}

func (c *countingCache) Load(id auth.KeyID, p auth.Secret) (auth.SCRAMKeys, bool) {
	k, ok := c.KeyCache.Load(id, p)
	if ok {
		c.hits++
	}
	return k, ok
}

func (c *countingCache) Store(id auth.KeyID, p auth.Secret, k auth.SCRAMKeys) {
	c.stores++
	c.KeyCache.Store(id, p, k)
}

// A keptCache has the keys of one password, and returns them for any password.
type keptCache struct {
	id   auth.KeyID
	keys auth.SCRAMKeys
}

func (c *keptCache) Load(id auth.KeyID, _ auth.Secret) (auth.SCRAMKeys, bool) {
	return c.keys, id == c.id
}
func (c *keptCache) Store(id auth.KeyID, _ auth.Secret, k auth.SCRAMKeys) { c.id, c.keys = id, k }
