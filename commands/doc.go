// Package commands has a function for each command of IMAP, which starts the command on a session. It has the
// commands of RFC 9051, of RFC 3501 and of extensions.
//
// A function returns at once. Most return a [session.Call], whose Wait returns the result. Functions whose result may
// be long return a [session.Stream], which yields it piece by piece. Commands that the program starts before it waits
// for one of them are sent together.
//
//	a := commands.Status(s, "Work", status.Messages, status.Unseen)
//	b := commands.Status(s, "Home", status.Messages, status.Unseen)
//	work, err := a.Wait(ctx) // both are sent in one round trip
//	home, err := b.Wait(ctx)
//
// Some commands have a second form for UIDs. The kind of the set chooses the form: [Fetch] of a set of numset.UID
// sends UID FETCH. IMAP has no form for an empty set. A command with one is not sent, and fails with a
// *wire.ArgumentError. So check [SearchResult].Count before you use the messages that a search has found.
//
// The items and keys of Fetch, Search and Status are in packages of their own: [fetch.Flags], [search.From],
// [status.Messages] and so on.
//
// # Logging in
//
// [SignIn] takes credentials (a password, tokens, a certificate) and uses the strongest mechanism that the server
// offers. [Authenticate] uses one mechanism, which may be a sasl.Client of the program. [Login] sends the command
// LOGIN. None of them sends a secret over a connection that others can read, unless an option allows it.
//
// # Waiting
//
// [Watch] waits for changes in the mailbox, by IDLE or NOOP, until its context ends, and notices when the server is
// gone. [Idle] sends a single IDLE.
//
// # Ownership
//
// What a Call returns is the caller's. What a Stream yields is valid until the next turn of the loop; [Collect]
// copies all values of a stream.
//
// # Answers
//
// An untagged response goes to the command that it answers. The session finds the command by the mailbox, the quota
// root, the tag or the numbers in the response. So several commands of one kind may be in flight, and a server may
// answer them in any order. If the responses contain none of these, like those to CAPABILITY, the session has only one
// such command in flight at a time. A response that answers no command goes to the session's handler. If the server
// says OK to a command such as STATUS or NAMESPACE without sending the response that it asks for, the error is
// [ErrNoAnswer]. So if such a command returns an empty result and no error, the server has sent an empty answer. There
// is no such error for commands that may have nothing to report, such as LIST, FETCH and SEARCH: if the server sends no
// response, their result is empty. But a search with search.ReturnCount or search.ReturnPartial has an answer even if
// it finds nothing, so ErrNoAnswer is possible.
//
// # Extensions
//
// Besides the commands of RFC 9051 and RFC 3501 there are:
//
//	rights        GetACL SetACL DeleteACL ListRights MyRights (RFC 4314, RFC 2086)
//	quota         GetQuota GetQuotaRoot SetQuota (RFC 9208, RFC 2087)
//	metadata      GetMetadata SetMetadata (RFC 5464), GetAnnotation SetAnnotation (a draft of it),
//	              fetch.Annotations StoreAnnotations (RFC 5257)
//	sorting       Sort Thread (RFC 5256, RFC 5957, RFC 5267)
//	searches      MultiSearch (RFC 7377), search.ReturnUpdate SearchUpdate LiveResults CancelUpdate (RFC 5267),
//	              search.ReturnPartial fetch.Partial (RFC 9394), UIDBatches (RFC 10022), keys of RFC 5032, 5466, 6203, 7162, 8474, 8514 and 9738
//	messages      AppendAll (RFC 3502), Part (RFC 4469), Replace (RFC 8508), Convert (RFC 5259),
//	              URLFetch GenURLAuth (RFC 4467, RFC 5524)
//	mailboxes     ListDetails (RFC 5819, RFC 8440, RFC 9590), Notify (RFC 5465), RList RLsub (RFC 2193)
//	connection    Enable (RFC 5161), ID (RFC 2971), Compress (RFC 4978), Unauthenticate (RFC 8437),
//	              SetLanguage Comparator (RFC 5255), GetJMAPAccess (RFC 9698)
//	vendors       ProxyAuth XList ApplePush StoreLabels, and what fetch, search and status have for Gmail, Dovecot
//	              and Cyrus
//	RFC 1730      FetchOctets
//
// A program can support further extensions in its own module, usually in one file. What an extension adds to an
// existing command is a value: a [fetch.Ext], a [status.Ext], a [search.Key], a [search.Return], a [search.SortKey], a
// [ListOption], a [SelectOption], a [StoreItem], a [CreateParam], or an [AppendExt]. A command of an extension is a
// session.Command; to make one that resembles a command of this package, use [ClaimFetch], [ClaimList], [StoreCommand]
// and [ListCommand]. To test an extension, add it to imaptest's server by imaptest.WithCommand, WithCapability,
// WithFetchItem, WithSearchKey and WithCode.
package commands

// Where things are:
//
//	copy.go, list.go and so on               the command with that name
//	shapes.go, sets.go, answers.go           what many commands share: their results, sets of messages, and which responses answer them
//	listext.go, fetchclaim.go, listclaim.go  LIST with more data, and claiming responses for commands of extensions
//	searchdata.go, sortdata.go               collecting the results of SEARCH and SORT
//	results.go, update.go                    searches that the server keeps up to date
//	signin.go, login.go, authenticate.go     logging in: which mechanism to try, and the two commands
//	watch.go, idle.go, noop.go               waiting for changes
//	append.go, catenate.go, replace.go       messages that the client sends
//	modified.go                              the errors of STORE with UNCHANGEDSINCE and of messages that are gone
//	execute.go, raw.go                       commands without types
