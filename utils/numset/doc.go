// Package numset provides sets of message numbers, which are sequence numbers or UIDs (RFC 9051 §9 sequence-set). A set
// consists of ranges, and does not expand them.
//
// A [Set] is a value, like an int. A change of a copy does not change the original, and a change of the original does
// not change a copy, even in different goroutines. A copy of a large set takes no more time or memory than one of a
// small set. A change copies only a small part of the set.
//
// A set has a [Kind], which says whether its numbers are sequence numbers or UIDs, so that a program does not confuse
// them. The zero Set has no kind ([NoKind]), and package commands refuses it. [Of] and [Set.WithKind] return sets of a
// kind.
//
// [Set.Dynamic] reports whether only the server knows the numbers of a set, because the set has "*" or "$".
// [Set.Resolve] replaces "*" by a number. The result of some operations, such as the removal of 7 from "$", is an
// unknown set, which has no text form. An unknown set is dynamic, and package commands refuses it.
package numset
