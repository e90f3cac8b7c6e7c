package imaptest

import (
	"bytes"
	"regexp"
	"strings"
	"time"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
)

// gmail is Gmail as its own documentation and clients describe it in 2025 and 2026. It has CONDSTORE without QRESYNC,
// and mailboxes below "[Gmail]". It sends their special uses only to clients that ask. It allows 15 connections, and
// sessions that last for a day or, if they began with a token, for an hour.
var gmail = preset{
	greeting: "Gimap ready for requests",
	capabilities: "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID CHILDREN UIDPLUS COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- " +
		"SPECIAL-USE APPENDLIMIT SASL-IR",
	provider: &provider{
		mailboxes: []providerBox{
			{"[Gmail]/All Mail", `\All`}, {"[Gmail]/Drafts", parser.AttrDrafts}, {"[Gmail]/Important", `\Important`}, {"[Gmail]/Sent Mail", parser.AttrSent},
			{"[Gmail]/Spam", parser.AttrJunk}, {"[Gmail]/Starred", `\Flagged`}, {"[Gmail]/Trash", parser.AttrTrash},
		},
		mechanisms: []string{"PLAIN", "XOAUTH2", "OAUTHBEARER"},
		maxConns:   15, full: reply{Status: parser.NO, Code: parser.Code{Name: parser.CodeAlert}, Text: "Too many simultaneous connections. (Failure)"},
		life: 24 * time.Hour, lifeToken: time.Hour, expired: "Session expired, please login again.",
		quirks: []quirk{
			{providerChange{"special uses only for clients that ask", gmailRoles}, When{Command: "LIST"}},
			{providerChange{"COPYUID of MOVE in the tagged answer", gmailCopyUID}, When{Command: "MOVE"}},
			{providerFault{text: "an expunged message stays in All Mail", does: gmailArchive}, When{Command: "EXPUNGE"}},
			{providerFault{text: "MOVE to the Trash drops the connection", cut: func(c *conn) bool { return c.argsHave("[Gmail]/Trash") }}, When{Command: "MOVE", Moment: During}},
		},
		mishaps: []Mishap{
			{"over the bandwidth", Answer{Code: parser.CodeOverQuota, Text: "Account exceeded command or bandwidth limits. (Failure)"}, When{Command: "FETCH", Times: 1}, "ljmerza/ha-email-sensor#16"},
			{"over the bandwidth, at login", Answer{Code: parser.CodeAlert, Text: "Account exceeded command or bandwidth limits. (Failure)"}, When{Command: "AUTHENTICATE", Times: 1}, "chatwoot/chatwoot#6082"},
			{"too many connections", Answer{Code: parser.CodeAlert, Text: "Too many simultaneous connections. (Failure)"}, When{Command: "AUTHENTICATE", Times: 1}, "postalsys/imapflow#178"},
			{"throttled, and OK", Answer{Status: parser.OK, Code: "THROTTLED", Text: "Success"}, When{Command: "FETCH", Moment: After, Times: 1}, "mscdex/node-imap#593"},
			{"session expired", Bye{Text: "Session expired, please login again."}, When{Command: "NOOP", Times: 1}, "Flying-Toast/yugo#38"},
			{"system error", Bye{Text: "System Error"}, When{Command: "SELECT", Times: 1}, ""},
		},
	},
}

// gmailUses matches the attributes that Gmail sends only to clients that ask for special uses.
var gmailUses = regexp.MustCompile(` \\(All|Drafts|Important|Sent|Junk|Flagged|Trash)\b`)

// gmailRoles removes special uses from the answer to a LIST that does not ask for them (warmbly/warmbly#342).
func gmailRoles(c *conn, list []response) []response {
	if c.argsHave("SPECIAL-USE") {
		return list
	}
	for i, r := range list {
		if attrs, rest, ok := bytes.Cut(r.text, []byte(") ")); ok && bytes.HasPrefix(attrs, []byte("* LIST (")) {
			attrs = gmailUses.ReplaceAll(bytes.Replace(attrs, []byte("("), []byte("( "), 1), nil)
			attrs = bytes.Replace(attrs, []byte("( "), []byte("("), 1)
			list[i].text = append(append(attrs[:len(attrs):len(attrs)], ") "...), rest...)
		}
	}
	return list
}

// gmailCopyUID sends COPYUID in the tagged response to MOVE, although RFC 6851 §4.3 wants it in an untagged response
// before that (ruby/net-imap#398).
func gmailCopyUID(c *conn, list []response) (out []response) {
	var code []byte
	for _, r := range list {
		if rest, ok := bytes.CutPrefix(r.text, []byte("* OK [COPYUID ")); ok {
			code, _, _ = bytes.Cut(rest, []byte("]"))
			continue
		}
		if tag, rest, ok := bytes.Cut(r.text, []byte(" OK ")); ok && r.tagged && code != nil && rest[0] != '[' {
			r.text = []byte(string(tag) + " OK [COPYUID " + string(code) + "] (Success)\r\n")
		}
		out = append(out, r)
	}
	return out
}

// gmailArchive keeps a message in All Mail after it is expunged elsewhere, because Gmail archives deleted messages,
// unless the user has chosen otherwise (chatmail/core#3957).
func gmailArchive(c *conn) *reply {
	const all = "[Gmail]/All Mail"
	if c.view() == nil || c.view().ReadOnly() {
		return nil
	}
	switch c.user.NameOf(c.view().Mailbox()) {
	case all, "[Gmail]/Trash", "[Gmail]/Spam":
		return nil
	}
	only := numset.All(numset.UID)
	if f := strings.Fields(string(c.cmds.Raw())); len(f) == 4 && strings.EqualFold(f[1], "UID") {
		if set, err := numset.ParseString(numset.UID, f[3]); err == nil {
			only = set
		}
	}
	m := c.user.Mailbox(all)
	if m == nil {
		return nil
	}
	for it := range c.view().Mailbox().Messages() {
		if only.Contains(it.UID) && it.Flags.Has(`\Deleted`) {
			m.Append(store.NewMessage{Content: it.Content, Date: it.Date})
		}
	}
	return nil
}
