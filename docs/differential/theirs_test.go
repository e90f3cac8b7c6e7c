package differential

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// theirs lets go-imap's client read text, which is what the server sends; %T in text stands for the tag. The error is
// that of the command, or says that the client can no longer be used.
func theirs(kind, text, mailbox string) (vals []string, err error) {
	conn, srv := net.Pipe()
	defer srv.Close()
	go serve(srv, text)
	c := imapclient.New(conn, nil)
	defer c.Close()
	stop := time.AfterFunc(time.Minute, func() { conn.Close(); srv.Close() })
	defer stop.Stop()
	if err := c.WaitGreeting(); err != nil {
		return nil, err
	}
	vals, err = ask(c, kind, mailbox)
	if err == nil {
		err = c.Noop().Wait()
	}
	return vals, err
}

// serve answers the first command with text, and all others with OK.
func serve(c net.Conn, text string) {
	defer c.Close()
	if _, err := c.Write([]byte("* PREAUTH [CAPABILITY IMAP4rev1 IDLE] ready\r\n")); err != nil {
		return
	}
	in := bufio.NewScanner(c)
	for in.Scan() {
		tag, _, _ := strings.Cut(in.Text(), " ")
		said := text
		if !strings.HasPrefix(said, "%T") && !strings.Contains(said, "\n%T") {
			said += "%T OK done\r\n"
		}
		if _, err := c.Write([]byte(strings.ReplaceAll(said, "%T", tag))); err != nil {
			return
		}
		text = ""
	}
}

// ask runs the command that responses of this kind answer.
func ask(c *imapclient.Client, kind, mailbox string) (vals []string, err error) {
	switch kind {
	case "FETCH":
		list, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{UID: true}).Collect()
		for _, m := range list {
			vals = append(vals, theirFetch(m)...)
		}
		return vals, err
	case "LIST":
		list, err := c.List("", "*", nil).Collect()
		for _, m := range list {
			var attrs []string
			for _, a := range m.Attrs {
				attrs = append(attrs, strings.ToLower(string(a)))
			}
			old := m.OldName
			vals = append(vals, fmt.Sprintf("LIST %q %q %q old %q", attrs, m.Delim, m.Mailbox, old))
		}
		return vals, err
	case "STATUS":
		d, err := c.Status(mailbox, &imap.StatusOptions{NumMessages: true}).Wait()
		if err != nil {
			return nil, err
		}
		vals = append(vals, num("MESSAGES", d.NumMessages), num("UNSEEN", d.NumUnseen), num("DELETED", d.NumDeleted), num("SIZE", d.Size),
			num("UIDNEXT", &d.UIDNext), num("UIDVALIDITY", &d.UIDValidity), num("HIGHESTMODSEQ", &d.HighestModSeq), num("DELETED-STORAGE", d.DeletedStorage))
		return vals, nil
	case "SEARCH", "ESEARCH":
		d, err := c.Search(&imap.SearchCriteria{}, nil).Wait()
		if err != nil {
			return nil, err
		}
		all := ""
		if d.All != nil {
			all = d.All.String()
		}
		return []string{fmt.Sprintf("SEARCH %s min %d max %d count %d modseq %d", all, d.Min, d.Max, d.Count, d.ModSeq)}, nil
	case "SORT":
		d, err := c.Sort(&imapclient.SortOptions{SortCriteria: []imapclient.SortCriterion{{Key: imapclient.SortKeyArrival}}, SearchCriteria: &imap.SearchCriteria{}}).Wait()
		return []string{fmt.Sprint("SORT ", d)}, err
	case "THREAD":
		d, err := c.Thread(&imapclient.ThreadOptions{Algorithm: imap.ThreadReferences, SearchCriteria: &imap.SearchCriteria{}}).Wait()
		var b strings.Builder
		for _, th := range d {
			theirThread(&b, th)
		}
		return []string{"THREAD " + b.String()}, err
	case "CAPABILITY":
		d, err := c.Capability().Wait()
		var names []string
		for n := range d {
			names = append(names, strings.ToUpper(string(n)))
		}
		slices.Sort(names)
		return []string{fmt.Sprint("CAPABILITY ", slices.Compact(names))}, err
	case "NAMESPACE":
		d, err := c.Namespace().Wait()
		if err != nil {
			return nil, err
		}
		for i, list := range [][]imap.NamespaceDescriptor{d.Personal, d.Other, d.Shared} {
			for _, n := range list {
				vals = append(vals, fmt.Sprintf("NAMESPACE %d %q %q", i, n.Prefix, n.Delim))
			}
		}
		return vals, nil
	case "ID":
		d, err := c.ID(nil).Wait()
		if err != nil || d == nil {
			return nil, err
		}
		return []string{fmt.Sprintf("ID %q %q %q %q", d.Name, d.Version, d.Vendor, d.SupportURL)}, nil
	case "QUOTA":
		d, err := c.GetQuota(mailbox).Wait()
		if err != nil || d == nil {
			return nil, err
		}
		for _, k := range slices.Sorted(maps.Keys(d.Resources)) {
			vals = append(vals, fmt.Sprintf("QUOTA %s %d %d", k, d.Resources[k].Usage, d.Resources[k].Limit))
		}
		return vals, nil
	case "SELECT":
		d, err := c.Select("x", nil).Wait()
		if err != nil {
			return nil, err
		}
		return []string{fmt.Sprintf("SELECT %v %v %d %d %d %d", theirFlags(d.Flags), theirFlags(d.PermanentFlags), d.NumMessages, d.UIDNext, d.UIDValidity, d.HighestModSeq)}, nil
	case "STATUSLINE":
		err := c.Noop().Wait()
		var e *imap.Error
		if errors.As(err, &e) {
			return []string{fmt.Sprintf("%s [%s]", e.Type, e.Code)}, nil
		}
		return []string{"OK []"}, err
	}
	panic(kind)
}

func num[T uint32 | int64 | uint64 | imap.UID](name string, n *T) string {
	if n == nil {
		return name + " 0"
	}
	return fmt.Sprint(name, " ", *n)
}

func theirFlags(list []imap.Flag) []string {
	out := []string{}
	for _, f := range list {
		out = append(out, strings.ToLower(string(f)))
	}
	return out
}

func theirThread(b *strings.Builder, th imapclient.ThreadData) {
	b.WriteByte('(')
	for i, n := range th.Chain {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprint(b, n)
	}
	if len(th.SubThreads) > 0 && len(th.Chain) > 0 {
		b.WriteByte(' ')
	}
	for _, s := range th.SubThreads {
		theirThread(b, s)
	}
	b.WriteByte(')')
}

func theirFetch(m *imapclient.FetchMessageBuffer) (vals []string) {
	vals = append(vals, fmt.Sprintf("%d UID %d SIZE %d MODSEQ %d FLAGS %v", m.SeqNum, m.UID, m.RFC822Size, m.ModSeq, theirFlags(m.Flags)))
	if !m.InternalDate.IsZero() {
		vals = append(vals, fmt.Sprint("INTERNALDATE ", m.InternalDate.UTC()))
	}
	if m.Envelope != nil {
		vals = append(vals, theirEnvelope(m.Envelope)...)
	}
	if m.BodyStructure != nil {
		theirBody(m.BodyStructure, &vals)
	}
	for _, s := range m.BodySection {
		vals = append(vals, fmt.Sprintf("BODY part %v %q fields %q %q data %q", s.Section.Part, s.Section.Specifier, s.Section.HeaderFields, s.Section.HeaderFieldsNot, s.Bytes))
	}
	for _, s := range m.BinarySection {
		vals = append(vals, fmt.Sprintf("BINARY part %v data %q", s.Section.Part, s.Bytes))
	}
	for _, s := range m.BinarySectionSize {
		vals = append(vals, fmt.Sprintf("BINARY.SIZE %v %d", s.Part, s.Size))
	}
	return vals
}

var words mime.WordDecoder

func theirEnvelope(e *imap.Envelope) (vals []string) {
	if !e.Date.IsZero() {
		vals = append(vals, fmt.Sprint("date ", e.Date.UTC()))
	}
	vals = append(vals, fmt.Sprintf("subject %q", e.Subject))
	for i, list := range [][]imap.Address{e.From, e.Sender, e.ReplyTo, e.To, e.Cc, e.Bcc} {
		for _, a := range list {
			vals = append(vals, fmt.Sprintf("addr %d %q %q %q", i, a.Name, a.Mailbox, a.Host))
		}
	}
	return append(vals, fmt.Sprintf("msgid %q in reply to %q", e.MessageID, e.InReplyTo))
}

func params(m map[string]string) string {
	var list []string
	for k, v := range m {
		list = append(list, fmt.Sprintf("%s=%q", strings.ToLower(k), v))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func theirDisposition(d *imap.BodyStructureDisposition) string {
	if d == nil {
		return ""
	}
	return fmt.Sprintf(" disposition %s %s", strings.ToLower(d.Value), params(d.Params))
}

func theirBody(b imap.BodyStructure, vals *[]string) {
	switch b := b.(type) {
	case *imap.BodyStructureSinglePart:
		s := fmt.Sprintf("part %s (%s) %q %q %q %d", b.MediaType(), params(b.Params), b.ID, b.Description, strings.ToLower(b.Encoding), b.Size)
		if b.Text != nil {
			s += fmt.Sprint(" lines ", b.Text.NumLines)
		}
		if b.Extended != nil {
			s += theirDisposition(b.Extended.Disposition) + extras(b.Extended.Language, b.Extended.Location)
		}
		*vals = append(*vals, s)
		if m := b.MessageRFC822; m != nil {
			*vals = append(*vals, fmt.Sprint("message of lines ", m.NumLines))
			if m.Envelope != nil {
				*vals = append(*vals, theirEnvelope(m.Envelope)...)
			}
			theirBody(m.BodyStructure, vals)
		}
	case *imap.BodyStructureMultiPart:
		s := "multipart " + b.MediaType()
		if b.Extended != nil {
			s += fmt.Sprintf(" (%s)", params(b.Extended.Params)) + theirDisposition(b.Extended.Disposition) + extras(b.Extended.Language, b.Extended.Location)
		} else {
			s += " ()"
		}
		*vals = append(*vals, s)
		for _, c := range b.Children {
			theirBody(c, vals)
		}
		*vals = append(*vals, "end")
	}
}

func extras(language []string, location string) string {
	if len(language) == 0 && location == "" {
		return ""
	}
	return fmt.Sprintf(" language %q location %q", language, location)
}
