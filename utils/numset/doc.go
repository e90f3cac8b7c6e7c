// Package numset holds sets of message numbers: sequence numbers or UIDs, as ranges that are never
// expanded (RFC 9051 §9 sequence-set).
//
// A [Set] is a value, as a number is. A copy and its original never change each other, whichever of them is changed, and from
// whichever goroutine; to copy one costs nothing, whatever its size. A change copies no more than a small part of the set.
//
// A set knows what its numbers are, for a UID taken for a sequence number is another message. The zero Set is of
// neither kind ([NoKind]): package commands refuses it, and one gets a kind by [Of], or by [Set.WithKind].
//
// What only the server can tell is in a set ("*", "$") is said by [Set.Dynamic]. [Set.Resolve] puts a number for "*". What no text
// can say, as "$" without 7, is a set of which nothing is known: it is dynamic, and refused by commands.
package numset
