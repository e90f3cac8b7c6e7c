package account

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

func no(command string, code parser.CodeName, text string) error {
	return &session.Error{Command: command, Status: parser.NO, Code: parser.Code{Name: code}, Text: text}
}

func bad(command, text string) error {
	return &session.Error{Command: command, Status: parser.BAD, Text: text}
}

func bye(code parser.CodeName, text string) error {
	return &session.Error{Status: parser.BYE, Code: parser.Code{Name: code}, Text: text}
}

// samples holds errors for each row of Causes, by the row's name. The texts come from public reports.
var samples = map[string][]error{
	`"Request is throttled", "Suggested Backoff Time"`: {
		bye("", "Request is throttled. Suggested Backoff Time: 299961 milliseconds"), bad("FETCH", "Request is throttled. Suggested Backoff Time: 2 milliseconds"),
		&session.Error{Command: "FETCH", Status: parser.NO, Text: "failed", Alerts: []string{"Request is throttled. Suggested Backoff Time: 5 milliseconds"}},
	},
	`[THROTTLED], "command or bandwidth limits", "rate limit"`: {
		no("FETCH", parser.CodeOverQuota, "Account exceeded command or bandwidth limits. (Failure)"), bye("THROTTLED", "slower"), no("SELECT", parser.CodeLimit, "SELECT Rate limit hit."),
		no("LOGIN", parser.CodeAlert, "Account exceeded command or bandwidth limits. (Failure)"), no("LOGIN", "", "Too many login attempts"),
	},
	`"Too many simultaneous connections", "Maximum number of connections"`: {
		no("LOGIN", parser.CodeAlert, "Too many simultaneous connections. (Failure)"), bye("", "Too many connections from your IP"),
		no("AUTHENTICATE", parser.CodeUnavailable, "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)"),
	},
	`"User is authenticated but not connected"`: {bad("SELECT", "User is authenticated but not connected."), no("LIST", "", "User is authenticated but not connected.")},
	`"Session expired"`:                         {bye("", "Session expired, please login again."), bye(parser.CodeAlert, "Session has expired")},
	`BAD "select a mailbox first"`:              {bad("UID FETCH", "Please select a mailbox first"), bad("FETCH", "No mailbox selected")},
	`"Basic authentication is disabled"`:        {no("LOGIN", "", "Basic authentication is disabled.")},
	`"Application-specific password required"`: {
		no("LOGIN", parser.CodeAlert, "Application-specific password required: https://support.example.com/ (Failure)"),
	},
	`[WEBALERT], "log in via your web browser"`: {no("LOGIN", parser.CodeWebAlert, "Web login required."), no("LOGIN", parser.CodeAlert, "Please log in via your web browser (Failure)")},
	`"not enabled for IMAP use"`:                {no("LOGIN", parser.CodeAlert, "Your account is not enabled for IMAP use. Please visit your settings"), no("LOGIN", "", "This account has been disabled")},
	`"Unsafe Login"`:                            {no("SELECT", "", "SELECT Unsafe Login. Please contact us for help")},
	"UNAVAILABLE":                               {no("AUTHENTICATE", parser.CodeUnavailable, "Unable to verify your password"), bye(parser.CodeUnavailable, "maintenance")},
	"AUTHENTICATIONFAILED":                      {no("LOGIN", parser.CodeAuthenticationFailed, "Invalid credentials (Failure)"), no("LOGIN", parser.CodeAuthenticationFailed, "wrong password, try again later")},
	"EXPIRED":                                   {no("LOGIN", parser.CodeExpired, "")},
	"AUTHORIZATIONFAILED":                       {no("AUTHENTICATE", parser.CodeAuthorizationFailed, "")},
	"CONTACTADMIN":                              {no("LOGIN", parser.CodeContactAdmin, "")},
	"PRIVACYREQUIRED":                           {no("LOGIN", parser.CodePrivacyRequired, "")},
	"REFERRAL":                                  {no("LOGIN", parser.CodeReferral, ""), bye(parser.CodeReferral, "")},
	"LIMIT at connecting":                       {bye(parser.CodeLimit, "busy"), no("LOGIN", parser.CodeLimit, "")},
	"LIMIT of a command that stores":            {no("UID STORE", parser.CodeLimit, "")},
	"LIMIT":                                     {no("UID FETCH", parser.CodeLimit, "")},
	"INUSE":                                     {no("SELECT", parser.CodeInUse, "")},
	"TEMPFAIL":                                  {no("APPEND", parser.CodeTempFail, "")},
	`"try again later", "temporary", "server busy"`: {
		no("UID FETCH", parser.CodeServerBug, "UID FETCH Server error - Please try again later"), no("LOGIN", "", "Temporary authentication failure."),
		bye("", "Server Busy. 13"), no("SELECT", "", "System Error (Failure)"),
	},
	"SERVERBUG": {no("SELECT", parser.CodeServerBug, "Internal problem")},
	"BADURL, URLMECH, BADEVENT, UNDEFINED-FILTER, BADCOMPARATOR": {no("NOTIFY", parser.CodeBadEvent, "")},
	"TOOFEW, TOOMANY": {no("UIDBATCHES", parser.CodeTooFew, "")},

	"*tls.CertificateVerificationError":                  {fmt.Errorf("dial: %w", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}})},
	"session.ErrNoTLS":                                   {session.ErrNoTLS},
	"transport.ErrInjected":                              {transport.ErrInjected},
	"tls.RecordHeaderError, tls.AlertError":              {tls.RecordHeaderError{Msg: "no TLS"}, fmt.Errorf("tls: %w", tls.AlertError(40))},
	"auth.ErrUnverified, ErrBinding, ErrDowngrade":       {auth.ErrUnverified, &auth.DowngradeError{}},
	"auth.ErrPlaintext, commands.ErrPlaintext":           {commands.ErrPlaintext, auth.ErrPlaintext},
	"account.TokenError":                                 {&TokenError{errors.New("invalid_grant")}},
	"auth.ErrNoMechanism":                                {&auth.NoMechanismError{}},
	"auth.ErrTokenExpired":                               {fmt.Errorf("%w", auth.ErrTokenExpired)},
	"auth.ErrArgument":                                   {&auth.ArgumentError{}},
	"NO or BAD at login without a code":                  {no("LOGIN", "", "LOGIN failed."), bad("AUTHENTICATE", "what?"), &commands.SignInError{Tried: []auth.Reason{{Mechanism: "PLAIN", Err: no("AUTHENTICATE", "", "no")}}}},
	"session.ErrNotIMAP":                                 {session.ErrNotIMAP},
	"BYE":                                                {bye("", "Autologout; idle for too long")},
	"session.ErrStalled":                                 {session.ErrStalled},
	"session.ErrLost, session.ErrClosed, session.ErrCut": {session.ErrLost, session.ErrClosed, session.ErrCut},
	"*net.DNSError, syscall.ECONNREFUSED, a dial that takes too long, …": {
		&net.DNSError{Err: "no such host"}, fmt.Errorf("dial: %w", syscall.ECONNREFUSED), context.DeadlineExceeded, io.EOF, &TokenError{&net.OpError{Op: "dial", Err: io.EOF}},
	},
	"*wire.SyntaxError":              {fmt.Errorf("LIST: %w", &wire.SyntaxError{})},
	"*session.StateError":            {&session.StateError{}},
	"*session.CapabilityError":       {&session.CapabilityError{}},
	"*wire.ArgumentError":            {&wire.ArgumentError{}},
	"*wire.LimitError":               {&wire.LimitError{}},
	"*session.MailboxError":          {&session.MailboxError{}},
	"*session.StaleError":            {&session.StaleError{}},
	"*session.KeptError":             {&session.KeptError{}},
	"session.ErrConcurrent, ErrBusy": {session.ErrConcurrent, session.ErrBusy},
	"commands.ErrNoAnswer":           {fmt.Errorf("%w: STATUS", commands.ErrNoAnswer)},
	"account.ErrUnfinished":          {ErrUnfinished},
	"account.ErrPartial":             {ErrPartial},
	"NO":                             {no("SELECT", "", "that does not go"), no("SELECT", "NEVERHEARDOF", "")},
	"BAD":                            {bad("SELECT", "what?")},
}

// TestEveryCause classifies the samples, unwrapped and wrapped in other errors. Each must match its row and no other.
func TestEveryCause(t *testing.T) {
	rows := map[string]bool{}
	for _, c := range Causes {
		list := samples[c.Name]
		if list == nil && c.Kind == ForCommand { // the row is named after its response code
			list = []error{no("SELECT", parser.CodeName(c.Name), "no")}
		}
		if list == nil {
			t.Errorf("%s has no sample", c.Name)
		}
		for _, err := range list {
			for _, err := range []error{err, fmt.Errorf("wrapped: %w", err), &commands.SignInError{Tried: []auth.Reason{{Mechanism: "PLAIN", Err: err}}}} {
				got := Classify(err)
				var e *Error
				if !errors.As(got, &e) || e.Cause != c {
					t.Errorf("%s: %v is classified as %+v", c.Name, err, e)
					continue
				}
				kind := map[Kind]error{ForGood: ErrForGood, ForNow: ErrForNow, ForCommand: ErrForCommand}
				for k, target := range kind {
					if errors.Is(got, target) != (k == c.Kind) {
						t.Errorf("%s: errors.Is says %v of %v", c.Name, k == c.Kind, target)
					}
				}
				if c.Reason != nil && !errors.Is(got, c.Reason) || !errors.Is(got, err) || KindOf(err) != c.Kind || got.Error() != err.Error() {
					t.Errorf("%s: %v has another reason, kind or text than the row or its sample", c.Name, got)
				}
				if again := Classify(fmt.Errorf("more: %w", got)); !errors.Is(again, got) || asError(again) != e {
					t.Errorf("%s: Classify has classified an error again: %v", c.Name, again)
				}
			}
		}
		rows[c.Name] = true
	}
	for name := range samples {
		if !rows[name] {
			t.Errorf("there is no row %s", name)
		}
	}
}

// TestNotClassified checks that Classify returns an error unchanged if the error matches no row.
func TestNotClassified(t *testing.T) {
	for _, err := range []error{nil, errors.New("other"), context.Canceled, &fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}} {
		if got := Classify(err); got != err {
			t.Errorf("Classify(%v) is %v, want the same error", err, got)
		}
	}
}

// TestNamedTime checks that Classify finds the time that a server's text names, and limits it.
func TestNamedTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"Request is throttled. Suggested Backoff Time: 299961 milliseconds": 299961 * time.Millisecond,
		"Suggested Backoff Time: 10 minutes":                                10 * time.Minute,
		"Rate limit hit, try again in 5 minutes":                            5 * time.Minute,
		"rate limit; retry after 30 seconds":                                30 * time.Second,
		"rate limit; wait for 2 hours":                                      2 * time.Hour,
		"Suggested Backoff Time: 999999999999 hours":                        maxWait,
		"Suggested Backoff Time: 99999999999999999999 milliseconds":         0,
		"Suggested Backoff Time: -5 milliseconds":                           0,
		"Suggested Backoff Time: soon":                                      0,
		"rate limit":                                                        0,
	} {
		e := asError(Classify(bye("THROTTLED", text)))
		if e == nil || e.Wait != want || !errors.Is(e, ErrThrottled) {
			t.Errorf("%q: %+v, want %v", text, e, want)
		}
	}
}
