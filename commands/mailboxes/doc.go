// Package mailboxes presents an account's mailboxes as a person thinks of them: as a tree with readable names. It finds
// the mailboxes for sent messages, drafts, junk, trash and the archive, also on servers without SPECIAL-USE, and in
// many languages.
//
//	tree, err := mailboxes.Load(ctx, s, nil)
//	if sent := tree.Role(mailboxes.Sent); sent != nil {
//		commands.Append(s, sent.Name, …) // sent.Origin says how it was found
//	}
//	for m := range tree.All {
//		fmt.Println(strings.Repeat("  ", m.Level()), displaysafe.Line(m.Label))
//	}
//
// A mailbox has two names: Name for commands, and Label to show to a person. The package splits names at the
// delimiter that the server reports, and by its namespaces (RFC 2342). It never guesses that a slash or a dot is the
// delimiter.
//
// The package finds out what a mailbox is for in four ways: by the user's choice, which the program passes; by
// SPECIAL-USE (RFC 6154); by XLIST; and by a table of names. The package uses the first way that gives an answer. The
// table has the names that servers and mail programs use in some thirty languages.
//
// Load returns all mailboxes or an error. So a failure never looks like an account without mailboxes. The values are
// the caller's.
package mailboxes
