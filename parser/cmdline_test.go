package parser

import (
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
		{"equals sign, which is for the initial response", "=\n", "", "want base64"},
		{"announces a literal, which it cannot", "{5}\n", "", "want base64"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := commandsOf("A1 AUTHENTICATE PLAIN\n" + tt.line + "A2 NOOP\n")
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
			got, err := r.ReadAnswer([]byte("-"))
			if string(got) != "-"+tt.want || (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q, %v", got, err)
			}
			var bad *BadCommand
			if errors.As(err, &bad) && string(bad.Tag) != "A1" {
				t.Errorf("tag %q", bad.Tag)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Error("the error shows the secret")
			}
			if string(r.Head().Tag) != "A1" {
				t.Errorf("the head has gone: %q", r.Head().Tag)
			}
			if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
				t.Error(h, err)
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
			t.Errorf("%q: %v", line, err)
		}
		if h, err := r.Next(); err != nil || string(h.Tag) != "A3" {
			t.Error(h, err)
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
		t.Fatal(err)
	}
	if h, err := r.Next(); err != nil || string(h.Tag) != "A2" {
		t.Error(h, err)
	}
	if _, err := r.ReadLine(); err != io.EOF {
		t.Error(err)
	}
}

func TestReadLineBareLF(t *testing.T) {
	r := commandsOf("A1 IDLE\nDONE")
	r.in = wire.NewReader(strings.NewReader("A1 IDLE\r\nDONE\n"), wire.Limits{})
	r.SetRules(wire.Strict)
	r.Next()
	if err := r.ReadDone(); err == nil {
		t.Error("a bare LF was taken by a strict reader")
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	l := LoginArgs{User: "fred", Password: "s3cret"}
	a := AuthenticateArgs{Mechanism: "PLAIN", Initial: []byte("s3cret")}
	for _, v := range []any{l, &l, a, &a, struct{ L LoginArgs }{l}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, "s3cret") || strings.Contains(s, "115, 51") {
				t.Errorf("%s of %T: %s", verb, v, s)
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
	if got := strings.Join(hidden, " "); got != "s3cret czNjcmV0" {
		t.Errorf("marked as secret: %q", got)
	}
}
