package imaptest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// notConnected is Microsoft 365's answer to every command of a user who has logged in, but has no mailbox there or has
// too many sessions.
const notConnected = "User is authenticated but not connected."

// outlook is Outlook.com and Microsoft 365 as authors of clients described them in 2025 and 2026. They have neither
// CONDSTORE nor SPECIAL-USE, and take tokens instead of passwords. They accept searches only in US-ASCII, and throttle
// clients with a text that says how long to wait.
var outlook = preset{
	greeting:     "The Microsoft Exchange IMAP4 service is ready. [TwBVAFQATABPAE8ASwA=]",
	capabilities: "IMAP4rev1 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+",
	provider: &provider{
		mailboxes:  []providerBox{{"Archive", ""}, {"Deleted Items", ""}, {"Drafts", ""}, {"Junk Email", ""}, {"Notes", ""}, {"Outbox", ""}, {"Sent Items", ""}},
		mechanisms: []string{"PLAIN", "XOAUTH2"},
		maxConns:   16,
		quirks: []quirk{
			{providerFault{text: "no passwords", does: outlookPassword}, When{Command: "LOGIN"}},
			{providerFault{text: "no passwords", does: outlookPassword}, When{Command: "AUTHENTICATE"}},
			{providerFault{text: "too many sessions", does: outlookFull}, When{}},
			{providerFault{text: "searches in US-ASCII", does: outlookCharset}, When{Command: "SEARCH"}},
			{providerChange{"empty COPYUID", outlookCopyUID}, When{Command: "COPY"}},
			{providerChange{"empty COPYUID", outlookCopyUID}, When{Command: "MOVE"}},
			{providerChange{`EXISTS before the "+" of IDLE`, outlookIdle}, When{Command: "IDLE"}},
		},
		mishaps: []Mishap{
			{"throttled", Answer{Text: "Request is throttled. Suggested Backoff Time: 299961 milliseconds"}, When{Command: "FETCH", Times: 1}, "imapsync/imapsync#272"},
			{"throttled, and goodbye", Bye{Text: "Request is throttled. Suggested Backoff Time: 60000 milliseconds"}, When{Command: "SELECT", Times: 1}, "simonrob/email-oauth2-proxy#191"},
			{"not connected", Answer{Status: parser.BAD, Text: notConnected}, When{Command: "SELECT", Times: 1}, "postalsys/imapflow#314"},
			{"UIDVALIDITY changes", ChangeUIDValidity{}, When{Command: "SELECT", Times: 1}, "joeyates/imap-backup#234"},
			{"server busy", Bye{Code: parser.CodeUnavailable, Text: "Server Busy. 13"}, When{Command: "NOOP", Times: 1}, ""},
			{"connection closed", Bye{Text: "Connection is closed. 13"}, When{Command: "APPEND", Times: 1}, ""},
		},
	},
}

// outlookPassword refuses every login without a token.
func outlookPassword(c *conn) *reply {
	if c.argsHave("OAUTH") {
		return nil
	}
	return &reply{Status: parser.NO, Text: "Basic authentication is disabled."}
}

// outlookFull refuses every command except LOGOUT if the user has logged in and has too many sessions.
func outlookFull(c *conn) *reply {
	if c.user == nil || c.peers() < c.srv.opt.provider.maxConns || c.cmds.Head().Name == "LOGOUT" {
		return nil
	}
	return &reply{Status: parser.BAD, Text: notConnected}
}

// outlookCharset refuses searches in anything but US-ASCII (eclipse-ee4j/angus-mail#145).
func outlookCharset(c *conn) *reply {
	if !c.argsHave("CHARSET") || c.argsHave("CHARSET US-ASCII") {
		return nil
	}
	return &reply{Status: parser.NO, Code: parser.Code{Name: parser.CodeBadCharset, Args: []byte("(US-ASCII)")}, Text: "The specified charset is not supported."}
}

// outlookCopyUID sends a COPYUID without UIDs if nothing was copied (jstedfast/MailKit#555).
func outlookCopyUID(c *conn, list []response) []response {
	for i, r := range list {
		if tag, rest, ok := bytes.Cut(r.text, []byte(" OK ")); ok && r.tagged && !bytes.HasPrefix(rest, []byte("[")) && !outlookMoved(list) {
			list[i].text = []byte(string(tag) + " OK [COPYUID 14  ] " + string(rest))
		}
	}
	return list
}

// outlookMoved reports whether the answer already has a COPYUID.
func outlookMoved(list []response) bool {
	for _, r := range list {
		if strings.Contains(string(r.text), "[COPYUID ") {
			return true
		}
	}
	return false
}

// outlookIdle sends EXISTS before the "+" that begins IDLE (Webklex/php-imap#258).
func outlookIdle(c *conn, list []response) []response {
	if c.view() == nil || len(list) == 0 || list[0].text[0] != '+' {
		return list
	}
	exists := response{text: fmt.Appendf(nil, "* %d EXISTS\r\n", c.view().Len())}
	return append([]response{exists}, list...)
}
