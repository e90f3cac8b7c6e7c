package serve_test

import (
	"strings"
	"testing"

	"github.com/imapstack/imapstack/session/serve"
)

func TestSession(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX one
		deliver INBOX two
		1> SELECT INBOX
		1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
		1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] ok
		1< * 2 EXISTS
		1< * 0 RECENT
		1< * OK [UNSEEN 1] ok
		1< * OK [UIDVALIDITY 1] ok
		1< * OK [UIDNEXT 3] ok
		1< * OK [HIGHESTMODSEQ 3] ok
		1< * OK [MAILBOXID (F1)] its id
		1< T OK [READ-WRITE] SELECT completed
		1> FETCH 1:* (UID FLAGS RFC822.SIZE)
		1< * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 50)
		1< * 2 FETCH (UID 2 FLAGS () RFC822.SIZE 50)
		1< T OK FETCH completed
		1> FETCH 2 BODY[TEXT]
		1< * 2 FETCH (BODY[TEXT] {5}\r\ntwo\r\n FLAGS (\Seen))
		1< T OK FETCH completed
		1> FETCH 2 (BODY.PEEK[HEADER.FIELDS (Subject)] BODY[]<1.3>)
		1< * 2 FETCH (BODY[HEADER.FIELDS (Subject)] {16}\r\nSubject: two\r\n\r\n BODY[]<1> {3}\r\nrom)
		1< T OK FETCH completed
		1> FETCH 1 ENVELOPE
		1< * 1 FETCH (ENVELOPE (NIL "one" (("Zoe" NIL "zoe" "example.org")) (("Zoe" NIL "zoe" "example.org")) (("Zoe" NIL "zoe" "example.org")) NIL NIL NIL NIL NIL))
		1< T OK FETCH completed
		1> UID STORE 1 +FLAGS (\Deleted $work)
		1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $work)
		1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $work \*)] ok
		1< * 1 FETCH (UID 1 FLAGS (\Deleted $work))
		1< T OK UID STORE completed
		1> SEARCH KEYWORD $work
		1< * SEARCH 1
		1< T OK SEARCH completed
		1> UID SEARCH RETURN (MIN COUNT) ALL
		1< * ESEARCH (TAG "A9") UID MIN 1 COUNT 2
		1< T OK UID SEARCH completed
		1> SORT (REVERSE SUBJECT) UTF-8 ALL
		1< * SORT 2 1
		1< T OK SORT completed
		1> THREAD REFERENCES UTF-8 ALL
		1< * THREAD (1)(2)
		1< T OK THREAD completed
		1> EXPUNGE
		1< * 1 EXPUNGE
		1< T OK EXPUNGE completed
		1> NOOP
		1< T OK NOOP completed
		1> CLOSE
		1< T OK CLOSE completed
		1> LOGOUT
		1< * BYE logging out
		1< T OK LOGOUT completed
		1< EOF
	`)
}

// TestExpungeWaits checks that EXPUNGE is not sent during FETCH, STORE and SEARCH, so that sequence numbers do not
// change meanwhile (RFC 9051 §7.5.1).
func TestExpungeWaits(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX one
		deliver INBOX two
		deliver INBOX three
		1! SELECT INBOX
		2! SELECT INBOX
		2! STORE 1 +FLAGS.SILENT (\Deleted)
		2! EXPUNGE
		deliver INBOX four
		1> FETCH 2:3 UID
		1< * 2 FETCH (UID 2)
		1< * 3 FETCH (UID 3)
		1< * 4 EXISTS
		1< * 0 RECENT
		1< T OK FETCH completed
		1> FETCH 1 FLAGS
		1< T NO [EXPUNGEISSUED] some of the messages are gone
		1> STORE 4 +FLAGS (\Flagged)
		1< * 4 FETCH (FLAGS (\Flagged))
		1< T OK STORE completed
		1> SEARCH ALL
		1< * SEARCH 2 3 4
		1< T OK [EXPUNGEISSUED] SEARCH completed
		1> STORE 1:2 +FLAGS.SILENT (\Seen)
		1< T OK [EXPUNGEISSUED] STORE completed
		1> UID FETCH 2 FLAGS
		1< * 2 FETCH (UID 2 FLAGS (\Seen))
		1< * 1 EXPUNGE
		1< T OK UID FETCH completed
		1> FETCH 1:* UID
		1< * 1 FETCH (UID 2)
		1< * 2 FETCH (UID 3)
		1< * 3 FETCH (UID 4)
		1< T OK FETCH completed
		2> NOOP
		2< * 3 EXISTS
		2< * 0 RECENT
		2< * 1 FETCH (FLAGS (\Seen))
		2< * 3 FETCH (FLAGS (\Flagged))
		2< T OK NOOP completed
	`)
}

// TestHighestModSeqHeldBack is the example of RFC 7162 §6. If the server sends a mod-sequence above that of an
// unreported expunge, it also sends a lower HIGHESTMODSEQ.
func TestHighestModSeqHeldBack(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX one
		deliver INBOX two
		1! ENABLE QRESYNC
		1! SELECT INBOX
		2! SELECT INBOX
		2! STORE 1 +FLAGS.SILENT (\Deleted)
		2! EXPUNGE
		1> STORE 2 +FLAGS.SILENT (\Flagged)
		1< * 2 FETCH (UID 2 MODSEQ (6))
		1< * OK [HIGHESTMODSEQ 3] ok
		1< T OK STORE completed
		1> FETCH 2 FLAGS
		1< * 2 FETCH (FLAGS (\Flagged))
		1< T OK FETCH completed
		1> FETCH 2 MODSEQ
		1< * 2 FETCH (MODSEQ (6))
		1< * OK [HIGHESTMODSEQ 3] ok
		1< T OK FETCH completed
		1> NOOP
		1< * VANISHED 1
		1< * OK [HIGHESTMODSEQ 6] ok
		1< T OK NOOP completed
		1> NOOP
		1< T OK NOOP completed
	`)
}

// TestOwnChanges checks that a client gets the effects of its own STORE once, and also gets later changes of the same
// message by another client.
func TestOwnChanges(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX one
		1! SELECT INBOX
		2! SELECT INBOX
		1> STORE 1 +FLAGS (\Flagged)
		1< * 1 FETCH (FLAGS (\Flagged))
		1< T OK STORE completed
		1> STORE 1 -FLAGS.SILENT (\Flagged)
		1< T OK STORE completed
		1> NOOP
		1< T OK NOOP completed
		2> NOOP
		2< * 1 FETCH (FLAGS ())
		2< T OK NOOP completed
		2! STORE 1 +FLAGS (\Answered)
		1> STORE 1 +FLAGS.SILENT (\Draft)
		1< * 1 FETCH (FLAGS (\Answered \Draft))
		1< T OK STORE completed
		1> NOOP
		1< T OK NOOP completed
		2! STORE 1 FLAGS (\Seen)
		1> STORE 1 +FLAGS (\Seen)
		1< * 1 FETCH (FLAGS (\Seen))
		1< T OK STORE completed
	`)
}

func TestIdle(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX one
		1! SELECT INBOX
		2! SELECT INBOX
		1> IDLE
		1< + idling
		deliver INBOX two
		1< * 2 EXISTS
		1< * 0 RECENT
		2! STORE 1 +FLAGS.SILENT (\Deleted)
		1< * 1 FETCH (FLAGS (\Deleted))
		2! EXPUNGE
		1< * 1 EXPUNGE
		1: DONE
		1< T OK IDLE completed
		1> IDLE
		1< + idling
		1: A9 NOOP
		1< T BAD …
	`)
}

func TestAppend(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) { s.MaxMessage = 1000 })
	talk(t, s, b, `
		1! SELECT INBOX
		1> APPEND INBOX (\Seen $a) "01-Mar-2026 10:00:00 +0100" {5}
		1< + go on
		1: hello
		1< * 1 EXISTS
		1< * 0 RECENT
		1< T OK [APPENDUID 1 1] APPEND completed
		1> FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])
		1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $a)
		1< * OK [PERMANENTFLAGS …
		1< * 1 FETCH (FLAGS (\Seen $a) INTERNALDATE " 1-Mar-2026 10:00:00 +0100" BODY[] {5}\r\nhello)
		1< T OK FETCH completed
		1> APPEND INBOX {3+}\r\none {3+}\r\ntwo
		1< * 3 EXISTS
		1< * 0 RECENT
		1< T OK [APPENDUID 1 2:3] APPEND completed
		1> APPEND INBOX {3+}\r\none junk
		1< T BAD …
		1> APPEND INBOX {1001}
		1< T NO [TOOBIG] no more than 1000 octets
		1> APPEND INBOX {1001+}\r\n`+strings.Repeat("x", 1001)+`
		1< T NO [TOOBIG] no more than 1000 octets
		1> APPEND nowhere {3+}\r\none
		1< T NO [TRYCREATE] there is no mailbox "nowhere"
		1> APPEND INBOX (\Recent) {3+}\r\none
		1< T BAD [CLIENTBUG] \Recent cannot be stored
		1> APPEND INBOX {0+}\r\n
		1< T NO [CANNOT] the message is empty
		1> NOOP
		1< T OK NOOP completed
		1> STATUS INBOX (MESSAGES UIDNEXT UNSEEN SIZE)
		1< * STATUS INBOX (MESSAGES 3 UIDNEXT 4 UNSEEN 2 SIZE 11)
		1< T OK STATUS completed
	`)
}

func TestCopyMove(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX one
		deliver INBOX two
		deliver INBOX three
		1! CREATE Archive
		1! SELECT INBOX
		1> COPY 1:2 Archive
		1< T OK [COPYUID 3 1:2 1:2] COPY completed
		1> COPY 1 nowhere
		1< T NO [TRYCREATE] …
		1> MOVE 2 Archive
		1< * OK [COPYUID 3 2 3] moved
		1< * 2 EXPUNGE
		1< T OK MOVE completed
		1> UID MOVE 99 Archive
		1< T OK UID MOVE completed
		1> COPY 9 Archive
		1< T BAD [CLIENTBUG] there is no message 9, only 2
		1> STATUS Archive (MESSAGES)
		1< * STATUS Archive (MESSAGES 3)
		1< T OK STATUS completed
	`)
}

func TestQResync(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX one
		deliver INBOX two
		deliver INBOX three
		1! ENABLE QRESYNC
		1! SELECT INBOX
		1! UID STORE 2 +FLAGS (\Deleted)
		1> UID EXPUNGE 2
		1< * VANISHED 2
		1< T OK [HIGHESTMODSEQ 6] UID EXPUNGE completed
		1! STORE 2 +FLAGS (\Flagged)
		1> SELECT INBOX (QRESYNC (1 4 1:3))
		1< * OK [CLOSED] …
		1< * FLAGS …
		1< * OK [PERMANENTFLAGS …
		1< * 2 EXISTS
		1< * 0 RECENT
		1< * OK [UNSEEN …
		1< * OK [UIDVALIDITY 1] ok
		1< * OK [UIDNEXT 4] ok
		1< * OK [HIGHESTMODSEQ 7] ok
		1< * OK [MAILBOXID …
		1< * VANISHED (EARLIER) 2
		1< * 2 FETCH (UID 3 FLAGS (\Flagged) MODSEQ (7))
		1< T OK [READ-WRITE] SELECT completed
		1> UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4 VANISHED)
		1< * VANISHED (EARLIER) 2
		1< * 2 FETCH (UID 3 FLAGS (\Flagged) MODSEQ (7))
		1< T OK UID FETCH completed
		1> UID STORE 1,3 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\Seen)
		1< * 1 FETCH (UID 1 MODSEQ (8))
		1< T OK [MODIFIED 3] UID STORE completed
	`)
}

func TestMailboxes(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! CREATE a/b/c
		1! CREATE Sent (USE (\Sent))
		1! SUBSCRIBE a/b/c
		1> LIST "" *
		1< * LIST (\HasNoChildren) "/" INBOX
		1< * LIST (\HasNoChildren \Sent) "/" Sent
		1< * LIST (\Noselect \HasChildren) "/" a
		1< * LIST (\Noselect \HasChildren) "/" a/b
		1< * LIST (\HasNoChildren) "/" a/b/c
		1< T OK LIST completed
		1> LIST "" %
		1< * LIST (\HasNoChildren) "/" INBOX
		1< * LIST (\HasNoChildren \Sent) "/" Sent
		1< * LIST (\Noselect \HasChildren) "/" a
		1< T OK LIST completed
		1> LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (CHILDREN)
		1< * LIST (\NonExistent \HasChildren) "/" a ("CHILDINFO" ("SUBSCRIBED"))
		1< T OK LIST completed
		1> LIST (SPECIAL-USE) "" * RETURN (STATUS (MESSAGES))
		1< * LIST (\HasNoChildren \Sent) "/" Sent
		1< * STATUS Sent (MESSAGES 0)
		1< T OK LIST completed
		1> LSUB "" %
		1< * LSUB (\Noselect) "/" a
		1< T OK LSUB completed
		1> RENAME a/b/c x
		1< T OK RENAME completed
		1> RENAME x x/y
		1< T NO [CANNOT] a mailbox cannot be below itself
		1> DELETE x
		1< T OK DELETE completed
		1> DELETE INBOX
		1< T NO [CANNOT] INBOX cannot be deleted
		1> CREATE "a//b"
		1< T NO [CANNOT] a level of the name is empty
		1> SELECT x
		1< T NO [NONEXISTENT] there is no mailbox "x"
		1> LIST "" ""
		1< * LIST (\Noselect) "/" ""
		1< T OK LIST completed
		1> NAMESPACE
		1< * NAMESPACE (("" "/")) NIL NIL
		1< T OK NAMESPACE completed
	`)
}

func TestRev2(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX one
		1> ENABLE IMAP4rev2 X-NONE
		1< * ENABLED IMAP4rev2
		1< T OK ENABLE completed
		1! CREATE "Grüße"
		1> LIST "" G*
		1< * LIST (\HasNoChildren) "/" "Grüße"
		1< T OK LIST completed
		1> SELECT INBOX
		1< * FLAGS …
		1< * OK [PERMANENTFLAGS …
		1< * 1 EXISTS
		1< * OK [UIDVALIDITY 1] ok
		1< * OK [UIDNEXT 2] ok
		1< * OK [HIGHESTMODSEQ 2] ok
		1< * OK [MAILBOXID (F1)] its id
		1< * LIST () "/" INBOX
		1< T OK [READ-WRITE] SELECT completed
		1> SEARCH SUBJECT ONE
		1< * ESEARCH (TAG "A6") ALL 1
		1< T OK SEARCH completed
		1> SEARCH RETURN (SAVE) ALL
		1< T OK SEARCH completed
		1> FETCH $ UID
		1< * 1 FETCH (UID 1)
		1< T OK FETCH completed
		1> SELECT nowhere
		1< * OK [CLOSED] the other mailbox is closed
		1< T NO …
		1> FETCH 1 UID
		1< T BAD FETCH needs an open mailbox: SELECT or EXAMINE one first
	`)
}
