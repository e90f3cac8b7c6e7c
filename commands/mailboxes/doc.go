// Package mailboxes shows an account's mailboxes as a person thinks of them: a tree with names to read, in which the one for sent messages, for
// drafts, junk, trash and the archive are known, whatever the server, the language and the program that made them.
//
//	tree, err := mailboxes.Load(ctx, s, nil)
//	if sent := tree.Role(mailboxes.Sent); sent != nil {
//		commands.Append(s, sent.Name, …) // known by sent.Origin
//	}
//	for m := range tree.All {
//		fmt.Println(strings.Repeat("  ", m.Level()), displaysafe.Line(m.Label))
//	}
//
// A mailbox has two names: Name is what every command takes, and Label what a person reads. Names are taken apart by the server's own
// delimiter and namespaces (RFC 2342), never by a slash or a dot that is guessed.
//
// What a mailbox is for is known, in this order, by what the user has chosen, by SPECIAL-USE, which is asked for because some servers tell nobody
// else (RFC 6154), by XLIST, and by a table of the names that servers and mail programs give in some thirty languages.
//
// Load returns all mailboxes or an error: a listing that failed never looks like an account without mailboxes. The values are the caller's.
package mailboxes
