package status

import (
	"github.com/imapstack/imapstack/commands/internal/read"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// MailboxIDs contains the identifiers of a mailbox and of the account that it belongs to (OBJECTID+,
// draft-ietf-mailmaint-imap-objectid-bis).
var MailboxIDs = Ext[parser.ObjectIDs]{Name: "OBJECTID", Needs: "OBJECTID+", Read: parser.DecodeObjectIDs}

// Dovecot's own items. No capability announces them, so a server other than Dovecot answers BAD.
var (
	DovecotGUID = Ext[string]{Name: "X-GUID", Read: read.Word}                // identifies the mailbox, also after RENAME
	DovecotSize = Ext[uint64]{Name: "X-SIZE", Read: (*wire.Decoder).Number64} // the older name of Size
)

// Cyrus's own items. The items that need the capability XCONVERSATIONS are about conversations.
var (
	CyrusCreatedModSeq = Ext[uint64]{Name: "CREATEDMODSEQ", Needs: "X-CREATEDMODSEQ", Read: (*wire.Decoder).Number64}
	CyrusConversations = Ext[uint32]{Name: "XCONVEXISTS", Needs: "XCONVERSATIONS", Read: (*wire.Decoder).Number} // number of conversations
	CyrusUnseen        = Ext[uint32]{Name: "XCONVUNSEEN", Needs: "XCONVERSATIONS", Read: (*wire.Decoder).Number} // number of conversations with unread messages
	CyrusConvModSeq    = Ext[uint64]{Name: "XCONVMODSEQ", Needs: "XCONVERSATIONS", Read: (*wire.Decoder).Number64}
)
