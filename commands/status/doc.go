// Package status has the items that [commands.Status] can ask for (RFC 9051 §6.3.11), and those of extensions.
//
//	box, err := commands.Status(s, "Work", status.Messages, status.Unseen, status.UIDNext).Wait(ctx)
//
// For each [Attr], parser.StatusData has a field with its value. An [Ext] is an item of an extension; its method Of
// returns the value. An item knows the capability that it needs. If the server does not have it, the command fails,
// and nothing is sent.
//
// [commands.Status]: https://pkg.go.dev/github.com/imapstack/imapstack/commands#Status
package status
