package account

import (
	"testing"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// TestUnusableListStatus checks that unusable returns true for what Cyrus 3.6.1 sends as MAILBOXID in the answer to
// LIST with STATUS, and false for identifiers as in RFC 8474 §7.
func TestUnusableListStatus(t *testing.T) {
	with := func(id string) []commands.MailboxStatus {
		st := &parser.StatusData{MailboxID: id, Items: parser.StatusMailboxID}
		return []commands.MailboxStatus{{}, {Status: st}}
	}
	for _, c := range []struct {
		list []commands.MailboxStatus
		err  error
		want bool
	}{
		{with("8nk1bzq4a3gijkouheu0qy5u"), nil, false},
		{with("F2212ea87-6097_4256"), nil, false},
		{with("\x90\xd2\xbd\x9fDV"), nil, true},
		{[]commands.MailboxStatus{{Status: &parser.StatusData{}}}, nil, false},
		{nil, &wire.SyntaxError{}, true},
		{nil, &session.Error{Status: parser.BAD}, true},
		{nil, &session.Error{Status: parser.NO}, false},
	} {
		if got := unusable(c.list, c.err); got != c.want {
			t.Errorf("unusable(%+v, %v) is %v, want %v", c.list, c.err, got, c.want)
		}
	}
}
