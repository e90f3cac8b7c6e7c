package imaptest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// preset describes a known server: the capabilities that it offers, its greeting, and, for a provider, how else it
// behaves.
type preset struct {
	greeting, capabilities string
	provider               *provider
}

// presets holds, for each known server, its greeting and those of its capabilities after login that this server can
// offer. presetWays says how else the servers behave; each provider has a file of its own.
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

// presetWays holds an option for each server that does some things differently from a Server without options.
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

// Preset makes the server offer no more than a known server does, and greet clients as that server does. The function
// Presets lists the names. "rev1" is a server of RFC 3501 without extensions, and "rev2" a server of RFC 9051 that does
// not speak IMAP4rev1. Preset panics if there is no such preset. Options after it can remove more capabilities, or
// change the behaviour again.
//
// "dovecot" also answers commands that arrive together as Dovecot does (TaggedLast), names sections in capitals, and
// sends BYE when the selected mailbox is deleted. "cyrus" closes the mailbox when it is deleted. "courier" sends groups
// and quotas as Courier does, and puts the names of fields in sections in quotes. "exchange" sends INTERNALDATE in UTC,
// whatever the zone of the date.
//
// "gmail", "outlook", "icloud", "yahoo" and "aol" also behave like those providers, as far as authors of clients have
// reported their behaviour. They have the providers' mailboxes, ways to log in ("outlook" accepts only tokens: see
// WithToken), limits on a user's connections, lifetimes of sessions, and unusual answers. The function Mishaps returns
// what they do only at times, such as throttling.
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
		p.provider.setOptions(o)
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

// greeting returns the text of the greeting.
func (s *Server) greeting() string {
	if s.opt.greeting != "" {
		return s.opt.greeting
	}
	return "imaptest ready"
}
