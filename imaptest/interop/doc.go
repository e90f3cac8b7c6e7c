// Package interop tests the client on real servers, and the test server with real clients. It contains only tests, and
// scripts that install and start the programs that the tests need. "make interop" runs the scripts and then
// the tests. Without IMAPSTACK_DOVECOT and similar variables in the environment, which the scripts set, the tests are
// skipped with a message.
package interop
