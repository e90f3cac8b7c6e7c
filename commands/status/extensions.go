package status

import (
	"github.com/imapstack/imapstack/commands/internal/read"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// MailboxIDs are the identifiers of a mailbox and of whose it is (OBJECTID+, draft-ietf-mailmaint-imap-objectid-bis).
var MailboxIDs = Ext[parser.ObjectIDs]{Name: "OBJECTID", Needs: "OBJECTID+", Read: parser.DecodeObjectIDs}

// What Dovecot tells about a mailbox beyond the RFCs. There is no capability for it: another server answers BAD.
var (
	DovecotGUID = Ext[string]{Name: "X-GUID", Read: read.Word}                // of a mailbox, whatever it is called
	DovecotSize = Ext[uint64]{Name: "X-SIZE", Read: (*wire.Decoder).Number64} // Size, by its older name
)

// What Cyrus tells about a mailbox beyond the RFCs, with conversations.
var (
	CyrusCreatedModSeq = Ext[uint64]{Name: "CREATEDMODSEQ", Needs: "X-CREATEDMODSEQ", Read: (*wire.Decoder).Number64}
	CyrusConversations = Ext[uint32]{Name: "XCONVEXISTS", Needs: "XCONVERSATIONS", Read: (*wire.Decoder).Number} // how many discussions there are
	CyrusUnseen        = Ext[uint32]{Name: "XCONVUNSEEN", Needs: "XCONVERSATIONS", Read: (*wire.Decoder).Number} // those with something unread
	CyrusConvModSeq    = Ext[uint64]{Name: "XCONVMODSEQ", Needs: "XCONVERSATIONS", Read: (*wire.Decoder).Number64}
)
