package fetch

import (
	"time"

	"github.com/imapstack/imapstack/commands/internal/read"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Preview is the beginning of a message's text, to show to a person (RFC 8970). It is "" if the message has no text.
var Preview = Ext[string]{Name: "PREVIEW", Needs: "PREVIEW", Read: readPreview}

// PreviewLazy asks for the preview only if the server can send it without having to compute it now (RFC 8970 §4). If
// the server cannot, it sends no preview or an empty one: Of returns false or "".
var PreviewLazy = Ext[string]{
	Name: "PREVIEW", Needs: "PREVIEW", Read: readPreview,
	Args: func(e *wire.Encoder) { e.SP().Raw("(LAZY)") },
}

// PreviewFuzzy asks for the preview in the way that a draft of RFC 8970 defined. Dovecot still supports this form.
var PreviewFuzzy = Ext[string]{
	Name: "PREVIEW", Needs: "PREVIEW=FUZZY", Read: readPreview,
	Args: func(e *wire.Encoder) { e.SP().Raw("(FUZZY)") },
}

// Snippet is Dovecot's older name for Preview, and SnippetLazy for PreviewLazy.
var (
	Snippet     = Ext[string]{Name: "SNIPPET", Needs: "SNIPPET=FUZZY", Read: readPreview}
	SnippetLazy = Ext[string]{
		Name: "SNIPPET", Needs: "SNIPPET=FUZZY", Read: readPreview,
		Args: func(e *wire.Encoder) { e.SP().Raw("(LAZY=FUZZY)") },
	}
)

// readPreview reads a preview: the text, or a list with the name of an algorithm before the text.
func readPreview(d *wire.Decoder) (text string) {
	if !d.Is('(') {
		return string(d.NString())
	}
	for range d.List {
		d.Name()
		d.SP()
		text = string(d.NString())
	}
	return text
}

// SaveDate is the time at which a message was put into the mailbox (RFC 8514). It is zero if the server does not know
// it.
var SaveDate = Ext[time.Time]{Name: "SAVEDATE", Needs: "SAVEDATE", Read: read.InternalDate}

// EmailID identifies the content of a message, and ThreadID its thread (RFC 8474 §5). Both stay the same when
// the message is copied or moved. "" means that the message has no such identifier.
var (
	EmailID  = Ext[string]{Name: "EMAILID", Needs: "OBJECTID", Read: readObjectID}
	ThreadID = Ext[string]{Name: "THREADID", Needs: "OBJECTID", Read: readObjectID}
)

// MessageIDs contains the EMAILID and the THREADID of a message, from servers with OBJECTID+
// (draft-ietf-mailmaint-imap-objectid-bis).
var MessageIDs = Ext[parser.ObjectIDs]{Name: "OBJECTID", Needs: "OBJECTID+", Read: parser.DecodeObjectIDs}

func readObjectID(d *wire.Decoder) (id string) {
	if d.Nil() {
		return ""
	}
	for range d.List {
		id = string(d.AString())
	}
	return id
}

// Gmail's items (X-GM-EXT-1): the identifiers of a message and of its thread, and its labels.
var (
	GmailMessageID = Ext[uint64]{Name: "X-GM-MSGID", Needs: "X-GM-EXT-1", Read: (*wire.Decoder).Number64}
	GmailThreadID  = Ext[uint64]{Name: "X-GM-THRID", Needs: "X-GM-EXT-1", Read: (*wire.Decoder).Number64}
	GmailLabels    = Ext[[]string]{Name: "X-GM-LABELS", Needs: "X-GM-EXT-1", Read: readLabels}
)

func readLabels(d *wire.Decoder) (labels []string) {
	for range d.List {
		// Gmail's own labels begin with a backslash, which an atom cannot contain.
		if d.Is('\\') {
			labels = append(labels, string(parser.DecodeFlag(d)))
			continue
		}
		labels = append(labels, parser.DecodeMailbox(d.AString(), false))
	}
	return labels
}
