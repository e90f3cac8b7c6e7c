// Package query answers SEARCH, SORT and THREAD over the messages of a store's view (RFC 9051 §6.4.4, RFC 5256).
//
// [Compile] makes a [Search] of a parsed search key: texts are taken out of the charset they are in, sets are
// resolved once, and of keys that must all be true the cheap ones are asked first. Strings are compared by
// i;unicode-casemap (RFC 5051), as RFC 9051 §6.4.4 and RFC 5256 §2 have it, so that case does not matter in any script.
// [Sort] and [Thread] put what was found in order.
package query
