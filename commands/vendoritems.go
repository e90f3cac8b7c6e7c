package commands

import (
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/wire"
)

// What Dovecot tells of a message beside the RFCs. There is no capability for it: another server answers BAD.
var (
	DovecotGUID     = Item[string]{Name: "X-GUID", Read: readWord}                      // the same in every mailbox that a message is copied to
	DovecotMailbox  = Item[string]{Name: "X-MAILBOX", Read: readMailboxName}            // where the message is, within a virtual mailbox
	DovecotRealUID  = Item[uint32]{Name: "X-REAL-UID", Read: (*wire.Decoder).Number}    // its UID there
	DovecotSaveDate = Item[time.Time]{Name: "X-SAVEDATE", Read: readInternalDate}       // SaveDate, by its older name
	DovecotBoxGUID  = StatusExt[string]{Name: "X-GUID", Read: readWord}                 // of a mailbox, whatever it is called
	DovecotBoxSize  = StatusExt[uint64]{Name: "X-SIZE", Read: (*wire.Decoder).Number64} // MailboxSize, by its older name
)

// What Cyrus tells beside the RFCs of a message, and, with conversations, of what is in a mailbox. Where no capability is named
// another server answers BAD.
var (
	CyrusSHA1          = Item[string]{Name: "RFC822.SHA1", Read: readWord}                       // of the whole message, in hexadecimal
	CyrusDigest        = Item[string]{Name: "DIGEST.SHA1", Needs: "DIGEST=SHA1", Read: readWord} // the same, with a capability
	CyrusFileSize      = Item[uint64]{Name: "RFC822.FILESIZE", Read: (*wire.Decoder).Number64}   // on the disk
	CyrusConversation  = Item[string]{Name: "CID", Read: readWord}                               // an identifier of the discussion
	CyrusFolder        = Item[string]{Name: "FOLDER", Read: readMailboxName}                     // where the message is
	CyrusUIDValidity   = Item[uint32]{Name: "UIDVALIDITY", Read: (*wire.Decoder).Number}         // of that mailbox
	CyrusMailboxes     = Item[[]string]{Name: "MAILBOXES", Read: readMailboxNames}               // all that the message is in; Cyrus 3.6 lets a name fall into pieces at its spaces
	CyrusMailboxIDs    = Item[[]string]{Name: "MAILBOXIDS", Needs: "OBJECTID", Read: readWords}
	CyrusCreatedModSeq = Item[uint64]{Name: "CREATEDMODSEQ", Needs: "X-CREATEDMODSEQ", Read: readInList((*wire.Decoder).Number64)} // the MODSEQ when it came
	CyrusLastUpdated   = Item[time.Time]{Name: "LASTUPDATED", Read: readInternalDate}                                              // when it changed last

	CyrusBoxCreatedModSeq = StatusExt[uint64]{Name: "CREATEDMODSEQ", Needs: "X-CREATEDMODSEQ", Read: (*wire.Decoder).Number64}
	CyrusBoxConversations = StatusExt[uint32]{Name: "XCONVEXISTS", Needs: "XCONVERSATIONS", Read: (*wire.Decoder).Number} // how many discussions there are
	CyrusBoxUnseen        = StatusExt[uint32]{Name: "XCONVUNSEEN", Needs: "XCONVERSATIONS", Read: (*wire.Decoder).Number} // those with something unread
	CyrusBoxConvModSeq    = StatusExt[uint64]{Name: "XCONVMODSEQ", Needs: "XCONVERSATIONS", Read: (*wire.Decoder).Number64}
)

// MailboxIDs are the identifiers of a mailbox and of whose it is (OBJECTID+, draft-ietf-mailmaint-imap-objectid-bis).
var MailboxIDs = StatusExt[parser.ObjectIDs]{Name: "OBJECTID", Needs: "OBJECTID+", Read: parser.DecodeObjectIDs}

func readWord(d *wire.Decoder) string { return string(d.NString()) }

func readWords(d *wire.Decoder) (words []string) {
	for range d.List {
		words = append(words, string(d.AString()))
	}
	return words
}

func readMailboxName(d *wire.Decoder) string { return parser.DecodeMailbox(d.AString(), false) }

func readMailboxNames(d *wire.Decoder) (names []string) {
	for range d.List {
		names = append(names, readMailboxName(d))
	}
	return names
}

func readInternalDate(d *wire.Decoder) time.Time {
	if d.Nil() {
		return time.Time{}
	}
	t, err := imapdate.Parse(d.String())
	if err != nil {
		d.Expected("date-time")
	}
	return t
}

// readInList reads a value that stands in a list, alone.
func readInList[T any](read func(*wire.Decoder) T) func(*wire.Decoder) T {
	return func(d *wire.Decoder) (v T) {
		for range d.List {
			v = read(d)
		}
		return v
	}
}
