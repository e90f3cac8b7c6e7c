package serve_test

import (
	"testing"

	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

// TestNotifyWithoutSelected excludes the open mailbox from reports by NOTIFY (RFC 5465 §3.1). The server must still
// notice that the mailbox is deleted or renamed. It reports all other changes as soon as the client wants reports
// again.
func TestNotifyWithoutSelected(t *testing.T) {
	for name, text := range map[string]string{
		"deleted": `
			1! CREATE x
			1! SELECT x
			1! NOTIFY NONE
			2! DELETE x
			1> NOOP
			1< * OK [NONEXISTENT] the mailbox has been deleted
			1< T OK NOOP completed
			1> NOOP
			1< T OK NOOP completed
		`,
		"deleted during IDLE": `
			1! CREATE x
			1! SELECT x
			1! NOTIFY NONE
			1> IDLE
			1< + idling
			2! DELETE x
			1< * OK [NONEXISTENT] the mailbox has been deleted
			1: DONE
			1< T OK IDLE completed
		`,
		"renamed": `
			1! CREATE x
			deliver x zero
			1! SELECT x
			1! NOTIFY SET (PERSONAL (MessageNew MessageExpunge))
			2! RENAME x y
			2! CREATE x
			# y is the open mailbox, from which the client wants no reports
			deliver y one
			deliver x two
			1< * STATUS x (MESSAGES 1 UIDNEXT 2)
			1> ESEARCH IN (selected) RETURN (COUNT) ALL
			1< * ESEARCH (TAG "A5" MAILBOX y UIDVALIDITY 3) UID COUNT 1
			1< T OK ESEARCH completed
		`,
		"changes": `
			deliver INBOX a
			deliver INBOX b
			deliver INBOX c
			1! SELECT INBOX
			1! NOTIFY NONE
			2! SELECT INBOX
			2! STORE 1 +FLAGS (\Deleted)
			2! EXPUNGE
			1> NOOP
			1< T OK NOOP completed
			2! STORE 1 +FLAGS (\Seen)
			deliver INBOX d
			deliver INBOX e
			1> NOOP
			1< T OK NOOP completed
			2! NOOP
			2! STORE 4 +FLAGS (\Deleted)
			2! EXPUNGE
			1> FETCH 1:* UID
			1< * 1 FETCH (UID 1)
			1< * 2 FETCH (UID 2)
			1< * 3 FETCH (UID 3)
			1< T OK FETCH completed
			1> NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange))
			1< * 1 EXPUNGE
			1< * 3 EXISTS
			1< * 0 RECENT
			1< * 1 FETCH (FLAGS (\Seen))
			1< T OK NOTIFY completed
			1> FETCH 1:* UID
			1< * 1 FETCH (UID 2)
			1< * 2 FETCH (UID 3)
			1< * 3 FETCH (UID 4)
			1< T OK FETCH completed
		`,
		"EXPUNGE": `
			deliver INBOX a
			deliver INBOX b
			1! SELECT INBOX
			1! NOTIFY NONE
			deliver INBOX c
			2! SELECT INBOX
			2! STORE 1 +FLAGS (\Deleted)
			1> NOOP
			1< T OK NOOP completed
			1> EXPUNGE
			1< * 1 EXPUNGE
			1< * 2 EXISTS
			1< * 0 RECENT
			1< T OK EXPUNGE completed
		`,
	} {
		t.Run(name, func(t *testing.T) {
			s, b := newServer(t)
			talk(t, s, b, text)
		})
	}
}

// TestAnotherWithSameName deletes the open mailbox and creates another one with the same name. The name then stands for
// the new mailbox, in NOTIFY and in a search of several mailboxes.
func TestAnotherWithSameName(t *testing.T) {
	s, b := newServer(t)
	talk(t, s, b, `
		1! CREATE x
		deliver x one
		1! SELECT x
		1! SEARCH RETURN (SAVE) ALL
		2! DELETE x
		1> NOOP
		1< * OK [NONEXISTENT] the mailbox has been deleted
		1< T OK NOOP completed
		2! CREATE x
		deliver x two
		deliver x two
		1> ESEARCH IN (mailboxes x) RETURN (COUNT) ALL
		1< * ESEARCH (TAG "A6" MAILBOX x UIDVALIDITY 4) UID COUNT 2
		1< T OK ESEARCH completed
		1> ESEARCH IN (mailboxes x) RETURN (COUNT UPDATE) ALL
		1< * NO [NOUPDATE "A7"] the selected mailbox is not among the searched mailboxes
		1< * ESEARCH (TAG "A7" MAILBOX x UIDVALIDITY 4) UID COUNT 2
		1< T OK ESEARCH completed
		1> ESEARCH IN (selected) RETURN (SAVE COUNT) ALL
		1< T OK ESEARCH completed
		1> FETCH $ UID
		1< T OK FETCH completed
		1> NOTIFY SET STATUS (PERSONAL (MessageNew MessageExpunge))
		1< * STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)
		1< * STATUS x (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 4)
		1< T OK NOTIFY completed
		deliver x two
		1< * STATUS x (MESSAGES 3 UIDNEXT 4)
	`)
}

// TestRenumberedWithoutSelected changes the UIDVALIDITY of the open mailbox, as TestRenumbered does, while NOTIFY
// excludes the mailbox from reports.
func TestRenumberedWithoutSelected(t *testing.T) {
	s, b := newServer(t, func(s *serve.Server) { s.Backend = &renumbering{Backend: s.Backend.(*memory.Backend)} })
	talk(t, s, b, `
		deliver INBOX a
		1! SELECT INBOX
		1! NOTIFY NONE
		2! CREATE x
		1> NOOP
		1< * OK [NONEXISTENT] the mailbox has been deleted
		1< T OK NOOP completed
		1> STORE 1 +FLAGS (\Deleted)
		1< T NO [EXPUNGEISSUED] some of the messages are gone
	`)
}
