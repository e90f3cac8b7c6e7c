package parser

import (
	"errors"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

func TestESearch(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{``, ``},
		{`UID COUNT 17 ALL 4:18,21,28`, ``},
		{`(TAG "a567") UID COUNT 17 ALL 4:18,21,28`, ``},
		{`(TAG "a567") COUNT 18 ALL 1:17,21`, ``},
		{`(TAG "A282") MIN 2 COUNT 3`, ``},
		{`(TAG A283) ALL 2,10:11`, `(TAG "A283") ALL 2,10:11`},
		{`(TAG "tag1") UID MIN 4 MAX 9 MODSEQ 1236`, ``},
		{`(TAG "h") ALL 1:3,5 MODSEQ 1234`, ``},
		{`(TAG "B01") UID PARTIAL (-1:-100 200:250,252:300)`, ``},
		{`(TAG "B02") UID PARTIAL (23500:24000 NIL)`, ``},
		{`(TAG "A01") UID PARTIAL (1:10 2,1,5:3)`, ``},
		{`(TAG "B01") UID ADDTO (0 32768:32769)`, ``},
		{`(TAG "C01") UID REMOVEFROM (0 32768)`, ``},
		{`(TAG "D") UID ADDTO (1 2733 1 2732,2735) REMOVEFROM (5 1:3)`, ``},
		{`(TAG "D") UID ADDTO (1 2733) ADDTO (1 2732)`, `(TAG "D") UID ADDTO (1 2733 1 2732)`},
		{`(TAG "C") ALL 1:3 RELEVANCY (4 99 100)`, ``},
		{`(TAG "C") RELEVANCY ()`, ``},
		{`(TAG "tag1" MAILBOX "folder1" UIDVALIDITY 1) UID ALL 4001,4003,4005,4007,4009`, `(TAG "tag1" MAILBOX folder1 UIDVALIDITY 1) UID ALL 4001,4003,4005,4007,4009`},
		{`(UIDVALIDITY 1 MAILBOX "folder2/&U,BTFw-" TAG "tag1") UID COUNT 0`, `(TAG "tag1" MAILBOX folder2/&U,BTFw- UIDVALIDITY 1) UID COUNT 0`},
		{`(TAG "a") UID`, ``},                  // row H07
		{`(TAG "a") UID ALL 1:4294967295`, ``}, // row H09
		{`(TAG "a") count 1 X-NEW (a "b" (c)) X-SET 1:5`, `(TAG "a") COUNT 1 X-NEW (a "b" (c)) X-SET 1:5`},
	} {
		if test.want == "" {
			test.want = test.in
		}
		sameAgain[ESearch](t, test.in, test.want)
		strictly(t, new(ESearch), test.in, true)
	}
}

func TestESearchFields(t *testing.T) {
	var x ESearch
	decoded(t, &x, `(TAG "a" MAILBOX inbox UIDVALIDITY 7) UID ALL 5:3,1,4 COUNT 4 PARTIAL (1:2 5,4) X 1`)
	if string(x.Tag) != "a" || x.Name() != "INBOX" || x.UIDValidity != 7 || !x.UID || x.Kind() != numset.UID || x.Count != 4 ||
		x.Set().String() != "1,3:5" || x.All[0] != (numset.Range{Start: 5, Stop: 3}) || x.Partial != (PartialRange{1, 2}) || len(x.Window) != 2 ||
		!x.Has(ESearchAll|ESearchCount|ESearchPartial) || x.Has(ESearchMin) || string(FindExt(x.Ext, "X")) != "1" {
		t.Errorf("got %+v, want the items of the response", x)
	}
	c := x.Clone()
	decoded(t, &x, `COUNT 1`)
	if x.Tag != nil || x.UID || x.All != nil || x.Window != nil || x.Ext != nil || x.Kind() != numset.Seq {
		t.Errorf("data of the first response is left: %+v", x)
	}
	if !strings.HasPrefix(encoded(c), `(TAG "a" MAILBOX inbox UIDVALIDITY 7) UID ALL 5:3,1,4`) {
		t.Errorf("the clone has changed: %s", encoded(c))
	}
}

func TestESearchQuirks(t *testing.T) {
	for id, test := range map[string]struct{ in, want string }{
		"H08":    {`(TAG "a") UID (COUNT 5) (ALL 1:5)`, `(TAG "a") UID COUNT 5 ALL 1:5`},
		"zero":   {`(TAG "a") UID MIN 0 MAX 0 COUNT 0`, `(TAG "a") UID COUNT 0`},
		"spaces": {`(TAG  "a" )  UID   COUNT  5 `, `(TAG "a") UID COUNT 5`},
	} {
		t.Run(id, func(t *testing.T) {
			for _, end := range []string{"", "\r\n"} {
				sameAgain[ESearch](t, test.in+end, test.want)
				strictly(t, new(ESearch), test.in+end, false)
			}
		})
	}
}

func TestESearchErrors(t *testing.T) {
	for _, in := range []string{`(TAG`, `(TAG "a"`, `(X "a")`, `COUNT`, `COUNT x`, `ALL *`, `ALL $`, `ALL 1:*`, `ALL 1:`, `ALL ,`, `ALL 1,`, `ALL 0`, `ALL 1:0`,
		`ALL 4294967296`, `ALL 1:99999999999999999999`, `PARTIAL (1:-2 NIL)`, `PARTIAL (1:2)`, `RELEVANCY (101)`, `ADDTO (1)`, `MIN 1:2`, `UID UID`, `(MIN 1`} {
		x := new(ESearch)
		d := wire.NewDecoder([]byte(in))
		if err := x.Decode(d); err == nil && d.AtEnd() {
			t.Errorf("Decode(%q) did not fail: %+v", in, x)
		}
	}
	for in, most := range map[string]int{`ALL 1,3,5,7`: 3, `ADDTO (1 1 1 1 1 1 1 1)`: 3} {
		d := wire.NewDecoder([]byte(in))
		d.SetLimits(wire.Limits{Items: most})
		var limit *wire.LimitError
		if err := new(ESearch).Decode(d); !errors.As(err, &limit) {
			t.Errorf("%s with a limit of %d items: error %v, want a LimitError", in, most, err)
		}
	}
}

func TestRangesSet(t *testing.T) {
	for in, want := range map[string]string{`1,3,5`: `1,3,5`, `5,3,1`: `1,3,5`, `9:7,1:8,2`: `1:9`, `4294967295,1`: `1,4294967295`} {
		var x ESearch
		decoded(t, &x, `ALL `+in)
		if got := RangesSet(numset.UID, x.All); got.String() != want || got.Kind() != numset.UID {
			t.Errorf("the set of %s is %v of kind %v, want UIDs %s", in, got, got.Kind(), want)
		}
	}
	if got := RangesSet(numset.Seq, []numset.Range{{Start: 0, Stop: 5}, {Start: 2, Stop: 2}}).String(); got != "2,5:*" {
		t.Errorf("got %s, want 2,5:*", got)
	}
	if !RangesSet(numset.UID, nil).Empty() {
		t.Error("the set of no ranges is not empty")
	}
}

func TestESearchAllocs(t *testing.T) {
	noAllocs(t, new(ESearch), `(TAG "a" MAILBOX inbox UIDVALIDITY 7) UID ALL 5:3,1,4 COUNT 4 PARTIAL (1:2 5,4) X 1 ADDTO (1 5:6) RELEVANCY (1 2)`)
}

func FuzzESearch(f *testing.F) {
	f.Add([]byte(`(TAG "a" MAILBOX inbox UIDVALIDITY 7) UID ALL 5:3,1,4 COUNT 4 PARTIAL (-1:-2 5,4) X 1 ADDTO (1 5:6) RELEVANCY (1 2)`))
	f.Add([]byte(`UID (COUNT 5) (ALL 1:5) MIN 0`))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzed[ESearch](t, b) })
}

func BenchmarkESearch(b *testing.B) {
	const n = 1000000
	in := append([]byte(`(TAG "a") UID ALL `), manyNumbers(n, ',')...)
	d := wire.NewDecoder(nil)
	var x ESearch
	b.ReportAllocs()
	for b.Loop() {
		d.Reset(in)
		if x.Decode(d) != nil || len(x.All) != n {
			b.Fatal(d.Err())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/number")
}

func BenchmarkESearchSet(b *testing.B) {
	const n = 1000000
	in := append([]byte(`(TAG "a") UID ALL `), manyNumbers(n, ',')...)
	var x ESearch
	if err := x.Decode(wire.NewDecoder(in)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		x.Set()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/number")
}
