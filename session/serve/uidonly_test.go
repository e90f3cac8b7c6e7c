package serve_test

import "testing"

// TestUIDOnly checks that the server sends no sequence numbers to a client that has enabled UIDONLY (RFC 9586).
func TestUIDOnly(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX one
		deliver INBOX two
		deliver INBOX three
		1> ENABLE UIDONLY CONDSTORE
		1< * ENABLED UIDONLY CONDSTORE
		1< T OK ENABLE completed
		2! SELECT INBOX
		2! STORE 1 +FLAGS.SILENT (\Deleted)
		2! EXPUNGE
		1> SELECT INBOX
		1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
		1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ok
		1< * 2 EXISTS
		1< * 0 RECENT
		1< * OK [UIDVALIDITY 1] ok
		1< * OK [UIDNEXT 4] ok
		1< * OK [HIGHESTMODSEQ 6] ok
		1< * OK [MAILBOXID (F1)] its id
		1< T OK [READ-WRITE] SELECT completed
		1> FETCH 1 FLAGS
		1< T BAD [UIDREQUIRED] FETCH uses sequence numbers, but UIDONLY is enabled
		1> UID SEARCH OR 1 2
		1< T BAD [UIDREQUIRED] the search key 1 uses sequence numbers, but UIDONLY is enabled
		1> UID FETCH 1:* BODY[TEXT]
		1< * 2 UIDFETCH (BODY[TEXT] {5}\r\ntwo\r\n FLAGS (\Seen) MODSEQ (7))
		1< * 3 UIDFETCH (BODY[TEXT] {7}\r\nthree\r\n FLAGS (\Seen) MODSEQ (7))
		1< T OK UID FETCH completed
		1> UID STORE 2 +FLAGS.SILENT (\Flagged)
		1< * 2 UIDFETCH (MODSEQ (8))
		1< T OK UID STORE completed
		1> UID STORE 3 (UNCHANGEDSINCE 1) FLAGS ()
		1< T OK [MODIFIED 3] UID STORE completed
		2! STORE 2 +FLAGS (\Deleted)
		1> NOOP
		1< * 3 UIDFETCH (FLAGS (\Seen \Deleted) MODSEQ (9))
		1< T OK NOOP completed
		2! EXPUNGE
		1> NOOP
		1< * VANISHED 3
		1< * OK [HIGHESTMODSEQ 10] ok
		1< T OK NOOP completed
		1> UID SEARCH RETURN (ALL) UID 1:*
		1< * ESEARCH (TAG "A11") UID ALL 2
		1< T OK UID SEARCH completed
		1> ENABLE QRESYNC
		1< * ENABLED QRESYNC
		1< T OK ENABLE completed
		1> SELECT INBOX (QRESYNC (1 1 1:3 (1:2 1:2)))
		1< T BAD [UIDREQUIRED] the last parameter of QRESYNC uses sequence numbers, but UIDONLY is enabled
	`)
}
