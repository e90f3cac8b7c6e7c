// Package model tests packages session and commands with random programs, whose results it compares with a model of
// the server. It consists of tests only.
//
// A program is drawn from a seed. It starts commands of every kind and waits for them in any order, also in the bodies
// of loops over streams. It cancels waits after some octets or after some time, and opens one mailbox after another.
// Its connection, the link, delays octets, cuts writes into pieces, and has a limited buffer. A second client changes
// the mailboxes meanwhile. The server (package imaptest) answers in any order that RFC 9051 §5.5 allows. Everything
// runs in a testing/synctest bubble: waiting takes no real time, a hang is noticed at once, and a goroutine that has
// not ended fails the test.
//
// After the program has ended, the test asks the server which commands it has received, in which order, and how it
// has answered them. The model, which is a few slices and maps, executes the same commands. The test then compares
// each result with the result of the model, and each error with what may have caused it. It compares the session's
// view of the mailbox with what the server has reported, and at the end the server's mailboxes with those of the
// model.
//
// A failure is printed with its seed, and with the smallest program that still fails:
//
//	go test ./commands/internal/model -run TestModel -model.seed 4711 -model.count 1
//	make model
package model
