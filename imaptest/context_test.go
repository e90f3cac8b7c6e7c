package imaptest_test

import (
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

func TestPartial(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		deliver INBOX c
		deliver INBOX d
		1! SELECT INBOX
		1> UID SEARCH RETURN (PARTIAL 1:2) ALL
		1< * ESEARCH (TAG "A3") UID PARTIAL (1:2 1:2)
		1< T OK …
		1> UID SEARCH RETURN (PARTIAL -1:-2) NOT SUBJECT c
		1< * ESEARCH (TAG "A4") UID PARTIAL (-1:-2 2,4)
		1< T OK …
		1> SEARCH RETURN (PARTIAL 9:5 COUNT) ALL
		1< * ESEARCH (TAG "A5") COUNT 4 PARTIAL (5:9 NIL)
		1< T OK …
		1> SEARCH RETURN (PARTIAL 1:2 ALL) ALL
		1< T BAD …
		1> SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL
		1< T BAD …
		1> SEARCH RETURN (SAVE PARTIAL 2:3 MAX) ALL
		1< * ESEARCH (TAG "A8") MAX 4 PARTIAL (2:3 2:3)
		1< T OK …
		1> FETCH $ (UID)
		1< * 2 FETCH (UID 2)
		1< * 3 FETCH (UID 3)
		1< * 4 FETCH (UID 4)
		1< T OK …
		1> SEARCH RETURN (SAVE PARTIAL 2:3 COUNT MIN) ALL
		1< * ESEARCH (TAG "A10") MIN 1 COUNT 4 PARTIAL (2:3 2:3)
		1< T OK …
		1> UID FETCH 1:* (FLAGS) (PARTIAL -1:-2)
		1< * 3 FETCH (UID 3 FLAGS (\Recent))
		1< * 4 FETCH (UID 4 FLAGS (\Recent))
		1< T OK …
		1> UID FETCH 2:* (FLAGS) (PARTIAL 1:1)
		1< * 2 FETCH (UID 2 FLAGS (\Recent))
		1< T OK …
		1> FETCH 2:* (FLAGS) (PARTIAL 1:1)
		1< T BAD …
		1> UID SORT RETURN (PARTIAL 1:2) (REVERSE SUBJECT) UTF-8 ALL
		1< * ESEARCH (TAG "A14") UID PARTIAL (1:2 4,3)
		1< T OK …
		1! STORE 1,4 FLAGS (\Seen)
		1> UID FETCH 1:* (UID) (CHANGEDSINCE 5 PARTIAL -1:-2)
		1< * OK [HIGHESTMODSEQ 6] ok
		1< * 4 FETCH (UID 4 MODSEQ (6))
		1< T OK …
	`)
	off := newServer(t, imaptest.Without("PARTIAL", "CONTEXT=SEARCH", "CONTEXT=SORT"))
	talk(t, off, `
		deliver INBOX a
		1! SELECT INBOX
		1> UID SEARCH RETURN (PARTIAL 1:2) ALL
		1< T BAD …
		1> UID FETCH 1:* (FLAGS) (PARTIAL -1:-2)
		1< T BAD …
		1> SEARCH RETURN (UPDATE) ALL
		1< T BAD …
		1> CANCELUPDATE "A5"
		1< T BAD …
	`)
}

func TestUIDOnly(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		1> ENABLE UIDONLY
		1< * ENABLED UIDONLY
		1< T OK …
		1> SELECT INBOX
		1< * FLAGS …
		1< * OK [PERMANENTFLAGS …
		1< * 2 EXISTS
		1< * 2 RECENT
		1< * OK [UIDVALIDITY …
		1< * OK [UIDNEXT 3] …
		1< * OK [HIGHESTMODSEQ 3] …
		1< * OK [MAILBOXID …
		1< T OK [READ-WRITE] …
		1> FETCH 1 FLAGS
		1< T BAD [UIDREQUIRED] …
		1> STORE 1 FLAGS ()
		1< T BAD [UIDREQUIRED] …
		1> SEARCH ALL
		1< T BAD [UIDREQUIRED] …
		1> COPY 1 INBOX
		1< T BAD [UIDREQUIRED] …
		1> UID SEARCH 1:2
		1< T BAD [UIDREQUIRED] …
		1> UID SEARCH OR UID 1 (NOT 2)
		1< T BAD [UIDREQUIRED] …
		1> UID SEARCH RETURN (SAVE) UID 2
		1< T OK …
		1> UID FETCH $ (UID FLAGS)
		1< * 2 UIDFETCH (UID 2 FLAGS (\Recent))
		1< T OK …
		1> UID FETCH 1:* FLAGS
		1< * 1 UIDFETCH (FLAGS (\Recent))
		1< * 2 UIDFETCH (FLAGS (\Recent))
		1< T OK …
		1> UID STORE 2 +FLAGS (\Deleted)
		1< * 2 UIDFETCH (FLAGS (\Recent \Deleted))
		1< T OK …
		2! SELECT INBOX
		2! STORE 1 +FLAGS (\Flagged)
		1> EXPUNGE
		1< * VANISHED 2
		1< * 1 UIDFETCH (FLAGS (\Recent \Flagged))
		1< T OK …
		1> UID STORE 1 (UNCHANGEDSINCE 1) +FLAGS.SILENT (\Seen)
		1< * OK [HIGHESTMODSEQ 6] ok
		1< T OK [MODIFIED 1] …
	`)
	off := newServer(t, imaptest.Without("UIDONLY"))
	talk(t, off, `
		1> ENABLE UIDONLY
		1< * ENABLED
		1< T OK …
	`)
}

func TestContextOfSearch(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		deliver INBOX c
		1! SELECT INBOX
		2! SELECT INBOX
		2! STORE 2 +FLAGS (\Flagged)
		1! NOOP
		1> SEARCH RETURN (UPDATE COUNT) FLAGGED
		1< * ESEARCH (TAG "A4") COUNT 1
		1< T OK …
		1> UID SEARCH RETURN (UPDATE ALL) UNFLAGGED 1:3
		1< * ESEARCH (TAG "A5") UID ALL 1,3
		1< T OK …
		# of what the client does itself it is told too
		1> STORE 3 +FLAGS (\Flagged)
		1< * 3 FETCH (FLAGS (\Recent \Flagged))
		1< * ESEARCH (TAG "A4") ADDTO (0 3)
		1< * ESEARCH (TAG "A5") UID REMOVEFROM (0 3)
		1< T OK …
		2! STORE 2 -FLAGS (\Flagged)
		1> NOOP
		1< * 2 FETCH (FLAGS (\Recent))
		1< * ESEARCH (TAG "A4") REMOVEFROM (0 2)
		1< * ESEARCH (TAG "A5") UID ADDTO (0 2)
		1< T OK …
		# a new message is not among those that 1:3 meant
		2> APPEND INBOX (\Flagged) {3+}\r\na\r\n
		2< * 4 EXISTS
		2< * 1 RECENT
		2< T OK …
		1> IDLE
		1< + …
		1< * 4 EXISTS
		1< * 3 RECENT
		1< * ESEARCH (TAG "A4") ADDTO (0 4)
		2! STORE 1,3 +FLAGS (\Deleted)
		1< * 1 FETCH (FLAGS (\Recent \Deleted))
		1< * 3 FETCH (FLAGS (\Recent \Flagged \Deleted))
		2! EXPUNGE
		1< * ESEARCH (TAG "A4") REMOVEFROM (0 3)
		1< * ESEARCH (TAG "A5") UID REMOVEFROM (0 1)
		1< * 1 EXPUNGE
		1< * 2 EXPUNGE
		1: DONE
		1< T OK …
		1> CANCELUPDATE "A5" "A4"
		1< T OK …
		1> STORE 1 +FLAGS.SILENT (\Flagged)
		1< T OK …
	`)
}

func TestContextTags(t *testing.T) {
	srv := newServer(t)
	srv.Mailbox("alice", "INBOX").Append([]byte("Subject: a\r\n\r\n"))
	c := login(t, srv, "INBOX")
	say := func(line, want string) {
		t.Helper()
		c.send("%s", line)
		for {
			got := c.line()
			if got == "" {
				t.Fatal("EOF")
			}
			if len(got) > len(want) && got[:len(want)] == want {
				return
			}
			if got[0] != '*' {
				t.Fatalf("%s: want an untagged response, got %q", line, got)
			}
		}
	}
	say("X SEARCH RETURN (UPDATE) ALL", "X OK")
	say("X SORT RETURN (UPDATE) (DATE) UTF-8 ALL", "X BAD")
	for range 31 {
		c.ok("SEARCH RETURN (UPDATE) ALL")
	}
	say("Y SEARCH RETURN (UPDATE MIN) ALL", `* ESEARCH (TAG "Y") MIN 1`)
	say("", `* NO [NOUPDATE "Y"]`)
	say("", "Y OK")
	c.line() // the empty line gets no answer, so this is the answer to NOOP
}

func TestContextOfSort(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX d
		deliver INBOX b
		deliver INBOX f
		1! SELECT INBOX
		1> UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 UNDELETED
		1< * ESEARCH (TAG "A3") UID ALL 2,1,3
		1< T OK …
		deliver INBOX a
		deliver INBOX e
		deliver INBOX g
		1> NOOP
		1< * 6 EXISTS
		1< * 6 RECENT
		1< * ESEARCH (TAG "A3") UID ADDTO (1 4 4 5 6 6)
		1< T OK …
		# a b d e f g is 4 2 1 5 3 6
		1> STORE 2,1,6 +FLAGS.SILENT (\Deleted)
		1< * ESEARCH (TAG "A3") UID REMOVEFROM (6 6 2 2,1)
		1< T OK …
		1> EXPUNGE
		1< * 1 EXPUNGE
		1< * 1 EXPUNGE
		1< * 4 EXPUNGE
		1< T OK …
		1! UNSELECT
		1! SELECT INBOX
		1> STORE 1 +FLAGS.SILENT (\Deleted)
		1< T OK …
	`)
}
