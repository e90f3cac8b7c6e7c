// Package status has what [commands.Status] can ask for of a mailbox (RFC 9051 §6.3.11), and extensions can.
//
//	box, err := commands.Status(s, "Work", status.Messages, status.Unseen, status.UIDNext).Wait(ctx)
//
// The values of an [Attr] are fields of parser.StatusData; that of an [Ext], which is what an extension tells, is read
// by its method Of. An item knows the capability that it needs: where the server does not have it, the command fails
// and nothing is sent.
//
// [commands.Status]: https://pkg.go.dev/github.com/imapstack/imapstack/commands#Status
package status
