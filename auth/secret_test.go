package auth_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"github.com/emersion/go-sasl"
	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/auth"
)

const canary = "hunter2"

// leaks reports whether text has the secret of these tests (the constant canary), plain or in one of several encodings.
func leaks(text string) bool {
	for _, form := range []string{
		canary, hex.EncodeToString([]byte(canary)), strings.ToUpper(hex.EncodeToString([]byte(canary))),
		base64.StdEncoding.EncodeToString([]byte(canary)), fmt.Sprint([]byte(canary)), fmt.Sprintf("%#v", []byte(canary)), fmt.Sprintf("% x", canary),
		strings.Trim(fmt.Sprint([]byte(canary)), "[]"),
	} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

type holder struct {
	Password auth.Secret
	inner    auth.Secret
	Pointer  *auth.Secret
	List     []auth.Secret
	Map      map[string]auth.Secret
	Any      any
}

// holders returns a value of each type of this package that has a secret, with the canary as its secret.
func holders() map[string]any {
	s := auth.NewSecret(canary)
	cred := auth.Credentials{Username: "alice", Password: s, Token: auth.StaticToken(s), Own: []auth.Mechanism{{Name: "X"}}}
	h := holder{s, s, &s, []auth.Secret{s}, map[string]auth.Secret{"k": s}, s}
	out := map[string]any{
		"secret": s, "pointer": &s, "struct": h, "pointer to struct": &h, "slice": []auth.Secret{s}, "map": map[string]auth.Secret{"k": s},
		"credentials": cred, "pointer to credentials": &cred, "credentials in a struct": struct{ c auth.Credentials }{cred},
		"credentials in an exported field": struct{ C auth.Credentials }{cred}, "array": [1]auth.Secret{s},
	}
	for mech, f := range makers {
		c := f("", "alice", s)
		c.Start()
		out[mech] = c
		out[mech+" in a struct"] = struct{ c sasl.Client }{c}
		out[mech+" in an exported field"] = struct{ C sasl.Client }{c}
		srv, err := auth.NewServer(mech, alice(nil))
		if err != nil {
			panic(err)
		}
		c = f("", "alice", s)
		exchange(c, srv, true)
		out[mech+" at the end"] = c
		out[mech+" server"] = srv
	}
	list, err := auth.Candidates(strings.Fields("PLAIN XOAUTH2"), auth.Options{Secure: true}, cred)
	if err != nil {
		panic(err)
	}
	list[1].Client(context.Background())
	out["candidates"], out["candidate"] = list, list[1]
	cache := &keptCache{}
	exchange(auth.SCRAM(auth.SCRAMSHA1, "alice", s, &auth.SCRAMOptions{Keys: cache}), newServer(auth.SCRAMSHA1), true)
	out["keys"] = cache.keys
	memory := auth.NewKeyCache()
	memory.Store(auth.KeyID{User: "alice"}, s, cache.keys)
	out["cache"] = memory
	stored, _ := auth.NewStoredKeys(auth.SCRAMSHA1, s, "salt", 4096)
	out["stored keys"] = stored
	return out
}

func newServer(mech string) *auth.Server {
	s, err := auth.NewServer(mech, alice(nil))
	if err != nil {
		panic(err)
	}
	return s
}

func TestSecretIsNeverShown(t *testing.T) {
	for name, x := range holders() {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%b", "%U", "%c", "%e", "%t", "%p", "%10.3s", "%-20v", "%T", "%w", "%!"} {
			fmt.Fprintf(&out, verb+"\n", x)
		}
		fmt.Fprint(&out, x)
		fmt.Fprintln(&out, x)
		fmt.Fprintln(&out, fmt.Errorf("error with %v and %s", x, x))
		for _, h := range []slog.Handler{
			slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.Level(-100)}), slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.Level(-100)}),
		} {
			l := slog.New(h)
			l.Debug("x", "x", x, slog.Group("g", "x", x))
			l.With("x", x).WithGroup("y").Error("x", slog.Any("any", x))
		}
		json.NewEncoder(&out).Encode(x)
		json.NewEncoder(&out).Encode(map[string]any{"x": x})
		xml.NewEncoder(&out).Encode(x)
		gob.NewEncoder(&out).Encode(x)
		template.Must(template.New("").Parse("{{.}} {{printf `%v` .}}")).Execute(&out, x)
		walk(&out, reflect.ValueOf(x), 0)
		if leaks(out.String()) {
			t.Errorf("%s: the output shows the secret: %.2000s", name, out.String())
		}
		func() {
			defer func() {
				if r := fmt.Sprint(recover()); leaks(r) {
					t.Errorf("%s: a panic shows the secret: %s", name, r)
				}
			}()
			panic(x)
		}()
	}
	out := map[auth.Secret]int{auth.NewSecret(canary): 1}
	if b, err := json.Marshal(out); leaks(string(b)) || err != nil {
		t.Errorf("a Secret as the key of a map: %s, %v", b, err)
	}
	if diff := cmp.Diff(auth.NewSecret(canary), auth.NewSecret("other")); diff == "" || leaks(diff) {
		t.Errorf("cmp.Diff finds no difference, or shows the secret: %s", diff)
	}
}

// walk prints all values that reflection can reach through unexported fields and pointers, as some debug printers do.
func walk(out *bytes.Buffer, v reflect.Value, depth int) {
	if depth > 12 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Type().String() != "*auth.ServerConfig" { // a ServerConfig is the caller's, not the package's
			walk(out, v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walk(out, v.Field(i), depth+1)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walk(out, v.Index(i), depth+1)
		}
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			out.Write(v.Bytes())
		}
	case reflect.Map:
		for i := v.MapRange(); i.Next(); {
			walk(out, i.Key(), depth+1)
			walk(out, i.Value(), depth+1)
		}
	case reflect.String:
		out.WriteString(v.String() + "\n")
	}
}

// TestSecretInCrash checks the output of a process that panics with a secret as the argument.
func TestSecretInCrash(t *testing.T) {
	if os.Getenv("AUTH_CRASH") != "" {
		panic(holders()[os.Getenv("AUTH_CRASH")])
	}
	for _, name := range []string{"secret", "struct", "credentials", "SCRAM-SHA-256", "PLAIN"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestSecretInCrash$")
		cmd.Env = append(os.Environ(), "AUTH_CRASH="+name, "GOTRACEBACK=all")
		out, err := cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("panic")) || leaks(string(out)) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestSecretInErrors causes each error of the package, and checks that its text does not have the secret.
func TestSecretInErrors(t *testing.T) {
	s := auth.NewSecret(canary)
	var errs []error
	for _, f := range makers {
		for _, bad := range []string{canary + "\x00", "\x00" + canary + "\r\n\x01"} {
			_, _, err := f("", "alice", auth.NewSecret(bad)).Start()
			_, _, err2 := f("", "a\x00\x01", s).Start()
			errs = append(errs, err, err2)
		}
		for _, challenge := range []string{"", "x", "r=" + canary, canary, `{"status":1}`, "\x00"} {
			c := f("", "alice", s)
			c.Start()
			for range 4 {
				_, err := c.Next([]byte(challenge))
				errs = append(errs, err, auth.Outcome(c, nil, errNo), auth.Outcome(c, nil, nil))
			}
		}
	}
	for mech := range makers {
		for _, response := range []string{canary, "\x00alice\x00" + canary + "x", "n,,n=" + canary + ",r=", "username=" + canary, "user=alice\x01auth=Bearer " + canary + "x\x01\x01"} {
			srv := newServer(mech)
			_, _, err := srv.Next([]byte(response))
			_, _, err2 := srv.Next([]byte(response))
			errs = append(errs, err, err2)
		}
	}
	for _, err := range errs {
		if err == nil {
			continue
		}
		if text := fmt.Sprintf("%v %+v %#v", err, err, err); leaks(err.Error()) || leaks(text) && !errors.Is(err, errNo) {
			t.Errorf("an error shows the secret: %s", text)
		}
		if !strings.HasPrefix(err.Error(), "auth: ") && !errors.Is(err, errNo) {
			t.Errorf("the text of an error does not begin with \"auth: \": %v", err)
		}
	}
}

func TestSecret(t *testing.T) {
	s := auth.NewSecret(canary)
	if s.Reveal() != canary || s.Empty() || !(auth.Secret{}).Empty() || !auth.NewSecret("").Empty() || (auth.Secret{}).Reveal() != "" {
		t.Error("Reveal or Empty returns a wrong result")
	}
	if !s.Equal(auth.NewSecret(canary)) || s.Equal(auth.NewSecret("x")) || !(auth.Secret{}).Equal(auth.NewSecret("")) {
		t.Error("Equal returns a wrong result")
	}
	var cfg struct{ Password auth.Secret }
	if err := json.Unmarshal([]byte(`{"password":"hunter2"}`), &cfg); err != nil || cfg.Password.Reveal() != canary {
		t.Errorf("a Secret read from JSON: %v", err)
	}
	b, _ := json.Marshal(cfg)
	if err := json.Unmarshal(b, &cfg); err == nil || cfg.Password.Reveal() != canary {
		t.Errorf("UnmarshalText accepts the placeholder: %s, %v", b, err)
	}
	for _, x := range []any{s, auth.Credentials{Password: s}, auth.Plain("", "u", s)} {
		for _, text := range []string{fmt.Sprint(x), fmt.Sprintf("%#v", x), fmt.Sprintf("%d", x), x.(slog.LogValuer).LogValue().String()} {
			if text != "[secret]" {
				t.Errorf("%T: %q", x, text)
			}
		}
		if b, err := json.Marshal(x); string(b) != `"[secret]"` || err != nil {
			t.Errorf("%T: %s, %v", x, b, err)
		}
	}
}
