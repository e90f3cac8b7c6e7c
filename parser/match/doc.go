// Package match evaluates SEARCH, SORT, THREAD and LIST for a server (RFC 9051 §6.4.4 and §6.3.9, RFC 5256). It
// reads messages through small interfaces.
//
// [Compile] makes a [Search] from a parsed search key. It decodes the texts and replaces "*" in the sets by a number,
// so that Match need not do so for each message. If all of several keys must match, it puts the cheap ones first.
// [Search.Match] then reports whether one [Message] matches. It asks for the content of a message only if numbers,
// flags and dates do not already decide the result. Strings are compared by i;unicode-casemap (RFC 5051), as RFC 9051
// §6.4.4 and RFC 5256 §2 require. So case does not matter in any script. [Sort] and [Thread] order the results of a
// search. A [Pattern] says which names are in the result of LIST.
//
// The type Message of package parser/message implements [Content].
package match
