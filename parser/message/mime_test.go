package message

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const mixed = "From: a@b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\npreamble\r\n" +
	"--b 1\r\nContent-Type: text/plain\r\n\r\none\r\n" +
	"--b 1\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n" +
	"--b 1--\r\nepilogue\r\n"

const nested = "Content-Type: multipart/mixed; boundary=o\n\n" +
	"--o\nContent-Type: multipart/alternative; boundary=oo\n\n--oo\n\nplain\n--oo\nContent-Type: text/html\n\n<p>\n--oo--\n" +
	"--o\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--i--\n" +
	"--o--\n"

const digest = "Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: one\r\n\r\n1\r\n--d\r\n\r\nSubject: two\r\n\r\n2\r\n--d--\r\n"

// tree draws the structure of a part. It shows the type of the part, and its body if it has no parts.
func tree(p *Part) string {
	s := p.Type + "/" + p.Subtype
	switch {
	case p.Message != nil:
		return s + "{" + tree(p.Message) + "}"
	case len(p.Parts) > 0:
		var kids []string
		for _, q := range p.Parts {
			kids = append(kids, tree(q))
		}
		return s + "(" + strings.Join(kids, " ") + ")"
	}
	return fmt.Sprintf("%s%q", s, p.src.raw[p.body.at:p.end.at])
}

var structures = []struct{ name, raw, want string }{
	{"empty", "", `text/plain""`},
	{"header alone", "A: b\r\n", `text/plain""`},
	{"body alone", "\r\nhi\r\n", `text/plain"hi\r\n"`},
	{"no header at all", "just text", `text/plain""`},
	{"multipart", mixed, `multipart/mixed(text/plain"one" image/png"AAAA")`},
	{"nested, line feeds alone", nested,
		`multipart/mixed(multipart/alternative(text/plain"plain" text/html"<p>") message/rfc822{multipart/mixed(text/plain"x")})`},
	{"digest", digest, `multipart/digest(message/rfc822{text/plain"1"} message/rfc822{text/plain"2"})`},
	{"no boundary in the type", "Content-Type: multipart/mixed\n\nx", `text/plain"x"`},
	{"boundary never comes", "Content-Type: multipart/mixed; boundary=b\n\nx\n", `multipart/mixed(text/plain"")`},
	{"no last boundary", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n", `multipart/mixed(text/plain"x\n")`},
	{"last boundary at once", "Content-Type: multipart/mixed; boundary=b\n\n--b--\n", `multipart/mixed(text/plain"")`},
	{"outer boundary ends the inner parts",
		"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--o\n\ny\n--o--\n",
		`multipart/mixed(multipart/mixed(text/plain"x") text/plain"y")`},
	{"inner boundary begins with the outer one",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\nx\n--bb--\n--b\n\ny\n--b--\n",
		`multipart/mixed(multipart/mixed(text/plain"x") text/plain"y")`},
	{"outer boundary begins with the inner one",
		"Content-Type: multipart/mixed; boundary=bb\n\n--bb\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n--bb\n\ny\n--bb--\n",
		`multipart/mixed(multipart/mixed(text/plain"x") text/plain"y")`},
	{"same boundary inside and outside",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n--b\n\ny\n--b--\n",
		`multipart/mixed(multipart/mixed(text/plain"x") text/plain"y")`},
	{"boundary in a header", "Content-Type: multipart/mixed; boundary=b\n\n--b\nX: y\n--b\n\nz\n--b--\n",
		`multipart/mixed(text/plain"" text/plain"z")`},
	{"space after boundaries", "Content-Type: multipart/mixed; boundary=b \n\n--b \t\n\nx\n--b-- \n", `multipart/mixed(text/plain"x")`},
	{"message without anything", "Content-Type: multipart/digest; boundary=b\n\n--b\n--b--\n", `multipart/digest(message/rfc822{text/plain""})`},
	{"message in a message", "Content-Type: message/rfc822\n\nContent-Type: message/global\n\nA: b\n\nc", `message/rfc822{message/global{text/plain"c"}}`},
	{"encoded message is not looked into", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQTpi", `application/octet-stream"QTpi"`},
	{"not a type", "Content-Type: text\n\nx", `text/plain"x"`},
	{"type in capitals, comments", "CONTENT-TYPE: Text (a) / HTML (b); charset=x\n\ny", `text/plain"y"`},
	{"folded type", "Content-Type:\n multipart/mixed;\n\tboundary=\n b\n\n--b\n\nx", `multipart/mixed(text/plain"x")`},
	{"space before the colon", "Content-Type : text/html\n\nx", `text/html"x"`},
	{"two types, the first counts", "Content-Type: text/html\nContent-Type: text/css\n\nx", `text/html"x"`},
	{"octets of every kind", "A: \xff\n\n\x00\xff", "text/plain\"\\x00\\xff\""},
}

func TestStructure(t *testing.T) {
	for _, c := range structures {
		t.Run(c.name, func(t *testing.T) {
			if got := tree(New([]byte(c.raw)).Root()); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	depth := func(p *Part) (n int) {
		for ; p != nil; n++ {
			switch {
			case p.Message != nil:
				p = p.Message
			case len(p.Parts) > 0:
				p = p.Parts[0]
			default:
				p = nil
			}
		}
		return n
	}
	deep := New([]byte(strings.Repeat("Content-Type: message/rfc822\n\n", 1000)))
	if n := depth(deep.Root()); n != MaxDepth+1 {
		t.Errorf("%d nested messages, want %d", n, MaxDepth+1)
	}
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	if n := depth(New([]byte(b.String())).Root()); n != MaxDepth+1 {
		t.Errorf("%d nested multiparts, want %d", n, MaxDepth+1)
	}
	many := New([]byte("Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 2*MaxParts)))
	if n := len(many.Root().Parts); n != MaxParts-1 {
		t.Errorf("%d parts, want %d", n, MaxParts-1)
	}
	long := New([]byte("To: " + strings.Repeat("a@b,", 2*MaxAddresses) + "\n\n"))
	if n := len(long.Envelope().To); n != MaxAddresses {
		t.Errorf("%d addresses, want %d", n, MaxAddresses)
	}
}

// TestLinear reads messages that are designed to be slow to read. It does not measure the time. But if the time grew
// faster than the size of a message, the test would take very long.
func TestLinear(t *testing.T) {
	const n = 1 << 18
	for name, raw := range map[string]string{
		"boundaries":   boundaries(n),
		"hyphens":      "Content-Type: multipart/mixed; boundary=" + strings.Repeat("-", 100) + "\n\n" + strings.Repeat("--\n", n/3),
		"comments":     "From: " + strings.Repeat("(", n) + "\n\n",
		"quotes":       "From: " + strings.Repeat(`"\"`, n/3) + "\n\n",
		"addresses":    "From: " + strings.Repeat("<", n) + "\n\n",
		"routes":       "From: " + strings.Repeat("<@", n/2) + "\n\n",
		"params":       "Content-Type: text/plain" + strings.Repeat("; a*0=b", n/7) + "\n\n",
		"subject":      "Subject: " + strings.Repeat("[a]", n/3) + "\n\n",
		"leaders":      "Subject: " + strings.Repeat("re[a]:", n/6) + "\n\n",
		"forwards":     "Subject: " + strings.Repeat("[fwd:", n/6) + strings.Repeat("]", n/6) + "\n\n",
		"references":   "References: " + strings.Repeat("<", n) + "\n\n",
		"fields":       strings.Repeat("a:\n", n/3),
		"folds":        "Subject: " + strings.Repeat("x\n ", n/3) + "\n\n",
		"tags":         "Content-Type: text/html\n\n" + strings.Repeat("<a<", n/3),
		"comment tags": "Content-Type: text/html\n\n" + strings.Repeat("<!-", n/3),
		"styles":       "Content-Type: text/html\n\n" + strings.Repeat("<style>", n/7),
		"soft breaks":  "Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("=\n=x\n", n/6),
		"words":        "Subject: " + strings.Repeat("=?", n/2) + "\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			from := time.Now()
			m := New([]byte(raw))
			m.Envelope()
			m.BodyStructure()
			m.Thread()
			m.ThreadIDs()
			m.Preview()
			m.HeaderText()
			m.BodyText()
			m.Sent()
			t.Log(time.Since(from))
		})
	}
}

// boundaries returns a message of nested multiparts. Each line of its text begins like the boundary of each multipart.
func boundaries(n int) string {
	var b strings.Builder
	for i := range MaxDepth {
		x := strings.Repeat("x", 70) + fmt.Sprint(i)
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=%s\n\n--%s\n", x, x)
	}
	b.WriteString("\n")
	for b.Len() < n {
		b.WriteString("--" + strings.Repeat("x", 70) + "\n")
	}
	return b.String()
}
