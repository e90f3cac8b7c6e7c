// Package fetch has the items that [commands.Fetch] can ask for (RFC 9051 §6.4.5), and those of extensions.
//
//	for m, err := range commands.Fetch(s, set, fetch.UID, fetch.Flags, fetch.Body("1").Peek()).All(ctx) {
//
// There are four kinds of [Item]:
//
//	Attr       an item that parser.Fetch has a field or method for: UID, Flags, Size, Envelope, …
//	Section    octets of a message: Body, Binary, HeaderFields
//	Ext        an item of an extension; its method Of returns the value: Preview, EmailID, GmailLabels, …
//	modifiers  they change which messages the server reports: ChangedSince, Vanished, Partial
//
// An item knows the capability that it needs. If the server does not have it, the command fails, and nothing is sent.
// A program defines an item of its own as a value of [Ext], or as a type with the methods of [Item].
//
// [commands.Fetch]: https://pkg.go.dev/github.com/imapstack/imapstack/commands#Fetch
package fetch
