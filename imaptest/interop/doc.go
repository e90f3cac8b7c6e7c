// Package interop tests the client on real servers, and the test server with real clients. It has only tests, and
// scripts that install and start what they need. "make interop" runs them. Without IMAPSTACK_DOVECOT and similar
// variables in the environment, which the scripts set, the tests are skipped with a message.
package interop
