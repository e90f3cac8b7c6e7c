// Package numset holds sets of message numbers: sequence numbers or UIDs, as ranges that are never
// expanded (RFC 9051 §9 sequence-set).
//
// A [Set] is a value, as a number is. Changing a copy never changes the original, nor the other way round, from any goroutine.
// A copy costs nothing, whatever the size of the set. A change copies only a small part of the set.
//
// A set knows what its numbers are, because a UID taken for a sequence number is another message. The zero Set is of
// neither kind ([NoKind]), and package commands refuses it. [Of] and [Set.WithKind] give a set its kind.
//
// [Set.Dynamic] reports whether only the server can tell what is in a set, because it holds "*" or "$". [Set.Resolve] puts a number
// in the place of "*". A set that no text can express, such as "$" without 7, is unknown: it is dynamic, and commands refuse it.
package numset
