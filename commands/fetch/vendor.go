package fetch

import (
	"time"

	"github.com/imapstack/imapstack/commands/internal/read"
	"github.com/imapstack/imapstack/wire"
)

// Dovecot's own items. No capability announces them, so a server other than Dovecot answers BAD.
var (
	DovecotGUID     = Ext[string]{Name: "X-GUID", Read: read.Word}                  // the same for all copies of a message
	DovecotMailbox  = Ext[string]{Name: "X-MAILBOX", Read: read.MailboxName}        // in a virtual mailbox: the mailbox that contains the message
	DovecotRealUID  = Ext[uint32]{Name: "X-REAL-UID", Read: (*wire.Decoder).Number} // the message's UID in the mailbox of DovecotMailbox
	DovecotSaveDate = Ext[time.Time]{Name: "X-SAVEDATE", Read: read.InternalDate}   // the older name of SaveDate
)

// Cyrus's own items. A server other than Cyrus answers BAD to an item whose field Needs is empty.
var (
	CyrusSHA1          = Ext[string]{Name: "RFC822.SHA1", Read: read.Word}                       // of the whole message, in hexadecimal
	CyrusDigest        = Ext[string]{Name: "DIGEST.SHA1", Needs: "DIGEST=SHA1", Read: read.Word} // the same as CyrusSHA1
	CyrusFileSize      = Ext[uint64]{Name: "RFC822.FILESIZE", Read: (*wire.Decoder).Number64}    // the size of the message's file
	CyrusConversation  = Ext[string]{Name: "CID", Read: read.Word}                               // identifies the conversation
	CyrusFolder        = Ext[string]{Name: "FOLDER", Read: read.MailboxName}                     // the mailbox that contains the message
	CyrusUIDValidity   = Ext[uint32]{Name: "UIDVALIDITY", Read: (*wire.Decoder).Number}          // UIDVALIDITY of the mailbox of CyrusFolder
	CyrusMailboxes     = Ext[[]string]{Name: "MAILBOXES", Read: read.MailboxNames}               // all mailboxes that contain the message; Cyrus 3.6 splits names at spaces
	CyrusMailboxIDs    = Ext[[]string]{Name: "MAILBOXIDS", Needs: "OBJECTID", Read: read.Words}
	CyrusCreatedModSeq = Ext[uint64]{Name: "CREATEDMODSEQ", Needs: "X-CREATEDMODSEQ", Read: read.InList((*wire.Decoder).Number64)} // the MODSEQ that the message had at first
	CyrusLastUpdated   = Ext[time.Time]{Name: "LASTUPDATED", Read: read.InternalDate}                                              // the time of the last change

)
