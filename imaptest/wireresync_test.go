package imaptest_test

import "testing"

// TestWireHeldBack sends changes to a client while an expunge is held back. The server must not send the mailbox's
// HIGHESTMODSEQ then, but a lower one, up to which the client knows all changes (RFC 7162 §3.2, §6). So a client that
// loses its connection then loses no change.
func TestWireHeldBack(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		deliver INBOX c
		1! ENABLE QRESYNC
		1! SELECT INBOX
		2! SELECT INBOX
		2! STORE 2 +FLAGS (\Deleted)
		1! NOOP
		2! EXPUNGE
		1> STORE 1 +FLAGS (\Seen)
		1< * 1 FETCH (UID 1 FLAGS (\Recent \Seen) MODSEQ (7))
		1< * OK [HIGHESTMODSEQ 5] …
		1< T OK STORE …
		# nothing above 5 is told now, so that nothing need be said
		1> FETCH 3 (UID)
		1< * 3 FETCH (UID 3)
		1< T OK …
		1> FETCH 1 (BODY.PEEK[TEXT] MODSEQ)
		1< * 1 FETCH (BODY[TEXT] {3}\r\na\r\n MODSEQ (7))
		1< * OK [HIGHESTMODSEQ 5] …
		1< T OK …
		1> NOOP
		1< * VANISHED 2
		1< * OK [HIGHESTMODSEQ 7] …
		1< T OK …
	`)
}

// TestWireUIDInFetch checks the FETCH responses that must have the UID: those to UID commands (RFC 9051 §6.4.9) and,
// after the client has used modification sequence numbers, all of them (RFC 7162 §3.2.4).
func TestWireUIDInFetch(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		1! SELECT INBOX
		2! SELECT INBOX
		# nothing was asked for
		1> STORE 1 +FLAGS ($A)
		1< * FLAGS …
		1< * OK [PERMANENTFLAGS …
		1< * 1 FETCH (FLAGS (\Recent $A))
		1< T OK …
		2! NOOP
		2! STORE 2 +FLAGS (\Flagged)
		1> UID STORE 1 (UNCHANGEDSINCE 1) +FLAGS (\Answered)
		1< * OK [HIGHESTMODSEQ …
		1< * 2 FETCH (UID 2 FLAGS (\Recent \Flagged) MODSEQ (5))
		1< * OK [HIGHESTMODSEQ 5] …
		1< T OK [MODIFIED 1] …
		# and now it was
		1> STORE 1 +FLAGS (\Draft)
		1< * 1 FETCH (UID 1 FLAGS (\Recent \Draft $A) MODSEQ (6))
		1< T OK …
		1> STORE 1 (UNCHANGEDSINCE 6) -FLAGS (\Draft)
		1< * 1 FETCH (UID 1 FLAGS (\Recent $A) MODSEQ (7))
		1< T OK …
		1> FETCH 1 (BODY[TEXT])
		1< * 1 FETCH (UID 1 BODY[TEXT] {3}\r\na\r\n FLAGS (\Recent \Seen $A) MODSEQ (8))
		1< T OK …
		2! STORE 2 -FLAGS (\Flagged)
		1> NOOP
		1< * 2 FETCH (UID 2 FLAGS (\Recent) MODSEQ (9))
		1< T OK …
		# what was asked for is what is told
		1> FETCH 2 (FLAGS)
		1< * 2 FETCH (FLAGS (\Recent))
		1< T OK …
	`)
}

// TestWireClosed selects a mailbox while another one is selected. Every client must get CLOSED between the two (RFC
// 7162 §3.2.11).
func TestWireClosed(t *testing.T) {
	talk(t, newServer(t), `
		1! SELECT INBOX
		1> SELECT nothing
		1< * OK [CLOSED] …
		1< T NO [NONEXISTENT] …
		1> EXAMINE INBOX
		1< * FLAGS …
	`)
}

// TestWireSilentlyGone sends STORE with .SILENT for several messages, some of which are already gone. The answer is OK
// (RFC 2180 §4.2.1) with EXPUNGEISSUED, so that the client can ask what has happened (RFC 5530 §3). Searches answer in
// the same way.
func TestWireSilentlyGone(t *testing.T) {
	talk(t, newServer(t), `
		deliver INBOX a
		deliver INBOX b
		deliver INBOX c
		deliver INBOX d
		1! SELECT INBOX
		2! SELECT INBOX
		2! STORE 2 +FLAGS.SILENT (\Deleted)
		1! NOOP
		2! EXPUNGE
		1> STORE 1:4 +FLAGS.SILENT ($A)
		1< T OK [EXPUNGEISSUED] …
		1> STORE 2 +FLAGS ($A)
		1< T NO [EXPUNGEISSUED] …
		1> SEARCH ALL
		1< * SEARCH 1 3 4
		1< T OK [EXPUNGEISSUED] …
		1> SORT (ARRIVAL) UTF-8 ALL
		1< * SORT 1 3 4
		1< T OK [EXPUNGEISSUED] …
		1> THREAD REFERENCES UTF-8 ALL
		1< * THREAD (1)(3)(4)
		1< T OK [EXPUNGEISSUED] …
		1> UID SEARCH ALL
		1< * SEARCH 1 3 4
		1< * 2 EXPUNGE
		1< T OK UID SEARCH completed
		1> SEARCH ALL
		1< * SEARCH 1 2 3
		1< T OK SEARCH completed
	`)
}

// TestWireArrived appends to the selected mailbox. A client that uses modification sequence numbers must get
// HIGHESTMODSEQ.
func TestWireArrived(t *testing.T) {
	talk(t, newServer(t), `
		1! SELECT INBOX (CONDSTORE)
		1> APPEND INBOX {4+}\r\nA:\r\n
		1< * 1 EXISTS
		1< * 1 RECENT
		1< * OK [HIGHESTMODSEQ 2] …
		1< T OK [APPENDUID …
		1> NOOP
		1< T OK …
	`)
}

// TestWireMetadataModSeq changes an annotation. The mailbox must then have another modification sequence number (RFC
// 7162 §3.2).
func TestWireMetadataModSeq(t *testing.T) {
	talk(t, newServer(t), `
		1> STATUS INBOX (HIGHESTMODSEQ)
		1< * STATUS INBOX (HIGHESTMODSEQ 1)
		1< T OK …
		1! SETMETADATA INBOX (/shared/comment "x")
		1> STATUS INBOX (HIGHESTMODSEQ)
		1< * STATUS INBOX (HIGHESTMODSEQ 2)
		1< T OK …
	`)
}
