package imaptest

import (
	"bytes"
	"time"

	"github.com/imapstack/imapstack/parser"
)

// yahoo is Yahoo Mail as its documentation and clients describe it in 2025 and 2026. It offers UIDONLY and PARTIAL. A
// client that does not use them finds no more than a thousand messages of a large mailbox.
var yahoo = preset{
	greeting:     "IMAP4rev1 imapgate ready",
	capabilities: "IMAP4rev1 SASL-IR ID NAMESPACE UIDPLUS LITERAL+ CHILDREN IDLE MOVE CONDSTORE ENABLE ESEARCH OBJECTID STATUS=SIZE PARTIAL UIDONLY SPECIAL-USE UNSELECT",
	provider:     yahooProvider(30 * time.Minute),
}

// aol is AOL Mail, which Yahoo runs. It ends the connection of a client that has been in IDLE for five minutes
// (lefcha/imapfilter#311).
var aol = preset{greeting: yahoo.greeting, capabilities: yahoo.capabilities, provider: yahooProvider(5 * time.Minute)}

func yahooProvider(idle time.Duration) *provider {
	return &provider{
		mailboxes:  []providerBox{{"Archive", parser.AttrArchive}, {"Bulk", parser.AttrJunk}, {"Draft", parser.AttrDrafts}, {"Sent", parser.AttrSent}, {"Trash", parser.AttrTrash}},
		mechanisms: []string{"PLAIN", "XOAUTH2", "OAUTHBEARER"},
		maxConns:   5, full: reply{Status: parser.NO, Code: parser.Code{Name: parser.CodeLimit}, Text: "Too many simultaneous connections"},
		idle: idle,
		quirks: []quirk{
			{providerChange{"SEARCH finds the last thousand", yahooSearch}, When{Command: "SEARCH"}},
		},
		mishaps: []Mishap{
			{"rate limit", Answer{Code: parser.CodeLimit, Text: "SELECT Rate limit hit."}, When{Command: "SELECT", Times: 1}, "maathimself/mailflow#433"},
			{"server error", Answer{Code: parser.CodeServerBug, Text: "UID FETCH Server error - Please try again later"}, When{Command: "FETCH", Times: 1}, "joeyates/imap-backup#218"},
			{"no answer", Stall{From: ServerSide}, When{Command: "FETCH", Times: 1}, "maathimself/mailflow#474"},
			{"unavailable", Answer{Code: parser.CodeUnavailable, Text: "LOGIN Server error - Please try again later"}, When{Command: "AUTHENTICATE", Times: 1}, ""},
		},
	}
}

// yahooMost is the greatest number of messages that a search finds.
const yahooMost = 1000

// yahooSearch removes all numbers except the last thousand from the answer to a plain SEARCH (s1t5/mail-archiver#490).
func yahooSearch(c *conn, list []response) []response {
	for i, r := range list {
		rest, ok := bytes.CutPrefix(r.text, []byte("* SEARCH "))
		if !ok {
			continue
		}
		if nums := bytes.Fields(rest); len(nums) > yahooMost {
			list[i].text = append(append([]byte("* SEARCH "), bytes.Join(nums[len(nums)-yahooMost:], []byte(" "))...), "\r\n"...)
		}
	}
	return list
}
