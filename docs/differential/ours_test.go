package differential

import (
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// ours reads a text with package parser, and formats the values as theirs does.
func ours(kind, text string) (vals []string, err error) {
	r := parser.NewReader(wire.NewReader(strings.NewReader(text), wire.Limits{}))
	box := selected{}
	search := (*found)(nil)
	seen := map[uint32]bool{}
	for {
		resp, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if resp.Status != 0 {
			box.code(resp)
			if resp.Kind == parser.Tagged && kind == "STATUSLINE" {
				code := string(resp.Code.Name)
				if resp.Status == parser.OK {
					code = ""
				}
				vals = append(vals, fmt.Sprintf("%s [%s]", resp.Status, code))
			}
			continue
		}
		d := resp.Decoder()
		switch name := resp.Name; {
		case name == "FETCH" && kind == "FETCH":
			// go-imap gives a command the first response for each message, and the others to a handler.
			if resp.Num == 0 || seen[resp.Num] {
				continue
			}
			seen[resp.Num] = true
			v, err := ourFetch(resp)
			if err != nil {
				return nil, err
			}
			vals = append(vals, v...)
		case name == "LIST" && kind == "LIST":
			var x parser.ListData
			if err := x.Decode(d); err != nil {
				return nil, err
			}
			var attrs []string
			for _, a := range x.Attrs {
				attrs = append(attrs, strings.ToLower(string(a)))
			}
			vals = append(vals, fmt.Sprintf("LIST %q %q %q old %q", attrs, x.Delim, inbox(parser.DisplayMailbox(x.Name())), parser.DecodeMailbox(x.OldName, false)))
		case name == "STATUS" && kind == "STATUS":
			var x parser.StatusData
			if err := x.Decode(d); err != nil {
				return nil, err
			}
			vals = []string{fmt.Sprint("MESSAGES ", x.Messages), fmt.Sprint("UNSEEN ", x.Unseen), fmt.Sprint("DELETED ", x.Deleted), fmt.Sprint("SIZE ", x.Size),
				fmt.Sprint("UIDNEXT ", x.UIDNext), fmt.Sprint("UIDVALIDITY ", x.UIDValidity), fmt.Sprint("HIGHESTMODSEQ ", x.HighestModSeq), fmt.Sprint("DELETED-STORAGE ", x.DeletedStorage)}
		case name == "SEARCH" && (kind == "SEARCH" || kind == "ESEARCH"):
			var x parser.SearchData
			if err := x.Decode(d); err != nil {
				return nil, err
			}
			if search == nil {
				search = &found{set: numset.Of(numset.Seq)}
			}
			for _, n := range x.Nums {
				search.set.Add(n)
			}
			search.modseq = max(search.modseq, x.ModSeq)
		case name == "ESEARCH" && (kind == "SEARCH" || kind == "ESEARCH"):
			var x parser.ESearch
			if err := x.Decode(d); err != nil {
				return nil, err
			}
			search = &found{set: x.Set(), min: x.Min, max: x.Max, count: x.Count, modseq: x.ModSeq}
		case name == "SORT" && kind == "SORT":
			var x parser.SortData
			if err := x.Decode(d); err != nil {
				return nil, err
			}
			vals = append(vals, fmt.Sprint("SORT ", x.Nums))
		case name == "THREAD" && kind == "THREAD":
			var x parser.ThreadData
			if err := x.Decode(d); err != nil {
				return nil, err
			}
			e := wire.NewEncoder(wire.Mode{Server: true})
			x.Encode(e)
			vals = append(vals, "THREAD "+string(e.Bytes()))
		case name == "CAPABILITY" && kind == "CAPABILITY":
			var x parser.Capabilities
			if err := x.Decode(d); err != nil {
				return nil, err
			}
			names := slices.Sorted(slices.Values(x.Names))
			vals = append(vals, fmt.Sprint("CAPABILITY ", slices.Compact(names)))
		case name == "NAMESPACE" && kind == "NAMESPACE":
			var x parser.Namespace
			if err := x.Decode(d); err != nil {
				return nil, err
			}
			for i, list := range [][]parser.NamespaceDescr{x.Personal, x.Other, x.Shared} {
				for _, n := range list {
					vals = append(vals, fmt.Sprintf("NAMESPACE %d %q %q", i, n.Name(), n.Delim))
				}
			}
		case name == "ID" && kind == "ID":
			var x parser.ID
			if err := x.Decode(d); err != nil {
				return nil, err
			}
			vals = append(vals, fmt.Sprintf("ID %q %q %q %q", x.Get("name"), x.Get("version"), x.Get("vendor"), x.Get("support-url")))
		case name == "QUOTA" && kind == "QUOTA":
			var x parser.Quota
			if err := x.Decode(d); err != nil {
				return nil, err
			}
			slices.SortFunc(x.Resources, func(a, b parser.QuotaResource) int { return strings.Compare(a.Name, b.Name) })
			for _, q := range x.Resources {
				vals = append(vals, fmt.Sprintf("QUOTA %s %d %d", q.Name, q.Usage, q.Limit))
			}
		case name == "FLAGS":
			box.flags = parser.DecodeFlags(d, nil)
			if d.Err() != nil {
				return nil, d.Err()
			}
		case name == "EXISTS":
			box.exists = resp.Num
		}
	}
	switch kind {
	case "SELECT":
		vals = []string{fmt.Sprintf("SELECT %v %v %d %d %d %d", ourFlags(box.flags), ourFlags(box.permanent), box.exists, box.next, box.validity, box.modseq)}
	case "SEARCH", "ESEARCH":
		if search == nil {
			search = new(found)
		}
		vals = []string{fmt.Sprintf("SEARCH %s min %d max %d count %d modseq %d", search.set.String(), search.min, search.max, search.count, search.modseq)}
	case "STATUSLINE":
		if vals == nil {
			vals = []string{"OK []"}
		}
	}
	return vals, nil
}

type found struct {
	set             numset.Set
	min, max, count uint32
	modseq          uint64
}

type selected struct {
	flags, permanent       []parser.Flag
	exists, next, validity uint32
	modseq                 uint64
}

func (s *selected) code(r *parser.Response) {
	if n, ok := r.Code.UIDNext(); ok {
		s.next = n
	}
	if n, ok := r.Code.UIDValidity(); ok {
		s.validity = n
	}
	if n, ok := r.Code.HighestModSeq(); ok {
		s.modseq = n
	}
	if list, ok := r.Code.PermanentFlags(nil); ok {
		s.permanent = list
	}
}

// inbox returns the name INBOX in upper case, as go-imap does.
func inbox(s string) string {
	if strings.EqualFold(s, "INBOX") {
		return "INBOX"
	}
	return s
}

func ourFlags(list []parser.Flag) []string {
	out := []string{}
	for _, f := range list {
		out = append(out, strings.ToLower(string(f)))
	}
	return out
}

func ourFetch(r *parser.Response) (vals []string, err error) {
	m, err := r.Fetch()
	if err != nil {
		return nil, err
	}
	var sections, binaries []string
	for s, err := range m.Sections {
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(s)
		if err != nil {
			return nil, err
		}
		part := fmt.Sprint(s.Spec.Part)
		if s.Name == "BINARY" {
			binaries = append(binaries, fmt.Sprintf("BINARY part %s data %q", part, b))
			continue
		}
		fields, not := s.Spec.Fields, []string(nil)
		spec := s.Spec.Specifier
		switch spec {
		case parser.SpecHeaderFields:
			spec = "HEADER"
		case parser.SpecHeaderFieldsNot:
			spec, fields, not = "HEADER", nil, fields
		}
		sections = append(sections, fmt.Sprintf("%s part %s %q fields %q %q data %q", s.Name, part, spec, fields, not, b))
	}
	vals = append(vals, fmt.Sprintf("%d UID %d SIZE %d MODSEQ %d FLAGS %v", m.Seq, m.UID, m.Size, m.ModSeq, ourFlags(m.Flags)))
	if t, err := imapdate.Parse(m.Date); err == nil && !t.IsZero() {
		vals = append(vals, fmt.Sprint("INTERNALDATE ", t.UTC()))
	}
	var env parser.Envelope
	if ok, err := m.Envelope(&env); err != nil {
		return nil, err
	} else if ok {
		vals = append(vals, ourEnvelope(&env)...)
	}
	var body parser.BodyStructure
	if ok, err := m.BodyStructure(&body); err != nil {
		return nil, err
	} else if ok {
		ourBody(&body, &vals)
	}
	vals = append(append(vals, sections...), binaries...)
	for name, raw := range m.Items {
		if part, ok := strings.CutPrefix(name, "BINARY.SIZE["); ok {
			vals = append(vals, fmt.Sprintf("BINARY.SIZE [%s] %s", strings.ReplaceAll(strings.TrimSuffix(part, "]"), ".", " "), raw))
		}
	}
	return vals, nil
}

// text decodes encoded words. It is called for the values in which go-imap decodes them.
func text(b []byte) string {
	s, err := words.DecodeHeader(string(b))
	if err != nil {
		return string(b)
	}
	return s
}

func ourEnvelope(x *parser.Envelope) (vals []string) {
	if t, err := mail.ParseDate(string(x.Date)); err == nil && !t.IsZero() {
		vals = append(vals, fmt.Sprint("date ", x.Time().UTC()))
	}
	vals = append(vals, fmt.Sprintf("subject %q", text(x.Subject)))
	for i, list := range [][]parser.Address{x.From, x.Sender, x.ReplyTo, x.To, x.Cc, x.Bcc} {
		for j := range list {
			a := &list[j]
			vals = append(vals, fmt.Sprintf("addr %d %q %q %q", i, text(a.Name), a.Mailbox, a.Host))
		}
	}
	return append(vals, fmt.Sprintf("msgid %q in reply to %q", bare(ids(x.MessageID)), ids(x.InReplyTo)))
}

func bare(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// ids returns the message IDs, which stand in angle brackets. Like go-imap, it drops anything else.
func ids(b []byte) (list []string) {
	s := string(b)
	for {
		_, rest, ok := strings.Cut(s, "<")
		if !ok {
			return list
		}
		id, more, ok := strings.Cut(rest, ">")
		if !ok {
			return list
		}
		if s = more; strings.Contains(id, "@") {
			list = append(list, id)
		}
	}
}

func ourParams(list []parser.Param) string {
	m := map[string]string{}
	for _, p := range list {
		m[p.Name] = text(p.Value)
	}
	return params(m)
}

func ourDisposition(d *parser.Disposition) string {
	if d == nil || d.Type == "" {
		return ""
	}
	return fmt.Sprintf(" disposition %s %s", strings.ToLower(d.Type), ourParams(d.Params))
}

func ourBody(b *parser.BodyStructure, vals *[]string) {
	if b.IsMultipart() {
		*vals = append(*vals, fmt.Sprintf("multipart %s (%s)", b.MediaType(), ourParams(b.Params))+ourDisposition(&b.Disposition)+extras(b.Language, string(b.Location)))
		for i := range b.Parts {
			ourBody(&b.Parts[i], vals)
		}
		*vals = append(*vals, "end")
		return
	}
	encoding := b.Encoding
	if encoding == "" {
		encoding = "7bit" // the default
	}
	s := fmt.Sprintf("part %s (%s) %q %q %q %d", b.MediaType(), ourParams(b.Params), b.ID, text(b.Description), encoding, b.Size)
	if b.Type == "text" {
		s += fmt.Sprint(" lines ", b.Lines)
	}
	*vals = append(*vals, s+ourDisposition(&b.Disposition)+extras(b.Language, string(b.Location)))
	if b.IsMessage() && b.Body != nil {
		*vals = append(*vals, fmt.Sprint("message of lines ", b.Lines))
		*vals = append(*vals, ourEnvelope(b.Envelope)...)
		ourBody(b.Body, vals)
	}
}
