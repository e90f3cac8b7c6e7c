package parser

import (
	goflag "flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

var mutateAll = goflag.Bool("mutate", false, "put every oddity at every token, not at some")

// mutateEvery is of how many mutants one is tried, without -mutate.
const mutateEvery = 16

// piece is a token of a response, or the whole of a list.
type piece struct {
	from, to int
	kind     byte // 'a'tom, 'n'umber, 's'tring, 'N'IL, 'l'iteral, '(' for a list
}

// pieces finds the tokens of a response from an offset on, and the lists. Those within a list come behind it.
func pieces(b string, from int) (list []piece) {
	var open []int
	for i := from; i < len(b); {
		switch c := b[i]; {
		case c == ' ' || c == '\r' || c == '\n' || c == '[' || c == ']' || c == '<' || c == '>':
			i++
		case c == '(':
			open = append(open, len(list))
			list = append(list, piece{from: i, kind: '('})
			i++
		case c == ')':
			if i++; len(open) > 0 {
				list[open[len(open)-1]].to = i
				open = open[:len(open)-1]
			}
		case c == '"':
			end := i + 1
			for end < len(b) && b[end] != '"' {
				if b[end] == '\\' {
					end++
				}
				end++
			}
			list = append(list, piece{i, min(end+1, len(b)), 's'})
			i = end + 1
		case c == '{' || c == '~' && i+1 < len(b) && b[i+1] == '{':
			var n int
			head := strings.IndexByte(b[i:], '\n') + 1
			fmt.Sscanf(strings.TrimLeft(b[i:], "~{"), "%d", &n)
			if head == 0 || i+head+n > len(b) {
				return nil
			}
			list = append(list, piece{i, i + head + n, 'l'})
			i += head + n
		default:
			end := i
			for end < len(b) && !strings.ContainsRune(" ()\r\n[]<>\"", rune(b[end])) {
				end++
			}
			p := piece{i, end, 'a'}
			if word := b[i:end]; strings.Trim(word, "0123456789") == "" {
				p.kind = 'n'
			} else if strings.EqualFold(word, "NIL") {
				p.kind = 'N'
			}
			list = append(list, p)
			i = end
		}
	}
	return slices.DeleteFunc(list, func(p piece) bool { return p.to == 0 })
}

// oddity is what servers do to one piece of a response; "" where it does not apply.
type oddity struct {
	name string
	do   func(b string, p piece) string
}

func replaced(b string, p piece, by string) string { return b[:p.from] + by + b[p.to:] }

func inserted(b string, p piece, what string) string {
	if p.kind == 'l' || p.kind == '(' {
		return ""
	}
	at := (p.from + p.to + 1) / 2
	return b[:at] + what + b[at:]
}

var oddities = []oddity{
	{"a space", func(b string, p piece) string { return b[:p.from] + " " + b[p.from:] }},
	{"a space before the close", func(b string, p piece) string {
		if p.to < len(b) && b[p.to] == ')' {
			return b[:p.to] + " " + b[p.to:]
		}
		return ""
	}},
	{"no space", func(b string, p piece) string {
		if b[p.from-1] == ' ' {
			return b[:p.from-1] + b[p.from:]
		}
		return ""
	}},
	{"NIL", func(b string, p piece) string {
		if p.kind == 'N' {
			return ""
		}
		return replaced(b, p, "NIL")
	}},
	{"a number for a string", func(b string, p piece) string {
		if p.kind == 's' || p.kind == 'N' {
			return replaced(b, p, "42")
		}
		return ""
	}},
	{"a string for a number", func(b string, p piece) string {
		if p.kind == 'n' {
			return replaced(b, p, `"x"`)
		}
		return ""
	}},
	{"a list for an atom", func(b string, p piece) string {
		if p.kind == 'a' || p.kind == 'n' {
			return replaced(b, p, "(a b)")
		}
		return ""
	}},
	{"an 8-bit octet", func(b string, p piece) string { return inserted(b, p, "\xe4") }},
	{"parentheses", func(b string, p piece) string { return replaced(b, p, "("+b[p.from:p.to]+")") }},
	{"empty parentheses", func(b string, p piece) string { return b[:p.from] + "() " + b[p.from:] }},
	{"a quote", func(b string, p piece) string { return inserted(b, p, `"`) }},
	{"no close", func(b string, p piece) string {
		if p.kind == '(' {
			return b[:p.to-1] + b[p.to:]
		}
		return ""
	}},
}

// variant is b with another value of the same kind at p.
func variant(b string, p piece) string {
	switch p.kind {
	case 's', 'N', 'l':
		return replaced(b, p, `"zq"`)
	case 'n':
		return replaced(b, p, "3999")
	case 'a':
		if b[p.from] == '\\' {
			return replaced(b, p, `\Zq`)
		}
		return replaced(b, p, "Zq")
	}
	return b
}

const mutantNext = "* 4711 EXISTS\r\n"

// readMutant reads one response and the one behind it: what is delivered of the first, and whether the second is read.
func readMutant(t testing.TB, text string, rules wire.Rules) (facts []string, next bool) {
	r := NewReader(wire.NewReader(strings.NewReader(text+mutantNext), wire.Limits{}))
	r.SetRules(rules)
	for {
		resp, err := r.Next()
		if err != nil {
			return facts, next
		}
		if resp.Is("EXISTS") && resp.Num == 4711 {
			next = true
			continue
		}
		facts = append(facts, factsOf(resp)...)
	}
}

// subset returns what of a is not in b, each counted as often as it is there.
func without(a, b []string) (left []string) {
	have := map[string]int{}
	for _, x := range b {
		have[x]++
	}
	for _, x := range a {
		if have[x]--; have[x] < 0 {
			left = append(left, x)
		}
	}
	return left
}

// validResponses are all responses of the project's own files that are as the grammar has them.
func validResponses(t testing.TB) (list []string) {
	seen := map[string]bool{}
	add := func(s string) {
		if seen[s] || !strings.HasPrefix(s, "* ") || len(s) > 4096 {
			return
		}
		seen[s] = true
		got, err := readAllOf(t, strings.NewReader(s), wire.Limits{}, wire.Strict)
		if len(got) == 1 && got[0].err == nil && err.Error() == "EOF" && got[0].used == 0 && got[0].line[0] != '?' {
			list = append(list, s)
		}
	}
	for _, s := range rfcLines(t, "S") {
		add(s)
	}
	for _, q := range quirks(t) {
		for s := range strings.SplitAfterSeq(q.text(), "\r\n") {
			add(s)
		}
		add(q.text())
	}
	add("* 3 FETCH (" + strings.Join(items, " ") + ")\r\n")
	for _, it := range items {
		add("* 3 FETCH (UID 7 " + it + ` FLAGS (\Seen $Work))` + "\r\n")
	}
	said := regexp.MustCompile(`(?m)^\s*S: (\* .*)$`)
	for _, dir := range []string{"../session", "../commands", "../imaptest", "."} {
		names, err := filepath.Glob(dir + "/*_test.go")
		if err != nil || len(names) == 0 {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range said.FindAllStringSubmatch(string(b), -1) {
				add(m[1] + "\r\n")
			}
		}
	}
	slices.Sort(list)
	return list
}

// mutantScore counts what survives.
type mutantScore struct{ mutants, whole, facts, kept, before, keptBefore, next int }

func (s *mutantScore) String() string {
	return fmt.Sprintf("%6d mutants: %5.1f%% lose nothing but what is damaged, %5.1f%% of facts are kept, %6.2f%% of those before the damage; the next response is read after %6.2f%%",
		s.mutants, percent(s.whole, s.mutants), percent(s.kept, s.facts), percent(s.keptBefore, s.before), percent(s.next, s.mutants))
}

func percent(a, b int) float64 { return 100 * float64(a) / float64(max(b, 1)) }

// TestMutations puts one oddity at every token of every valid response that the project has: what is outside the damaged element is
// delivered unchanged, and the next response is read.
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
	losses := map[string]int{}
	responses := validResponses(t)
	for _, text := range responses {
		base, next := readMutant(t, text, wire.AllRules)
		if !next {
			t.Fatalf("%q is not valid", text)
		}
		name, from := mutantRegion(text)
		list := pieces(text[:len(text)-2], from)
		damage := make([][]string, len(list))
		last := map[string]int{} // the last piece that a fact depends on
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
			if p.kind == '(' { // all that is in it
				for j, q := range list {
					if q.from > p.from && q.to < p.to {
						damage[i] = append(damage[i], damage[j]...)
					}
				}
			}
		}
		for i, p := range list {
			for _, odd := range oddities {
				mutant := odd.do(text, p)
				if mutant == "" || mutant == text || !*mutateAll && !sampled(mutant) {
					continue
				}
				hurt := damage[i]
				if odd.name == "no space" && i > 0 {
					hurt = append(slices.Clone(hurt), damage[i-1]...)
				}
				outside := without(base, hurt)
				got, next := readMutant(t, mutant, wire.AllRules)
				lost := without(outside, got)
				var before, lostBefore int
				for _, f := range outside {
					if last[f] < i {
						before++
					}
				}
				for _, f := range lost {
					if last[f] < i {
						lostBefore++
					}
				}
				for _, s := range score("", name, "with "+odd.name) {
					s.mutants++
					s.facts += len(outside)
					s.kept += len(outside) - len(lost)
					s.before += before
					s.keptBefore += before - lostBefore
					if len(lost) == 0 {
						s.whole++
					}
					if next {
						s.next++
					}
				}
				if !next || lostBefore > 0 || len(lost) > 0 {

					if losses[name+", "+odd.name]++; testing.Verbose() && (lostBefore > 0 || losses[name+", "+odd.name] <= 1) {
						t.Logf("%s: %q\nlost %q (before: %d), next %v", odd.name, mutant, lost, lostBefore, next)
					}
				}
			}
		}
	}
	total, fetch := all[""], all["FETCH"]
	if total.next != total.mutants {
		t.Error("a response behind the damaged one is not read")
	}
	if percent(total.kept, total.facts) < 93 || percent(total.keptBefore, total.before) < 98 || percent(fetch.kept, fetch.facts) < 95 || percent(fetch.keptBefore, fetch.before) < 99 {
		t.Error("more is lost than docs/quirks.md says")
	}
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		t.Logf("%-40s %v", n, all[n])
	}
	t.Logf("%d responses", len(responses))
}

// sampled reports whether a mutant is one of those that are tried in every run.
func sampled(mutant string) bool {
	h := fnv.New32a()
	h.Write([]byte(mutant))
	return h.Sum32()%mutateEvery == 0
}

// mutantRegion returns the name of a response, and where in it oddities are put: behind that, or within a code.
func mutantRegion(text string) (name string, from int) {
	r := NewReader(wire.NewReader(strings.NewReader(text), wire.Limits{}))
	resp, err := r.Next()
	if err != nil {
		return "", len(text)
	}
	if resp.Status != 0 {
		return "status", len(text) - 2
	}
	return resp.Name, resp.pos
}
