package imaptest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// preset is what a known server offers, how it greets, and, if it is a provider's, what else it is known for.
type preset struct {
	greeting, capabilities string
	provider               *provider
}

// presets is what known servers offer, of what this one has, in the words of their CAPABILITY after login, and how they greet. A server's ways
// beyond that are its own, but for those of providers, which have files of their own.
var presets = map[string]preset{
	"dovecot": {"Dovecot (Debian) ready.",
		"IMAP4rev1 SASL-IR ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT MULTIAPPEND CATENATE UNSELECT CHILDREN " +
			"NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE PREVIEW STATUS=SIZE SAVEDATE " +
			"LITERAL+ NOTIFY SPECIAL-USE COMPRESS=DEFLATE QUOTA ACL METADATA URLAUTH INPROGRESS", nil},
	"cyrus": {"server ready",
		"IMAP4rev1 LITERAL+ ID ENABLE ACL ANNOTATEMORE BINARY CATENATE CHILDREN CONDSTORE CREATE-SPECIAL-USE ESEARCH ESORT LIST-EXTENDED LIST-METADATA LIST-MYRIGHTS " +
			"LIST-STATUS METADATA MOVE MULTIAPPEND NAMESPACE OBJECTID PREVIEW QRESYNC QUOTA REPLACE SASL-IR SAVEDATE SEARCHRES SORT SORT=DISPLAY SPECIAL-USE STATUS=SIZE " +
			"THREAD=ORDEREDSUBJECT THREAD=REFERENCES THREAD=REFS UIDPLUS UNSELECT WITHIN COMPRESS=DEFLATE IDLE APPENDLIMIT MULTISEARCH CONTEXT=SORT NOTIFY URLAUTH", nil},
	"gmail": gmail, "outlook": outlook, "icloud": icloud, "yahoo": yahoo, "aol": aol,
	"exchange": {"The Microsoft Exchange IMAP4 service is ready.",
		"IMAP4rev1 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+", nil},
	"courier": {"Courier-IMAP ready.",
		"IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE ACL", nil},
	"rev1": {"ready", "IMAP4rev1", nil},
	"rev2": {"ready", "IMAP4rev2 APPENDLIMIT UTF8=ACCEPT CONDSTORE QRESYNC IDLE ENABLE NAMESPACE UNSELECT UIDPLUS ESEARCH SEARCHRES SASL-IR " +
		"LIST-EXTENDED LIST-STATUS MOVE LITERAL- BINARY SPECIAL-USE STATUS=SIZE ID", nil},
}

// presetWays is what a preset does otherwise than this server.
var presetWays = map[string]Option{
	"dovecot": func(o *options) {
		o.order = TaggedLast
		o.ways.changes = []change{RespellSections{SpellCapitals}}
		o.ways.deleted = DeletedBye
	},
	"cyrus":    func(o *options) { o.ways.deleted = DeletedCloses },
	"exchange": func(o *options) { o.ways.zone = time.UTC },
	"courier": func(o *options) {
		o.ways.changes = []change{RespellSections{SpellQuoted}, CourierGroups{}, CourierQuota{}}
	},
}

// Presets returns the names that Preset knows, sorted.
func Presets() []string { return slices.Sorted(maps.Keys(presets)) }

// Preset makes the server offer no more than a known server does, and greet as it does: see Presets. "rev1" and "rev2" are a server of
// RFC 3501 without any extension, and one of RFC 9051 that speaks nothing older. It panics if there is no such preset.
// Options that come behind it take away more, or set another way.
//
// "dovecot" also answers commands that came together as Dovecot does (TaggedLast), names sections in capitals, and says BYE when the mailbox is deleted;
// "cyrus" closes that; "courier" has Courier's groups, quotas and quotes; "exchange" tells dates in a zone of its own.
//
// "gmail", "outlook", "icloud", "yahoo" and "aol" also behave as those providers do to clients, as far as it was reported: they have their mailboxes, ways to
// log in ("outlook" takes tokens only: see WithToken), limits on a user's connections, lives of sessions, and answers out of the ordinary. What they do at times only, such as
// throttling, is in Mishaps.
func Preset(name string) Option {
	p, ok := presets[name]
	if !ok {
		panic(fmt.Sprintf("imaptest: no preset %q, but %s", name, strings.Join(Presets(), ", ")))
	}
	offered := map[string]bool{}
	for _, c := range strings.Fields(p.capabilities) {
		offered[strings.ToUpper(c)] = true
	}
	return func(o *options) {
		o.greeting = p.greeting
		p.provider.use(o)
		if way := presetWays[name]; way != nil {
			way(o)
		}
		for _, x := range extensions {
			if x = strings.ToUpper(x); !offered[x] {
				o.without[x] = true
			}
		}
	}
}

// greeting is the text of the greeting.
func (s *Server) greeting() string {
	if s.opt.greeting != "" {
		return s.opt.greeting
	}
	return "imaptest ready"
}
