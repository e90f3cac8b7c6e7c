package auth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"

	"github.com/imapstack/imapstack/auth"
)

func TestInitialResponses(t *testing.T) {
	for _, c := range []struct {
		client   sasl.Client
		mech, ir string
	}{
		{auth.Plain("", "tim", auth.NewSecret("tanstaaftanstaaf")), "PLAIN", "\x00tim\x00tanstaaftanstaaf"}, // RFC 4616 §4
		{auth.Plain("Ursel", "Kurt", auth.NewSecret("xipj3plmq")), "PLAIN", "Ursel\x00Kurt\x00xipj3plmq"},   // RFC 4616 §4
		{auth.External("fred@example.com"), "EXTERNAL", "fred@example.com"},                                 // RFC 4422 A.3
		{auth.Anonymous("sirhc"), "ANONYMOUS", "sirhc"},                                                     // RFC 4505 §3
		{auth.OAuthBearer("user@example.com", auth.NewSecret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="), "server.example.com", 143), "OAUTHBEARER",
			"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"}, // RFC 7628 §4.1
		{auth.XOAuth2("someuser@example.com", auth.NewSecret("vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==")), "XOAUTH2",
			"user=someuser@example.com\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==\x01\x01"},
		{auth.Login("tim", auth.NewSecret("x")), "LOGIN", ""},
		{auth.CRAMMD5("tim", auth.NewSecret("x")), "CRAM-MD5", ""},
	} {
		mech, ir, err := c.client.Start()
		if mech != c.mech || string(ir) != c.ir || err != nil {
			t.Errorf("%s: got %q, %q, %v", c.mech, mech, ir, err)
		}
	}
}

func TestCRAMMD5(t *testing.T) {
	c := auth.CRAMMD5("tim", auth.NewSecret("tanstaaftanstaaf"))
	c.Start()
	got, err := c.Next([]byte("<1896.697170952@postoffice.reston.mci.net>"))
	if want := "tim b913a602c7eda7a495b4e6e7334d3890"; string(got) != want || err != nil { // RFC 2195 §2
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if _, err := c.Next([]byte("again")); !errors.Is(err, auth.ErrChallenge) {
		t.Errorf("a second challenge: %v", err)
	}
}

func TestTokenRefused(t *testing.T) {
	for _, c := range []sasl.Client{auth.OAuthBearer("u", auth.NewSecret("t"), "", 0), auth.XOAuth2("u", auth.NewSecret("t"))} {
		c.Start()
		if _, err := c.Next([]byte(`{"status":"invalid_token","scope":"mail"}`)); err != nil {
			t.Errorf("%T: %v", c, err)
		}
		var refused *auth.OAuthError
		if err := c.(interface{ Failed() error }).Failed(); !errors.As(err, &refused) || !refused.TokenExpired() {
			t.Errorf("%T: %v", c, err)
		}
		if _, err := c.Next(nil); err == nil {
			t.Errorf("%T answers for ever", c)
		}
	}
}

func TestBadArguments(t *testing.T) {
	for _, c := range []sasl.Client{
		auth.Plain("", "", auth.NewSecret("x")), auth.Plain("", "a\x00b", auth.NewSecret("x")), auth.Plain("", "a", auth.NewSecret("b\x00")), auth.External("\x00"),
		auth.Anonymous(strings.Repeat("x", 256)), auth.OAuthBearer("u", auth.NewSecret("a\x01b"), "", 0), auth.XOAuth2("u\x01", auth.NewSecret("t")),
		auth.Login("", auth.NewSecret("x")), auth.CRAMMD5("", auth.NewSecret("x")),
	} {
		if _, _, err := c.Start(); !errors.Is(err, auth.ErrArgument) {
			t.Errorf("%T: %v", c, err)
		}
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	s := auth.NewSecret("hunter2")
	clients := []sasl.Client{auth.Plain("", "u", s), auth.Login("u", s), auth.CRAMMD5("u", s), auth.XOAuth2("u", s), auth.OAuthBearer("u", s, "", 0)}
	type holder struct {
		Password auth.Secret
		inner    auth.Secret
	}
	h := holder{s, s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", s, h, &h)
		fmt.Fprintf(&out, verb+"\n", clients)
		for _, c := range clients {
			fmt.Fprintf(&out, verb+"\n", c)
		}
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "s", s, "h", h)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "s", s, "h", h)
	json.NewEncoder(&out).Encode(map[auth.Secret]holder{s: h})
	fmt.Fprintln(&out, s, []auth.Secret{s})
	if strings.Contains(out.String(), "hunter2") || strings.Contains(out.String(), "68756e74657232") {
		t.Errorf("shown: %s", out.String())
	}
	if s.Reveal() != "hunter2" {
		t.Error("Reveal hides it")
	}
}

func ExampleSecret() {
	fmt.Println("the password is", auth.NewSecret("hunter2"))
	// Output: the password is [secret]
}
