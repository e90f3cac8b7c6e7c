package serve_test

import (
	"strings"
	"testing"

	"github.com/imapstack/imapstack/session/serve"
)

func TestCreateReportsNames(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		# RFC 8474 §4.1
		1> CREATE x
		1< T OK [MAILBOXID (F…)] CREATE completed
		# the name in Normalization Form C (RFC 9051 §5.1, §6.3.9.7)
		1! ENABLE IMAP4rev2
		1> CREATE "café"
		1< * LIST () "/" "café" ("OLDNAME" ("café"))
		1< T OK [MAILBOXID (F…)] CREATE completed
		1> RENAME x "xé"
		1< * LIST () "/" "xé" ("OLDNAME" ("xé"))
		1< T OK RENAME completed
		1> CREATE inbox/y
		1< T OK …
	`)
}

// TestNamesNormalized finds a mailbox by another form of its name than Normalization Form C (RFC 9051 §5.1).
func TestNamesNormalized(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, strings.ReplaceAll(`
		1! ENABLE UTF8=ACCEPT
		1! CREATE "CAFE"
		1! SUBSCRIBE "CAFE"
		1! SELECT "CAFE"
		1> LIST "" ("CAFE" "nothing")
		1< * LIST (\HasNoChildren) "/" "café"
		1< T OK …
		1> LSUB "" "CAFE*"
		1< * LSUB () "/" "café"
		1< T OK …
	`, "CAFE", "cafe\u0301"))
}

// TestRenameInbox moves the messages of INBOX to a mailbox below it (RFC 9051 §6.3.6).
func TestRenameInbox(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX a
		1! CREATE INBOX/sub
		1! RENAME INBOX INBOX/old
		1> LIST "" * RETURN (STATUS (MESSAGES))
		1< * LIST (\HasChildren) "/" INBOX
		1< * STATUS INBOX (MESSAGES 0)
		1< * LIST (\HasNoChildren) "/" INBOX/old
		1< * STATUS INBOX/old (MESSAGES 1)
		1< * LIST (\HasNoChildren) "/" INBOX/sub
		1< * STATUS INBOX/sub (MESSAGES 0)
		1< T OK …
		1> RENAME INBOX/old INBOX/old/older
		1< T NO [CANNOT] a mailbox cannot be below itself
	`)
}

// TestRenameUp renames a/b to a, which was not a mailbox. The mailbox a/b/b then gets the name a/b.
func TestRenameUp(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! CREATE a/b
		1! CREATE a/b/b
		deliver a/b/b x
		1! RENAME a/b a
		1> LIST "" a* RETURN (STATUS (MESSAGES))
		1< * LIST (\HasChildren) "/" a
		1< * STATUS a (MESSAGES 0)
		1< * LIST (\HasNoChildren) "/" a/b
		1< * STATUS a/b (MESSAGES 1)
		1< T OK …
	`)
}

// TestCreateUse gives new mailboxes attributes. The server refuses those that are not special uses, because LIST would
// tell every client that the mailbox cannot be opened (RFC 6154 §3).
func TestCreateUse(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1> CREATE x (USE (\\Sent \\NoSelect))
		1< T NO [USEATTR] \Noselect is not a special use
		1! CREATE x (USE (\\Sent))
		1> LIST "" x
		1< * LIST (\HasNoChildren \Sent) "/" x
		1< T OK LIST completed
	`)
}

// TestSubscribeName subscribes an empty name and names with control characters. A back end never gets them, because
// LIST would return them to every client.
func TestSubscribeName(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, strings.ReplaceAll(`
		1> SUBSCRIBE ""
		1< T NO [CANNOT] …
		1> SUBSCRIBE {3+}\r\na␀b
		1< T NO [CANNOT] …
		1> SUBSCRIBE {4+}\r\na\r\nb
		1< T NO [CANNOT] …
		1! SUBSCRIBE "a*"
		1> LSUB "" *
		1< * LSUB (\Noselect) "/" "a*"
		1< T OK …
	`, "␀", "\x00"))
}

// TestDeleteOpen checks that the server also reports a deletion to the client that has deleted the mailbox, if that
// client has it open. A DELETE that fails leaves the mailbox open.
func TestDeleteOpen(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! CREATE x
		1! SELECT x
		1> DELETE nothing
		1< T NO [NONEXISTENT] …
		1! CHECK
		1> DELETE x
		1< * OK [NONEXISTENT] …
		1< T OK DELETE completed
		1! NOOP
		1! CLOSE
		1> CHECK
		1< T BAD …
	`)
}

// TestDeleteDuringAppend deletes a mailbox while messages for it arrive. The answer to the APPEND must not be OK,
// because the messages are in no mailbox (RFC 9051 §6.3.12).
func TestDeleteDuringAppend(t *testing.T) {
	s, b := newServer(t)
	if err := b.SetQuota("alice", 0, 10); err != nil {
		t.Fatal(err)
	}
	talk(t, s, b, strings.ReplaceAll(`
		1! CREATE x
		# the server reads long messages while they arrive
		1> APPEND x {100000+}\r\nLONG {100000}
		1< + go on
		2! DELETE x
		1: LONG
		1< T NO [TRYCREATE] …
		1> GETQUOTA ""
		1< * QUOTA "" (MESSAGE 0 10)
		1< T OK …
	`, "LONG", strings.Repeat("x", 100_000)))
}

// TestDeletedQuota expunges and moves messages of a mailbox that was deleted while it was open. They no longer count
// towards the quota, unless they are moved to a mailbox that exists.
func TestDeletedQuota(t *testing.T) {
	s, b := newServer(t)
	if err := b.SetQuota("alice", 0, 10); err != nil {
		t.Fatal(err)
	}
	talk(t, s, b, `
		1! CREATE x
		deliver x a
		deliver x b
		1! SELECT x
		1! STORE 1 +FLAGS (\Deleted)
		1! DELETE x
		1! EXPUNGE
		1> GETQUOTA ""
		1< * QUOTA "" (MESSAGE 0 10)
		1< T OK …
		1! UID MOVE 2 INBOX
		1> GETQUOTA ""
		1< * QUOTA "" (MESSAGE 1 10)
		1< T OK …
	`)
}

func TestStatusItems(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX a
		deliver INBOX b
		1! SELECT INBOX
		1! STORE 1 +FLAGS (\Deleted)
		1> STATUS INBOX (DELETED DELETED-STORAGE SIZE)
		1< * STATUS INBOX (DELETED 1 SIZE 92 DELETED-STORAGE 1)
		1< T OK STATUS completed
		1> STATUS INBOX (NONSENSE)
		1< T BAD …
		1> LIST (RECURSIVEMATCH) "" *
		1< T BAD …
	`)
	plain, b := newServer(t, func(s *serve.Server) { s.Without = []string{"LIST-EXTENDED", "IMAP4rev2", "QUOTA", "STATUS=SIZE"} })
	talk(t, plain, b, `
		1> STATUS INBOX (DELETED-STORAGE)
		1< T BAD …
		1> STATUS INBOX (SIZE)
		1< T BAD …
		1> LIST (SUBSCRIBED) "" *
		1< T BAD …
		# RFC 5819 and RFC 6154 work without RFC 5258
		1> LIST "" * RETURN (STATUS (MESSAGES))
		1< * LIST (\HasNoChildren) "/" INBOX
		1< * STATUS INBOX (MESSAGES 0)
		1< T OK …
		1> LIST (SPECIAL-USE) "" *
		1< T OK …
	`)
}

func TestAppendRefused(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, strings.ReplaceAll(`
		# NUL is only for literal8 (RFC 9051 §9, note 3), also in a part of CATENATE
		1> APPEND INBOX {5+}\r\na: ␀b
		1< T NO [CANNOT] a message with NUL must be a literal8
		1> APPEND INBOX CATENATE (TEXT {5+}\r\na: ␀b)
		1< T NO [CANNOT] a message with NUL must be a literal8
		1> APPEND INBOX ~{5+}\r\na: ␀b
		1< T OK …
		# an error in the syntax comes first, then TRYCREATE, then what is wrong with the message
		1> APPEND nothing {5+}\r\na: ␀b
		1< T NO [TRYCREATE] …
		1> APPEND nothing {4+}\r\na: b )
		1< T BAD …
		# the date of year 1 is not taken for a missing date
		1! APPEND INBOX "01-Jan-0001 00:00:00 +0000" {4+}\r\na: b
		1! SELECT INBOX
		1> FETCH 2 (INTERNALDATE)
		1< * 2 FETCH (INTERNALDATE " 1-Jan-0001 00:00:00 +0000")
		1< T OK …
	`, "␀", "\x00"))
}

// TestRenameNonExistent renames a name that only has mailboxes below it (RFC 9051 §6.3.6). After the rename, LIST also
// returns the names above the new one.
func TestRenameNonExistent(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! CREATE a/b/c
		1! CREATE a/d
		1> RENAME a x/y
		1< T OK RENAME completed
		1> LIST () "" x*
		1< * LIST (\NonExistent \HasChildren) "/" x
		1< * LIST (\NonExistent \HasChildren) "/" x/y
		1< * LIST (\NonExistent \HasChildren) "/" x/y/b
		1< * LIST (\HasNoChildren) "/" x/y/b/c
		1< * LIST (\HasNoChildren) "/" x/y/d
		1< T OK LIST completed
		1> RENAME a z
		1< T NO [NONEXISTENT] there is no mailbox "a"
		1! CREATE z/y/d
		1> RENAME x z
		1< T NO [ALREADYEXISTS] there is a mailbox "z/y/d"
		1> DELETE x
		1< T NO [NONEXISTENT] there is no mailbox "x"
	`)
}
