package serve_test

import "testing"

// TestSearchUpdate tests searches with UPDATE (RFC 5267 §4.3). The server sends REMOVEFROM before the EXPUNGE of a
// message, and ADDTO after the EXISTS.
func TestSearchUpdate(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX b
		deliver INBOX c
		deliver INBOX a
		1! SELECT INBOX
		1> SEARCH RETURN (UPDATE ALL) UNSEEN
		1< * ESEARCH (TAG "A3") ALL 1:3
		1< T OK SEARCH completed
		1> UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 UNDELETED
		1< * ESEARCH (TAG "A4") UID ALL 3,1:2
		1< T OK UID SORT completed
		1> SEARCH RETURN (UPDATE COUNT) 1:2 UNDELETED
		1< * ESEARCH (TAG "A5") COUNT 2
		1< T OK SEARCH completed
		deliver INBOX bb
		1> NOOP
		1< * 4 EXISTS
		1< * 0 RECENT
		1< * ESEARCH (TAG "A3") ADDTO (0 4)
		1< * ESEARCH (TAG "A4") UID ADDTO (3 4)
		1< T OK NOOP completed
		2! SELECT INBOX
		2! STORE 1 +FLAGS (\Deleted \Seen)
		1> NOOP
		1< * 1 FETCH (FLAGS (\Deleted \Seen))
		1< * ESEARCH (TAG "A3") REMOVEFROM (0 1)
		1< * ESEARCH (TAG "A4") UID REMOVEFROM (2 1)
		1< * ESEARCH (TAG "A5") REMOVEFROM (0 1)
		1< T OK NOOP completed
		2! STORE 2 +FLAGS.SILENT (\Deleted)
		2! EXPUNGE
		1> UID SEARCH ALL
		1< * SEARCH 3 4
		1< * ESEARCH (TAG "A3") REMOVEFROM (0 2)
		1< * ESEARCH (TAG "A4") UID REMOVEFROM (3 2)
		1< * ESEARCH (TAG "A5") REMOVEFROM (0 2)
		1< * 1 EXPUNGE
		1< * 1 EXPUNGE
		1< T OK UID SEARCH completed
		1> CANCELUPDATE "A3" "A4"
		1< T OK no further updates of A3 A4
		1> STORE 1 +FLAGS.SILENT (\Deleted)
		1< T OK STORE completed
		1> UNSELECT
		1< T OK UNSELECT completed
		1> CANCELUPDATE "A5"
		1< T OK no further updates of A5
	`)
}

// TestSearchUpdateAfterStore stores flags that another connection has just stored. The back end then does not report
// the message as changed, because the answer to the STORE contains its flags. The server must still update the results
// of searches.
func TestSearchUpdateAfterStore(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		deliver INBOX a
		deliver INBOX b
		1! SELECT INBOX
		1> SEARCH RETURN (UPDATE ALL) UNSEEN
		1< * ESEARCH (TAG "A3") ALL 1:2
		1< T OK SEARCH completed
		2! SELECT INBOX
		2! STORE 1:2 +FLAGS (\Seen)
		1> STORE 1 +FLAGS (\Seen)
		1< * 1 FETCH (FLAGS (\Seen))
		1< * 2 FETCH (FLAGS (\Seen))
		1< * ESEARCH (TAG "A3") REMOVEFROM (0 1:2)
		1< T OK STORE completed
		2! STORE 1:2 FLAGS ()
		1> STORE 1 FLAGS.SILENT ()
		1< * 1 FETCH (FLAGS ())
		1< * 2 FETCH (FLAGS ())
		1< * ESEARCH (TAG "A3") ADDTO (0 1:2)
		1< T OK STORE completed
	`)
}

// TestSearchUpdateLimits checks that the server refuses UPDATE if too many searches are kept up to date, or if one of
// them has the same tag.
func TestSearchUpdateLimits(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! SELECT INBOX
		1> SEARCH RETURN (UPDATE (FLAGS)) ALL
		1< * ESEARCH (TAG "A3")
		1< T OK SEARCH completed
	`)
	c := dial(t, s)
	c.ok("LOGIN alice secret")
	c.ok("SELECT INBOX")
	for range 32 {
		if lines := c.ok("SEARCH RETURN (UPDATE) ALL"); len(lines) != 2 {
			t.Fatalf("SEARCH with UPDATE: got %q, want two lines", lines)
		}
	}
	if lines := c.ok("SEARCH RETURN (UPDATE) ALL"); len(lines) != 3 || lines[1] != `* NO [NOUPDATE "A35"] too many searches are kept up to date` {
		t.Fatalf("SEARCH with UPDATE above the limit: got %q, want NOUPDATE", lines)
	}
	c.send("A3 SEARCH RETURN (UPDATE) ALL")
	if l := c.line(); l != "A3 BAD a search that is kept up to date has the same tag\r\n" {
		t.Errorf("SEARCH with UPDATE and the tag of another one: got %q, want BAD", l)
	}
}

// TestMultiSearchRenamed searches an open mailbox that another connection has renamed. The server searches it once,
// under its new name.
func TestMultiSearchRenamed(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! CREATE x
		1! CREATE x/y
		deliver x/y one
		1! SELECT x/y
		2! RENAME x z
		1> ESEARCH IN (selected subtree z) RETURN (COUNT UPDATE) ALL
		1< * ESEARCH (TAG "A5" MAILBOX z/y UIDVALIDITY 4) UID COUNT 1
		1< T OK ESEARCH completed
		2! RENAME z/y b
		2! CREATE z/y
		deliver b two
		1> NOOP
		1< * 2 EXISTS
		1< * 0 RECENT
		1< * ESEARCH (TAG "A5" MAILBOX b UIDVALIDITY 4) UID ADDTO (0 2)
		1< T OK NOOP completed
		1> ESEARCH IN (personal) RETURN (COUNT) ALL
		1< * ESEARCH (TAG "A7" MAILBOX b UIDVALIDITY 4) UID COUNT 2
		1< T OK ESEARCH completed
		1! RENAME b c
		1> ESEARCH IN (mailboxes c) RETURN (COUNT) 1
		1< * ESEARCH (TAG "A9" MAILBOX c UIDVALIDITY 4) UID COUNT 1
		1< T OK ESEARCH completed
	`)
}

// TestMultiSearch searches several mailboxes (RFC 7377).
func TestMultiSearch(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! CREATE x
		1! CREATE x/y
		1! CREATE z
		1! SUBSCRIBE z
		deliver INBOX one
		deliver x two
		deliver x/y one
		deliver z one
		deliver z one
		1> ESEARCH IN (personal) RETURN (ALL) SUBJECT one
		1< * ESEARCH (TAG "A6" MAILBOX INBOX UIDVALIDITY 1) UID ALL 1
		1< * ESEARCH (TAG "A6" MAILBOX x/y UIDVALIDITY 4) UID ALL 1
		1< * ESEARCH (TAG "A6" MAILBOX z UIDVALIDITY 5) UID ALL 1:2
		1< T OK ESEARCH completed
		1> ESEARCH IN (subscribed (subtree-one x) (mailboxes INBOX nothing)) RETURN (COUNT) ALL
		1< T BAD …
		1> ESEARCH IN (subscribed subtree-one x mailboxes (INBOX nothing)) RETURN (COUNT) ALL
		1< * ESEARCH (TAG "A8" MAILBOX INBOX UIDVALIDITY 1) UID COUNT 1
		1< * ESEARCH (TAG "A8" MAILBOX x UIDVALIDITY 3) UID COUNT 1
		1< * ESEARCH (TAG "A8" MAILBOX x/y UIDVALIDITY 4) UID COUNT 1
		1< * ESEARCH (TAG "A8" MAILBOX z UIDVALIDITY 5) UID COUNT 2
		1< T OK ESEARCH completed
		1> ESEARCH RETURN (ALL) ALL
		1< T BAD no mailbox is selected
		1! SELECT z
		1> ESEARCH IN (selected inboxes) RETURN (SAVE) ALL
		1< T BAD SAVE is only for the selected mailbox
		1> ESEARCH RETURN (SAVE ALL) 2
		1< * ESEARCH (TAG "A12" MAILBOX z UIDVALIDITY 5) UID ALL 2
		1< T OK ESEARCH completed
		1> FETCH $ UID
		1< * 2 FETCH (UID 2)
		1< T OK FETCH completed
		# the saved result is about the open mailbox
		deliver INBOX two
		1> ESEARCH IN (selected inboxes) RETURN (ALL) UID $
		1< * ESEARCH (TAG "A14" MAILBOX z UIDVALIDITY 5) UID ALL 2
		1< T OK ESEARCH completed
		1> ESEARCH IN (inboxes) RETURN (UPDATE) ALL
		1< * NO [NOUPDATE "A15"] the selected mailbox is not among the searched mailboxes
		1< * ESEARCH (TAG "A15" MAILBOX INBOX UIDVALIDITY 1) UID ALL 1:2
		1< T OK ESEARCH completed
		1> ESEARCH IN (subtree x) SUBJECT
		1< T BAD …
	`)
}
