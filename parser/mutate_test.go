package parser

import (
	goflag "flag"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

var mutateAll = goflag.Bool("mutate", false, "damage every token in every way, even with the race detector")

// allMutants reports whether every token is damaged in every way. With the race detector, this takes half a minute, so
// the tests do it only with the flag -mutate.
func allMutants() bool { return *mutateAll || !poisons }

// mutateEvery is the size of the sample: if allMutants is false, the tests try about one of mutateEvery mutants.
const mutateEvery = 16

// mutant is a response in which one piece is damaged in one way. A fact is something that the response tells a program;
// see factsOf.
type mutant struct {
	name   string // name of the original response, such as "FETCH"; "status" for a status response
	odd    string // name of the damage
	base   string // the original response
	text   string
	at     piece  // the damaged piece
	before piece  // the piece before it; zero if only the name of the response comes before
	item   string // for FETCH, the name of the damaged item
	depth  int    // number of lists around the damage
	index  int    // index of the damaged value among the values that are in no list

	lost       []string // facts outside the damaged element that are not delivered
	lostBefore int      // how many of these come before the damage
}

// place sets depth, index and item. list has the pieces of the original response.
func (m *mutant) place(list []piece) {
	depth := func(q piece) (n int) {
		for _, r := range list {
			if r.kind == '(' && r.from < q.from && r.to >= q.to {
				n++
			}
		}
		return n
	}
	m.depth = depth(m.at)
	for _, q := range list {
		if q.from >= m.at.from {
			break
		}
		switch d := depth(q); {
		case d == 0 && q.to <= m.at.from:
			m.index++
		case d == 1 && q.kind == 'a' && q.from > 0 && m.base[q.from-1] != '[':
			m.item = strings.ToUpper(m.base[q.from:q.to])
		}
	}
}

// mutantScore counts the facts that are delivered in spite of the damage.
type mutantScore struct{ mutants, whole, facts, kept, before, keptBefore, next int }

func (s *mutantScore) String() string {
	return fmt.Sprintf("%6d mutants: %5.1f%% lose nothing but what is damaged, %5.1f%% of facts are kept, %6.2f%% of those before the damage; the next response is read after %6.2f%%",
		s.mutants, percent(s.whole, s.mutants), percent(s.kept, s.facts), percent(s.keptBefore, s.before), percent(s.next, s.mutants))
}

func percent(a, b int) float64 { return 100 * float64(a) / float64(max(b, 1)) }

// eachMutant calls f with every mutant of a response, or with a sample if allMutants is false. The field lost of the
// mutant has the facts that are lost. facts is the number of facts outside the damaged element. before is the number of
// facts that come before that element. next says whether the response after the mutant was read.
func eachMutant(t *testing.T, text string, f func(m *mutant, facts, before int, next bool)) {
	base, next := readMutant(t, text, wire.AllRules)
	if !next {
		t.Fatalf("%q is not valid", text)
	}
	name, from := mutantRegion(text)
	list := pieces(text[:len(text)-2], from)
	damage := make([][]string, len(list))
	last := map[string]int{} // index of the last piece that a fact depends on
	for i, p := range list {
		if p.kind == '(' {
			continue
		}
		probe, _ := readMutant(t, variant(text, p), wire.AllRules)
		damage[i] = without(base, probe)
		for _, f := range damage[i] {
			last[f] = i
		}
	}
	for i, p := range list {
		if p.kind == '(' { // damage to a list damages everything in it
			for j, q := range list {
				if q.from > p.from && q.to < p.to {
					damage[i] = append(damage[i], damage[j]...)
				}
			}
		}
	}
	for i, p := range list {
		for _, odd := range oddities {
			changed := odd.do(text, p)
			if changed == "" || changed == text || !allMutants() && !sampled(changed) {
				continue
			}
			m := &mutant{name: name, odd: odd.name, base: text, text: changed, at: p}
			hurt := damage[i]
			if i > 0 {
				m.before = list[i-1]
				if odd.name == "no space" {
					hurt = append(slices.Clone(hurt), damage[i-1]...)
				}
			}
			m.place(list)
			outside := without(base, hurt)
			got, next := readMutant(t, changed, wire.AllRules)
			m.lost = without(outside, got)
			before := 0
			for _, f := range outside {
				if last[f] < i {
					before++
				}
			}
			for _, f := range m.lost {
				if last[f] < i {
					m.lostBefore++
				}
			}
			f(m, len(outside), before, next)
		}
	}
}

// TestMutations damages every token of every response that validResponses returns, in every way that oddities lists. If
// allMutants is false, it tries only a sample of these mutants. Everything outside the damaged element must be
// delivered unchanged, unless the damage is of a kind in losses. After each damaged response, the Reader must read the
// next one.
func TestMutations(t *testing.T) {
	all := map[string]*mutantScore{}
	score := func(names ...string) (list []*mutantScore) {
		for _, n := range names {
			if all[n] == nil {
				all[n] = new(mutantScore)
			}
			list = append(list, all[n])
		}
		return list
	}
	fell := make([]int, len(losses))
	bad := 0
	responses := validResponses(t)
	for _, text := range responses {
		eachMutant(t, text, func(m *mutant, facts, before int, next bool) {
			names := []string{"", m.name, "with " + m.odd}
			if !oneResult(m) {
				names = append(names, "apart from results that are correct only as a whole")
			}
			for _, s := range score(names...) {
				s.mutants++
				s.facts += facts
				s.kept += facts - len(m.lost)
				s.before += before
				s.keptBefore += before - m.lostBefore
				if len(m.lost) == 0 {
					s.whole++
				}
				if next {
					s.next++
				}
			}
			if !next {
				t.Errorf("damage %q: %q: the next response is not read", m.odd, m.text)
			}
			if len(m.lost) == 0 {
				return
			}
			if i := slices.IndexFunc(losses, func(l loss) bool { return l.covers(m) }); i >= 0 {
				fell[i]++
			} else if bad++; bad <= 50 {
				t.Errorf("damage %q, item %q: %q\nlost facts %q, %d of them before the damage", m.odd, m.item, m.text, m.lost, m.lostBefore)
			}
		})
	}
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		t.Logf("%-40s %v", n, all[n])
	}
	for i, l := range losses {
		t.Logf("%6d mutants lose more than the damaged element: %s", fell[i], l.name)
		if fell[i] == 0 && allMutants() {
			t.Errorf("no mutant is of the kind %q any more", l.name)
		}
	}
	t.Logf("%d responses; %d mutants lose more than losses allows", len(responses), bad)
}

// sampled reports whether a mutant is in the sample that the tests try if allMutants is false.
func sampled(mutant string) bool {
	h := fnv.New32a()
	h.Write([]byte(mutant))
	return h.Sum32()%mutateEvery == 0
}

// mutantRegion returns the name of a response. It also returns an offset: the test damages only the tokens from this
// offset on.
func mutantRegion(text string) (name string, from int) {
	r := NewReader(wire.NewReader(strings.NewReader(text), wire.Limits{}))
	resp, err := r.Next()
	if err != nil {
		return "", len(text)
	}
	if resp.Status != 0 {
		return "status", min(strings.Index(text, " ")+2+len(resp.Name), len(text)-2)
	}
	return resp.Name, resp.pos
}
