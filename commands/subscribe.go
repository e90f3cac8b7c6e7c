package commands

import "github.com/imapstack/imapstack/session"

// Subscribe adds a mailbox to the user's subscriptions (RFC 9051 §6.3.7).
func Subscribe(s *session.Session, mailbox string) *session.Call[struct{}] {
	return onMailbox(s, "SUBSCRIBE", mailbox)
}

// Unsubscribe removes a mailbox from the user's subscriptions (RFC 9051 §6.3.8).
func Unsubscribe(s *session.Session, mailbox string) *session.Call[struct{}] {
	return onMailbox(s, "UNSUBSCRIBE", mailbox)
}
