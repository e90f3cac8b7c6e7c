package parser

import (
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// factsOf writes down, one by one, what a response tells a program. What comes with an error is not delivered.
func factsOf(r *Response) (facts []string) {
	say := func(format string, args ...any) { facts = append(facts, fmt.Sprintf(format, args...)) }
	d := r.Decoder()
	switch {
	case r.Status != 0:
		say("%v %s [%s %s] %s", r.Kind, r.Name, r.Code.Name, r.Code.Args, r.Text)
	case r.Name == "FETCH" || r.Name == "UIDFETCH":
		m, err := r.Fetch()
		if err != nil {
			return nil
		}
		if m.Finish() != nil {
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
