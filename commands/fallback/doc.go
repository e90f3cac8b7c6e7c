// Package fallback does on any server what package commands does with extensions. It uses the extension if the server
// offers it, goes another way if not, and tells which way it went.
//
//	moved, err := fallback.Move(ctx, s, uids, "Archive")      // MOVE, or copy and expunge by UID
//	err := fallback.Remove(ctx, s, uids)                       // mark and expunge only these, or nothing
//	uid, way, err := fallback.Replace(ctx, s, old, "Drafts", message, size) // REPLACE, or append and remove
//	boxes, way, err := fallback.ListStatus(ctx, s, "", "*", items) // LIST-STATUS, or a STATUS for each
//	id, way, err := fallback.Create(ctx, s, "Sent", mailboxes.Sent.Attr())
//	uid, way, err := fallback.Append(ctx, s, "Sent", message, size)
//	found, way, err := fallback.Search(ctx, s, numset.UID, search.Subject("Grüße"), search.All)
//
// No function does more than it was asked to. If that could remove messages that others have marked, or lose mail, it
// returns an error that says why. No function repeats a command that may have been done. Errors are those of package
// commands.
package fallback
