package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// FuzzSearch compiles arbitrary search keys. Compile must refuse a key, or return a search that matches exactly the
// messages that NOT with the same key does not match.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{
		"ALL", "1:*,3 NOT (OR SEEN UID 2)", `HEADER X "a" BODY ""`, "SINCE 1-Jan-2026 LARGER 1", "$", "FILTER x", "MODSEQ 1", "FUZZY TEXT x",
		"OLDER 1 YOUNGER 4294967295", "KEYWORD k UNKEYWORD l", `FROM "\\"`, "SAVEDON 1-Jan-2026", "X-GM-RAW x", "UID 4294967295:*",
	} {
		f.Add(s, "UTF-8")
		f.Add(s, "ISO-2022-JP")
	}
	v := mailbox(f, mail(1, "k", "From: a@b\nX: a\n\nbody\n"), mail(2, `\Seen`, "Subject: =?utf-8?q?=C3=A4?=\n\n\xff\n"), mail(3, "", ""))
	f.Fuzz(func(t *testing.T, text, charset string) {
		var k parser.SearchKey
		d := wire.NewDecoder([]byte(text))
		if k.DecodeProgram(d) != nil {
			return
		}
		env := v.env(numset.Range{Start: 2, Stop: 2})
		q, err := Compile(&k, charset, env)
		if err != nil {
			return
		}
		not, err := Compile(&parser.SearchKey{Name: "NOT", Keys: []parser.SearchKey{k}}, charset, env)
		if err != nil {
			t.Fatal(err)
		}
		yes, no := v.run(q), v.run(not)
		if len(yes)+len(no) != len(v) {
			t.Fatalf("%q matches %d messages and its negation %d, want %d together", text, len(yes), len(no), len(v))
		}
	})
}

// TestThreadAll threads messages that refer to one another at random. Each message must be in the result once.
func TestThreadAll(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 4))
		var mails []*mailMessage
		n := rng.IntN(40)
		for range n {
			raw := fmt.Sprintf("Subject: %s%d\nDate: %d Mar 2026 00:00:00 +0000\n", []string{"", "Re: "}[rng.IntN(2)], rng.IntN(6), rng.IntN(28)+1)
			if rng.IntN(8) > 0 {
				raw += fmt.Sprintf("Message-ID: <%d>\n", rng.IntN(40))
			}
			raw += "References:"
			for range rng.IntN(5) {
				raw += fmt.Sprintf(" <%d>", rng.IntN(40))
			}
			mails = append(mails, mail(rng.IntN(28)+1, "", raw+"\n\n"))
		}
		v := mailbox(t, mails...)
		for _, algorithm := range []string{"REFERENCES", "REFS", "ORDEREDSUBJECT"} {
			d, err := Thread(v, algorithm, false)
			if err != nil {
				t.Fatal(err)
			}
			var nums []int
			for _, node := range d.Nodes {
				if node.Num == 0 && node.Level > 0 {
					t.Errorf("seed %d, %s: a thread has a dummy below its root", seed, algorithm)
				}
				if node.Num > 0 {
					nums = append(nums, int(node.Num))
				}
			}
			slices.Sort(nums)
			if len(nums) != n || len(slices.Compact(nums)) != n {
				t.Errorf("seed %d, %s: got messages %v, want each of %d messages once", seed, algorithm, nums, n)
			}
		}
	}
}
