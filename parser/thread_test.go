package parser

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

func TestThread(t *testing.T) {
	for _, in := range []string{
		``,
		`(2)(3 6 (4 23)(44 7 96))`,
		`(166)(167)(168)(169)(172)(170)(171)(173)(174 (175)(176)(178)(181)(180))(179)(177 (183)(182)(188)(184)(185)(186)(187)(189))(190)(191)(192)(193)(194 195)(196 (197)(198))(199)(200 202)(201)(203)(204)(205)(206 207)(208)`,
		`((3)(5))`,
		`((3 6)(5 (7)(8 9)))(1)`,
		`(1 (2 (3)(4))(5))`,
		`(((1)(2))(3))`,
	} {
		x := sameAgain[ThreadData](t, in, in)
		if got := encoded(x.Clone()); got != in {
			t.Errorf("the clone is encoded as %s", got)
		}
	}
	for in, want := range map[string]string{
		`(2) (3)`:         `(2)(3)`,
		`(1 (2))`:         `(1 2)`,
		`(1  2 (3) (4) )`: `(1 2 (3)(4))`,
	} {
		sameAgain[ThreadData](t, in, want)
	}
}

func TestThreadNodes(t *testing.T) {
	var x ThreadData
	decoded(t, &x, `(2)(3 6 (4 23)(44 7 96))((8)(9))`)
	var got []string
	for level, num := range x.All() {
		got = append(got, fmt.Sprint(strings.Repeat(".", level), num))
	}
	if s := strings.Join(got, " "); s != "2 3 .6 ..4 ...23 ..44 ...7 ....96 0 .8 .9" {
		t.Errorf("All yields %s", s)
	}
	var sizes []int
	for th := range x.Threads() {
		sizes = append(sizes, len(th))
	}
	if fmt.Sprint(sizes) != "[1 7 3]" {
		t.Errorf("Threads yields threads of %v messages, want [1 7 3]", sizes)
	}
	for range x.Threads() {
		break
	}
	for range x.All() {
		break
	}
	if p := x.Nodes[5].Parent; x.Nodes[p].Num != 6 {
		t.Errorf("message 44 answers message %d, want 6", x.Nodes[p].Num)
	}
}

func TestThreadBuilt(t *testing.T) {
	var x ThreadData
	a := x.Add(-1, 1)
	b := x.Add(a, 2)
	x.Add(b, 3)
	x.Add(a, 4)
	x.Add(-1, 5)
	if got := encoded(&x); got != `(1 (2 3)(4))(5)` {
		t.Errorf("the thread that Add has built is encoded as %s", got)
	}
	for name, x := range map[string]ThreadData{
		"no answer": {Nodes: []ThreadNode{{0, -1, 0}}},
		"forward":   {Nodes: []ThreadNode{{1, 1, 1}, {2, -1, 0}}},
		"itself":    {Nodes: []ThreadNode{{1, 0, 1}}},
		"scattered": {Nodes: []ThreadNode{{1, -1, 0}, {2, -1, 0}, {3, 0, 1}}},
	} {
		if got := encoded(&x); !strings.HasPrefix(got, "error: ") {
			t.Errorf("%s: encoded as %s, want an error", name, got)
		}
	}
}

func TestThreadErrors(t *testing.T) {
	for _, in := range []string{`(`, `()`, `)`, `(1`, `(1 `, `(0)`, `(1 (2) 3)`, `(1 ())`, `1`, `(1) 2`, `(a)`, `(4294967296)`, `((1)`, `((1))`, `(((1)(2)))`} {
		if err := new(ThreadData).Decode(wire.NewDecoder([]byte(in))); err == nil {
			t.Errorf("Decode(%q) did not fail", in)
		}
	}
	for _, in := range []string{`(1)(2) `, `(1) (2)`, `(1  2)`, `(1(2)(3))`, `(1 (2))`} {
		strictly(t, new(ThreadData), in, false)
	}
}

// TestThreadDepth reads and writes a long chain of answers, and deeply nested lists. Recursion would need too much
// stack for them.
func TestThreadDepth(t *testing.T) {
	const n = 200000
	var x ThreadData
	decoded(t, &x, `(1`+strings.Repeat(` 2`, n)+`)`)
	if len(x.Nodes) != n+1 || x.Nodes[n].Level != n {
		t.Errorf("got %d nodes, want %d, each one level deeper", len(x.Nodes), n+1)
	}
	encoded(&x)
	const lists = 50000
	deep := strings.Repeat(`(1 (2)`, lists) + `(3)` + strings.Repeat(`)`, lists)
	decoded(t, &x, deep)
	if got := encoded(&x); got != deep {
		t.Error("decoding and encoding deeply nested lists changes them")
	}
	if err := x.Decode(wire.NewDecoder([]byte(strings.Repeat("(", 1e6)))); err == nil {
		t.Error("a million opening parentheses are not an error")
	}
	d := wire.NewDecoder([]byte(`(1 2 3 4)`))
	d.SetLimits(wire.Limits{Items: 3})
	var limit *wire.LimitError
	if err := x.Decode(d); !errors.As(err, &limit) {
		t.Errorf("four messages with the limit three: error %v, want a LimitError", err)
	}
}

func TestThreadAllocs(t *testing.T) { noAllocs(t, new(ThreadData), `(2)(3 6 (4 23)(44 7 96))((8)(9))`) }

func FuzzThread(f *testing.F) {
	f.Add([]byte(`(2)(3 6 (4 23)(44 7 96))((8)(9))`))
	f.Add([]byte(`(1  2 (3) (4) ) ((5))`))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzed[ThreadData](t, b) })
}
