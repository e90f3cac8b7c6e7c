package session_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// TestSecretsAreNeverTraced logs in with the most verbose tracing, and sends the secret as a string, in a literal and
// in base64. Then it searches the log for the secret.
func TestSecretsAreNeverTraced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const secret = "hunter2-s3cret"
		const quoted = "two \"words\" " + secret
		const lines = "two\r\nlines " + secret
		var log bytes.Buffer
		cfg := &session.Config{
			Logger:    slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: session.LevelTrace - 10})),
			TraceText: true,
		}
		enc := base64.StdEncoding.EncodeToString([]byte("\x00u\x00" + secret))
		s := play(t, cfg, "S: * OK [CAPABILITY IMAP4rev1 SASL-IR] hello\nC: A1 LOGIN u …\nS: A1 NO no\nC: A2 LOGIN u …\nS: A2 NO no\n"+
			"C: A3 LOGIN u {…}\nS: + go on\nC= \"two\\r\\nlines "+secret+"\"\nC: \nS: A3 NO no\nC: A4 AUTHENTICATE PLAIN "+enc+"\nS: + "+enc+"\nC: "+enc+"\nS: A4 OK "+secret+"\n"+
			"C: A5 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: A5 OK\n")
		for _, p := range []string{secret, quoted, lines} {
			cmd := session.Command{Name: "LOGIN", Args: func(e *wire.Encoder) { e.SP().AString("u").SP().Secret(p) }}
			if err := runCommand(t, s, cmd); err == nil {
				t.Error("LOGIN succeeded, although the server said NO")
			}
		}
		auth := session.Command{
			Name: "AUTHENTICATE", Flow: session.Alone, Then: session.Authenticated,
			Args: func(e *wire.Encoder) { e.SP().Atom("PLAIN").SP().Hidden(func() { e.Raw(enc) }) },
			More: func(_ context.Context, text []byte, e *wire.Encoder) error { e.Raw(enc); return nil },
			Stop: func(e *wire.Encoder) { e.Byte('*') },
		}
		if err := runCommand(t, s, auth); err != nil {
			t.Error(err)
		}
		text := log.String()
		for _, form := range []string{secret, "hunter2", "s3cret", enc, enc[:12], enc[8:20], base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret))} {
			if strings.Contains(text, form) {
				t.Errorf("%q is in the log:\n%s", form, text)
			}
		}
		if !strings.Contains(text, "LOGIN") || !strings.Contains(text, "AUTHENTICATE") || !strings.Contains(text, "[secret]") {
			t.Errorf("the log does not show both commands with [secret]:\n%s", text)
		}
	})
}

// TestTraceHidesText checks that the log shows strings only with Config.TraceText.
func TestTraceHidesText(t *testing.T) {
	for _, show := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			cfg := &session.Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: session.LevelTrace})), TraceText: show}
			s := play(t, cfg, preauth+"C: A1 X \"a private subject\"\nS: * LIST () \"/\" \"private \\x1b[2J\"\nS: A1 OK private text\n")
			if err := runCommand(t, s, session.Command{Name: "X", Args: func(e *wire.Encoder) { e.SP().Quoted("a private subject") }}); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(log.String(), "private") != show || strings.Contains(log.String(), "\x1b") {
				t.Errorf("with TraceText %v, the log is\n%s", show, log.String())
			}
		})
	}
}

// TestRepeatedSecretsAreNotTraced checks that the log does not show the secret if the server repeats it in an untagged
// response, in a continuation request and in the answer.
func TestRepeatedSecretsAreNotTraced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const secret = "hunter2-s3cret"
		var log bytes.Buffer
		cfg := &session.Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: session.LevelTrace})), TraceText: true}
		s := play(t, cfg, "S: * OK [CAPABILITY IMAP4rev1] hello\nC: A1 LOGIN u "+secret+"\nS: * BAD what is LOGIN u "+secret+"\nS: + "+secret+"\nS: A1 BAD what is "+secret+
			"\nC: A2 NOOP\nS: * NO shown\nS: A2 OK shown too\n")
		if err := runCommand(t, s, session.Command{Name: "LOGIN", Args: func(e *wire.Encoder) { e.SP().AString("u").SP().Hidden(func() { e.AString(secret) }) }}); err == nil {
			t.Error("LOGIN succeeded, although the server said BAD")
		}
		if err := runCommand(t, s, session.Command{Name: "NOOP", Answers: session.TaggedOnly}); err != nil {
			t.Error(err)
		}
		if text := log.String(); strings.Contains(text, "s3cret") || !strings.Contains(text, "shown too") {
			t.Errorf("the log shows the secret, or hides later text:\n%s", text)
		}
	})
}
