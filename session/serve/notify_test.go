package serve_test

import (
	"strings"
	"testing"
)

func TestNotifySelected(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX a
		1! SELECT INBOX
		2! SELECT INBOX
		1> NOTIFY SET (SELECTED (MessageNew (UID BODY.PEEK[HEADER.FIELDS (Subject)]) MessageExpunge FlagChange))
		1< T OK NOTIFY completed
		# no command is running, and all changes are reported at once
		deliver INBOX b
		1< * 2 EXISTS
		1< * 0 RECENT
		1< * 2 FETCH (UID 2 BODY[HEADER.FIELDS (Subject)] {14}\r\nSubject: b\r\n\r\n)
		2! STORE 1 +FLAGS ($Label)
		1< * FLAGS (… $Label)
		1< * OK [PERMANENTFLAGS (… \*)] …
		1< * 1 FETCH (UID 1 FLAGS ($Label))
		2! STORE 1 +FLAGS.SILENT (\Deleted)
		1< * 1 FETCH (UID 1 FLAGS ($Label \Deleted))
		2! EXPUNGE
		1< * 1 EXPUNGE
		# no FETCH of the message that the client itself has appended
		1> APPEND INBOX {3+}\r\nx\r\n
		1< * 2 EXISTS
		1< * 0 RECENT
		1< T OK …
		# IDLE reports the same
		1> IDLE
		1< + idling
		deliver INBOX c
		1< * 3 EXISTS
		1< * 0 RECENT
		1< * 3 FETCH (UID 4 BODY[HEADER.FIELDS (Subject)] {14}\r\nSubject: c\r\n\r\n)
		1: DONE
		1< T OK IDLE completed
	`)
}

// TestNotifyContext checks RFC 5465 §5.2 and §7: the server sends one FETCH after ADDTO, with the items that NOTIFY
// asks for and the items that the search with UPDATE asks for.
func TestNotifyContext(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! SELECT INBOX
		1! NOTIFY SET (SELECTED (MessageNew (UID FLAGS) MessageExpunge))
		1! UID SEARCH RETURN (UPDATE (FLAGS RFC822.SIZE)) SUBJECT x
		deliver INBOX xa
		1< * 1 EXISTS
		1< * 0 RECENT
		1< * ESEARCH (TAG "A4") UID ADDTO (0 1)
		1< * 1 FETCH (UID 1 FLAGS () RFC822.SIZE 48)
		deliver INBOX y
		1< * 2 EXISTS
		1< * 0 RECENT
		1< * 2 FETCH (UID 2 FLAGS ())
	`)
}

func TestNotifySelectedDelayed(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX a
		deliver INBOX b
		1! SELECT INBOX
		1! NOTIFY SET (selected-delayed (MessageNew MessageExpunge))
		2! SELECT INBOX
		2! STORE 1 FLAGS (\Deleted)
		2! EXPUNGE
		deliver INBOX c
		1< * 3 EXISTS
		1< * 0 RECENT
		1> FETCH 2 (UID)
		1< * 2 FETCH (UID 2)
		1< T OK FETCH completed
		1> NOOP
		1< * 1 EXPUNGE
		1< T OK NOOP completed
	`)
}

// TestNotifyFlags checks what happens if NOTIFY does not ask for changes of flags. The server must not send a
// HIGHESTMODSEQ that includes such changes. It reports the changes when the next NOTIFY asks for flags (RFC 5465 §3.1).
func TestNotifyFlags(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX a
		1! ENABLE CONDSTORE
		1! SELECT INBOX
		1! NOTIFY SET (SELECTED (MessageNew (UID MODSEQ) MessageExpunge))
		2! SELECT INBOX
		2! STORE 1 FLAGS (\Flagged)
		deliver INBOX b
		1< * 2 EXISTS
		1< * 0 RECENT
		1< * 2 FETCH (UID 2 MODSEQ (4))
		1> NOOP
		1< * OK [HIGHESTMODSEQ 2] ok
		1< T OK NOOP completed
		1> NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange))
		1< * 1 FETCH (UID 1 FLAGS (\Flagged) MODSEQ (3))
		1< * OK [HIGHESTMODSEQ 4] ok
		1< T OK NOTIFY completed
	`)
}

func TestNotifyNone(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX a
		1! SELECT INBOX
		deliver INBOX b
		# NOTIFY first reports all changes, like NOOP
		1> NOTIFY SET (personal NONE)
		1< * 2 EXISTS
		1< * 0 RECENT
		1< T OK NOTIFY completed
		deliver INBOX c
		1> NOOP
		1< T OK NOOP completed
		1! STORE 1 +FLAGS.SILENT (\Deleted)
		# the effects of the client's own commands are reported
		1> EXPUNGE
		1< * 1 EXPUNGE
		1< * 2 EXISTS
		1< * 0 RECENT
		1< T OK EXPUNGE completed
		1> NOTIFY NONE
		1< T OK NOTIFY completed
		deliver INBOX d
		1> NOOP
		1< T OK NOOP completed
	`)
}

func TestNotifyOtherMailboxes(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! CREATE Lists
		1! CREATE Lists/Go
		1! CREATE Other
		deliver Lists/Go a
		1! SELECT INBOX
		1> NOTIFY SET STATUS (selected (MessageNew MessageExpunge)) (subtree Lists (MessageNew MessageExpunge)) (mailboxes (Other Nowhere) (MessageNew MessageExpunge FlagChange))
		1< * STATUS Lists (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 3)
		1< * STATUS Lists/Go (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 4)
		1< * STATUS Other (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 5 HIGHESTMODSEQ 1)
		1< T OK NOTIFY completed
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
		1< * STATUS Other (UIDVALIDITY 5 UNSEEN 0)
		# the client's own changes are not reported
		1> APPEND Other {3+}\r\nx\r\n
		1< T OK …
		1! ENABLE CONDSTORE
		deliver Other y
		1< * STATUS Other (MESSAGES 3 UIDNEXT 4 HIGHESTMODSEQ 5)
		1! SELECT Other
		# the open mailbox is reported as such, and the one that was open before as another
		deliver Other z
		1< * 4 EXISTS
		1< * 0 RECENT
		deliver INBOX z
		deliver Lists w
		1< * STATUS Lists (MESSAGES 1 UIDNEXT 2 HIGHESTMODSEQ 2)
	`)
}

func TestNotifyNames(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! CREATE A
		1> NOTIFY SET (personal (MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange))
		1< T OK NOTIFY completed
		2! CREATE A/B
		1< * LIST (\HasNoChildren) "/" A/B
		1< * LIST (\HasChildren) "/" A
		2! SUBSCRIBE A/B
		1< * LIST (\HasNoChildren \Subscribed) "/" A/B
		2! UNSUBSCRIBE A/B
		1< * LIST (\HasNoChildren) "/" A/B
		2! RENAME A Z
		1< * LIST (\HasChildren) "/" Z ("OLDNAME" (A))
		2! SETMETADATA Z/B (/private/comment x)
		1< * METADATA Z/B /private/comment
		2! SETMETADATA "" (/shared/comment x)
		1< * METADATA "" /shared/comment
		2! DELETE Z/B
		1< * LIST (\NonExistent \HasNoChildren) "/" Z/B
		1< * LIST (\HasNoChildren) "/" Z
		2! RENAME INBOX Old
		1< * LIST (\HasNoChildren) "/" Old ("OLDNAME" (INBOX))
		# the client's own changes are not reported
		1> CREATE Own
		1< T OK [MAILBOXID (…)] CREATE completed
		1> CREATE Own/B
		1< T OK [MAILBOXID (…)] CREATE completed
		1> RENAME Own Own2
		1< T OK RENAME completed
		1> SUBSCRIBE Own2
		1< T OK SUBSCRIBE completed
		1> SETMETADATA Own2 (/private/comment x)
		1< T OK SETMETADATA completed
		1> DELETE Own2/B
		1< T OK DELETE completed
		1> RENAME INBOX Older
		1< T OK RENAME completed
		1> NOTIFY SET (mailboxes Own2 NONE) (subtree Own2 (MailboxName)) (subscribed (SubscriptionChange))
		1< T OK NOTIFY completed
		2! CREATE Own2/C
		1< * LIST (\HasNoChildren) "/" Own2/C
		2! UNSUBSCRIBE Own2
		1< * LIST (\HasChildren) "/" Own2
	`)
}

func TestNotifyRefuses(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
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
}

// TestNotifyOverflow causes more events than can be queued for a client that does not read.
func TestNotifyOverflow(t *testing.T) {
	s, _ := newServer(t)
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("NOTIFY SET (personal (MailboxName SubscriptionChange))")
	other := dial(t, s)
	other.ok("LOGIN alice secret")
	for range 1500 { // the pipe has no buffer, so the server's first write waits until the client reads
		other.ok("SUBSCRIBE x")
		other.ok("UNSUBSCRIBE x")
	}
	for {
		l := c.line()
		if l == "* OK [NOTIFICATIONOVERFLOW] some events are lost\r\n" {
			break
		}
		if !strings.HasPrefix(l, `* LIST `) {
			t.Fatalf("got %q, want LIST or NOTIFICATIONOVERFLOW", l)
		}
	}
	if lines := c.ok("NOOP"); len(lines) != 1 {
		t.Errorf("NOOP: got %q, want only OK", lines)
	}
	if lines := other.ok("SUBSCRIBE x"); len(lines) != 1 {
		t.Errorf("SUBSCRIBE on the other connection: got %q, want only OK", lines)
	}
	if lines := c.ok("NOOP"); len(lines) != 1 {
		t.Errorf("NOOP after the overflow: got %q, want only OK", lines)
	}
}
