package imaptest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Spelling says how a server writes the names of the sections that it returns, if it does not repeat the names that the
// client has sent. All spellings mean the same (RFC 9051 §7.5.2).
type Spelling uint8

// The spellings of servers.
const (
	SpellCapitals Spelling = iota // BODY[HEADER.FIELDS (DATE SUBJECT)], as Dovecot 2.3
	SpellQuoted                   // BODY[HEADER.FIELDS ("Date" "Subject")], as Courier
	SpellSmall                    // body[header.fields (date subject)]
	SpellPeek                     // BODY.PEEK[HEADER], as the client asked
	SpellHeader                   // BODY[HEADER] and BODY[TEXT] for RFC822.HEADER and RFC822.TEXT
)

// RespellSections writes the names of sections in answers to FETCH differently from the client. A client must compare
// them by their meaning.
type RespellSections struct{ How Spelling }

// String describes the fault.
func (f RespellSections) String() string {
	return "sections named " + [...]string{"in capitals", "with quotes", "in small letters", "with PEEK", "as BODY[…]", "?"}[min(f.How, 5)]
}

func (f RespellSections) change(c *conn, inj *injection, list []response) ([]response, string) {
	n := 0
	for i, r := range list {
		if !isFetch(r.text) {
			continue
		}
		text := outsideStrings(r.text, f.respell)
		if !bytes.Equal(text, r.text) {
			list[i].text = text
			n++
		}
	}
	return list, count(n, "respelled")
}

// respell changes the names of sections in a part of a response that is outside of strings. It does not change names
// that contain strings.
func (f RespellSections) respell(b []byte) []byte {
	if f.How == SpellHeader {
		b = bytes.ReplaceAll(b, []byte("RFC822.HEADER "), []byte("BODY[HEADER] "))
		return bytes.ReplaceAll(b, []byte("RFC822.TEXT "), []byte("BODY[TEXT] "))
	}
	var out []byte
	for {
		at := bytes.Index(b, []byte("BODY["))
		if at < 0 {
			return append(out, b...)
		}
		end := bytes.IndexByte(b[at:], ']')
		if end < 0 {
			return append(out, b...)
		}
		out = append(out, b[:at]...)
		section := string(b[at : at+end+1])
		switch f.How {
		case SpellCapitals:
			section = strings.ToUpper(section)
		case SpellSmall:
			section = strings.ToLower(section)
		case SpellPeek:
			section = "BODY.PEEK" + section[len("BODY"):]
		case SpellQuoted:
			if head, fields, ok := strings.Cut(section, "("); ok {
				fields = strings.TrimSuffix(fields, ")]")
				section = head + `("` + strings.Join(strings.Fields(fields), `" "`) + `")]`
			}
		}
		out = append(out, section...)
		b = b[at+end+1:]
	}
}

// CourierGroups ends groups in an ENVELOPE as Courier does, with (NIL NIL "" NIL).
type CourierGroups struct{}

// String describes the fault.
func (f CourierGroups) String() string { return `groups that end with (NIL NIL "" NIL)` }

func (f CourierGroups) change(c *conn, inj *injection, list []response) ([]response, string) {
	n := 0
	for i, r := range list {
		if !isFetch(r.text) {
			continue
		}
		list[i].text = outsideStrings(r.text, func(b []byte) []byte {
			n += bytes.Count(b, []byte("(NIL NIL NIL NIL)"))
			return bytes.ReplaceAll(b, []byte("(NIL NIL NIL NIL)"), []byte(`(NIL NIL "" NIL)`))
		})
	}
	return list, count(n, "changed")
}

// CourierQuota reports quotas as Courier does. The quota root has the name "ROOT". If nothing is limited, the QUOTA
// response for it has no list.
type CourierQuota struct{}

// String describes the fault.
func (f CourierQuota) String() string { return "QUOTA without a list" }

func (f CourierQuota) change(c *conn, inj *injection, list []response) (out []response, note string) {
	n := 0
	quota := slices.ContainsFunc(list, func(r response) bool { return bytes.HasPrefix(r.text, []byte("* QUOTA ")) })
	for _, r := range list {
		line := bytes.TrimRight(r.text, "\r\n")
		switch {
		case bytes.HasPrefix(line, []byte("* QUOTAROOT ")) && !quota:
			r.text = slices.Concat(line, []byte(" \"ROOT\"\r\n"))
			out = append(out, r, response{text: []byte("* QUOTA \"ROOT\"\r\n")})
			n++
			continue
		case bytes.HasPrefix(line, []byte("* QUOTAROOT ")) || bytes.HasPrefix(line, []byte("* QUOTA ")):
			r.text = append(bytes.ReplaceAll(line, []byte(` ""`), []byte(` "ROOT"`)), "\r\n"...)
			n++
		}
		out = append(out, r)
	}
	return out, count(n, "changed")
}

// isFetch reports whether a response is FETCH or UIDFETCH.
func isFetch(text []byte) bool {
	words := bytes.SplitN(text, []byte(" "), 4)
	return len(words) > 2 && words[0][0] == '*' && (string(words[2]) == "FETCH" || string(words[2]) == "UIDFETCH")
}

// outsideStrings returns a response in which f has changed everything outside of quoted strings and literals.
func outsideStrings(text []byte, f func([]byte) []byte) (out []byte) {
	for len(text) > 0 {
		i := bytes.IndexAny(text, "\"\n")
		switch {
		case i < 0:
			return append(out, f(text)...)
		case text[i] == '"':
			out = append(out, f(text[:i])...)
			end := i + 1
			for end < len(text) && text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(text))
			out = append(out, text[i:end]...)
			text = text[end:]
		default:
			line := text[:i+1]
			out = append(out, f(line)...)
			text = text[i+1:]
			if size, _, ok := announced(line); ok {
				n := min(size, int64(len(text)))
				out = append(out, text[:n]...)
				text = text[n:]
			}
		}
	}
	return out
}

// HiddenCapabilities writes the code of the greeting as [KAPABILITY …], as stunnel does when it speaks for a server. A
// client then has to send CAPABILITY.
type HiddenCapabilities struct{}

// String describes the fault.
func (f HiddenCapabilities) String() string { return "[KAPABILITY …] in the greeting" }

func (f HiddenCapabilities) occasion() string { return Greeting }

func (f HiddenCapabilities) change(c *conn, inj *injection, list []response) ([]response, string) {
	n := 0
	for i, r := range list {
		if bytes.Contains(r.text, []byte("[CAPABILITY ")) {
			list[i].text = bytes.Replace(r.text, []byte("[CAPABILITY "), []byte("[KAPABILITY "), 1)
			n++
		}
	}
	return list, count(n, "changed")
}

// HoldTagged holds back the tagged response of a command until the server waits for its client. So the response comes
// after the data of other commands that the client sent together with it. WithOrder(TaggedLast) does so for all
// commands.
type HoldTagged struct{}

// String describes the fault.
func (f HoldTagged) String() string { return "tagged answer held back" }

func (f HoldTagged) change(c *conn, inj *injection, list []response) ([]response, string) {
	if k := len(list); k > 0 && list[k-1].tagged {
		c.late = append(c.late, list[k-1].text...)
		return list[:k-1], "held back"
	}
	return list, ""
}

// UnaskedList reports a mailbox by a LIST that the client has not asked for, as servers do when mailboxes come and go.
type UnaskedList struct {
	Mailbox string // "" is INBOX
}

// String describes the fault.
func (f UnaskedList) String() string { return fmt.Sprintf("unasked: LIST of %q", f.mailbox()) }

func (f UnaskedList) mailbox() string {
	if f.Mailbox == "" {
		return "INBOX"
	}
	return f.Mailbox
}

func (f UnaskedList) inflict(c *conn, inj *injection) {
	c.noteFault(f, "")
	c.intrude(inj, listLine(f.mailbox(), rune(c.srv.store.Delimiter())))
}

// EnabledUnasked makes the server behave as if the client had enabled an extension. With "QRESYNC", the client gets
// VANISHED instead of EXPUNGE.
type EnabledUnasked struct {
	Capability string // QRESYNC, CONDSTORE, UTF8=ACCEPT, IMAP4rev2 or UIDONLY; "" is QRESYNC
}

// String describes the fault.
func (f EnabledUnasked) String() string { return f.capability() + " although it was not enabled" }

func (f EnabledUnasked) capability() string {
	if f.Capability == "" {
		return "QRESYNC"
	}
	return strings.ToUpper(f.Capability)
}

func (f EnabledUnasked) inflict(c *conn, inj *injection) {
	name := f.capability()
	if c.m.Enabled(name) {
		return
	}
	c.noteFault(f, "")
	c.m.Enable(name)
}

func (f RespellSections) inflict(*conn, *injection)    {}
func (f CourierGroups) inflict(*conn, *injection)      {}
func (f CourierQuota) inflict(*conn, *injection)       {}
func (f HiddenCapabilities) inflict(*conn, *injection) {}
func (f HoldTagged) inflict(*conn, *injection)         {}
