// Package store holds mail in memory for a test server: users, their mailboxes, the messages in them, and who may do
// what. It implements the semantics of IMAP (RFC 9051, with CONDSTORE, QRESYNC, OBJECTID, SAVEDATE, ACL, QUOTA,
// METADATA, SPECIAL-USE, URLAUTH), but not its syntax.
//
// # Users and mailboxes
//
// A [Store] has [User] values, and a user has [Mailbox] values by name. Names are UTF-8, with the store's delimiter;
// INBOX is recognized in any case. Methods of User act with the rights of that user. If they fail, they return an
// [Error] that has the response code to send. Methods of Mailbox ignore rights. A test uses them to deliver, flag and
// expunge messages without a client.
//
// # Views
//
// A connection that selects a mailbox holds a [View]: the mailbox as its client knows it, with its own message sequence
// numbers. Changes by others wait until [View.Sync] applies them to the view and returns what to tell the client. The
// argument of Sync says whether expunges may be among these changes. Lookups, STORE, COPY and EXPUNGE all concern the
// messages of the view, so a sequence number means to the server what it means to the client.
//
// A view without pending changes shares its table of messages with the mailbox and takes a few hundred bytes. A view
// with pending changes still shares with the mailbox the chunks of the table that are the same in both. Appending a
// message takes the same time in an empty mailbox and in one of a million messages.
//
// # Concurrent use
//
// Store, User, Mailbox and Watch are safe for use by several goroutines; a View belongs to one goroutine. The Notify
// function of [SelectOptions], and the function passed to [User.Watch], run with locks held and must not call into this
// package. Flags and the contents of messages are immutable. Comments say until when slices are valid.
package store
