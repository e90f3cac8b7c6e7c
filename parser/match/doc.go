// Package match answers SEARCH, SORT, THREAD and LIST for a server (RFC 9051 §6.4.4 and §6.3.9, RFC 5256), over
// small interfaces of what they need of a message.
//
// [Compile] makes a [Search] of a parsed search key: texts are taken out of the charset they are in, sets are
// resolved once, and of keys that must all be true the cheap ones are asked first. [Search.Match] then says of one
// [Message] at a time whether it is looked for; the content of a message is asked for only when the numbers, flags and
// dates have not decided. Strings are compared by i;unicode-casemap (RFC 5051), as RFC 9051 §6.4.4 and RFC 5256 §2 have
// it, so that case does not matter in any script. [Sort] and [Thread] put what was found in order. A [Pattern] says which
// names LIST lists.
//
// A message.Message of package parser/message is a [Content].
package match
