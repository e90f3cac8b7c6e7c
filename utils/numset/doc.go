// Package numset holds sets of message numbers: sequence numbers or UIDs, as ranges that are never
// expanded (RFC 9051 §9 sequence-set).
//
// A [Set] is a value, like a number. Changing a copy never changes the original, or the original a copy, in any
// goroutine. A copy costs nothing, whatever the size of the set. A change copies only a small part of the set.
//
// A set knows what its numbers mean, because a UID read as a sequence number means another message. The zero Set has no
// kind ([NoKind]), and package commands refuses it. [Of] and [Set.WithKind] give a set its kind.
//
// [Set.Dynamic] reports whether only the server knows what is in a set, because the set holds "*" or "$". [Set.Resolve]
// replaces "*" by a number. A set that no text can express, such as "$" without 7, is unknown: it is dynamic, and
// commands refuse it.
package numset
