package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// A workload is what the server answers to UID FETCH or UID SEARCH.
type workload struct {
	name   string
	about  string
	exists int
	uids   bool                     // the answer is to UID SEARCH, not to UID FETCH
	make   func(yield func([]byte)) // yields the answer in pieces, without the tagged response
}

var workloads = []workload{
	{name: "flags", about: "500,000 × UID FETCH (UID FLAGS)", exists: 500_000, make: flags},
	{name: "meta", about: "100,000 × (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE), all of it read", exists: 100_000, make: meta},
	{name: "bodies", about: "20,000 × BODY[] of 20 KB", exists: 20_000, make: bodies},
	{name: "huge", about: "one BODY[] of 512 MiB", exists: 1, make: huge},
	{name: "search", about: "UID SEARCH that finds 1,000,000", exists: 3_000_000, uids: true, make: searched},
	{name: "dense", about: "UID SEARCH that finds 10,000,000, without gaps", exists: 10_000_000, uids: true, make: dense},
	{name: "esearch", about: "the same as ESEARCH", exists: 3_000_000, uids: true, make: esearched},
}

func find(name string) *workload {
	for i := range workloads {
		if workloads[i].name == name {
			return &workloads[i]
		}
	}
	panic("no workload " + name)
}

// pieces collects octets in buf. The method flush yields them if there are more octets than its argument says.
type pieces struct {
	buf   []byte
	yield func([]byte)
}

func (p *pieces) flush(least int) {
	if len(p.buf) > least {
		p.yield(p.buf)
		p.buf = p.buf[:0]
	}
}

func flags(yield func([]byte)) {
	p := pieces{yield: yield}
	sets := []string{`\Seen`, `\Seen \Answered`, ``, `\Seen $Forwarded`, `\Flagged \Seen`, `$Junk NonJunk`}
	for i := 1; i <= 500_000; i++ {
		p.buf = append(p.buf, "* "...)
		p.buf = strconv.AppendInt(p.buf, int64(i), 10)
		p.buf = append(p.buf, " FETCH (UID "...)
		p.buf = strconv.AppendInt(p.buf, int64(i*2+7), 10)
		p.buf = append(p.buf, " FLAGS ("...)
		p.buf = append(p.buf, sets[i%len(sets)]...)
		p.buf = append(p.buf, "))\r\n"...)
		p.flush(1 << 16)
	}
	p.flush(0)
}

var subjects = []string{
	`"Re: the weekly report, and what to do about it"`,
	`"=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_M=C3=BCnchen?= =?UTF-8?Q?_und_anderswo?="`,
	`"=?iso-2022-jp?B?GyRCPEw/PxsoQg==?="`,
	`"a \"quoted\" word and a \\ backslash"`,
	"NIL",
	`"Fwd: [imapstack] build #4711 has passed"`,
	"{27}\r\na subject that is a literal",
}

var persons = []string{
	`(("Alice Liddell" NIL "alice" "example.com"))`,
	`(("=?utf-8?q?J=C3=BCrgen?=" NIL "juergen" "example.de")("Bob" NIL "bob" "example.org"))`,
	`((NIL NIL "friends" NIL)(NIL NIL "carol" "example.net")("Dave, the \"other\"" NIL "dave" "example.net")(NIL NIL NIL NIL))`,
	`((NIL NIL "list-bounces+alice=example.com" "lists.example.org"))`,
}

var structures = []string{
	`("text" "plain" ("charset" "utf-8") NIL NIL "quoted-printable" 1834 52 NIL NIL NIL NIL)`,
	`(("text" "plain" ("charset" "utf-8" "format" "flowed") NIL NIL "7bit" 811 23 NIL NIL NIL NIL)("text" "html" ("charset" "utf-8") NIL NIL "quoted-printable" 3112 61 NIL NIL NIL NIL) "alternative" ("boundary" "----=_Part_4711") NIL NIL NIL)`,
	`((("text" "plain" ("charset" "utf-8") NIL NIL "8bit" 120 4 NIL NIL NIL NIL)("text" "html" ("charset" "utf-8") NIL NIL "base64" 4096 54 NIL NIL NIL NIL) "alternative" ("boundary" "b2") NIL NIL NIL)("application" "pdf" ("name" "report \"final\".pdf") "<x@y>" "the report" "base64" 134112 NIL ("attachment" ("filename" "report.pdf" "size" "98012")) NIL NIL) "mixed" ("boundary" "b1") NIL ("en" "de") NIL)`,
	`(("text" "plain" NIL NIL NIL "7bit" 44 2 NIL NIL NIL NIL)("message" "rfc822" NIL NIL NIL "7bit" 812 ("Mon, 2 Mar 2026 09:30:00 +0000" "inner" (("Eve" NIL "eve" "example.com")) NIL NIL (("A" NIL "a" "b.c")) NIL NIL NIL "<i@n>") ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 600 20 NIL NIL NIL NIL) 31 NIL NIL NIL NIL) "mixed" ("boundary" "b3") NIL NIL NIL)`,
}

func meta(yield func([]byte)) {
	p := pieces{yield: yield}
	sets := []string{`\Seen`, `\Seen \Answered`, ``, `\Seen $Forwarded`}
	for i := 1; i <= 100_000; i++ {
		from := persons[i%len(persons)]
		p.buf = fmt.Appendf(p.buf, "* %d FETCH (UID %d FLAGS (%s) INTERNALDATE \"%2d-Mar-2026 %02d:%02d:%02d +0100\" RFC822.SIZE %d ENVELOPE (\"Mon, %d Mar 2026 09:30:00 +0000\" %s %s %s %s %s NIL NIL %s \"<%d.%d@mail.example.com>\") BODYSTRUCTURE %s)\r\n",
			i, i*2+7, sets[i%len(sets)], i%28+1, i%24, i%60, i%60, 1000+i*7%500_000, i%28+1, subjects[i%len(subjects)],
			from, from, from, persons[(i/3)%len(persons)], replyTo(i), i, i*31%9973, structures[i/2%len(structures)])
		p.flush(1 << 16)
	}
	p.flush(0)
}

func replyTo(i int) string {
	if i%3 == 0 {
		return "NIL"
	}
	return fmt.Sprintf(`"<%d@mail.example.com>"`, i-1)
}

var body = []byte(strings.Repeat("The quick brown fox jumps over the lazy dog, and runs on to the line's end.\r\n", 20_000/77+1))[:20_000]

func bodies(yield func([]byte)) {
	p := pieces{yield: yield}
	for i := 1; i <= 20_000; i++ {
		p.buf = fmt.Appendf(p.buf, "* %d FETCH (UID %d BODY[] {%d}\r\n", i, i*2+7, len(body))
		p.buf = append(append(p.buf, body...), ")\r\n"...)
		p.flush(1 << 17)
	}
	p.flush(0)
}

const hugeSize = 512 << 20

func huge(yield func([]byte)) {
	yield(fmt.Appendf(nil, "* 1 FETCH (UID 9 BODY[] {%d}\r\n", hugeSize))
	block := bytes.Repeat([]byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n"), 1<<20/64)
	for n := 0; n < hugeSize; n += len(block) {
		yield(block)
	}
	yield([]byte(")\r\n"))
}

// found calls yield with 1,000,000 UIDs, which are in short runs with gaps between them.
func found(yield func(uint32)) {
	uid := uint32(1)
	for i := range 1_000_000 {
		yield(uid)
		uid++
		if i%5 == 4 {
			uid += uint32(i%7) + 1
		}
	}
}

func searched(yield func([]byte)) {
	p := pieces{yield: yield, buf: []byte("* SEARCH")}
	found(func(uid uint32) {
		p.buf = strconv.AppendUint(append(p.buf, ' '), uint64(uid), 10)
		p.flush(1 << 16)
	})
	p.buf = append(p.buf, "\r\n"...)
	p.flush(0)
}

// dense yields a line of 79 MB whose numbers form a single range.
func dense(yield func([]byte)) {
	p := pieces{yield: yield, buf: []byte("* SEARCH")}
	for uid := range uint64(10_000_000) {
		p.buf = strconv.AppendUint(append(p.buf, ' '), uid+1, 10)
		p.flush(1 << 16)
	}
	p.buf = append(p.buf, "\r\n"...)
	p.flush(0)
}

func esearched(yield func([]byte)) {
	p := pieces{yield: yield, buf: []byte(`* ESEARCH (TAG "` + tagMark + `") UID ALL `)}
	first, last := uint32(0), uint32(0)
	sep := ""
	end := func() {
		if first != 0 {
			p.buf = fmt.Appendf(p.buf, "%s%d:%d", sep, first, last)
			sep = ","
			p.flush(1 << 16)
		}
	}
	found(func(uid uint32) {
		if uid != last+1 || first == 0 {
			end()
			first = uid
		}
		last = uid
	})
	end()
	p.buf = append(p.buf, "\r\n"...)
	p.flush(0)
}

// tagMark marks the place of the command's tag.
const tagMark = "%TAG%"

// script answers the commands of a connection. It answers UID FETCH and UID SEARCH with the workload.
type script struct{ w *workload }

const greeting = "* OK [CAPABILITY IMAP4rev1 LITERAL+ ESEARCH UIDPLUS] ready\r\n"

// answer calls yield with the answer to a line, in pieces, and reports whether the connection continues.
func (s script) answer(line string, yield func([]byte)) bool {
	tag, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
	name := strings.ToUpper(rest)
	ok := func(untagged string) { yield([]byte(untagged + tag + " OK done\r\n")) }
	switch {
	case strings.HasPrefix(name, "CAPABILITY"):
		ok("* CAPABILITY IMAP4rev1 LITERAL+ ESEARCH UIDPLUS\r\n")
	case strings.HasPrefix(name, "LOGIN"):
		yield([]byte(tag + " OK [CAPABILITY IMAP4rev1 LITERAL+ ESEARCH UIDPLUS] done\r\n"))
	case strings.HasPrefix(name, "SELECT"):
		yield([]byte(fmt.Sprintf("* FLAGS (\\Seen)\r\n* %d EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 4000000000] ok\r\n%s OK [READ-WRITE] done\r\n", s.w.exists, tag)))
	case strings.HasPrefix(name, "LOGOUT"):
		ok("* BYE\r\n")
		return false
	case strings.HasPrefix(name, "UID FETCH"), strings.HasPrefix(name, "UID SEARCH"):
		first := true
		s.w.make(func(b []byte) {
			if first {
				b = bytes.Replace(b, []byte(tagMark), []byte(tag), 1)
				first = false
			}
			yield(b)
		})
		ok("")
	default:
		ok("")
	}
	return true
}
