package fetch

import (
	"time"

	"github.com/imapstack/imapstack/commands/internal/read"
	"github.com/imapstack/imapstack/wire"
)

// What Dovecot tells about a message beyond the RFCs. There is no capability for it: another server answers BAD.
var (
	DovecotGUID     = Ext[string]{Name: "X-GUID", Read: read.Word}                  // the same in every mailbox that a message is copied to
	DovecotMailbox  = Ext[string]{Name: "X-MAILBOX", Read: read.MailboxName}        // where the message is, within a virtual mailbox
	DovecotRealUID  = Ext[uint32]{Name: "X-REAL-UID", Read: (*wire.Decoder).Number} // its UID there
	DovecotSaveDate = Ext[time.Time]{Name: "X-SAVEDATE", Read: read.InternalDate}   // SaveDate, by its older name
)

// What Cyrus tells about a message beyond the RFCs. Where no capability is named, another server answers BAD.
var (
	CyrusSHA1          = Ext[string]{Name: "RFC822.SHA1", Read: read.Word}                       // of the whole message, in hexadecimal
	CyrusDigest        = Ext[string]{Name: "DIGEST.SHA1", Needs: "DIGEST=SHA1", Read: read.Word} // the same, with a capability
	CyrusFileSize      = Ext[uint64]{Name: "RFC822.FILESIZE", Read: (*wire.Decoder).Number64}    // on the disk
	CyrusConversation  = Ext[string]{Name: "CID", Read: read.Word}                               // an identifier of the discussion
	CyrusFolder        = Ext[string]{Name: "FOLDER", Read: read.MailboxName}                     // where the message is
	CyrusUIDValidity   = Ext[uint32]{Name: "UIDVALIDITY", Read: (*wire.Decoder).Number}          // of that mailbox
	CyrusMailboxes     = Ext[[]string]{Name: "MAILBOXES", Read: read.MailboxNames}               // all that the message is in; Cyrus 3.6 lets a name fall into pieces at its spaces
	CyrusMailboxIDs    = Ext[[]string]{Name: "MAILBOXIDS", Needs: "OBJECTID", Read: read.Words}
	CyrusCreatedModSeq = Ext[uint64]{Name: "CREATEDMODSEQ", Needs: "X-CREATEDMODSEQ", Read: read.InList((*wire.Decoder).Number64)} // the MODSEQ when it came
	CyrusLastUpdated   = Ext[time.Time]{Name: "LASTUPDATED", Read: read.InternalDate}                                              // when it changed last

)
