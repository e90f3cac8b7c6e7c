// Package model judges package session, and the commands on it, with random programs. It consists of tests only.
//
// A program is drawn from a seed. It starts commands of every kind and waits for them in any order, also within the
// loops over streams. It cancels waits after some octets or after some time, and opens one mailbox after the other. The
// link delays, cuts writes into pieces, and holds a limited number of octets. A second client changes the mailboxes
// meanwhile. The server (package imaptest) answers in any order that RFC 9051 §5.5 allows. Everything runs in a
// testing/synctest bubble: time costs nothing, a hang is noticed at once, and a goroutine that is left fails the test.
//
// When the program has ended, the server tells which commands it has received, in which order, and how it has answered.
// The model executes the same commands on a few slices and maps, and compares: each result with what it must have been
// at that point, each error with what may have caused it, the view of the mailbox with what was reported, and the
// mailboxes with what they must contain at the end.
//
// A failure is printed with its seed, and with the smallest program that still fails:
//
//	go test ./commands/internal/model -run TestModel -model.seed 4711 -model.count 1
//	make model
package model
