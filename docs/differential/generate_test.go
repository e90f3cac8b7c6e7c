package differential

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator makes valid responses.
type generator struct{ *rand.Rand }

func (g generator) pick(list ...string) string { return list[g.IntN(len(list))] }

// str returns a string in one of the forms that the grammar allows.
func (g generator) str(s string) string {
	if g.IntN(4) == 0 {
		return fmt.Sprintf("{%d}\r\n%s", len(s), s)
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func (g generator) nstr(s string) string {
	if g.IntN(3) == 0 {
		return "NIL"
	}
	return g.str(s)
}

func (g generator) word() string {
	return g.pick("a", "Ab", "x y", "", `q"uo`, `b\s`, "(", ")", "]", "NIL", "tête", "=?utf-8?q?t=C3=AA?=", "{3}", "1", "* OK")
}

func (g generator) list(n int, one func() string) string {
	if n == 0 {
		return "NIL"
	}
	var b strings.Builder
	for range n {
		b.WriteString(one())
	}
	return "(" + b.String() + ")"
}

func (g generator) address() string {
	return "(" + g.nstr(g.word()) + " NIL " + g.str(g.pick("joe", "a b")) + " " + g.str(g.pick("example.org", "x")) + ")"
}

func (g generator) envelope() string {
	var b strings.Builder
	b.WriteString("(" + g.nstr(g.pick("Mon, 7 Feb 1994 21:52:25 -0800", "7 Feb 1994 21:52:25 +0000", "nonsense")) + " " + g.nstr(g.word()))
	for range 6 {
		b.WriteString(" " + g.list(g.IntN(3), g.address))
	}
	return b.String() + " " + g.nstr("<a@b>") + " " + g.nstr("<c@d>") + ")"
}

func (g generator) params() string {
	n := g.IntN(3)
	if n == 0 {
		return "NIL"
	}
	var list []string
	for i := range n {
		list = append(list, g.str(g.pick("Charset", "name", "X")+fmt.Sprint(i))+" "+g.str(g.word()))
	}
	return "(" + strings.Join(list, " ") + ")"
}

func (g generator) disposition() string {
	if g.IntN(2) == 0 {
		return "NIL"
	}
	return "(" + g.str(g.pick("inline", "ATTACHMENT")) + " " + g.params() + ")"
}

func (g generator) language() string { return g.pick("NIL", `"de"`, `("de" "en")`) }

func (g generator) body(depth int, extended bool) string {
	kind := g.IntN(4)
	if depth > 3 && kind > 1 {
		kind = 0
	}
	fields := g.params() + " " + g.nstr("<id@x>") + " " + g.nstr(g.word()) + " " + g.str(g.pick("7BIT", "base64")) + " " + fmt.Sprint(g.IntN(9999))
	ext := ""
	if extended {
		ext = " " + g.nstr("md5") + " " + g.disposition() + " " + g.language() + " " + g.nstr("http://x")
	}
	switch kind {
	case 0:
		return `("TEXT" ` + g.str(g.pick("plain", "HTML")) + " " + fields + " " + fmt.Sprint(g.IntN(99)) + ext + ")"
	case 1:
		return `("image" ` + g.str(g.pick("PNG", "gif")) + " " + fields + ext + ")"
	case 2:
		return `("message" "rfc822" ` + fields + " " + g.envelope() + " " + g.body(depth+1, extended) + " " + fmt.Sprint(g.IntN(99)) + ext + ")"
	}
	var b strings.Builder
	for range 1 + g.IntN(3) {
		b.WriteString(g.body(depth+1, extended))
	}
	tail := ""
	if extended {
		tail = " " + g.params() + " " + g.disposition() + " " + g.language() + " " + g.nstr("http://x")
	}
	return "(" + b.String() + " " + g.str(g.pick("mixed", "ALTERNATIVE")) + tail + ")"
}

func (g generator) flags() string {
	var list []string
	for range g.IntN(4) {
		list = append(list, g.pick(`\Seen`, `\answered`, "$Work", `\X-New`, "a[b", "NonJunk"))
	}
	return "(" + strings.Join(list, " ") + ")"
}

func (g generator) set() string {
	var list []string
	for range 1 + g.IntN(5) {
		n := 1 + g.IntN(4_000_000_000)
		if g.IntN(2) == 0 {
			list = append(list, fmt.Sprint(n))
		} else {
			list = append(list, fmt.Sprint(n, ":", n+g.IntN(1000)))
		}
	}
	return strings.Join(list, ",")
}

// response returns a response and its kind.
func (g generator) response() (kind, text string) {
	switch kind = g.pick("FETCH", "FETCH", "FETCH", "FETCH", "LIST", "STATUS", "SEARCH", "ESEARCH", "NAMESPACE", "ID", "QUOTA", "SELECT", "STATUSLINE", "THREAD", "SORT", "CAPABILITY"); kind {
	case "FETCH":
		items := []string{fmt.Sprint("UID ", 1+g.IntN(1<<31))}
		for _, i := range g.Perm(9)[:g.IntN(5)] {
			items = append(items, [...]func() string{
				func() string { return "FLAGS " + g.flags() },
				func() string { return fmt.Sprint("RFC822.SIZE ", g.IntN(1<<40)) },
				func() string { return fmt.Sprint("MODSEQ (", 1+g.IntN(1<<60), ")") },
				func() string {
					return `INTERNALDATE "` + g.pick(" 7-Feb-1994 21:52:25 -0800", "17-Jul-1996 02:44:25 +0000") + `"`
				},
				func() string { return "ENVELOPE " + g.envelope() },
				func() string {
					if g.IntN(3) == 0 {
						return "BODY " + g.body(0, false)
					}
					return "BODYSTRUCTURE " + g.body(0, true)
				},
				func() string {
					return g.pick("BODY[]", "BODY[1.2]", "BODY[TEXT]", "BODY[3.MIME]", "BODY[]<0>", "BODY[HEADER.FIELDS (DATE FROM)]", "BODY[1.HEADER.FIELDS.NOT (X)]") + " " + g.nstr(g.word())
				},
				func() string { return "BINARY[1] ~{3}\r\n\x00\xffx" },
				func() string { return fmt.Sprint("BINARY.SIZE[1.2] ", g.IntN(99)) },
			}[i]())
		}
		return kind, fmt.Sprintf("* %d FETCH (%s)\r\n", 1+g.IntN(99), strings.Join(items, " "))
	case "LIST":
		ext := ""
		if g.IntN(3) == 0 {
			ext = " (" + g.pick(`"CHILDINFO" ("SUBSCRIBED")`, `"X" (a (b))`, `"OLDNAME" ("old")`, `X 5`) + ")"
		}
		return kind, fmt.Sprintf("* LIST (%s) %s %s%s\r\n", g.pick("", `\Noselect`, `\HasChildren \Sent`), g.pick(`"/"`, "NIL", `"\\"`), g.pick("inbox", "a/b", g.str("x y"), g.str("&Jjo-!"), `"NIL"`, "a]b", "123"), ext)
	case "STATUS":
		return kind, fmt.Sprintf("* STATUS %s (MESSAGES %d UIDNEXT %d UIDVALIDITY %d UNSEEN %d SIZE %d DELETED 3 HIGHESTMODSEQ %d)\r\n", g.pick("INBOX", g.str("x y")), g.IntN(99), 1+g.IntN(99), 1+g.IntN(99), g.IntN(9), g.IntN(1<<40), 1+g.IntN(1<<60))
	case "SEARCH":
		s := ""
		for range g.IntN(6) {
			s += fmt.Sprint(" ", 1+g.IntN(1<<31))
		}
		if s != "" && g.IntN(3) == 0 {
			s += fmt.Sprint(" (MODSEQ ", 1+g.IntN(1<<60), ")")
		}
		return kind, "* SEARCH" + s + "\r\n"
	case "ESEARCH":
		return kind, fmt.Sprintf("* ESEARCH (TAG \"%%T\") MIN %d MAX %d ALL %s COUNT %d\r\n", 1+g.IntN(9), 1+g.IntN(9), g.set(), g.IntN(99))
	case "NAMESPACE":
		one := func() string {
			return "(" + g.str(g.pick("", "INBOX.", "#x/")) + " " + g.pick(`"/"`, `"."`, "NIL") + ")"
		}
		return kind, fmt.Sprintf("* NAMESPACE %s %s %s\r\n", g.list(g.IntN(3), one), g.list(g.IntN(2), one), g.list(g.IntN(2), one))
	case "ID":
		return kind, fmt.Sprintf("* ID (\"name\" %s \"version\" %s \"x-other\" \"y\")\r\n", g.str(g.word()), g.nstr(g.word()))
	case "QUOTA":
		return kind, fmt.Sprintf("* QUOTA x (STORAGE %d %d MESSAGE %d %d)\r\n", g.IntN(99), g.IntN(99), g.IntN(99), g.IntN(99))
	case "SELECT":
		return kind, fmt.Sprintf("* FLAGS %s\r\n* %d EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n* OK [HIGHESTMODSEQ %d] x\r\n%%T OK [READ-WRITE] done\r\n", g.flags(), g.IntN(99), 1+g.IntN(99), 1+g.IntN(99), 1+g.IntN(1<<60))
	case "THREAD":
		return kind, "* THREAD " + g.pick("(2)(3 6 (4 23)(44 7 96))", "((3)(5))", "(1 2 3)", "(166)(167)(168)") + "\r\n"
	case "SORT":
		return kind, "* SORT 5 3 4 1 2\r\n"
	case "CAPABILITY":
		return kind, "* CAPABILITY IMAP4rev1 " + g.pick("IDLE", "AUTH=PLAIN literal+", "X-NEW") + "\r\n"
	}
	return "STATUSLINE", "%T " + g.pick("OK done", "NO [OVERQUOTA] full", "NO no", "BAD [CLIENTBUG] what", "NO [ALREADYEXISTS] there", "NO [BADCHARSET (UTF-8)] x") + "\r\n"
}
