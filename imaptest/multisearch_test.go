package imaptest_test

import (
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

func TestMultiSearch(t *testing.T) {
	srv := newServer(t)
	talk(t, srv, `
		1! CREATE A
		1! CREATE A/B
		1! CREATE A/B/C
		1! CREATE Z
		deliver A x
		deliver A y
		deliver A/B x
		deliver A/B/C x
		deliver Z y
		1> ESEARCH IN (mailboxes (A Z Nowhere)) SUBJECT y
		1< * ESEARCH (TAG "A6" MAILBOX A UIDVALIDITY …) UID ALL 2
		1< * ESEARCH (TAG "A6" MAILBOX Z UIDVALIDITY …) UID ALL 1
		1< T OK …
		1> ESEARCH IN (subtree A) RETURN (COUNT MIN) SUBJECT x
		1< * ESEARCH (TAG "A7" MAILBOX A UIDVALIDITY …) UID MIN 1 COUNT 1
		1< * ESEARCH (TAG "A7" MAILBOX A/B UIDVALIDITY …) UID MIN 1 COUNT 1
		1< * ESEARCH (TAG "A7" MAILBOX A/B/C UIDVALIDITY …) UID MIN 1 COUNT 1
		1< T OK …
		1> ESEARCH IN (subtree-one A) 1:100
		1< * ESEARCH (TAG "A8" MAILBOX A UIDVALIDITY …) UID ALL 1:2
		1< * ESEARCH (TAG "A8" MAILBOX A/B UIDVALIDITY …) UID ALL 1
		1< T OK …
		1> ESEARCH IN (personal) SUBJECT nothing
		1< T OK …
		1> ESEARCH ALL
		1< T BAD …
		1> ESEARCH IN (selected) ALL
		1< T BAD …
		1> ESEARCH IN (selected-delayed) ALL
		1< T BAD …
		1> ESEARCH IN (mailboxes A) RETURN (SAVE) ALL
		1< T BAD …
		1> ESEARCH IN (mailboxes A) RETURN (UPDATE) ALL
		1< T BAD …
		1! SUBSCRIBE A/B
		1! SELECT A
		1> ESEARCH IN (selected subscribed mailboxes A) ALL
		1< * ESEARCH (TAG "A17" MAILBOX A UIDVALIDITY …) UID ALL 1:2
		1< * ESEARCH (TAG "A17" MAILBOX A/B UIDVALIDITY …) UID ALL 1
		1< T OK …
		1> ESEARCH SUBJECT y
		1< * ESEARCH (TAG "A18" MAILBOX A UIDVALIDITY …) UID ALL 2
		1< T OK …
		1> ESEARCH RETURN (SAVE MIN) SUBJECT nothing
		1< T OK …
		1> FETCH $ (UID)
		1< T OK …
		1> ESEARCH RETURN (SAVE) SUBJECT y
		1< T OK …
		1> UID FETCH $ (FLAGS)
		1< * 2 FETCH (UID 2 FLAGS (\Recent))
		1< T OK …
		1> ESEARCH IN (personal) RETURN (UPDATE COUNT) SUBJECT x
		1< * ESEARCH (TAG "A23" MAILBOX A UIDVALIDITY …) UID COUNT 1
		1< * ESEARCH (TAG "A23" MAILBOX A/B UIDVALIDITY …) UID COUNT 1
		1< * ESEARCH (TAG "A23" MAILBOX A/B/C UIDVALIDITY …) UID COUNT 1
		1< T OK …
		deliver A/B x
		deliver A x
		1> NOOP
		1< * 3 EXISTS
		1< * 3 RECENT
		1< * ESEARCH (TAG "A23" MAILBOX A UIDVALIDITY …) UID ADDTO (0 3)
		1< T OK …
		1> ESEARCH IN (mailboxes Z) RETURN (UPDATE COUNT) ALL
		1< * NO [NOUPDATE "A25"] …
		1< * ESEARCH (TAG "A25" MAILBOX Z UIDVALIDITY …) UID COUNT 1
		1< T OK …
		1> ESEARCH IN (personal) CHARSET X-NONE SUBJECT x
		1< T NO [BADCHARSET (…)] …
	`)
	off := newServer(t, imaptest.Without("MULTISEARCH"))
	talk(t, off, `
		1> ESEARCH IN (personal) ALL
		1< T BAD …
	`)
}
