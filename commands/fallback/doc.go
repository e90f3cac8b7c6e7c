// Package fallback has functions that have the effect of an extension on any server. If the server offers the
// extension, they use it; otherwise they use other commands. All except Remove also return the way in which they did
// their work.
//
//	moved, err := fallback.Move(ctx, s, uids, "Archive")      // MOVE, or copy and expunge by UID
//	err := fallback.Remove(ctx, s, uids)                       // mark and expunge only these, or do nothing
//	made, way, err := fallback.Replace(ctx, s, old, "Drafts", message, size) // REPLACE, or append and remove
//	boxes, way, err := fallback.ListStatus(ctx, s, "", "*", items) // LIST-STATUS, or a STATUS for each
//	id, way, err := fallback.Create(ctx, s, "Sent", mailboxes.Sent.Attr())
//	made, way, err := fallback.Append(ctx, s, "Sent", message, size)
//	found, way, err := fallback.Search(ctx, s, numset.UID, search.Subject("Grüße"), search.All)
//
// A function never loses mail, and never removes messages that others have marked \Deleted. If that is only possible
// with an extension that the server does not offer, the function does nothing and returns an error. No function repeats
// a command that the server may have executed. Other errors are those of package commands.
package fallback
