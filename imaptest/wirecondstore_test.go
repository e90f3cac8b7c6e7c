package imaptest_test

import "testing"

func TestWireCondstore(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		deliver INBOX c
		1! SELECT INBOX (CONDSTORE)
		2! SELECT INBOX
		1> FETCH 1:* (UID MODSEQ)
		1< * 1 FETCH (UID 1 MODSEQ (2))
		1< * 2 FETCH (UID 2 MODSEQ (3))
		1< * 3 FETCH (UID 3 MODSEQ (4))
		1< T OK …
		1> STORE 1 +FLAGS (\Seen)
		1< * 1 FETCH (UID 1 FLAGS (\Recent \Seen) MODSEQ (5))
		1< T OK …
		1> STORE 2:3 (UNCHANGEDSINCE 4) +FLAGS.SILENT ($A)
		1< * FLAGS …
		1< * OK [PERMANENTFLAGS …
		1< * 2 FETCH (UID 2 MODSEQ (6))
		1< * 3 FETCH (UID 3 MODSEQ (6))
		1< T OK …
		1> STORE 1:3 (UNCHANGEDSINCE 5) +FLAGS (\Flagged)
		1< * 1 FETCH (UID 1 FLAGS (\Recent \Flagged \Seen) MODSEQ (7))
		1< T OK [MODIFIED 2:3] …
		1> UID STORE 1:3 (UNCHANGEDSINCE 6) FLAGS.SILENT ()
		1< * 2 FETCH (UID 2 MODSEQ (8))
		1< * 3 FETCH (UID 3 MODSEQ (8))
		1< T OK [MODIFIED 1] …
		1> STORE 1 (UNCHANGEDSINCE 0) +FLAGS (\Answered)
		1< T OK [MODIFIED 1] …
		# nothing changes, and so does the mod-sequence
		1> STORE 1 (UNCHANGEDSINCE 7) +FLAGS (\Flagged)
		1< * 1 FETCH (UID 1 FLAGS (\Recent \Flagged \Seen) MODSEQ (7))
		1< T OK …
		1> FETCH 1:* (FLAGS) (CHANGEDSINCE 7)
		1< * 2 FETCH (FLAGS (\Recent) MODSEQ (8))
		1< * 3 FETCH (FLAGS (\Recent) MODSEQ (8))
		1< T OK …
		1> FETCH 1:* (FLAGS) (CHANGEDSINCE 8)
		1< T OK …
		1> FETCH 1 (FLAGS) (CHANGEDSINCE 1 VANISHED)
		1< T BAD …
		1> UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)
		1< T BAD …
		2> NOOP
		2< * 1 FETCH (FLAGS (\Flagged \Seen))
		2< * 2 FETCH (FLAGS ())
		2< * 3 FETCH (FLAGS ())
		2< T OK …
		2> STATUS INBOX (HIGHESTMODSEQ)
		2< * OK [HIGHESTMODSEQ 8] …
		2< * STATUS INBOX (HIGHESTMODSEQ 8)
		2< T OK …
		2> STORE 3 -FLAGS.SILENT (\Seen)
		2< T OK …
		2> STORE 3 +FLAGS.SILENT (\Seen)
		2< * 3 FETCH (UID 3 MODSEQ (9))
		2< T OK …
		1> NOOP
		1< * 3 FETCH (UID 3 FLAGS (\Recent \Seen) MODSEQ (9))
		1< T OK …
		1> SEARCH MODSEQ "/flags/\\\\draft" all 9
		1< * SEARCH 3 (MODSEQ 9)
		1< T OK …
		1> SEARCH RETURN (COUNT MAX) MODSEQ 8
		1< * ESEARCH (TAG "A16") MAX 3 COUNT 2 MODSEQ 9
		1< T OK …
	`)
}

func TestWireQresync(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		deliver INBOX c
		deliver INBOX d
		deliver INBOX e
		1> SELECT INBOX (QRESYNC (1 1))
		1< T BAD …
		1> ENABLE QRESYNC
		1< * ENABLED QRESYNC
		1< T OK …
		2! SELECT INBOX
		2! STORE 2,4 +FLAGS.SILENT (\Deleted)
		2! EXPUNGE
		2! STORE 1 +FLAGS.SILENT ($X)
		1! SELECT INBOX
		1> UID FETCH 1:* (FLAGS) (CHANGEDSINCE 6 VANISHED)
		1< * VANISHED (EARLIER) 2,4
		1< * 1 FETCH (UID 1 FLAGS ($X) MODSEQ (9))
		1< T OK …
		1> SELECT INBOX
		1< * OK [CLOSED] …
		1< * FLAGS …
		1< * OK [PERMANENTFLAGS …
		1< * 3 EXISTS
		1< * 0 RECENT
		1< * OK [UNSEEN 1] …
		1< * OK [UIDVALIDITY …
		1< * OK [UIDNEXT 6] …
		1< * OK [HIGHESTMODSEQ 9] …
		1< * OK [MAILBOXID …
		1< T OK …
		1> UNSELECT
		1< T OK …
		1! SELECT INBOX
		2! STORE 2 +FLAGS (\Deleted)
		2! EXPUNGE
		1> NOOP
		1< * VANISHED 3
		1< * OK [HIGHESTMODSEQ 11] …
		1< T OK …
		1! STORE 1 +FLAGS.SILENT (\Deleted)
		1> EXPUNGE
		1< * VANISHED 1
		1< T OK [HIGHESTMODSEQ 13] …
		1> EXPUNGE
		1< T OK EXPUNGE …
		1! CREATE box
		1> UID MOVE 5 box
		1< * OK [COPYUID … 5 1] …
		1< * VANISHED 5
		1< T OK [HIGHESTMODSEQ 14] …
	`)
}

func TestWireTurns(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		deliver INBOX c
		1! SELECT INBOX
		2! SELECT INBOX
		2! STORE 1 +FLAGS (\Deleted)
		2! EXPUNGE
		# none of these may tell of an expunge
		1> FETCH 2 UID
		1< * 2 FETCH (UID 2)
		1< T OK …
		1> STORE 3 +FLAGS (\Seen)
		1< * 3 FETCH (FLAGS (\Recent \Seen))
		1< T OK …
		1> SEARCH ALL
		1< * SEARCH 2 3
		1< T OK …
		1> FETCH 1 (FLAGS)
		1< * 1 FETCH (FLAGS (\Recent \Deleted))
		1< T …
		1> UID FETCH 2 FLAGS
		1< * 2 FETCH (UID 2 FLAGS (\Recent))
		1< * 1 EXPUNGE
		1< T OK …
		deliver INBOX d
		2! STORE 1 +FLAGS (\Deleted)
		2! EXPUNGE
		1> CHECK
		1< * 1 EXPUNGE
		1< * 2 EXISTS
		1< * 1 RECENT
		1< T OK …
		1> IDLE
		1< + …
		2! APPEND INBOX {3+}\r\na\r\n
		1< * 3 EXISTS
		# \Recent belongs to the session that sees the message first
		1< * … RECENT
		2! STORE 1:* FLAGS (\Deleted)
		1< * 1 FETCH (FLAGS (\Recent \Deleted))
		1< * 2 FETCH (FLAGS (\Deleted))
		1< * 3 FETCH (FLAGS (…\Deleted))
		2! EXPUNGE
		1< * 1 EXPUNGE
		1< * 1 EXPUNGE
		1< * 1 EXPUNGE
		1: DONE
		1< T OK …
		1> FETCH 1 UID
		1< T BAD …
		1> FETCH 1:* UID
		1< T …
		1> UID FETCH 1:* UID
		1< T OK …
		1> SEARCH ALL
		1< * SEARCH
		1< T OK …
	`)
}

// TestWireSilent checks what a client gets after a silent STORE: flags that it cannot know, and with CONDSTORE the new
// mod-sequences (RFC 7162 §3.1.3).
func TestWireSilent(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		deliver INBOX c
		1! SELECT INBOX
		2! SELECT INBOX
		2! STORE 2 +FLAGS (\Flagged)
		1> STORE 1:3 +FLAGS.SILENT (\Seen)
		1< * 2 FETCH (FLAGS (\Recent \Flagged \Seen))
		1< T OK …
		1> STORE 1:3 -FLAGS.SILENT (\Seen)
		1< T OK …
		2! NOOP
		2! STORE 2 -FLAGS (\Flagged)
		1> STORE 1:3 FLAGS.SILENT (\Answered)
		1< T OK …
		2! NOOP
		1! STORE 1 +FLAGS.SILENT (\Draft)
		2> STORE 1 -FLAGS.SILENT (\Answered)
		2< * 1 FETCH (FLAGS (\Draft))
		2< T OK …
		1> STORE 1 +FLAGS.SILENT (new)
		1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft new)
		1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft new \*)] …
		1< * 1 FETCH (FLAGS (\Recent \Draft new))
		1< T OK …
		1! ENABLE CONDSTORE
		2! NOOP
		2! STORE 3 +FLAGS (\Flagged)
		1> STORE 1:3 +FLAGS.SILENT (\Draft \Flagged newer)
		1< * FLAGS (\Answered \Flagged \Deleted \Seen \Draft new newer)
		1< * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft new newer \*)] …
		1< * 1 FETCH (UID 1 MODSEQ (14))
		1< * 2 FETCH (UID 2 MODSEQ (14))
		1< * 3 FETCH (UID 3 MODSEQ (14))
		1< * 3 FETCH (UID 3 FLAGS (\Recent \Answered \Flagged \Draft newer) MODSEQ (14))
		1< T OK …
		1> STORE 1:3 +FLAGS.SILENT (\Draft)
		1< T OK …
		1> STORE 1:3 (UNCHANGEDSINCE 1) -FLAGS.SILENT (\Draft)
		1< T OK [MODIFIED 1:3] …
	`)
}
