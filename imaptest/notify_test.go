package imaptest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

func TestNotifySelected(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		1! SELECT INBOX
		2! SELECT INBOX
		1> NOTIFY SET (SELECTED (MessageNew (UID BODY.PEEK[HEADER.FIELDS (Subject)]) MessageExpunge FlagChange))
		1< T OK …
		# nothing is being done, and all is told at once
		deliver INBOX b
		1< * 2 EXISTS
		1< * 2 RECENT
		1< * 2 FETCH (UID 2 BODY[HEADER.FIELDS (Subject)] {14}\r\nSubject: b\r\n\r\n)
		2! STORE 1 +FLAGS ($Label)
		1< * FLAGS (… $Label)
		1< * OK [PERMANENTFLAGS (… $Label \*)] …
		1< * 1 FETCH (UID 1 FLAGS (\Recent $Label))
		2! STORE 1 +FLAGS.SILENT (\Deleted)
		1< * 1 FETCH (UID 1 FLAGS (\Recent \Deleted $Label))
		2! EXPUNGE
		1< * 1 EXPUNGE
		# what the client has appended itself it knows
		1> APPEND INBOX {3+}\r\nx\r\n
		1< * 2 EXISTS
		1< * 2 RECENT
		1< T OK …
		# IDLE tells the same
		1> IDLE
		1< + …
		deliver INBOX c
		1< * 3 EXISTS
		1< * 3 RECENT
		1< * 3 FETCH (UID 4 BODY[HEADER.FIELDS (Subject)] {14}\r\nSubject: c\r\n\r\n)
		1: DONE
		1< T OK …
	`)
}

func TestNotifySelectedDelayed(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		deliver INBOX b
		1! SELECT INBOX
		1! NOTIFY SET (selected-delayed (MessageNew MessageExpunge))
		2! SELECT INBOX
		2! STORE 1 FLAGS (\Deleted)
		2! EXPUNGE
		deliver INBOX c
		1< * 3 EXISTS
		1< * 3 RECENT
		1> FETCH 2 (UID)
		1< * 2 FETCH (UID 2)
		1< T OK …
		1> NOOP
		1< * 1 EXPUNGE
		1< T OK …
	`)
}

func TestNotifyNone(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		deliver INBOX a
		1! SELECT INBOX
		deliver INBOX b
		# an implicit NOOP is done before
		1> NOTIFY SET (personal NONE)
		1< * 2 EXISTS
		1< * 2 RECENT
		1< T OK …
		deliver INBOX c
		1> NOOP
		1< T OK …
		1! STORE 1 +FLAGS.SILENT (\Deleted)
		# what the client does itself it is told
		1> EXPUNGE
		1< * 1 EXPUNGE
		1< * 2 EXISTS
		1< * 2 RECENT
		1< T OK …
		1> NOTIFY NONE
		1< T OK …
		deliver INBOX d
		1> NOOP
		1< T OK …
	`)
}

func TestNotifyOtherMailboxes(t *testing.T) {
	srv := newServer(t, imaptest.WithUser("alice", "secret"), imaptest.WithUser("bob", "secret"))
	talk(t, srv, `
		1! CREATE Lists
		1! CREATE Lists/Go
		1! CREATE Other
		deliver Lists/Go a
		1! SELECT INBOX
		1> NOTIFY SET STATUS (selected (MessageNew MessageExpunge)) (subtree Lists (MessageNew MessageExpunge)) (mailboxes (Other Nowhere) (MessageNew MessageExpunge FlagChange))
		1< * STATUS Lists (MESSAGES 0 UIDNEXT 1 UIDVALIDITY …)
		1< * STATUS Lists/Go (MESSAGES 1 UIDNEXT 2 UIDVALIDITY …)
		1< * STATUS Other (MESSAGES 0 UIDNEXT 1 UIDVALIDITY … HIGHESTMODSEQ 1)
		1< T OK …
		deliver Lists/Go b
		1< * STATUS Lists/Go (MESSAGES 2 UIDNEXT 3)
		2! SELECT Lists/Go
		2! STORE 1 +FLAGS (\Deleted)
		2! EXPUNGE
		1< * STATUS Lists/Go (MESSAGES 1 UIDNEXT 3)
		deliver Other x
		1< * STATUS Other (MESSAGES 1 UIDNEXT 2)
		2! SELECT Other
		2! STORE 1 +FLAGS (\Seen)
		1< * STATUS Other (UIDVALIDITY … UNSEEN 0)
		# own doings are not told
		1> APPEND Other {3+}\r\nx\r\n
		1< T OK …
		1! ENABLE CONDSTORE
		deliver Other y
		1< * STATUS Other (MESSAGES 3 UIDNEXT 4 HIGHESTMODSEQ 5)
		1! SELECT Other
		# the selected mailbox is told as such, and the one before as another
		deliver Other z
		1< * 4 EXISTS
		1< * 3 RECENT
		deliver INBOX z
		deliver Lists w
		1< * STATUS Lists (MESSAGES 1 UIDNEXT 2 HIGHESTMODSEQ 2)
	`)
}

func TestNotifyNames(t *testing.T) {
	srv := newServer(t, imaptest.WithUser("alice", "secret"), imaptest.WithUser("bob", "secret"))
	talk(t, srv, `
		1! CREATE A
		1> NOTIFY SET (personal (MailboxName SubscriptionChange))
		1< T OK …
		2! CREATE A/B
		1< * LIST (\HasNoChildren) "/" A/B
		1< * LIST (\HasChildren) "/" A
		2! SUBSCRIBE A/B
		1< * LIST (\HasNoChildren \Subscribed) "/" A/B
		2! UNSUBSCRIBE A/B
		1< * LIST (\HasNoChildren) "/" A/B
		2! SUBSCRIBE Gone
		1< * LIST (\NonExistent \HasNoChildren \Subscribed) "/" Gone
		2! RENAME A Z
		1< * LIST (\HasChildren) "/" Z ("OLDNAME" (A))
		2! DELETE Z/B
		1< * LIST (\NonExistent \HasNoChildren) "/" Z/B
		1< * LIST (\HasNoChildren) "/" Z
		2! RENAME INBOX Old
		1< * LIST (\HasNoChildren) "/" Old ("OLDNAME" (INBOX))
		# own doings are not told
		1> CREATE Own
		1< T OK …
		1> CREATE Own/B
		1< T OK …
		1> RENAME Own Own2
		1< T OK …
		1> SUBSCRIBE Own2
		1< T OK …
		1> DELETE Own2/B
		1< T OK …
		1> NOTIFY SET (mailboxes Own2 NONE) (subtree Own2 (MailboxName)) (subscribed (SubscriptionChange))
		1< T OK …
		2! CREATE Own2/C
		1< * LIST (\HasNoChildren) "/" Own2/C
		2! UNSUBSCRIBE Own2
		1< * LIST (\HasChildren) "/" Own2
	`)
}

func TestNotifyRefuses(t *testing.T) {
	srv := newServer(t, imaptest.Strict())
	talk(t, srv, `
		1> NOTIFY SET (selected (MessageNew))
		1< T BAD …
		1> NOTIFY SET (selected (FlagChange))
		1< T BAD …
		1> NOTIFY SET (selected (MailboxName))
		1< T BAD …
		1> NOTIFY SET (selected NONE) (selected-delayed NONE)
		1< T BAD …
		1> NOTIFY SET (personal (MessageNew (UID) MessageExpunge))
		1< T BAD …
		1> NOTIFY SET (personal (MessageNew MessageExpunge AnnotationChange))
		1< T NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)] …
		1> NOTIFY SET (personal (Bogus))
		1< T NO [BADEVENT (…)] …
		1> NOTIFY SET
		1< T BAD …
		1> NOTIFY SET (selected (MessageNew (BOGUS) MessageExpunge))
		1< T BAD …
	`)
	off := newServer(t, imaptest.Without("NOTIFY"))
	talk(t, off, `
		1> NOTIFY NONE
		1< T BAD …
	`)
}

func TestNotifyOverflow(t *testing.T) {
	srv := newServer(t)
	c := login(t, srv, "")
	c.ok("NOTIFY SET (personal (MailboxName))")
	other := login(t, srv, "")
	// The client does not read, so the server cannot write, and events after the first ones wait.
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "B%d SUBSCRIBE x%d\r\n", i, i)
		fmt.Fprintf(&b, "C%d CREATE x%d\r\n", i, i)
	}
	go other.c.Write([]byte(b.String()))
	for {
		line := other.line()
		if strings.HasPrefix(line, "C2999 ") || line == "" {
			break
		}
	}
	for {
		line := c.line()
		if line == "" {
			t.Fatal("EOF")
		}
		if strings.HasPrefix(line, "* OK [NOTIFICATIONOVERFLOW]") {
			break
		}
	}
	other.ok("CREATE later")
	if lines := c.ok("NOOP"); len(lines) != 1 {
		t.Errorf("want only the tagged response, got %q", lines)
	}
}
