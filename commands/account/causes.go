package account

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"regexp"
	"slices"
	"syscall"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/wire"
)

// Cause is a row of the table by which errors are told apart: docs/errors.md is the same table.
type Cause struct {
	Name   string // the response code, the server's words, or the error in Go
	Kind   Kind
	Reason error  // ErrThrottled and the like; nil is none but the kind
	Means  string // what has happened
	Do     string // what to do about it

	match func(*evidence) bool
}

// evidence is what an error holds.
type evidence struct {
	err      error
	refusals []*session.Error // what the server said, of each thing that was tried
}

// code matches a response code.
func code(names ...parser.CodeName) func(*evidence) bool {
	return func(e *evidence) bool {
		return slices.ContainsFunc(e.refusals, func(r *session.Error) bool { return slices.Contains(names, r.Code.Name) })
	}
}

// says matches what a server says to a person, in lower case: texts of refusals, and alerts beside them.
func says(pattern string) func(*evidence) bool {
	re := regexp.MustCompile("(?i)" + pattern)
	return func(e *evidence) bool {
		return slices.ContainsFunc(e.refusals, func(r *session.Error) bool {
			return re.MatchString(r.Text) || re.MatchString(r.Hidden.Reveal()) || slices.ContainsFunc(r.Alerts, re.MatchString)
		})
	}
}

// is matches an error of Go's.
func is(targets ...error) func(*evidence) bool {
	return func(e *evidence) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(e.err, t) })
	}
}

// as matches a type of errors.
func as[T error](e *evidence) bool {
	var x T
	return errors.As(e.err, &x)
}

func either(fs ...func(*evidence) bool) func(*evidence) bool {
	return func(e *evidence) bool {
		return slices.ContainsFunc(fs, func(f func(*evidence) bool) bool { return f(e) })
	}
}

func all(fs ...func(*evidence) bool) func(*evidence) bool {
	return func(e *evidence) bool {
		return !slices.ContainsFunc(fs, func(f func(*evidence) bool) bool { return !f(e) })
	}
}

// of matches a refusal of one of those commands; "" is a greeting or a BYE.
func of(names ...string) func(*evidence) bool {
	return func(e *evidence) bool {
		return slices.ContainsFunc(e.refusals, func(r *session.Error) bool { return slices.Contains(names, r.Command) })
	}
}

// refused matches a refusal that has one of those statuses.
func refused(statuses ...parser.Status) func(*evidence) bool {
	return func(e *evidence) bool {
		return slices.ContainsFunc(e.refusals, func(r *session.Error) bool { return slices.Contains(statuses, r.Status) })
	}
}

// signIn matches a refusal to log in.
var signIn = of("LOGIN", "AUTHENTICATE")

// connecting matches a refusal to connect or to log in.
var connecting = of("", "LOGIN", "AUTHENTICATE")

// storing are the commands of which LIMIT tells that there is no room (RFC 5530 §3).
var storing = of("APPEND", "STORE", "UID STORE", "COPY", "UID COPY", "MOVE", "UID MOVE", "CREATE", "RENAME", "REPLACE", "UID REPLACE", "SETMETADATA", "SETACL", "SUBSCRIBE")

// Causes is the table, in the order in which it is gone through: the first row that fits is the one. It is not to be changed.
var Causes []*Cause

func init() {
	Causes = slices.Concat(textCauses(), codeCauses(), goCauses(), restCauses())
}

// textCauses is what servers say that have no code for it, or a misleading one. Each is a provider's, or several's.
func textCauses() []*Cause {
	return []*Cause{
		{`"Request is throttled", "Suggested Backoff Time"`, ForNow, ErrThrottled,
			"Microsoft 365 has had enough; it names a time in milliseconds, often five minutes, and then ends the connection.",
			"Wait as long as Error.Wait says. Account does.",
			says(`request is throttled|suggested backoff time`)},
		{`[THROTTLED], "command or bandwidth limits", "rate limit"`, ForNow, ErrThrottled,
			"Gmail: 2,500 MB were fetched, or 500 MB uploaded, within a day, or too many commands given; Yahoo says [LIMIT] and of what.",
			"Wait: minutes after a rate, up to a day after a volume. Fetch less: headers first, parts rather than messages, nothing twice.",
			either(code("THROTTLED"), says(`bandwidth limit|rate limit|too many (requests|commands|login|failed|attempts)`))},
		{`"Too many simultaneous connections", "Maximum number of connections"`, ForNow, ErrTooMany,
			"This account has as many connections as the server allows: 15 with Gmail, 10 with Dovecot as installed. Other programs' count too.",
			"Use fewer. Account lowers its own number and raises it again later.",
			says(`(too many|maximum (number of|allowed)|number of|exceeded).{0,40}(connections|sessions)|connection limit`)},
		{`"User is authenticated but not connected"`, ForNow, ErrUnavailable,
			"Microsoft 365 has let in somebody who has no mailbox there: the token is of another user or for Graph, or there are too many sessions.",
			"Ask for a token with the scope https://outlook.office.com/IMAP.AccessAsUser.All, for the user who is named; else wait.",
			says(`authenticated but not connected`)},
		{`"Session expired"`, ForNow, ErrLost,
			"Gmail ends a connection after 24 hours, or with the token that it was opened with, after one.",
			"Connect again, with a new token. Account does.",
			says(`session (has )?expired`)},
		{`BAD "select a mailbox first"`, ForNow, ErrLost,
			"iCloud has been seen to forget which mailbox is open.",
			"Connect again. Account does.",
			all(refused(parser.BAD), says(`select a mailbox|no mailbox (is )?(selected|open)`))},
		{`"Basic authentication is disabled"`, ForGood, ErrMechanism,
			"Microsoft has switched passwords off.",
			"Use OAuth: Credentials.Token.",
			says(`basic ?auth`)},
		{`"Application-specific password required"`, ForGood, ErrCredentials,
			"Gmail, iCloud and Yahoo take the password of the account only in a browser.",
			"Have the user make a password for this program, or use OAuth.",
			says(`app(lication)?[- ]specific password|app password`)},
		{`[WEBALERT], "log in via your web browser"`, ForGood, ErrAccount,
			"The provider wants to see the user in a browser before it lets programs in.",
			"Show the text and the link in it.",
			either(code(parser.CodeWebAlert), says(`web ?login|web browser`))},
		{`"not enabled for IMAP use"`, ForGood, ErrAccount,
			"The account is disabled, suspended or locked, or its user or administrator has not switched IMAP on.",
			"Show the text.",
			all(connecting, says(`not enabled|(is|been|account|imap)( \w+)? (disabled|suspended|locked|blocked)|imap access`))},
		{`"Unsafe Login"`, ForGood, ErrAccount,
			"NetEase opens a mailbox only for a program that has said what it is.",
			"Set Options.ID, with a name, a version and a vendor.",
			says(`unsafe login`)},
	}
}

// codeCauses is the response codes of RFC 9051 §7.1, RFC 5530 and their extensions.
func codeCauses() []*Cause {
	const fix = "Correct the request."
	return []*Cause{
		{"UNAVAILABLE", ForNow, ErrUnavailable, "A part of the server is down. It is no wrong password, at login either: iCloud says it there.", "Try again later.", code(parser.CodeUnavailable)},
		{"AUTHENTICATIONFAILED", ForGood, ErrCredentials, "The user name, password or token is wrong.", "Ask the user. Do not try again by yourself: accounts are locked for it.", code(parser.CodeAuthenticationFailed)},
		{"EXPIRED", ForGood, ErrCredentials, "The password or token is right and too old.", "Ask the user for a new one.", code(parser.CodeExpired)},
		{"AUTHORIZATIONFAILED", ForGood, ErrAccount, "The credentials are right, but not good for acting as that user.", "Look at Credentials.Authzid, and at the account's rights.", code(parser.CodeAuthorizationFailed)},
		{"CONTACTADMIN", ForGood, ErrAccount, "Only the server's administrator can help.", "Show the text.", code(parser.CodeContactAdmin)},
		{"PRIVACYREQUIRED", ForGood, ErrTLS, "The server does it only over TLS.", "Use an imaps: or imap+starttls: URL.", code(parser.CodePrivacyRequired)},
		{"REFERRAL", ForGood, ErrAccount, "The account is on another server (RFC 2221); the code holds its URL.", "Connect to that one, if it is to be trusted.", all(connecting, code(parser.CodeReferral))},
		{"LIMIT at connecting", ForNow, ErrTooMany, "There are too many connections.", "Use fewer. Account does.", all(connecting, code(parser.CodeLimit))},
		{"LIMIT of a command that stores", ForCommand, nil, "There are more flags, mailboxes or the like than the server can hold.", "Store less, or tell the user.", all(storing, code(parser.CodeLimit))},
		{"LIMIT", ForNow, ErrThrottled, "Too much was asked for at a time; Yahoo says so of SELECT and FETCH.", "Wait, then ask for less at a time.", code(parser.CodeLimit)},
		{"INUSE", ForNow, ErrInUse, "Another client holds the mailbox, or the server itself.", "Try again in a few seconds.", code(parser.CodeInUse)},
		{"TEMPFAIL", ForNow, ErrUnavailable, "The server could not reach what it needed.", "Try again later.", code(parser.CodeTempFail)},
		{"NONEXISTENT", ForCommand, nil, "There is no such mailbox, or none any more.", "List the mailboxes again.", code(parser.CodeNonExistent)},
		{"TRYCREATE", ForCommand, nil, "There is no such mailbox, and it could be created.", "CREATE it, then do the same again.", code(parser.CodeTryCreate)},
		{"ALREADYEXISTS", ForCommand, nil, "There is such a mailbox already.", "Go on as if it had been created.", code(parser.CodeAlreadyExists)},
		{"NOPERM", ForCommand, nil, "The user may not do that.", "Ask MYRIGHTS; show the user less.", code(parser.CodeNoPerm)},
		{"READ-ONLY", ForCommand, nil, "The mailbox was opened to read, or can only be read.", "Open it by SELECT.", code(parser.CodeReadOnly)},
		{"OVERQUOTA", ForCommand, nil, "There is no room for it.", "Tell the user; delete something. Of Gmail it may be a limit on bandwidth: see above.", code(parser.CodeOverQuota)},
		{"TOOBIG", ForCommand, nil, "The message, or another literal, is bigger than the server takes.", "Ask for APPENDLIMIT before.", code(parser.CodeTooBig)},
		{"MESSAGELIMIT", ForCommand, nil, "More messages than the server handles in one command (RFC 9738); a part may have been done.", "Give it so many at a time, by UID.", code(parser.CodeMessageLimit)},
		{"CANNOT", ForCommand, nil, "The server never does that, however often it is asked.", "Do it in another way.", code(parser.CodeCannot)},
		{"EXPUNGEISSUED", ForCommand, nil, "Some of the messages were gone already.", "Wait for EXPUNGE, or NOOP, and look again.", code(parser.CodeExpungeIssued)},
		{"HASCHILDREN", ForCommand, nil, "The mailbox has others below it.", "Delete those first.", code(parser.CodeHasChildren)},
		{"BADCHARSET", ForCommand, nil, "The server does not search in that charset.", "Use one of those that the code names, or US-ASCII.", code(parser.CodeBadCharset)},
		{"UNKNOWN-CTE", ForCommand, nil, "The server cannot decode the part.", "Fetch it by BODY and decode it yourself.", code(parser.CodeUnknownCTE)},
		{"NOTSAVED", ForCommand, nil, "There is no result of a search that $ could stand for.", "Search again.", code(parser.CodeNotSaved)},
		{"MODIFIED", ForCommand, nil, "Somebody else has changed the messages since (RFC 7162).", "Look at them, then store again.", code(parser.CodeModified)},
		{"UIDREQUIRED", ForCommand, nil, "Sequence numbers were used after UIDONLY was enabled.", "Use UIDs.", code(parser.CodeUIDRequired)},
		{"USEATTR", ForCommand, nil, "The server gives that special use to no mailbox.", "CREATE it without.", code(parser.CodeUseAttr)},
		{"BADURL, URLMECH, BADEVENT, UNDEFINED-FILTER, BADCOMPARATOR", ForCommand, nil, "The server does not know what was named.", fix,
			code(parser.CodeBadURL, parser.CodeURLMech, parser.CodeBadEvent, parser.CodeUndefinedFilter, parser.CodeBadComparator)},
		{"TOOFEW, TOOMANY", ForCommand, nil, "Batches of UIDs were asked for that are smaller, or more, than the server makes (RFC 10022).", "Ask for others.", code(parser.CodeTooFew, parser.CodeTooMany)},
		{"CLIENTBUG", ForCommand, nil, "The server thinks that the program is wrong.", "Report it, with a trace.", code(parser.CodeClientBug)},
		{"PARSE", ForCommand, nil, "The server cannot read the message.", "Go on without it.", code(parser.CodeParse)},
		{"CORRUPTION", ForCommand, nil, "The server's data is damaged.", "Go on with other messages; tell the user to tell the provider.", code(parser.CodeCorruption)},
		{`"try again later", "temporary", "server busy"`, ForNow, ErrUnavailable, "The server cannot do it now and has no code that says so.", "Try again later.",
			says(`try (again )?later|try again in|temporar|server (is )?(busy|unavailable)|currently unavailable|timed? ?out|system error|internal (server )?error`)},
		{"SERVERBUG", ForCommand, nil, "The server has found a mistake of its own.", "Go on with other messages; one may cause it.", code(parser.CodeServerBug)},
	}
}

// goCauses is what did not come from the server's words.
func goCauses() []*Cause {
	return []*Cause{
		{"*tls.CertificateVerificationError", ForGood, ErrTLS, "The certificate is not for that host, has expired, or nobody who is trusted has signed it.", "Show it to the user. It may be another network's sign-in page.",
			either(as[*tls.CertificateVerificationError], as[x509.HostnameError], as[x509.UnknownAuthorityError], as[x509.CertificateInvalidError])},
		{"session.ErrNoTLS", ForGood, ErrTLS, "STARTTLS was asked for, and the server goes on without.", "Use an imaps: URL. Never go on in clear by yourself.", is(session.ErrNoTLS)},
		{"transport.ErrInjected", ForGood, ErrTLS, "Somebody has put clear text before the TLS handshake.", "Use another network.", is(transport.ErrInjected)},
		{"tls.RecordHeaderError, tls.AlertError", ForGood, ErrTLS, "The port does not speak TLS, or none that both sides know.", "Look at the port and the scheme of the URL.", either(as[tls.RecordHeaderError], as[tls.AlertError])},
		{"auth.ErrUnverified, ErrBinding, ErrDowngrade", ForGood, ErrTLS, "The server may not be the one that knows the password.", "Do not log in. Tell the user.", is(auth.ErrUnverified, auth.ErrBinding, auth.ErrDowngrade)},
		{"auth.ErrPlaintext, commands.ErrPlaintext", ForGood, ErrTLS, "Others could read the password; it was not sent.", "Use TLS.", is(auth.ErrPlaintext, commands.ErrPlaintext)},
		{"account.TokenError", ForGood, ErrCredentials, "The function that is asked for tokens has none: the user has taken the permission back, say.", "Let the user sign in again. If it was the network, the error is for now.",
			func(e *evidence) bool { return as[*TokenError](e) && !netError(e) }},
		{"auth.ErrNoMechanism", ForGood, ErrMechanism, "The server offers no way to log in with what there is.", "NoMechanismError says what it offers, and why none will do.", is(auth.ErrNoMechanism)},
		{"auth.ErrTokenExpired", ForGood, ErrCredentials, "The server does not take the token, nor the one that replaced it.", "Let the user sign in again; look at the token's scope.", is(auth.ErrTokenExpired)},
		{"auth.ErrArgument", ForGood, ErrCredentials, "The user name or password has what cannot be sent.", "Ask the user.", is(auth.ErrArgument)},
		{"NO or BAD at login without a code", ForGood, ErrCredentials, "Most servers that are older than RFC 5530 say it of a wrong password.", "Show the text, and ask the user.", all(signIn, refused(parser.NO, parser.BAD))},
		{"session.ErrNotIMAP", ForNow, ErrNetwork, "What answers is no IMAP server.", "Look at the host and the port; it may be another network's sign-in page.", is(session.ErrNotIMAP)},
		{"BYE", ForNow, ErrLost, "The server has ended the connection; it shuts down, or nothing was said for half an hour.", "Connect again. Account does.", refused(parser.BYE)},
		{"session.ErrStalled", ForNow, ErrLost, "The server was silent for longer than Config.StallTimeout.", "Connect again. Account does.", is(session.ErrStalled)},
		{"session.ErrLost, session.ErrClosed, session.ErrCut", ForNow, ErrLost, "The connection has ended.", "Connect again. Account does, and repeats what was surely not sent.", is(session.ErrLost, session.ErrClosed, session.ErrCut)},
		{"*net.DNSError, syscall.ECONNREFUSED, a dial that takes too long, …", ForNow, ErrNetwork, "No connection could be made.", "Try again, ever more seldom. Account does.", netError},
		{"*session.StateError", ForCommand, nil, "No mailbox is open, or somebody has logged in already; nothing was sent.", fixProgram, as[*session.StateError]},
		{"*session.CapabilityError", ForCommand, nil, "The server does not offer that; nothing was sent.", "Do it in another way.", as[*session.CapabilityError]},
		{"*wire.ArgumentError", ForCommand, nil, "An argument cannot be sent; nothing was.", fixProgram, as[*wire.ArgumentError]},
		{"*wire.LimitError", ForCommand, nil, "The server sent more than the program wants to hold.", "Ask for less, take a Stream, or raise the limit.", as[*wire.LimitError]},
		{"*wire.SyntaxError", ForCommand, nil, "The server has sent what cannot be read. The next answer can be.", "Report it, with a trace.", as[*wire.SyntaxError]},
		{"*session.MailboxError", ForCommand, nil, "The command was started for a mailbox that was not open when its turn came.", "Open the mailbox, and look at the error of its SELECT.", as[*session.MailboxError]},
		{"*session.StaleError", ForCommand, nil, "Messages went after the command was started, so its sequence numbers are those of others; nothing was sent.", "Take UIDs, or find the numbers anew.", as[*session.StaleError]},
		{"*session.KeptError", ForCommand, nil, "More of a stream's data came before its loop than may be kept.", "Read the streams in their order, ask for less, or raise Config.MaxKept.", as[*session.KeptError]},
		{"session.ErrConcurrent, ErrBusy", ForCommand, nil, "A session was used by two goroutines, or in a handler.", fixProgram, is(session.ErrConcurrent, session.ErrBusy)},
		{"commands.ErrNoAnswer", ForCommand, nil, "The server said OK to a question and did not answer it. That is no empty answer.", "Ask in another way.", is(commands.ErrNoAnswer)},
		{"account.ErrUnfinished", ForCommand, nil, "A function given to Account.Do has started commands and not waited for them; they may not have been sent.", fixProgram, is(ErrUnfinished)},
		{"account.ErrPartial", ForNow, ErrUnavailable, "The listing of mailboxes, or of the messages of one, cannot be all of it.", "Keep what you know; ask again later.", is(ErrPartial)},
	}
}

const fixProgram = "Correct the program."

// restCauses is what is left of refusals.
func restCauses() []*Cause {
	return []*Cause{
		{"NO", ForCommand, nil, "The server refuses the command.", "Show the text.", refused(parser.NO)},
		{"BAD", ForCommand, nil, "The server does not understand the command.", "Report it, with a trace.", refused(parser.BAD)},
	}
}

// The causes that are known by where an error comes from, and not by what it is.
var (
	unknownDial = &Cause{"an error of a Dialer, or of Options.Prepare, of the program's own", ForNow, ErrNetwork, "No connection could be made.", "Try again, ever more seldom. Account does.", nil}
	givenUp     = &Cause{`"session: given up"`, ForNow, ErrLost, "The server has sent what leaves no way to go on: it is over a limit, or no IMAP.", "Connect again. Account does.", nil}
)

// netError matches what dialling says, and what comes of connections.
func netError(e *evidence) bool {
	if as[*fs.PathError](e) {
		return false // a file's
	}
	return as[net.Error](e) || as[syscall.Errno](e) || as[*net.AddrError](e) ||
		is(io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, context.DeadlineExceeded)(e)
}
