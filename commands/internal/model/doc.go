// Package model judges package session, and the commands on it, by random programs: it has tests only.
//
// A program is drawn from a seed. It starts commands of every kind, waits for them in any order, within the loops over streams too,
// cancels waits at some octet or moment, and opens one mailbox after the other, over a link that delays, cuts what is written into pieces and
// holds so many octets, while a second client changes what is there. The server (package imaptest) answers in any order that
// RFC 9051 §5.5 allows. Everything runs in a testing/synctest bubble, so that time costs nothing, a hang is noticed at once, and a goroutine
// that is left fails the test.
//
// When the program has ended, the server tells which commands it has received, in which order, and how it has answered. The model executes the
// same on a few slices and maps, and compares: each result with what it must have been at that point, each error with what may have caused it,
// the view of the mailbox with what was told, and the mailboxes with what they must hold in the end.
//
// A failure is printed with its seed, and with the smallest program that still fails:
//
//	go test ./commands/internal/model -run TestModel -model.seed 4711 -model.count 1
//	make model
package model
