package match

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

func TestSort(t *testing.T) {
	v := mailbox(t,
		mail(4, "", "From: Zed <a@x>\nTo: z@x\nCc: \"q\" <c@x>\nSubject: Re: beta\nDate: 3 Mar 2026 10:00:00 +0000\n\n1"),
		mail(3, "", "From: =?utf-8?q?=C3=84nne?= <c@x>\nTo: g: y@x;\nSubject: Alpha\nDate: 3 Mar 2026 10:30:00 +0100\n\n22"),
		mail(2, "", "From: b@x\nSubject: [list] BETA\nDate: nonsense\n\n333"),
		mail(1, "", "Subject:\n\n"),
	)
	for _, c := range []struct{ criteria, want string }{
		{"", "1 2 3 4"},
		{"ARRIVAL", "4 3 2 1"},
		{"REVERSE ARRIVAL", "1 2 3 4"},
		// The third message has an unreadable date and the fourth has none. For both, Sort uses the internal date,
		// which is earlier than the dates of the other messages.
		{"DATE", "4 3 2 1"},
		{"SIZE", "4 3 1 2"},
		{"FROM", "4 1 3 2"},
		{"TO", "3 4 2 1"},
		{"CC", "2 3 4 1"},
		{"SUBJECT", "4 2 1 3"},
		{"REVERSE SUBJECT", "1 3 2 4"},
		{"SUBJECT DATE", "4 2 3 1"},
		{"REVERSE SUBJECT REVERSE DATE", "1 3 2 4"},
		{"DISPLAYFROM", "4 2 3 1"},
		{"DISPLAYTO", "3 4 2 1"},
		{"REVERSE UID", "4 3 2 1"},
		{"MODSEQ", "1 2 3 4"},
	} {
		items := slices.Clone(v)
		if err := Sort(items, criteria(c.criteria)); err != nil {
			t.Errorf("SORT (%s): %v", c.criteria, err)
			continue
		}
		var got []string
		for _, it := range items {
			got = append(got, fmt.Sprint(it.seq))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("SORT (%s): %s, want %s", c.criteria, strings.Join(got, " "), c.want)
		}
	}
	var e *Error
	if err := Sort(slices.Clone(v), criteria("RELEVANCY")); !errors.As(err, &e) || e.Code != "" {
		t.Errorf("unknown criterion: error %v, want an *Error without a code", err)
	}
}

func criteria(s string) (out []parser.SortCriterion) {
	reverse := false
	for _, w := range strings.Fields(s) {
		if w == "REVERSE" {
			reverse = true
			continue
		}
		out = append(out, parser.SortCriterion{Key: w, Reverse: reverse})
		reverse = false
	}
	return out
}

// threads makes a mailbox from lines of the form "id|subject|ref ref…", one for each message in the order of their
// dates. It returns the threads in the form of a THREAD response.
func threads(t testing.TB, algorithm string, lines ...string) string {
	t.Helper()
	var mails []*mailMessage
	for i, l := range lines {
		w := strings.Split(l, "|")
		raw := fmt.Sprintf("Date: 1 Mar 2026 10:%02d:00 +0000\nSubject: %s\n", i, w[1])
		if w[0] != "" {
			raw += "Message-ID: <" + w[0] + ">\n"
		}
		if len(w) > 2 {
			raw += "References: "
			for r := range strings.FieldsSeq(w[2]) {
				raw += "<" + r + "> "
			}
			raw += "\n"
		}
		mails = append(mails, mail(1+i%28, "", raw+"\n"))
	}
	v := mailbox(t, mails...)
	d, err := Thread(slices.Clone(v), algorithm, false)
	if err != nil {
		t.Fatal(err)
	}
	e := wire.NewEncoder(wire.Mode{Server: true})
	d.Encode(e)
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(e.Bytes()))
}

func TestThread(t *testing.T) {
	for _, c := range []struct {
		name, algorithm string
		lines           []string
		want            string
	}{
		{"nothing", "REFERENCES", nil, ""},
		{"a chain", "REFERENCES", []string{"a|s", "b|Re: s|a", "c|Re: s|a b"}, "(1 2 3)"},
		{"two answers", "REFERENCES", []string{"a|s", "b|Re: s|a", "c|Re: s|a"}, "(1 (2)(3))"},
		{"the middle is missing", "REFERENCES", []string{"a|s", "c|Re: s|a b"}, "(1 2)"},
		{"the root is missing, two answers", "REFERENCES", []string{"b|Re: s|a", "c|Re: s|a"}, "((1)(2))"},
		{"the root is missing, one answer", "REFERENCES", []string{"b|Re: s|a"}, "(1)"},
		{"the answer comes first", "REFERENCES", []string{"b|Re: s|a", "a|s"}, "(2 1)"},
		{"a circle", "REFERENCES", []string{"a|s|b", "b|t|a"}, "(2 1)"},
		{"itself", "REFERENCES", []string{"a|s|a"}, "(1)"},
		{"the same Message-ID twice", "REFERENCES", []string{"a|s", "a|t", "b|u|a"}, "(1 3)(2)"},
		{"no Message-ID", "REFERENCES", []string{"|s", "|t|x"}, "(1)(2)"},
		{"cut references: the later ones win", "REFERENCES", []string{"a|s", "b|t|a", "d|u|c", "c|v|b"}, "(1 2 4 3)"},
		{"the same subject", "REFERENCES", []string{"a|s", "b|Re: s"}, "(1 2)"},
		{"the same subject, answer first", "REFERENCES", []string{"b|Re: s", "a|s"}, "(2 1)"},
		{"the same subject, no answer", "REFERENCES", []string{"a|s", "b|S"}, "((1)(2))"},
		{"three of the same subject", "REFERENCES", []string{"a|s", "b|s", "c|s"}, "((1)(2)(3))"},
		{"the same subject, with a family without a root", "REFERENCES", []string{"b|Re: s|x", "c|Re: s|x", "d|s"}, "((1)(2)(3))"},
		{"two families without a root", "REFERENCES", []string{"b|s|x", "c|s|x", "d|s|y", "e|s|y"}, "((1)(2)(3)(4))"},
		{"empty subjects stay apart", "REFERENCES", []string{"a|", "b|Re:"}, "(1)(2)"},
		{"REFS does not look at subjects", "REFS", []string{"a|s", "b|Re: s", "c|t|a"}, "(2)(1 3)"},
		{"by subject", "ORDEREDSUBJECT", []string{"a|s", "b|t", "c|Re: s", "d|Fwd: S", "e|u"}, "(1 (3)(4))(2)(5)"},
		{"by subject, nothing", "ORDEREDSUBJECT", nil, ""},
	} {
		if got := threads(t, c.algorithm, c.lines...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	var e *Error
	if _, err := Thread(box(nil), "X", false); !errors.As(err, &e) {
		t.Errorf("unknown algorithm: error %v, want an *Error", err)
	}
}

// TestThreadDeep threads a mailbox in which each message answers the one before, and the same messages in reverse
// order.
func TestThreadDeep(t *testing.T) {
	const n = 20_000
	for _, backwards := range []bool{false, true} {
		mails := make([]*mailMessage, n)
		for i := range mails {
			k := i
			if backwards {
				k = n - 1 - i
			}
			mails[i] = mail(1, "", fmt.Sprintf("Message-ID: <%d>\nReferences: <%d>\nSubject: s\n\n", k, k-1))
		}
		v := mailbox(t, mails...)
		for _, algorithm := range []string{"REFERENCES", "REFS", "ORDEREDSUBJECT"} {
			d, err := Thread(slices.Clone(v), algorithm, true)
			if err != nil || len(d.Nodes) < n {
				t.Fatalf("%s: %d nodes, error %v; want at least %d nodes", algorithm, len(d.Nodes), err, n)
			}
			deep := slices.MaxFunc(d.Nodes, func(a, b parser.ThreadNode) int { return cmp.Compare(a.Level, b.Level) }).Level
			if algorithm != "ORDEREDSUBJECT" && deep < n-2 {
				t.Errorf("%s, backwards %v: got %d levels, want at least %d", algorithm, backwards, deep, n-2)
			}
		}
	}
}

func BenchmarkThread(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		mails := make([]*mailMessage, n)
		for i := range mails {
			mails[i] = mail(1+i%28, "", fmt.Sprintf("Message-ID: <%d>\nReferences: <%d> <%d>\nSubject: s%d\n\n", i, i/20, i/10, i%50))
		}
		v := mailbox(b, mails...)
		for _, algorithm := range []string{"REFERENCES", "ORDEREDSUBJECT"} {
			b.Run(fmt.Sprint(algorithm, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := Thread(slices.Clone(v), algorithm, true); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
