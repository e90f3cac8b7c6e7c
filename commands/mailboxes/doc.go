// Package mailboxes shows an account's mailboxes as a person thinks of them: as a tree with names to read. It finds the
// mailboxes for sent messages, drafts, junk, trash and the archive, whatever the server, the language, and the program
// that made them.
//
//	tree, err := mailboxes.Load(ctx, s, nil)
//	if sent := tree.Role(mailboxes.Sent); sent != nil {
//		commands.Append(s, sent.Name, …) // known by sent.Origin
//	}
//	for m := range tree.All {
//		fmt.Println(strings.Repeat("  ", m.Level()), displaysafe.Line(m.Label))
//	}
//
// A mailbox has two names: every command accepts Name, and a person reads Label. The package splits names by the
// server's own delimiter and namespaces (RFC 2342); it never guesses that a slash or a dot is the delimiter.
//
// The package finds what a mailbox is for, in this order, by what the user has chosen; by SPECIAL-USE (RFC 6154), for
// which it asks because some servers do not tell it otherwise; by XLIST; and by a table of the names that servers and
// mail programs use in some thirty languages.
//
// Load returns all mailboxes or an error: a listing that failed never looks like an account without mailboxes. The
// values are the caller's.
package mailboxes
