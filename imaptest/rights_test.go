package imaptest_test

import (
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

// TestServerACL checks which rights each user has, and who may change them (RFC 4314).
func TestServerACL(t *testing.T) {
	srv := imaptest.NewServer(t, imaptest.WithUser("alice", "secret"), imaptest.WithUser("bob", "secret"))
	talk(t, srv, `
		2 user bob
		deliver Team one
		1> MYRIGHTS Team
		1< * MYRIGHTS Team lrswipkxteancd
		1< T OK …
		1> GETACL Team
		1< * ACL Team alice lrswipkxteancd
		1< T OK …
		1> SETACL Team bob lr
		1< T OK …
		1> GETACL Team
		1< * ACL Team alice lrswipkxteancd bob lr
		1< T OK …
		1> LISTRIGHTS Team bob
		1< * LISTRIGHTS Team bob "" l r s w i p k x t e a n c d
		1< T OK …
		# what the other user may do
		2> LIST "" "Other Users/alice/*"
		2< * LIST (\HasNoChildren) "/" "Other Users/alice/Team"
		2< T OK …
		2> LIST "" "Other Users/alice/%" RETURN (MYRIGHTS)
		2< * LIST (\HasNoChildren) "/" "Other Users/alice/Team"
		2< * MYRIGHTS "Other Users/alice/Team" lr
		2< T OK …
		2! SELECT "Other Users/alice/Team"
		2> STORE 1 +FLAGS (\Deleted)
		2< T NO [NOPERM] …
		2> APPEND "Other Users/alice/Team" {3+}\r\nabc
		2< T NO [NOPERM] …
		2> GETACL "Other Users/alice/Team"
		2< T NO [NOPERM] …
		# §3.1: + and -, and the obsolete letters
		1> SETACL Team bob +it
		1< T OK …
		2> MYRIGHTS "Other Users/alice/Team"
		2< * MYRIGHTS "Other Users/alice/Team" lritd
		2< T OK …
		2! SELECT "Other Users/alice/Team"
		2! STORE 1 +FLAGS (\Deleted)
		1> SETACL Team bob -lt
		1< T OK …
		1> SETACL Team bob q
		1< T BAD …
		1> DELETEACL Team bob
		1< T OK …
		2> MYRIGHTS "Other Users/alice/Team"
		2< T NO …
		1> MYRIGHTS nowhere
		1< T NO [NONEXISTENT] …
	`)
	talk(t, imaptest.NewServer(t, imaptest.Without("ACL")), `
		1> GETACL INBOX
		1< T BAD …
	`)
}

// TestServerQuota checks the commands and errors of QUOTA (RFC 9208).
func TestServerQuota(t *testing.T) {
	talk(t, imaptest.NewServer(t), `
		deliver INBOX a
		1> GETQUOTAROOT INBOX
		1< * QUOTAROOT INBOX
		1< T OK …
		1> GETQUOTA ""
		1< T NO [NONEXISTENT] …
		1> SETQUOTA "" (STORAGE 2 MESSAGE 2)
		1< * QUOTA "" (STORAGE 1 2 MESSAGE 1 2)
		1< T OK …
		1> APPEND INBOX {3+}\r\nabc
		1< T OK …
		1> APPEND INBOX {3+}\r\nabc
		1< T NO [OVERQUOTA] …
		1> GETQUOTA ""
		1< * QUOTA "" (STORAGE 1 2 MESSAGE 2 2)
		1< T OK …
		1> GETQUOTA #news
		1< T NO [NONEXISTENT] …
		1> SETQUOTA "" (COLOUR 7)
		1< T NO [CANNOT] …
		1> GETQUOTAROOT INBOX
		1< * QUOTAROOT INBOX ""
		1< * QUOTA "" (STORAGE 1 2 MESSAGE 2 2)
		1< T OK …
		1> SETQUOTA "" ()
		1< T OK …
	`)
}

// TestServerMetadata checks annotations by METADATA (RFC 5464) and by ANNOTATEMORE, the draft that preceded it.
func TestServerMetadata(t *testing.T) {
	talk(t, imaptest.NewServer(t), `
		1> SETMETADATA INBOX (/private/comment "My new comment" /shared/comment {6+}\r\nshared)
		1< T OK …
		1> GETMETADATA INBOX /private/comment
		1< * METADATA INBOX (/private/comment "My new comment")
		1< T OK …
		1> GETMETADATA "" (/shared/comment)
		1< * METADATA "" (/shared/comment NIL)
		1< T OK …
		1> SETMETADATA "" (/shared/comment "the server")
		1< T OK …
		1> GETMETADATA (DEPTH infinity) "" /shared
		1< * METADATA "" (/shared/comment "the server")
		1< T OK …
		1> GETMETADATA (MAXSIZE 7) INBOX (/private/comment /shared/comment /private/none)
		1< * METADATA INBOX (/shared/comment "shared" /private/none NIL)
		1< T OK [METADATA LONGENTRIES 14] …
		1> SETMETADATA INBOX (/comment "x")
		1< T BAD …
		1> GETMETADATA nowhere /private/comment
		1< T NO [NONEXISTENT] …
		1> LIST "" INBOX RETURN (METADATA (/private/comment /private/none))
		1< * LIST (\HasNoChildren) "/" INBOX
		1< * METADATA INBOX (/private/comment "My new comment" /private/none NIL)
		1< T OK …
		# the same, as ANNOTATEMORE has it
		1> GETANNOTATION INBOX "/comment" ("value.shared" "value.priv")
		1< * ANNOTATION INBOX "/comment" ("value.priv" "My new comment" "value.shared" "shared")
		1< T OK …
		1> SETANNOTATION INBOX "/comment" ("value.priv" NIL "value.shared" "new")
		1< T OK …
		1> GETANNOTATION "IN%" "/%" "value.*"
		1< * ANNOTATION INBOX "/comment" ("value.shared" "new")
		1< T OK …
		1> GETANNOTATION "" "*" "value.shared"
		1< * ANNOTATION "" "/comment" ("value.shared" "the server")
		1< T OK …
		1> SETMETADATA INBOX (/shared/comment NIL)
		1< T OK …
		1> GETMETADATA INBOX /shared/comment
		1< * METADATA INBOX (/shared/comment NIL)
		1< T OK …
	`)
}

// TestServerUnauthenticate checks that after UNAUTHENTICATE, no user is logged in on the connection (RFC 8437 §3).
func TestServerUnauthenticate(t *testing.T) {
	talk(t, imaptest.NewServer(t, imaptest.WithUser("alice", "secret"), imaptest.WithUser("bob", "secret")), `
		1! ENABLE UTF8=ACCEPT CONDSTORE
		1! SELECT INBOX
		1> UNAUTHENTICATE
		1< T OK …
		1> SELECT INBOX
		1< T BAD …
		1! LOGIN bob secret
		1! CREATE Entw&APw-rfe
		1> LIST "" %
		1< * LIST (\HasNoChildren) "/" INBOX
		1< * LIST (\HasNoChildren) "/" Entw&APw-rfe
		1< T OK …
	`)
}

// TestServerLiteralMinus checks non-synchronizing literals (RFC 7888 §5). Without LITERAL+, the server offers LITERAL-
// and accepts a short non-synchronizing literal. Without both capabilities, it refuses even a short one.
func TestServerLiteralMinus(t *testing.T) {
	talk(t, imaptest.NewServer(t, imaptest.Without("LITERAL+")), `
		1> STATUS {5+}\r\nINBOX (MESSAGES)
		1< * STATUS INBOX (MESSAGES 0)
		1< T OK …
	`)
	talk(t, imaptest.NewServer(t, imaptest.Without("LITERAL+", "LITERAL-")), `
		1> STATUS {5+}\r\nINBOX (MESSAGES)
		1< T BAD …
		1> NOOP
		1< T OK …
	`)
}

// TestServerProgress checks that long commands report their progress (RFC 9585).
func TestServerProgress(t *testing.T) {
	talk(t, imaptest.NewServer(t, imaptest.WithProgress(2)), `
		deliver INBOX a
		1! SELECT INBOX
		1! CREATE x
		1> COPY 1 x
		1< T OK …
		deliver INBOX b
		1! NOOP
		1> COPY 1:2 x
		1< * OK [INPROGRESS ("A6" 0 2)] …
		1< * OK [INPROGRESS ("A6" 2 2)] …
		1< T OK …
		1> SEARCH ALL
		1< * OK [INPROGRESS ("A7" 0 2)] …
		1< * SEARCH 1 2
		1< T OK …
	`)
}
