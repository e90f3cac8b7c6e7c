package imaptest

import (
	"slices"

	"github.com/imapstack/imapstack/parser"
)

// statusCaps holds the capabilities that bring items of STATUS. One of them is enough.
var statusCaps = map[string][]string{
	"SIZE": {"STATUS=SIZE", "IMAP4rev2"}, "HIGHESTMODSEQ": {"CONDSTORE"}, "MAILBOXID": {"OBJECTID"}, "APPENDLIMIT": {"APPENDLIMIT"},
}

// checkStatus refuses items of STATUS that the server does not offer.
func (c *conn) checkStatus(items []string) error {
	for _, it := range items {
		if caps := statusCaps[it]; caps != nil && !slices.ContainsFunc(caps, c.has) {
			return badf("unknown STATUS item %s", it)
		}
	}
	return nil
}

// checkList refuses options of LIST that the server does not offer (RFC 5258 §3).
func (c *conn) checkList(a *parser.ListArgs) error {
	s, r := &a.Select, &a.Return
	switch {
	case len(s.Options) > 0:
		return badf("unknown selection option %s", s.Options[0].Name)
	case len(r.Options) > 0:
		return badf("unknown return option %s", r.Options[0].Name)
	case (s.SpecialUse || r.SpecialUse) && !c.has("SPECIAL-USE"):
		return badf("unknown option SPECIAL-USE")
	case r.Status != nil && !c.has("LIST-STATUS"):
		return badf("unknown return option STATUS")
	case r.MyRights && !c.has("LIST-MYRIGHTS"):
		return badf("unknown return option MYRIGHTS")
	case r.Metadata != nil && !c.has("LIST-METADATA"):
		return badf("unknown return option METADATA")
	}
	return c.checkStatus(r.Status)
}
