package parser

import (
	"errors"
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// factsOf lists the facts that a response delivers to a program: its values, one by one. If decoding fails, most
// responses deliver no facts.
func factsOf(r *Response) (facts []string) {
	say := func(format string, args ...any) { facts = append(facts, fmt.Sprintf(format, args...)) }
	d := r.Decoder()
	switch {
	case r.Status != 0:
		statusFacts(r, say)
	case r.Name == "FETCH" || r.Name == "UIDFETCH":
		m, err := r.Fetch()
		if err == nil {
			err = m.Finish()
		}
		if err != nil && !errors.Is(err, ErrFraming) { // with ErrFraming, the items before the error are delivered
			return nil
		}
		say("SEQ %d", m.Seq)
		fetchFacts(m, say)
	case r.Name == "LIST" || r.Name == "LSUB":
		var x ListData
		if x.Decode(d) != nil {
			return nil
		}
		for _, a := range x.Attrs {
			say("ATTR %s", a)
		}
		say("DELIM %q", x.Delim)
		say("MAILBOX %s", x.Mailbox)
		for _, c := range x.ChildInfo {
			say("CHILD %s", c)
		}
		if x.OldName != nil {
			say("OLD %s", x.OldName)
		}
		extFacts(x.Ext, say)
	case r.Name == "STATUS":
		var x StatusData
		if x.Decode(d) != nil {
			return nil
		}
		say("MAILBOX %s", x.Mailbox)
		for i, v := range []any{x.Messages, x.Recent, x.UIDNext, x.UIDValidity, x.Unseen, x.Deleted, x.Size, x.DeletedStorage, x.HighestModSeq, x.AppendLimit, x.MailboxID} {
			if x.Has(1 << i) {
				say("%s %v", statusNames[i], v)
			}
		}
		extFacts(x.Ext, say)
	case r.Name == "QUOTA":
		var x Quota
		if x.Decode(d) != nil {
			return nil
		}
		say("ROOT %s", x.Root)
		for _, q := range x.Resources {
			say("RESOURCE %v", q)
		}
	case r.Name == "QUOTAROOT":
		var x QuotaRoot
		if x.Decode(d) != nil {
			return nil
		}
		say("MAILBOX %s", x.Mailbox)
		for _, q := range x.Roots {
			say("ROOT %s", q)
		}
	case r.Name == "NAMESPACE":
		var x Namespace
		x.Decode(d)
		for i, list := range [][]NamespaceDescr{x.Personal, x.Other, x.Shared} {
			for _, n := range list {
				say("NAMESPACE %d %s %c", i, n.Prefix, n.Delim)
				extFacts(n.Ext, say)
			}
		}
	case r.Name == "ID":
		var x ID
		if x.Decode(d) != nil {
			return nil
		}
		for name, value := range x.All() {
			say("FIELD %s %q", name, value)
		}
	case r.Name == "FLAGS":
		for _, f := range DecodeFlags(d, nil) {
			say("FLAG %s", f)
		}
		if d.Err() != nil {
			return nil
		}
	case r.Name == "CAPABILITY" || r.Name == "ENABLED":
		var x Capabilities
		if x.Decode(d) != nil {
			return nil
		}
		for _, c := range x.Names {
			say("CAPABILITY %s", c)
		}
	case r.Name == "ESEARCH":
		var x ESearch
		x.Decode(d)
		say("TAG %s", x.Tag)
		say("MAILBOX %s %d", x.Mailbox, x.UIDValidity)
		say("UID %v", x.UID)
		for i, v := range []any{x.Min, x.Max, x.All, x.Count, x.ModSeq, x.Window, x.AddTo, x.RemoveFrom, x.Relevancy} {
			if x.Has(1 << i) {
				say("%s %v", esearchNames[i], v)
			}
		}
		extFacts(x.Ext, say)
	case dataFacts(r.Name, d, say):
	case payloads[r.Name] != nil && r.Num == 0:
		v := payloads[r.Name]()
		if v.Decode(d) != nil {
			return nil
		}
		e := wire.NewEncoder(wire.Mode{Server: true, Binary: true})
		EncodeData(e, r.Name, v)
		say("%s", e.Bytes())
	default:
		say("%d %s", r.Num, r.Name)
	}
	return facts
}

// statusFacts lists the facts of a status response: its code, its flags and capabilities one by one, and its text.
func statusFacts(r *Response, say func(string, ...any)) {
	say("%v %s", r.Kind, r.Name)
	if r.Code.Name != "" {
		say("CODE %s", r.Code.Name)
	}
	say("TEXT %s", r.Text)
	if flags, ok := r.Code.PermanentFlags(nil); ok {
		for _, f := range flags {
			say("FLAG %s", f)
		}
		return
	}
	if r.Code.Name == CodeCapability {
		var x Capabilities
		if r.Code.Decode(func(d *wire.Decoder) { x.Decode(d) }) == nil {
			for _, c := range x.Names {
				say("CAPABILITY %s", c)
			}
		}
		return
	}
	say("ARGS %s", r.Code.Args)
}

// dataFacts lists the facts of a response whose parts are meaningful by themselves. It returns false if it does not
// know the response.
func dataFacts(name string, d *wire.Decoder, say func(string, ...any)) bool {
	switch name {
	case "SEARCH", "SORT":
		var x SearchData
		if x.Decode(d) == nil {
			for _, n := range x.Nums {
				say("FOUND %d", n)
			}
			say("MODSEQ %d", x.ModSeq)
		}
	case "ACL":
		var x ACL
		if x.Decode(d) == nil {
			say("MAILBOX %s", x.Mailbox)
			for _, e := range x.Entries {
				say("RIGHTS %s %s", e.Identifier, e.Rights)
			}
		}
	case "LISTRIGHTS":
		var x ListRights
		if x.Decode(d) == nil {
			say("MAILBOX %s", x.Mailbox)
			say("IDENTIFIER %s", x.Identifier)
			say("REQUIRED %s", x.Required)
			for _, r := range x.Optional {
				say("RIGHTS %s", r)
			}
		}
	case "METADATA":
		var x Metadata
		x.Decode(d) // ignore the error: x has all entries that could be read
		say("MAILBOX %s", x.Mailbox)
		for _, v := range x.Values {
			say("ENTRY %s %q", v.Entry, v.Value)
		}
		for _, n := range x.Changed {
			say("CHANGED %s", n)
		}
	case "ANNOTATION":
		var x Annotation
		x.Decode(d)
		say("MAILBOX %s", x.Mailbox)
		for _, e := range x.Entries {
			for _, v := range e.Values {
				say("VALUE %s %s %q", e.Entry, v.Name, v.Value)
			}
		}
		for _, n := range x.Changed {
			say("CHANGED %s", n)
		}
	case "LANGUAGE":
		var x Language
		x.Decode(d)
		for _, n := range x.Tags {
			say("TAG %s", n)
		}
	case "COMPARATOR":
		var x Comparator
		x.Decode(d)
		say("ACTIVE %s", x.Active)
		for _, n := range x.Available {
			say("COMPARATOR %s", n)
		}
	case "CONVERSION":
		var x Conversion
		x.Decode(d)
		say("FROM %s TO %s", x.From, x.To)
		for _, n := range x.Params {
			say("PARAM %s", n)
		}
	case "CONVERTED":
		var x Converted
		x.Decode(d)
		say("TAG %s", x.Tag)
		if x.UID != 0 {
			say("UID %d", x.UID)
		}
		extFacts(x.Items, say)
	case "GENURLAUTH":
		var x GenURLAuth
		if x.Decode(d) == nil {
			for _, u := range x.URLs {
				say("URL %s", u)
			}
		}
	case "URLFETCH":
		var x URLFetchData
		if x.Decode(d) == nil {
			for _, u := range x.Items {
				say("URL %s %q", u.URL, u.Data)
				extFacts(u.Ext, say)
			}
		}
	case "XAPPLEPUSHSERVICE":
		var x ApplePush
		x.Decode(d)
		for _, f := range x.Fields {
			say("FIELD %s %q", f.Name, f.Value)
		}
	default:
		return false
	}
	return true
}

func extFacts(list []ExtData, say func(string, ...any)) {
	for _, x := range list {
		say("EXT %s %s", x.Name, x.Value)
	}
}

func fetchFacts(m *Fetch, say func(string, ...any)) {
	if m.Has("UID") {
		say("UID %d", m.UID)
	}
	for _, f := range m.Flags {
		say("FLAG %s", f)
	}
	if m.Has("RFC822.SIZE") {
		say("SIZE %d", m.Size)
	}
	if m.Has("MODSEQ") {
		say("MODSEQ %d", m.ModSeq)
	}
	if m.Has("INTERNALDATE") {
		say("DATE %s", m.Date)
	}
	for name, raw := range m.Items {
		if name != "ENVELOPE" && name != "BODYSTRUCTURE" && name != "BODY" {
			say("ITEM %s %s", name, raw)
		}
	}
	for s, err := range m.Sections {
		if err == nil {
			b, _ := s.Bytes()
			say("SECTION %s[%s]<%d> %q", s.Name, s.Spec.String(), s.Origin, b)
		}
	}
	var x Envelope
	if ok, _ := m.Envelope(&x); ok {
		envelopeFacts("ENVELOPE", &x, say)
	}
	var b BodyStructure
	if ok, _ := m.BodyStructure(&b); ok {
		bodyFacts("BODY", &b, say)
	}
}

func envelopeFacts(path string, x *Envelope, say func(string, ...any)) {
	for i, v := range [][]byte{x.Date, x.Subject, x.InReplyTo, x.MessageID} {
		if v != nil {
			say("%s TEXT %d %q", path, i, v)
		}
	}
	for i, list := range [][]Address{x.From, x.Sender, x.ReplyTo, x.To, x.Cc, x.Bcc} {
		for _, a := range list {
			say("%s ADDRESS %d %q", path, i, a)
		}
	}
}

func bodyFacts(path string, x *BodyStructure, say func(string, ...any)) {
	say("%s TYPE %s", path, x.MediaType())
	for _, p := range x.Params {
		say("%s PARAM %s %q", path, p.Name, p.Value)
	}
	for i, v := range []string{string(x.ID), string(x.Description), x.Encoding, fmt.Sprint(x.Size), fmt.Sprint(x.Lines), string(x.MD5), x.Disposition.Type, strings.Join(x.Language, ","), string(x.Location), string(x.Extensions)} {
		if v != "" && v != "0" {
			say("%s FIELD %d %q", path, i, v)
		}
	}
	for _, p := range x.Disposition.Params {
		say("%s DISPOSITION %s %q", path, p.Name, p.Value)
	}
	for i := range x.Parts {
		bodyFacts(fmt.Sprint(path, ".", i+1), &x.Parts[i], say)
	}
	if x.Envelope != nil {
		envelopeFacts(path+".ENVELOPE", x.Envelope, say)
	}
	if x.Body != nil {
		bodyFacts(path+".BODY", x.Body, say)
	}
}
