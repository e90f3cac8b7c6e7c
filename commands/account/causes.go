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

// Cause is a row of the table by which Classify classifies errors. docs/errors.md shows the table.
type Cause struct {
	Name   string // the response code, the server's words, or the Go error that the row is about
	Kind   Kind
	Reason error  // for errors.Is: ErrThrottled, for example; nil if no such error fits
	Means  string // what has happened, as a sentence for a person
	Do     string // what to do about it, as a sentence for a person

	match func(*evidence) bool
}

// evidence is an error to classify, and what it contains.
type evidence struct {
	err      error
	refusals []*session.Error // each NO, BAD or BYE that the error wraps: a sign-in may have tried several mechanisms
}

// code matches refusals with one of the response codes.
func code(names ...parser.CodeName) func(*evidence) bool {
	return func(e *evidence) bool {
		return slices.ContainsFunc(e.refusals, func(r *session.Error) bool { return slices.Contains(names, r.Code.Name) })
	}
}

// says matches the texts of refusals, and the alerts that came with them, against a regular expression. It ignores
// case.
func says(pattern string) func(*evidence) bool {
	re := regexp.MustCompile("(?i)" + pattern)
	return func(e *evidence) bool {
		return slices.ContainsFunc(e.refusals, func(r *session.Error) bool {
			return re.MatchString(r.Text) || re.MatchString(r.Hidden.Reveal()) || slices.ContainsFunc(r.Alerts, re.MatchString)
		})
	}
}

// is matches errors for which errors.Is finds one of the targets.
func is(targets ...error) func(*evidence) bool {
	return func(e *evidence) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(e.err, t) })
	}
}

// as matches errors in which errors.As finds the type T.
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

// command matches refusals of one of the named commands. "" stands for a greeting or a BYE.
func command(names ...string) func(*evidence) bool {
	return func(e *evidence) bool {
		return slices.ContainsFunc(e.refusals, func(r *session.Error) bool { return slices.Contains(names, r.Command) })
	}
}

// refused matches refusals that have one of the statuses.
func refused(statuses ...parser.Status) func(*evidence) bool {
	return func(e *evidence) bool {
		return slices.ContainsFunc(e.refusals, func(r *session.Error) bool { return slices.Contains(statuses, r.Status) })
	}
}

// signIn matches refusals to log in.
var signIn = command("LOGIN", "AUTHENTICATE")

// connecting matches refusals of the connection or of the login.
var connecting = command("", "LOGIN", "AUTHENTICATE")

// storing matches refusals of commands that store something. In the answer to these commands, the code LIMIT says that
// the server has no room (RFC 5530 §3).
var storing = command("APPEND", "STORE", "UID STORE", "COPY", "UID COPY", "MOVE", "UID MOVE", "CREATE", "RENAME", "REPLACE", "UID REPLACE", "SETMETADATA", "SETACL", "SUBSCRIBE")

// Causes is the table by which Classify classifies errors: the first row that matches an error is its cause. A
// program must not change it.
var Causes []*Cause

func init() {
	Causes = slices.Concat(textCauses(), codeCauses(), goCauses(), restCauses())
}

// textCauses returns the rows for servers that send no response code, or a misleading one. Each row is about the
// texts of one or several providers.
func textCauses() []*Cause {
	return []*Cause{
		{`"Request is throttled", "Suggested Backoff Time"`, ForNow, ErrThrottled,
			"Microsoft 365 throttles; it names a time in milliseconds, often five minutes, and then ends the connection.",
			"Wait as long as Error.Wait says. Account does so.",
			says(`request is throttled|suggested backoff time`)},
		{`[THROTTLED], "command or bandwidth limits", "rate limit"`, ForNow, ErrThrottled,
			"Gmail: 2,500 MB were fetched, or 500 MB uploaded, within a day, or too many commands were sent. Yahoo says [LIMIT] and names the limit.",
			"Wait for minutes if the rate is limited, and for up to a day if the volume is limited. Fetch less: headers first, parts rather than messages, nothing twice.",
			either(code("THROTTLED"), says(`bandwidth limit|rate limit|too many (requests|commands|login|failed|attempts)`))},
		{`"Too many simultaneous connections", "Maximum number of connections"`, ForNow, ErrTooMany,
			"This account has as many connections as the server allows: 15 with Gmail, 10 with Dovecot's default settings. Connections of other programs count too.",
			"Use fewer connections. Account does so, and uses more again later.",
			says(`(too many|maximum (number of|allowed)|number of|exceeded).{0,40}(connections|sessions)|connection limit`)},
		{`"User is authenticated but not connected"`, ForNow, ErrUnavailable,
			"Microsoft 365 accepts the token but opens no mailbox: the token is of another user or for Graph, or there are too many sessions.",
			"Ask for a token with the scope https://outlook.office.com/IMAP.AccessAsUser.All, for the user who logs in. If the token was right, wait.",
			says(`authenticated but not connected`)},
		{`"Session expired"`, ForNow, ErrLost,
			"Gmail ends a connection after 24 hours, or after one hour, when the token that opened it expires.",
			"Connect again, with a new token. Account does so.",
			says(`session (has )?expired`)},
		{`BAD "select a mailbox first"`, ForNow, ErrLost,
			"iCloud sometimes forgets which mailbox is open.",
			"Connect again. Account does so.",
			all(refused(parser.BAD), says(`select a mailbox|no mailbox (is )?(selected|open)`))},
		{`"Basic authentication is disabled"`, ForGood, ErrMechanism,
			"Microsoft has switched passwords off.",
			"Use OAuth: Credentials.Token.",
			says(`basic ?auth`)},
		{`"Application-specific password required"`, ForGood, ErrCredentials,
			"Gmail, iCloud and Yahoo accept the password of the account only in a browser.",
			"Ask the user to make a password for this program, or use OAuth.",
			says(`app(lication)?[- ]specific password|app password`)},
		{`[WEBALERT], "log in via your web browser"`, ForGood, ErrAccount,
			"The user has to log in with a browser before the provider lets programs in.",
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

// codeCauses returns the rows for the response codes of RFC 9051 §7.1, RFC 5530 and their extensions.
func codeCauses() []*Cause {
	const fix = "Correct the request."
	return []*Cause{
		{"UNAVAILABLE", ForNow, ErrUnavailable, "A part of the server is down. iCloud says this at login; it does not mean that the password is wrong.", "Try again later.", code(parser.CodeUnavailable)},
		{"AUTHENTICATIONFAILED", ForGood, ErrCredentials, "The user name, password or token is wrong.", "Ask the user. Do not try again without asking: servers lock accounts after repeated failures.", code(parser.CodeAuthenticationFailed)},
		{"EXPIRED", ForGood, ErrCredentials, "The password or token is right, but has expired.", "Ask the user for a new one.", code(parser.CodeExpired)},
		{"AUTHORIZATIONFAILED", ForGood, ErrAccount, "The credentials are right, but do not allow acting as that user.", "Check Credentials.Authzid, and the account's rights.", code(parser.CodeAuthorizationFailed)},
		{"CONTACTADMIN", ForGood, ErrAccount, "Only the server's administrator can help.", "Show the text.", code(parser.CodeContactAdmin)},
		{"PRIVACYREQUIRED", ForGood, ErrTLS, "The server allows this only over TLS.", "Use an imaps: or imap+starttls: URL.", code(parser.CodePrivacyRequired)},
		{"REFERRAL", ForGood, ErrAccount, "The account is on another server (RFC 2221); the code holds its URL.", "Connect to that server, if you trust it.", all(connecting, code(parser.CodeReferral))},
		{"LIMIT at connecting", ForNow, ErrTooMany, "There are too many connections.", "Use fewer connections. Account does so.", all(connecting, code(parser.CodeLimit))},
		{"LIMIT of a command that stores", ForCommand, nil, "A limit of the server is reached, for example on the number of flags or mailboxes.", "Store less, or tell the user.", all(storing, code(parser.CodeLimit))},
		{"LIMIT", ForNow, ErrThrottled, "The client asked for too much at a time. Yahoo answers SELECT and FETCH like this.", "Wait, then ask for less at a time.", code(parser.CodeLimit)},
		{"INUSE", ForNow, ErrInUse, "Another client, or the server itself, has locked the mailbox.", "Try again in a few seconds.", code(parser.CodeInUse)},
		{"TEMPFAIL", ForNow, ErrUnavailable, "Something that the server depends on was not available.", "Try again later.", code(parser.CodeTempFail)},
		{"NONEXISTENT", ForCommand, nil, "There is no such mailbox, or it no longer exists.", "List the mailboxes again.", code(parser.CodeNonExistent)},
		{"TRYCREATE", ForCommand, nil, "There is no such mailbox, but it can be created.", "CREATE it, then try again.", code(parser.CodeTryCreate)},
		{"ALREADYEXISTS", ForCommand, nil, "The mailbox exists already.", "Continue as if the command had created it.", code(parser.CodeAlreadyExists)},
		{"NOPERM", ForCommand, nil, "The user does not have the right to do that.", "Send MYRIGHTS, and offer the user only what is allowed.", code(parser.CodeNoPerm)},
		{"READ-ONLY", ForCommand, nil, "The mailbox was opened by EXAMINE, or can only be read.", "Open it by SELECT.", code(parser.CodeReadOnly)},
		{"OVERQUOTA", ForCommand, nil, "The command would exceed the user's quota.", "Tell the user, or delete something. With Gmail the reason may be a limit on bandwidth: see above.", code(parser.CodeOverQuota)},
		{"TOOBIG", ForCommand, nil, "The message, or another literal, is bigger than the server accepts.", "Ask for APPENDLIMIT first.", code(parser.CodeTooBig)},
		{"MESSAGELIMIT", ForCommand, nil, "The command was for more messages than the server handles in one command (RFC 9738). The server may have executed a part of it.", "Use UIDs, and send each command for at most as many messages as the code says.", code(parser.CodeMessageLimit)},
		{"CANNOT", ForCommand, nil, "The server can never execute this command.", "Do it in another way.", code(parser.CodeCannot)},
		{"EXPUNGEISSUED", ForCommand, nil, "Some of the messages were gone already.", "Send NOOP, so that the server reports them by EXPUNGE, and then try again.", code(parser.CodeExpungeIssued)},
		{"HASCHILDREN", ForCommand, nil, "There are mailboxes below this one.", "Delete them first.", code(parser.CodeHasChildren)},
		{"BADCHARSET", ForCommand, nil, "The server does not search in that charset.", "Use a charset that the code names, or US-ASCII.", code(parser.CodeBadCharset)},
		{"UNKNOWN-CTE", ForCommand, nil, "The server cannot decode the part.", "Fetch the part by BODY and decode it yourself.", code(parser.CodeUnknownCTE)},
		{"NOTSAVED", ForCommand, nil, "The server has saved no search result, so $ stands for nothing.", "Search again.", code(parser.CodeNotSaved)},
		{"MODIFIED", ForCommand, nil, "Somebody else has changed the messages meanwhile (RFC 7162).", "Fetch them, then store again.", code(parser.CodeModified)},
		{"UIDREQUIRED", ForCommand, nil, "Sequence numbers were used after UIDONLY was enabled.", "Use UIDs.", code(parser.CodeUIDRequired)},
		{"USEATTR", ForCommand, nil, "The server does not give a mailbox that special use.", "CREATE it without the use.", code(parser.CodeUseAttr)},
		{"BADURL, URLMECH, BADEVENT, UNDEFINED-FILTER, BADCOMPARATOR", ForCommand, nil, "The server does not know the URL, mechanism, event, filter or comparator.", fix,
			code(parser.CodeBadURL, parser.CodeURLMech, parser.CodeBadEvent, parser.CodeUndefinedFilter, parser.CodeBadComparator)},
		{"TOOFEW, TOOMANY", ForCommand, nil, "The client asked for batches of UIDs that are too small for the server, or for too many batches (RFC 10022).", "Ask for larger or fewer batches.", code(parser.CodeTooFew, parser.CodeTooMany)},
		{"CLIENTBUG", ForCommand, nil, "The server thinks that the program has a bug.", "Report it, with a trace.", code(parser.CodeClientBug)},
		{"PARSE", ForCommand, nil, "The server cannot read the message.", "Continue without that message.", code(parser.CodeParse)},
		{"CORRUPTION", ForCommand, nil, "The server's data is damaged.", "Continue with other messages. Tell the user to report this to the provider.", code(parser.CodeCorruption)},
		{`"try again later", "temporary", "server busy"`, ForNow, ErrUnavailable, "The server cannot execute the command now, and says so without a response code.", "Try again later.",
			says(`try (again )?later|try again in|temporar|server (is )?(busy|unavailable)|currently unavailable|timed? ?out|system error|internal (server )?error`)},
		{"SERVERBUG", ForCommand, nil, "The server has found a bug in itself.", "Continue with other messages, because a single message may cause the bug.", code(parser.CodeServerBug)},
	}
}

// goCauses returns the rows for Go errors, and for refusals at login and BYE without a code.
func goCauses() []*Cause {
	return []*Cause{
		{"*tls.CertificateVerificationError", ForGood, ErrTLS, "The certificate is not for that host, has expired, or is not signed by a trusted authority.", "Show the certificate to the user. The certificate may belong to a network's sign-in page.",
			either(as[*tls.CertificateVerificationError], as[x509.HostnameError], as[x509.UnknownAuthorityError], as[x509.CertificateInvalidError])},
		{"session.ErrNoTLS", ForGood, ErrTLS, "The program requires TLS by STARTTLS, but the server does not offer it, or refuses it.", "Use an imaps: URL. Never continue in clear text without asking the user.", is(session.ErrNoTLS)},
		{"transport.ErrInjected", ForGood, ErrTLS, "Somebody has inserted clear text before the TLS handshake.", "Use another network.", is(transport.ErrInjected)},
		{"tls.RecordHeaderError, tls.AlertError", ForGood, ErrTLS, "The port does not speak TLS, or the two sides have no version in common.", "Check the port and the scheme of the URL.", either(as[tls.RecordHeaderError], as[tls.AlertError])},
		{"auth.ErrUnverified, ErrBinding, ErrDowngrade", ForGood, ErrTLS, "The server has not proved that it knows the password.", "Do not log in. Tell the user.", is(auth.ErrUnverified, auth.ErrBinding, auth.ErrDowngrade)},
		{"auth.ErrPlaintext, commands.ErrPlaintext", ForGood, ErrTLS, "Others could read the password, so it was not sent.", "Use TLS.", is(auth.ErrPlaintext, commands.ErrPlaintext)},
		{"account.TokenError", ForGood, ErrCredentials, "Credentials.Token has failed: perhaps the user has withdrawn the permission.", "Let the user sign in again. If the network has failed, the error is ErrNetwork instead.",
			func(e *evidence) bool { return as[*TokenError](e) && !netError(e) }},
		{"auth.ErrNoMechanism", ForGood, ErrMechanism, "The server offers no way to log in with these credentials.", "NoMechanismError says what the server offers, and why none of it can be used.", is(auth.ErrNoMechanism)},
		{"auth.ErrTokenExpired", ForGood, ErrCredentials, "The server accepts neither the token nor the token that replaced it.", "Let the user sign in again; check the token's scope.", is(auth.ErrTokenExpired)},
		{"auth.ErrArgument", ForGood, ErrCredentials, "The user name or password holds characters that cannot be sent.", "Ask the user.", is(auth.ErrArgument)},
		{"NO or BAD at login without a code", ForGood, ErrCredentials, "Most servers that are older than RFC 5530 answer a wrong password like this.", "Show the text, and ask the user.", all(signIn, refused(parser.NO, parser.BAD))},
		{"session.ErrNotIMAP", ForNow, ErrNetwork, "The program that has answered is not an IMAP server.", "Check the host and the port. A network's sign-in page may have answered.", is(session.ErrNotIMAP)},
		{"BYE", ForNow, ErrLost, "The server has ended the connection: it shuts down, or the client was silent for half an hour.", "Connect again. Account does so.", refused(parser.BYE)},
		{"session.ErrStalled", ForNow, ErrLost, "The server was silent for longer than Config.StallTimeout.", "Connect again. Account does so.", is(session.ErrStalled)},
		{"session.ErrLost, session.ErrClosed, session.ErrCut", ForNow, ErrLost, "The connection has ended.", "Connect again. Account does so, and repeats what was certainly not sent.", is(session.ErrLost, session.ErrClosed, session.ErrCut)},
		{"*net.DNSError, syscall.ECONNREFUSED, a dial that takes too long, …", ForNow, ErrNetwork, "No connection could be made.", "Try again, with growing pauses. Account does so.", netError},
		{"*session.StateError", ForCommand, nil, "The session's state does not allow the command: no mailbox is open, for example. Nothing was sent.", fixProgram, as[*session.StateError]},
		{"*session.CapabilityError", ForCommand, nil, "The server does not offer the command. Nothing was sent.", "Do it in another way.", as[*session.CapabilityError]},
		{"*wire.ArgumentError", ForCommand, nil, "An argument cannot be sent. Nothing was sent.", fixProgram, as[*wire.ArgumentError]},
		{"*wire.LimitError", ForCommand, nil, "The server sent more than a limit allows.", "Ask for less, use a Stream, or raise the limit.", as[*wire.LimitError]},
		{"*wire.SyntaxError", ForCommand, nil, "The server has sent something that cannot be read. The next response can be read.", "Report it, with a trace.", as[*wire.SyntaxError]},
		{"*session.MailboxError", ForCommand, nil, "The command was for a mailbox that was not open when the command could be sent.", "Open the mailbox, and look at the error of its SELECT.", as[*session.MailboxError]},
		{"*session.StaleError", ForCommand, nil, "Messages were expunged after the command was started, so its sequence numbers now mean other messages. Nothing was sent.", "Use UIDs, or look up the numbers again.", as[*session.StaleError]},
		{"*session.KeptError", ForCommand, nil, "Before the program read a stream, more of its data arrived than the session may keep.", "Read the streams in their order, ask for less, or raise Config.MaxKept.", as[*session.KeptError]},
		{"session.ErrConcurrent, ErrBusy", ForCommand, nil, "A second goroutine, or a handler, used the session while it was in use.", fixProgram, is(session.ErrConcurrent, session.ErrBusy)},
		{"commands.ErrNoAnswer", ForCommand, nil, "The server said OK, but sent no data. The result is unknown; it need not be empty.", "Ask in another way.", is(commands.ErrNoAnswer)},
		{"account.ErrUnfinished", ForCommand, nil, "A function given to Account.Do has started commands and not waited for them. The commands may not have been sent.", fixProgram, is(ErrUnfinished)},
		{"account.ErrPartial", ForNow, ErrUnavailable, "The list of mailboxes, or of the messages in a mailbox, is incomplete.", "Keep what you know, and ask again later.", is(ErrPartial)},
	}
}

const fixProgram = "Correct the program."

// restCauses returns the rows for all other refusals.
func restCauses() []*Cause {
	return []*Cause{
		{"NO", ForCommand, nil, "The server refuses the command.", "Show the text.", refused(parser.NO)},
		{"BAD", ForCommand, nil, "The server does not understand the command.", "Report it, with a trace.", refused(parser.BAD)},
	}
}

// These causes depend on where an error comes from. They have no rows in Causes.
var (
	unknownDial = &Cause{"any other error of a Dialer or of Options.Prepare", ForNow, ErrNetwork, "No connection could be made.", "Try again, with growing pauses. Account does so.", nil}
	givenUp     = &Cause{`"session: ended"`, ForNow, ErrLost, "The session cannot continue, because the server has sent something that exceeds a limit or is not IMAP.", "Connect again. Account does so.", nil}
)

// netError matches the errors of dialing and of connections.
func netError(e *evidence) bool {
	if as[*fs.PathError](e) {
		return false // an error of a file
	}
	return as[net.Error](e) || as[syscall.Errno](e) || as[*net.AddrError](e) ||
		is(io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, context.DeadlineExceeded)(e)
}
