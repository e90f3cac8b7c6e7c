package commands

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// ApplePush registers an Apple device, which is then notified when mail arrives in the mailboxes (XAPPLEPUSHSERVICE).
// The fields are "aps-version", "aps-account-id", "aps-device-token" and "aps-subtopic". The result is the caller's.
func ApplePush(s *session.Session, fields []parser.PushField, mailboxes ...string) *session.Call[parser.ApplePush] {
	const name = "XAPPLEPUSHSERVICE"
	if len(fields) == 0 {
		return session.Failed[parser.ApplePush](s, name, invalid("field", "", "is missing"))
	}
	args := parser.PushServiceArgs{Fields: append([]parser.PushField(nil), fields...)}
	for _, m := range mailboxes {
		args.Mailboxes = append(args.Mailboxes, parser.AppendMailbox(nil, m, s.Mode().UTF8))
	}
	return oneResponse(s, session.Command{Name: name, In: loggedIn, Needs: name, Args: args.Encode}, name, nil, takeApplePush)
}

func takeApplePush(d *wire.Decoder) (*parser.ApplePush, error) {
	var x parser.ApplePush
	err := x.Decode(d)
	return x.Clone(), err
}
