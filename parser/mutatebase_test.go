package parser

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// mutantNext is the response that follows a mutant.
const mutantNext = "* 4711 EXISTS\r\n"

// readMutant reads a response and the one after it. It returns the facts that the first response delivers, and
// whether the second one is read.
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

// without returns the elements of a that are not in b. Each element of b leaves out only one equal element of a.
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

// validResponses returns the responses of at most 4096 octets that obey the grammar, from the examples of RFCs, from
// docs/quirks.md and from tests.
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
