package fetch

import (
	"time"

	"github.com/imapstack/imapstack/commands/internal/read"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Preview is the beginning of a message's text, for people (RFC 8970). It is "" for one that has none.
var Preview = Ext[string]{Name: "PREVIEW", Needs: "PREVIEW", Read: readPreview}

// PreviewLazy is Preview if the server has it at hand; Of then says that it is there, and else it may be "" only for
// now (RFC 8970 §4).
var PreviewLazy = Ext[string]{
	Name: "PREVIEW", Needs: "PREVIEW", Read: readPreview,
	Args: func(e *wire.Encoder) { e.SP().Raw("(LAZY)") },
}

// PreviewFuzzy is Preview as a draft of RFC 8970 had it, and Dovecot has it still.
var PreviewFuzzy = Ext[string]{
	Name: "PREVIEW", Needs: "PREVIEW=FUZZY", Read: readPreview,
	Args: func(e *wire.Encoder) { e.SP().Raw("(FUZZY)") },
}

// Snippet is the beginning of a message's text by the name that it had first; SnippetLazy only if the server has it at
// hand (Dovecot).
var (
	Snippet     = Ext[string]{Name: "SNIPPET", Needs: "SNIPPET=FUZZY", Read: readPreview}
	SnippetLazy = Ext[string]{
		Name: "SNIPPET", Needs: "SNIPPET=FUZZY", Read: readPreview,
		Args: func(e *wire.Encoder) { e.SP().Raw("(LAZY=FUZZY)") },
	}
)

// readPreview takes a text, or the algorithm that made it and the text, in a list.
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

// SaveDate is when a message came into the mailbox (RFC 8514); zero where the server does not know.
var SaveDate = Ext[time.Time]{Name: "SAVEDATE", Needs: "SAVEDATE", Read: read.InternalDate}

// Identifiers of a message's content and of its discussion, which stay the same wherever it is (RFC 8474 §5). "" is
// none.
var (
	EmailID  = Ext[string]{Name: "EMAILID", Needs: "OBJECTID", Read: readObjectID}
	ThreadID = Ext[string]{Name: "THREADID", Needs: "OBJECTID", Read: readObjectID}
)

// MessageIDs are both of them in one, with OBJECTID+ (draft-ietf-mailmaint-imap-objectid-bis).
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

// What Gmail's X-GM-EXT-1 has: the identifiers of a message and of its discussion, and its labels.
var (
	GmailMessageID = Ext[uint64]{Name: "X-GM-MSGID", Needs: "X-GM-EXT-1", Read: (*wire.Decoder).Number64}
	GmailThreadID  = Ext[uint64]{Name: "X-GM-THRID", Needs: "X-GM-EXT-1", Read: (*wire.Decoder).Number64}
	GmailLabels    = Ext[[]string]{Name: "X-GM-LABELS", Needs: "X-GM-EXT-1", Read: readLabels}
)

func readLabels(d *wire.Decoder) (labels []string) {
	for range d.List {
		// Those of Gmail's own begin with a backslash, which atoms cannot.
		if d.Is('\\') {
			labels = append(labels, string(parser.DecodeFlag(d)))
			continue
		}
		labels = append(labels, parser.DecodeMailbox(d.AString(), false))
	}
	return labels
}
