package content_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/imapstack/imapstack/commands/content"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

// mailOf makes a message from a notation: "mixed[ text/plain; application/pdf name=a.pdf attachment ]". A type may be
// followed by its parameters, its disposition, and its Content-ID as "id=…".
func mailOf(notation string) string {
	var b strings.Builder
	rest := strings.Fields(strings.NewReplacer("[", " [ ", "]", " ] ", ";", " ; ").Replace(notation))
	n := 0
	var part func()
	part = func() {
		typ := rest[0]
		rest = rest[1:]
		n++
		var params, fields string
		for len(rest) > 0 && rest[0] != "[" && rest[0] != "]" && rest[0] != ";" {
			switch k, v, _ := strings.Cut(rest[0], "="); k {
			case "attachment", "inline":
				fields += "Content-Disposition: " + k + "\r\n"
			case "id":
				fields += "Content-ID: <" + v + ">\r\n"
			default:
				params += "; " + k + "=\"" + v + "\""
			}
			rest = rest[1:]
		}
		if len(rest) > 0 && rest[0] == "[" {
			boundary := fmt.Sprint("b", n)
			if typ == "message/rfc822" {
				fmt.Fprintf(&b, "Content-Type: %s%s\r\n%s\r\nSubject: inner\r\n", typ, params, fields)
				rest = rest[1:]
				part()
				rest = rest[1:]
				return
			}
			fmt.Fprintf(&b, "Content-Type: multipart/%s; boundary=%s%s\r\n%s\r\n", typ, boundary, params, fields)
			for rest[0] != "]" {
				rest = rest[1:]
				fmt.Fprintf(&b, "--%s\r\n", boundary)
				part()
				b.WriteString("\r\n")
			}
			rest = rest[1:]
			fmt.Fprintf(&b, "--%s--\r\n", boundary)
			return
		}
		fmt.Fprintf(&b, "Content-Type: %s%s\r\n%s\r\ncontent %d\r\n", typ, params, fields, n)
	}
	part()
	return b.String()
}

// sorted returns the result of Sort as text, to compare.
func sorted(p *content.Parts) string {
	var b strings.Builder
	for _, l := range []struct {
		name  string
		parts []*content.Part
	}{{"plain", p.Plain}, {"html", p.HTML}, {"other", p.Alternatives}, {"inline", p.Inline}, {"files", p.Attachments}} {
		if len(l.parts) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s", l.name)
		for _, x := range l.parts {
			fmt.Fprintf(&b, " %s", strings.Trim(strings.ReplaceAll(fmt.Sprint(x.Path), " ", "."), "[]"))
			if x.Shown && l.name == "files" {
				b.WriteByte('*')
			}
			if x.Message != nil {
				fmt.Fprintf(&b, "(%s)", sorted(x.Message))
			}
		}
		b.WriteString("; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

// TestSort sorts kinds of mail that programs write, and, in the later rows, mail with mistakes that real programs make.
func TestSort(t *testing.T) {
	for _, c := range []struct{ mail, want string }{
		{"text/plain", "plain 1; html 1"},
		{"text/html", "plain 1; html 1"},
		{"application/pdf name=a.pdf", "files 1"},
		{"image/png name=a.png", "files 1*"},
		{"alternative[text/plain;text/html]", "plain 1; html 2"},
		{"alternative[text/plain;text/html;text/calendar]", "plain 1; html 2; other 3"},
		{"alternative[text/plain;related[text/html;image/png id=a name=logo.png inline]]", "plain 1; html 2.1; inline 2.2"},
		{"related[alternative[text/plain;text/html];image/png id=a]", "plain 1.1; html 1.2; inline 2"},
		{"related[image/png id=a;text/html id=root] start=<root>", "plain 2; html 2; inline 1"},
		{"mixed[alternative[text/plain;text/html];application/pdf name=a.pdf attachment]", "plain 1.1; html 1.2; files 2"},
		{"mixed[text/plain;image/jpeg name=a.jpg inline;text/plain]", "plain 1 3; html 1 3; files 2*"},
		{"mixed[text/plain;image/jpeg inline]", "plain 1; html 1; inline 2"},
		{"mixed[text/plain;application/pdf name=a.pdf inline]", "plain 1; html 1; files 2"},
		{"mixed[text/plain;text/plain name=notes.txt inline]", "plain 1; html 1; files 2"},
		{"mixed[text/plain name=notes.txt inline;application/zip name=a.zip]", "plain 1; html 1; files 1* 2"},
		{"mixed[text/plain attachment;text/html]", "plain 2; html 2; files 1"},
		{"mixed[text/plain;message/rfc822[mixed[text/html;application/zip name=a.zip]]]", "plain 1; html 1; files 2(plain 2.1; html 2.1; files 2.2)"},
		{"message/rfc822[text/plain]", "files 1(plain 1.1; html 1.1)"},
		{"signed[alternative[text/plain;text/html];application/pgp-signature name=s.asc]", "plain 1.1; html 1.2; files 2"},
		{"alternative[text/plain;mixed[text/html;application/pdf name=a.pdf;text/html]]", "plain 1; html 2.1 2.3; files 2.2"},
		{"alternative[mixed[text/plain;text/html];text/html]", "plain 1.1; html 1.2 2"},
		{"report[text/plain;message/delivery-status;text/rfc822-headers]", "plain 1; html 1; files 2 3"},
		{"alternative[text/html]", "plain 1; html 1"},
		{"alternative[application/pdf]", "other 1"},
	} {
		text := c.mail
		if head, params, ok := strings.Cut(c.mail, "] "); ok {
			kind, parts, _ := strings.Cut(head, "[")
			text = kind + " " + params + "[" + parts + "]"
		}
		b := message.New([]byte(mailOf(text))).BodyStructure()
		if got := sorted(content.Sort(b)); got != c.want {
			t.Errorf("%s:\n  %s, want\n  %s", c.mail, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ header, name, safe string }{
		{"Content-Disposition: attachment; filename*=utf-8''M%C3%A4rz.pdf", "März.pdf", "März.pdf"},                            // RFC 2231 §4
		{"Content-Disposition: attachment; filename*0=\"a long \"; filename*1=name.pdf", "a long name.pdf", "a long name.pdf"}, // RFC 2231 §3
		{"Content-Type: application/pdf; name=\"=?utf-8?q?M=C3=A4rz=2Epdf?=\"", "März.pdf", "März.pdf"},                        // RFC 2047 §5 forbids this form, but it is common
		{"Content-Disposition: attachment; filename=\"../../etc/passwd\"", "../../etc/passwd", "passwd"},
		{`Content-Disposition: attachment; filename="C:\\\\mail\\\\a.txt"`, `C:\\mail\\a.txt`, "a.txt"},
		{"Content-Disposition: attachment; filename=\"..\"", "..", "part-1.pdf"},
		{"Content-Disposition: attachment; filename=\".bashrc\"", ".bashrc", "bashrc"},
		{"Content-Disposition: attachment; filename=\"CON.txt\"", "CON.txt", "_CON.txt"},
		{"Content-Disposition: attachment; filename=\"com1\"", "com1", "_com1"},
		{"Content-Disposition: attachment; filename*=utf-8''a%1B%5B2J%E2%80%AEfdp.exe", "a\x1b[2J\u202efdp.exe", "a_[2J_fdp.exe"},
		{"Content-Type: application/pdf", "", "part-1.pdf"},
		{"Content-Disposition: attachment; filename=\"" + strings.Repeat("x", 300) + ".pdf\"", strings.Repeat("x", 300) + ".pdf", strings.Repeat("x", 196) + ".pdf"},
	} {
		head := c.header
		if !strings.HasPrefix(head, "Content-Type") {
			head += "\r\nContent-Type: application/pdf"
		}
		p := content.Sort(message.New([]byte(head + "\r\n\r\nx\r\n")).BodyStructure()).Attachments[0]
		if p.Name != c.name || p.SafeName() != c.safe {
			t.Errorf("%s: %q, %q, want %q, %q", c.header, p.Name, p.SafeName(), c.name, c.safe)
		}
	}
}

// FuzzSort checks that Sort loses no part and puts none into a list twice, that the paths are right, and that no
// SafeName leaves its folder.
func FuzzSort(f *testing.F) {
	for _, s := range []string{"mixed[alternative[text/plain;related[text/html;image/png id=a]];message/rfc822[text/plain];application/pdf name=a.pdf]", "alternative[mixed[text/plain;text/html];text/x]"} {
		f.Add(mailOf(s))
	}
	f.Add("Content-Type: multipart/related; start=x; boundary=b\r\n\r\n--b\r\n\r\n--b--")
	f.Fuzz(func(t *testing.T, text string) {
		b := message.New([]byte(text)).BodyStructure()
		check(t, b, b, nil, content.Sort(b))
	})
}

func check(t *testing.T, whole, b *parser.BodyStructure, path []uint32, p *content.Parts) {
	found := map[*content.Part]bool{}
	p.All(func(x *content.Part) bool {
		found[x] = true
		b := whole.Part(x.Path...)
		if b == nil || b.IsMultipart() || x.MediaType != b.MediaType() && b.MediaType() != "" {
			t.Fatalf("part %v has the media type %s, but the part at that path is %v", x.Path, x.MediaType, b)
		}
		if name := x.SafeName(); name == "" || len(name) > 250 || strings.ContainsAny(name, "/\\\x00") || name[0] == '.' || !utf8.ValidString(name) {
			t.Fatalf("SafeName returned %q", name)
		}
		if b.Body != nil {
			check(t, whole, b.Body, x.Path, x.Message)
		}
		return true
	})
	for _, list := range [][]*content.Part{p.Plain, p.HTML, p.Alternatives, p.Inline, p.Attachments} {
		once := map[*content.Part]bool{}
		for _, x := range list {
			if once[x] {
				t.Fatalf("part %v is in a list twice", x.Path)
			}
			once[x] = true
		}
	}
	if n := leaves(b); n != len(found) {
		t.Fatalf("the message at %v has %d parts, but the lists have %d", path, n, len(found))
	}
}

func leaves(b *parser.BodyStructure) (n int) {
	if !b.IsMultipart() {
		return 1
	}
	for i := range b.Parts {
		n += leaves(&b.Parts[i])
	}
	return n
}
