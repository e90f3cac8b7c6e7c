// Package fetch has what [commands.Fetch] can ask for of messages (RFC 9051 §6.4.5), and extensions can.
//
//	for m, err := range commands.Fetch(s, set, fetch.UID, fetch.Flags, fetch.Body("1").Peek()).All(ctx) {
//
// There are four kinds of [Item]:
//
//	Attr       what has a field of parser.Fetch: UID, Flags, Size, Envelope, …
//	Section    octets of a message: Body, Binary, HeaderFields
//	Ext        what an extension tells, read by its own method Of: Preview, EmailID, GmailLabels, …
//	modifiers  which messages are told about: ChangedSince, Vanished, Partial
//
// An item knows the capability that it needs: where the server does not have it, the command fails and nothing is sent.
// An item of your own is a value of [Ext], or a type with the methods of [Item].
//
// [commands.Fetch]: https://pkg.go.dev/github.com/imapstack/imapstack/commands#Fetch
package fetch
