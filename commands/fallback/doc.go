// Package fallback does with any server what package commands has extensions for: it takes the extension where there is one, goes another way where there
// is none, and tells which way it went.
//
//	moved, err := fallback.Move(ctx, s, uids, "Archive")      // MOVE, else copy and expunge by UID
//	err := fallback.Remove(ctx, s, uids)                       // marked and expunged alone, or not at all
//	uid, way, err := fallback.Replace(ctx, s, old, "Drafts", message, size) // REPLACE, else append and remove
//	boxes, way, err := fallback.ListStatus(ctx, s, "", "*", items) // LIST-STATUS, else a STATUS for each
//	id, way, err := fallback.Create(ctx, s, "Sent", mailboxes.Sent.Attr())
//	uid, way, err := fallback.Append(ctx, s, "Sent", message, size)
//	found, way, err := fallback.Search(ctx, s, numset.UID, search.Subject("Grüße"), search.All)
//
// No way is taken that does what nobody asked for: where messages of others could go, or mail could be lost, there is an error that says why. What may have been done
// is not done again. Errors are those of package commands.
package fallback
