package parser

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestReadAnswer(t *testing.T) {
	for _, tt := range []struct{ name, line, want, err string }{
		{"answer", "AGZyZWQAczNjcmV0\n", "\x00fred\x00s3cret", ""},
		{"nothing", "\n", "", ""},
		{"padded", "YQ==\n", "a", ""},
		{"cancelled", "*\n", "", "cancelled"},
		{"not base64", "s3cret!\n", "", "want base64"},
		{"padding left out", "YQ\n", "", "want base64"},
		{"bits left over", "YR==\n", "", "want base64"},
		{"after the padding", "YQ==YQ==\n", "", "want base64"},
		{"spaces", " YQ== \n", "", "want base64"},
		{"equals sign, which only an initial response can be", "=\n", "", "want base64"},
		{"literal", "{5}\n", "", "want base64"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := commandsOf("A1 AUTHENTICATE PLAIN\n" + tt.line + "A2 NOOP\n")
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
			got, err := r.ReadAnswer([]byte("-"))
			if string(got) != "-"+tt.want || (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %q, error %v, want %q, error %q", got, err, "-"+tt.want, tt.err)
			}
			var bad *BadCommand
			if errors.As(err, &bad) && string(bad.Tag) != "A1" {
				t.Errorf("the BadCommand has the tag %q, want A1", bad.Tag)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Error("the error shows the secret")
			}
			if string(r.Head().Tag) != "A1" {
				t.Errorf("the tag of the command is %q after ReadAnswer, want A1", r.Head().Tag)
			}
			if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
				t.Errorf("then read %v, error %v, want the command A2", h, err)
			}
		})
	}
}

func TestReadDone(t *testing.T) {
	for line, ok := range map[string]bool{"DONE\n": true, "done\n": true, "DONE \n": false, "A2 NOOP\n": false, "\n": false, "DONE {3}\n": false} {
		r := commandsOf("A1 IDLE\n" + line + "A3 NOOP\n")
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		err := r.ReadDone()
		var bad *BadCommand
		if (err == nil) != ok || err != nil && (!errors.As(err, &bad) || string(bad.Tag) != "A1") {
			t.Errorf("%q: error %v, want none: %t", line, err, ok)
		}
		if h, err := r.Next(); err != nil || string(h.Tag) != "A3" {
			t.Errorf("%q: then read %v, error %v, want the command A3", line, h, err)
		}
	}
}

func TestReadLineResumes(t *testing.T) {
	r := NewCommandReader(wire.NewReader(&hiccup{b: []byte("A1 IDLE\r\nDONE\r\nA2 NOOP\r\n")}, wire.Limits{}))
	for {
		if _, err := r.Next(); err == nil {
			break
		}
	}
	for {
		err := r.ReadDone()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		break
	}
}

func TestReadLineLimits(t *testing.T) {
	r := NewCommandReader(wire.NewReader(strings.NewReader("A1 IDLE\r\n"+strings.Repeat("x", 1000)+"\r\nA2 NOOP\r\n"), wire.Limits{Message: 100}))
	r.Next()
	_, err := r.ReadLine()
	if limit := (*wire.LimitError)(nil); !errors.As(err, &limit) {
		t.Fatalf("error %v, want a LimitError", err)
	}
	if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
		t.Errorf("then read %v, error %v, want the command A2", h, err)
	}
	if _, err := r.ReadLine(); err != io.EOF {
		t.Errorf("ReadLine returned %v after the last command, want io.EOF", err)
	}
}

func TestReadLineBareLF(t *testing.T) {
	r := commandsOf("A1 IDLE\nDONE")
	r.in = wire.NewReader(strings.NewReader("A1 IDLE\r\nDONE\n"), wire.Limits{})
	r.SetRules(wire.Strict)
	r.Next()
	if err := r.ReadDone(); err == nil {
		t.Error("ReadDone accepted a bare LF with wire.Strict")
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	l := LoginArgs{User: "fred", Password: "s3cret"}
	a := AuthenticateArgs{Mechanism: "PLAIN", Initial: []byte("s3cret")}
	for _, v := range []any{l, &l, a, &a, struct{ L LoginArgs }{l}} {
		if b, err := json.Marshal(v); err != nil || strings.Contains(string(b), "s3cret") || strings.Contains(string(b), base64.StdEncoding.EncodeToString([]byte("s3cret"))) {
			t.Errorf("json.Marshal of %T writes %s, %v", v, b, err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%c", "%t"} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, "s3cret") || strings.Contains(s, "115, 51") || strings.Contains(s, "115 51") || strings.Contains(s, "7333") {
				t.Errorf("%s of %T prints the secret: %s", verb, v, s)
			}
		}
	}
	e := wire.NewEncoder(wire.Mode{})
	l.Encode(e)
	a.Encode(e)
	e.CRLF()
	var hidden []string
	for _, s := range e.Segments() {
		for _, span := range s.Secrets {
			hidden = append(hidden, string(s.Bytes[span.Start:span.End]))
		}
	}
	if got, want := strings.Join(hidden, " "), "s3cret czNjcmV0"; got != want {
		t.Errorf("%q is marked as secret, want %q", got, want)
	}
}
