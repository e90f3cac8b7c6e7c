package imaptest

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// icloud is iCloud Mail as authors of clients described it in 2025 and 2026: QRESYNC works although the answer to
// ENABLE does not say so, and some answers are unusual.
var icloud = preset{
	greeting:     "ready",
	capabilities: "IMAP4rev1 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+ ESEARCH CONDSTORE QRESYNC ENABLE SPECIAL-USE LIST-STATUS SORT ESORT QUOTA WITHIN",
	provider: &provider{
		// iCloud sometimes omits the special use of the mailbox for sent mail (aerion/aerion#98).
		mailboxes:  []providerBox{{"Archive", parser.AttrArchive}, {"Deleted Messages", parser.AttrTrash}, {"Drafts", parser.AttrDrafts}, {"Junk", parser.AttrJunk}, {"Notes", ""}, {"Sent Messages", ""}},
		mechanisms: []string{"PLAIN"},
		maxConns:   10, full: reply{Status: parser.NO, Code: parser.Code{Name: parser.CodeUnavailable}, Text: "Too many connections"},
		quirks: []quirk{
			{providerChange{"empty ENABLED", icloudEnabled}, When{Command: "ENABLE"}},
			{providerFault{text: "ENABLE comes before SELECT", does: icloudEnable}, When{Command: "ENABLE"}},
			{providerChange{"empty RFC822", icloudRFC822}, When{Command: "FETCH"}},
			{providerChange{"FETCH when IDLE begins", icloudIdle}, When{Command: "IDLE"}},
		},
		mishaps: []Mishap{
			{"unavailable at login", Answer{Code: parser.CodeUnavailable, Text: "Unable to verify your password"}, When{Command: "AUTHENTICATE", Times: 1}, "MailCore/mailcore2#1642"},
			{"the mailbox is forgotten", Answer{Status: parser.BAD, Text: "Please select a mailbox first"}, When{Command: "FETCH", Times: 1}, "bkaankose/Wino-Mail#903"},
		},
	},
}

// icloudEnabled sends ENABLED without the names of what is enabled (jstedfast/MailKit#1871).
func icloudEnabled(c *conn, list []response) []response {
	for i, r := range list {
		if bytes.HasPrefix(r.text, []byte("* ENABLED")) {
			list[i].text = []byte("* ENABLED\r\n")
		}
	}
	return list
}

// icloudEnable refuses ENABLE when a mailbox is selected, as RFC 5161 §3.1 allows.
func icloudEnable(c *conn) *reply {
	if c.view() == nil {
		return nil
	}
	return &reply{Status: parser.BAD, Text: "ENABLE is for the authenticated state"}
}

// icloudOctets matches the item RFC822 and its value: all of a quoted string, or the part of a literal before its
// octets.
var icloudOctets = regexp.MustCompile(`RFC822 (?:\{([0-9]+)\}\r\n|"(?:[^"\\]|\\.)*")`)

// icloudRFC822 sends an empty string if a client asks for a message as RFC822 (NousResearch/hermes-agent#98597).
func icloudRFC822(c *conn, list []response) []response {
	if !c.argsHave("RFC822") {
		return list
	}
	for i, r := range list {
		at := icloudOctets.FindSubmatchIndex(r.text)
		if at == nil || r.tagged {
			continue
		}
		end := at[1]
		if at[2] >= 0 {
			size, _, ok := announced(r.text[at[0]:at[1]])
			if !ok || end+int(size) > len(r.text) {
				continue
			}
			end += int(size)
		}
		list[i].text = append(append(r.text[:at[0]:at[0]], `RFC822 ""`...), r.text[end:]...)
	}
	return list
}

// icloudIdle sends the flags of a message when IDLE begins, although no client has changed them
// (polhenarejos/acme_email#50).
func icloudIdle(c *conn, list []response) []response {
	if c.view() == nil || c.view().Len() == 0 || len(list) == 0 || list[0].text[0] != '+' {
		return list
	}
	it, ok := c.view().Mailbox().Message(c.view().UID(1))
	if !ok {
		return list
	}
	flags := strings.Join(it.Flags.Names(), " ")
	return append(list, response{text: fmt.Appendf(nil, "* 1 FETCH (FLAGS (%s))\r\n", flags)})
}
