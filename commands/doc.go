// Package commands has the commands of IMAP, one file each, as functions that start them on a session: those of RFC
// 9051 and RFC 3501, and of extensions.
//
// A function returns at once, with a [session.Call] to wait for, or a [session.Stream] of data that comes piece by
// piece. Commands that are started before one is waited for go out together.
//
//	a := commands.Status(s, "Work", status.Messages, status.Unseen)
//	b := commands.Status(s, "Home", status.Messages, status.Unseen)
//	work, err := a.Wait(ctx) // both are sent in one round trip
//	home, err := b.Wait(ctx)
//
// The kind of the numbers chooses the UID form: with a set of numset.UID, [Fetch] sends UID FETCH.
//
// What Fetch, Search and Status are asked for is in packages of its own: [fetch.Flags], [search.From],
// [status.Messages] and so on.
//
// # Logging in
//
// [SignIn] takes credentials (a password, tokens, a certificate) and picks the strongest mechanism that the server
// offers. [Authenticate] uses one mechanism, which may be your own sasl.Client. [Login] is the command LOGIN. None of
// them sends a secret over a connection that others can read, unless an option allows it.
//
// # Waiting
//
// [Watch] waits for changes in the mailbox, by IDLE or NOOP, for as long as its context lasts, and notices a server
// that is gone. [Idle] is the command.
//
// # Ownership
//
// What a Call returns is the caller's. What a Stream yields is valid until the next turn of the loop; [Collect] copies
// all of it.
//
// # Answers
//
// An untagged response goes to the command that it names: by the mailbox, the quota root, the tag or the numbers in it.
// So several commands of one kind may be in flight, and a server may answer them in any order. A response that answers
// no command goes to the session's handler. If a server answers a question with OK and nothing else, the error is
// [ErrNoAnswer]; the result is never silently empty.
//
// # Extensions
//
// Besides the commands of RFC 9051 and RFC 3501 there are:
//
//	rights        GetACL SetACL DeleteACL ListRights MyRights (RFC 4314, RFC 2086)
//	quota         GetQuota GetQuotaRoot SetQuota (RFC 9208, RFC 2087)
//	metadata      GetMetadata SetMetadata (RFC 5464), GetAnnotation SetAnnotation (its draft), fetch.Annotations StoreAnnotations (RFC 5257)
//	order         Sort Thread (RFC 5256, RFC 5957, RFC 5267)
//	searches      MultiSearch (RFC 7377), Results CancelUpdate, search.ReturnUpdate (RFC 5267), search.ReturnPartial fetch.Partial (RFC 9394),
//	              UIDBatches (RFC 10022), keys of RFC 5032, 5466, 6203, 7162, 8474, 8514 and 9738
//	messages      AppendAll (RFC 3502), Part (RFC 4469), Replace (RFC 8508), Convert (RFC 5259), URLFetch GenURLAuth (RFC 4467, RFC 5524)
//	mailboxes     ListDetails (RFC 5819, RFC 8440, RFC 9590), Notify (RFC 5465), RList RLsub (RFC 2193)
//	connection    Enable (RFC 5161), ID (RFC 2971), Compress (RFC 4978), Unauthenticate (RFC 8437), SetLanguage Comparator (RFC 5255),
//	              GetJMAPAccess (RFC 9698)
//	of servers    ProxyAuth, XList, ApplePush, StoreLabels and what else begins with Gmail
//	RFC 1730      FetchOctets
//
// What an extension adds to these commands is a value: a [fetch.Ext], with brackets and a partial if it has some, a
// [status.Ext], a [search.Key], a [search.Return], a [search.SortKey], a [ListOption], with responses of its own if
// there are any, a [SelectOption], a [StoreItem], a [CreateParam], or an [AppendExt]. A command of its own is a
// session.Command. An extension of yours is one file in your own module. To build a command that resembles one of this
// package, use [ClaimFetch], [ClaimList], [Storing] and [Listing]. To try it, give imaptest's server the extension:
// imaptest.WithCommand, WithCapability, WithFetchItem, WithSearchKey and WithCode.
package commands
