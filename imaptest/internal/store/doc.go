// Package store holds mail in memory for a test server: users, their mailboxes, the messages in them, and who
// may do what. It knows the semantics of IMAP (RFC 9051, with CONDSTORE, QRESYNC, OBJECTID, SAVEDATE, ACL,
// QUOTA, METADATA, SPECIAL-USE, URLAUTH) and none of its syntax.
//
// # Users and mailboxes
//
// A [Store] has [User] values, and a user has [Mailbox] values by name. Names are UTF-8, with the store's
// delimiter; INBOX is told apart without regard to case. Methods of User act with the rights of that user and
// answer an [Error] that carries the response code to send. Methods of Mailbox act with none and are what a
// test uses to deliver, flag and expunge behind the back of the clients.
//
// # Views
//
// A connection that selects a mailbox holds a [View]: the mailbox as its client has been told of it, with its
// own message sequence numbers. Changes made elsewhere wait until [View.Sync] applies them and says what to
// tell the client, with expunges or without. Looking up, storing flags, copying and expunging all speak of the
// messages of the view, so a sequence number means to the server what it means to the client.
//
// A view that has been told everything shares its table with the mailbox and costs a few hundred octets; one
// that lags keeps what it needs, and nothing more. No operation takes time that grows with the product of two
// sizes: appending costs the same in an empty mailbox and in one of a million messages.
//
// # Who may use what at once
//
// Store, User, Mailbox, Watch and all values handed out are safe for use by several goroutines; a View
// belongs to one. The function given to [User.Select] or [User.Watch] to be woken runs with locks held: it
// must not call into this package. What is handed out is immutable; slices say until when they are valid.
package store
