package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/utils/imapdate"
	"github.com/imapstack/imapstack/wire"
)

// TestQuirkValues reads some rows of the catalogue, and checks values that programs need.
func TestQuirkValues(t *testing.T) {
	list := func(ask func(x *ListData) any) func(*Response) any {
		return func(r *Response) any {
			var x ListData
			if err := x.Decode(r.Decoder()); err != nil {
				return err
			}
			return ask(&x)
		}
	}
	fetch := func(ask func(m *Fetch) any) func(*Response) any {
		return func(r *Response) any {
			m, err := r.Fetch()
			if err != nil {
				return err
			}
			return ask(m)
		}
	}
	date := fetch(func(m *Fetch) any {
		d, err := imapdate.Parse(m.Date)
		return fmt.Sprint(d.Format("2006-01-02 15:04:05 -0700"), " ", err == nil)
	})
	envelope := func(ask func(x *Envelope) any) func(*Response) any {
		return fetch(func(m *Fetch) any {
			var x Envelope
			if _, err := m.Envelope(&x); err != nil {
				return err
			}
			return ask(&x)
		})
	}
	body := func(ask func(x *BodyStructure) any) func(*Response) any {
		return fetch(func(m *Fetch) any {
			var x BodyStructure
			if _, err := m.BodyStructure(&x); err != nil {
				return err
			}
			return ask(&x)
		})
	}
	types := body(func(x *BodyStructure) any {
		var list []string
		x.Walk(func(_ []uint32, p *BodyStructure) bool {
			list = append(list, fmt.Sprint(p.MediaType(), " ", p.Disposition.Type, len(p.Parts)))
			return true
		})
		return strings.Join(list, ", ")
	})
	rows := map[string]*quirk{}
	for _, q := range quirks(t) {
		rows[q.id] = q
	}
	for _, tt := range []struct {
		id   string
		ask  func(r *Response) any
		want any
	}{
		{"L01", list(func(x *ListData) any { return DisplayMailbox(x.Name()) }), "INBOX/Da\tOggetto\tRicevuto\tDimensione\tCategorie\t"},
		{"L03", list(func(x *ListData) any { return fmt.Sprintf("%c %s", x.Delim, x.Mailbox) }), `\ Folder\Subfolder 1`},
		{"L04", list(func(x *ListData) any { return x.Delim == 0 && x.Has(AttrHasNoChildren) }), true},
		{"L07", list(func(x *ListData) any { return string(x.Mailbox) }), "NIL"},
		{"L10", list(func(x *ListData) any { return DisplayMailbox(x.Name()) + "|" + string(x.Mailbox) }), "Абв&где|&BBAEMQQyACYEMwQ0BDU-"},
		{"L13", list(func(x *ListData) any { return x.Has(AttrNoSelect) }), true},
		{"L16", list(func(x *ListData) any { return x.Has(AttrDrafts) }), true},
		{"X03", fetch(func(m *Fetch) any { return fmt.Sprint(m.ModSeq, m.Has("MODSEQ"), m.UID) }), "0 false 1"},
		{"X05", fetch(func(m *Fetch) any { return m.Section("BODY", "2").IsNIL() }), true},
		{"X07", fetch(func(m *Fetch) any { return m.Has("RFC822") }), false},
		{"X12", date, "2015-01-04 16:53:35 +0800 true"},
		{"X13", date, "0001-01-01 00:00:00 +0000 false"},
		{"X15", fetch(func(m *Fetch) any { return m.Size }), uint64(9373600)},
		{"X24", envelope(func(x *Envelope) any { return string(x.Subject) }), "line one\r\n line two"},
		{"X27", body(func(x *BodyStructure) any { return string(x.Description) }), `""`},
		{"E01", envelope(func(x *Envelope) any { return string(x.InReplyTo) + "|" + string(x.MessageID) }), "<x@qq.com>|"},
		{"E02", envelope(func(x *Envelope) any { return len(x.From)*10 + len(x.To) }), 10},
		{"E04", envelope(func(x *Envelope) any { return x.From[0].Addr() }), "a@b.c"},
		{"E05", envelope(func(x *Envelope) any {
			return fmt.Sprint(x.From[0].DisplayName(), x.From[0].IsGroupStart(), x.From[0].IsGroupEnd())
		}), "Microsoft Exchange Serverfalse false"},
		{"E07", envelope(func(x *Envelope) any { return x.From[0].Addr() }), "members=headspace.com@members.headspace.com"},
		{"E08", envelope(func(x *Envelope) any { return x.From[0].Addr() }), "facility@x.com"},
		{"E10", envelope(func(x *Envelope) any { return x.Time().IsZero() && string(x.Date) == "6/31/2005" }), true},
		{"B05", types, "multipart/mixed 2, multipart/alternative 0, application/pdf attachment0"},
		{"B06", types, "multipart/mixed 2, text/plain 0, multipart/related attachment0"},
		{"B08", types, "multipart/report 2, text/plain 0, multipart/alternative 0"},
		{"B09", types, "multipart/report 2, application/octet-stream 0, text/plain 0"},
		{"B12", body(func(x *BodyStructure) any { return fmt.Sprintf("%q", x.Param("boundary")) }), `""`},
		{"B19", body(func(x *BodyStructure) any { return fmt.Sprint(x.Lines, x.Disposition.Type) }), "0inline"},
		{"B25", body(func(x *BodyStructure) any { return x.Filename() }), "账单.pdf"},
		{"H09", func(r *Response) any {
			var x ESearch
			return fmt.Sprint(x.Decode(r.Decoder()), x.All)
		}, "<nil> [{1 4294967295}]"},
		{"R01", func(r *Response) any { _, _, _, ok := r.Code.CopyUID(); return ok }, false},
		{"R04", func(r *Response) any { _, _, _, ok := r.Code.CopyUID(); return ok }, false},
		{"R05", func(r *Response) any { _, _, _, ok := r.Code.CopyUID(); return ok }, false},
		{"R10", func(r *Response) any { list, _ := r.Code.BadCharset(); return fmt.Sprint(list) }, "[US-ASCII iso-8859-1 UTF-8]"},
		{"N03", func(r *Response) any {
			var x Namespace
			return fmt.Sprint(x.Decode(r.Decoder()), string(x.Other[0].Prefix), string(x.Other[0].Delim))
		}, `<nil>Other\\`},
		{"Y01", fetch(func(m *Fetch) any {
			var got []bool
			for _, x := range [][2]string{{"BODY", "HEADER.FIELDS (Subject Date)"}, {"BODY", "HEADER.FIELDS (Date)"}, {"BODY.PEEK", ""}, {"BODY", ""}, {"RFC822", ""}, {"BODY", "HEADER"},
				{"RFC822.HEADER", ""}, {"BODY", "1"}, {"BODY", "HEADER.FIELDS.NOT (Date Subject)"}, {"BINARY", ""}} {
				got = append(got, m.Section(x[0], x[1]) != nil)
			}
			return fmt.Sprint(got)
		}), "[true false true true true true true false false false]"},
		{"Y02", envelope(func(x *Envelope) any { return string(x.MessageID) }), "<m>"},
		{"Y03", fetch(func(m *Fetch) any { return fmt.Sprint(m.UID, m.Has("MODSEQ"), m.ModSeq, m.Flags, m.Err() != nil) }), `1 false 0 [\Seen] true`},
		{"Y04", fetch(func(m *Fetch) any { return m.ModSeq }), uint64(624140003)},
		{"Y05", fetch(func(m *Fetch) any { return HasFlag(m.Flags, FlagSeen) && HasFlag(m.Flags, "Junk") }), true},
		{"Y08", envelope(func(x *Envelope) any { return string(x.Subject) + "|" + x.From[0].Addr() }), `Re: "hello" world|b@c`},
		{"Y09", envelope(func(x *Envelope) any { return string(x.Subject) + "|" + x.From[0].Addr() }), `path c:\|b@c`},
		{"Y11", envelope(func(x *Envelope) any { return string(x.Subject) + string(x.MessageID) }), "first<1>"},
		{"Y12", types, "multipart/mixed 1, text/plain attachment0"},
		{"Y13", envelope(func(x *Envelope) any {
			var list []string
			for group, a := range Mailboxes(x.From) {
				list = append(list, string(group)+":"+a.Addr())
			}
			return fmt.Sprint(list)
		}), "[friends:a@b :c@d]"},
		{"Y14", envelope(func(x *Envelope) any {
			n := ""
			for _, a := range Mailboxes(x.From) {
				n += a.String()
			}
			return n
		}), "Calendar <c@g.com>"},
		{"Y15", body(func(x *BodyStructure) any { return fmt.Sprint(x.Size, " ", x.Lines) }), "9400000 12"},
		{"Y15", fetch(func(m *Fetch) any { return fmt.Sprint(m.BinarySize(1)) }), "9400000 true"},
		{"Y16", body(func(x *BodyStructure) any {
			return fmt.Sprint(x.Encoding, " ", x.Size, " ", x.Lines, " ", x.Description == nil)
		}), "7bit 4669 2294 true"},
		{"Y17", body(func(x *BodyStructure) any {
			return fmt.Sprintf("%s %s %s %d %q %v", x.MediaType(), x.Param("charset"), x.Encoding, x.Size, x.Disposition.Type, x.Invalid != nil)
		}), `text/plain GB2312 8bit 0 "" true`},
		{"Y18", fetch(func(m *Fetch) any { return fmt.Sprint(m.ModSeq, m.Has("MODSEQ")) }), "0 false"},
		{"Y20", func(r *Response) any {
			var x QuotaRoot
			err := x.Decode(r.Decoder())
			return fmt.Sprintf("%v %s %q", err, x.Mailbox, x.Roots)
		}, `<nil> folderB/TESTfolder(S)C [""]`},
		{"Y22", func(r *Response) any { return fmt.Sprint(r.Code.AppendUID()) }, "7 3 true"},
		{"Y23", func(r *Response) any { return fmt.Sprint(r.Code.CopyUID()) }, "0 [] [] false"},
		{"Y26", body(func(x *BodyStructure) any {
			return fmt.Sprint(string(x.Envelope.Subject), " ", x.Body.MediaType(), " ", x.Body.Lines, " ", x.Lines, x.Invalid)
		}), "in text/plain 1 6 []"},
		{"Y28", envelope(func(x *Envelope) any { return fmt.Sprintf("%q %s %s", x.From[0].Mailbox, x.Cc[0].Mailbox, x.MessageID) }), `"" c <m>`},
		{"Y29", envelope(func(x *Envelope) any { return string(x.From[0].Name) + "|" + x.From[0].Addr() }), `A "B" C|abc@example.com`},
		{"Y31", func(r *Response) any {
			var x ESearch
			return fmt.Sprint(x.Decode(r.Decoder()), " ", x.Name(), " ", x.UIDValidity, x.All)
		}, "<nil> Mul x 898006227 [{1 1}]"},
	} {
		r := next(t, rows[tt.id].text(), wire.AllRules)
		if got := tt.ask(r); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.id, got, tt.want)
		}
	}
}
