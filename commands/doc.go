// Package commands has the commands of IMAP, one file each, as functions that start them on a session: those of RFC 9051 and
// RFC 3501, and of extensions.
//
// A function returns at once, with a [session.Call] to wait for, or a [session.Stream] of data that comes piece by piece.
// Commands that are started before one is waited for go out together.
//
//	a := commands.Status(s, "Work", commands.Messages, commands.Unseen)
//	b := commands.Status(s, "Home", commands.Messages, commands.Unseen)
//	work, err := a.Wait(ctx) // both are sent in one round trip
//	home, err := b.Wait(ctx)
//
// UID forms are chosen by the kind of the numbers: a set of numset.UID makes UID FETCH of [Fetch].
//
// # Logging in
//
// [SignIn] takes what one has (a password, tokens, a certificate) and picks the strongest mechanism that the server offers; [Authenticate] is one
// mechanism, which may be a sasl.Client of one's own, and [Login] the command LOGIN. None sends a secret where others can read it,
// unless that is asked for by name.
//
// # Ownership
//
// What a Call returns is yours. What a Stream yields is valid until the next turn of the loop; [Collect] copies all of it.
//
// # Extensions
//
// What extensions add are values: an [Item] of FETCH, a [StatusExt], a [SearchKey], a [SearchReturn], a [ListOption], a
// [SelectOption], and a session.Command for the command itself. One of your own is one file in your own module.
package commands
