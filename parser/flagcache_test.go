package parser

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imapstack/imapstack/wire"
)

// TestFlagCache checks that flagCache gives the same flags and errors as DecodeFlags, tolerates the same deviations,
// and reports them each time.
func TestFlagCache(t *testing.T) {
	words := []string{`\Seen`, `\seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`, `\Recent`, `$Forwarded`, `$Junk`, "NonJunk", "a", "b", "ab",
		`\*`, "NIL", "nil", `\`, `"x"`, "", "[a]", "a]", "x{3}", "\xff", "(a)"}
	lists := []string{"()", "NIL", "( a)", "(a )", "(a  b)", "(", "(a", "", ")", "a", `(\Seen`, "(a b c d e f)", "(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)"}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		l := make([]string, rnd.IntN(6))
		for i := range l {
			l[i] = words[rnd.IntN(len(words))]
		}
		lists = append(lists, "("+strings.Join(l, " ")+")")
	}
	for _, rules := range []wire.Rules{wire.Strict, wire.AllRules} {
		table := new(flagCache)
		for i := range 4 * len(lists) {
			in := lists[(i/4+i%2)%len(lists)] + " UID 1"
			result := func(decode func(*wire.Decoder) []Flag) string {
				d := wire.NewDecoder([]byte(in))
				d.SetRules(rules)
				got := decode(d)
				return fmt.Sprintf("%q, %v, at %d, tolerated %v", got, d.Err(), d.Pos(), d.Used())
			}
			want := result(func(d *wire.Decoder) []Flag { return DecodeFlags(d, nil) })
			got := result(func(d *wire.Decoder) []Flag {
				list := table.decode(d, nil)
				defer func() {
					for i := range list {
						list[i] = "overwritten" // the list belongs to the caller, so a change of it must not change the table
					}
				}()
				return append([]Flag(nil), list...)
			})
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%q: flagCache (+) gives another result than DecodeFlags (-):\n%s", in, d)
			}
		}
	}
}
