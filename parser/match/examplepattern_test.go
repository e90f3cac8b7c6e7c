package match_test

import (
	"fmt"

	"github.com/imapstack/imapstack/parser/match"
)

func ExamplePattern() {
	p := match.NewPattern("Archive/%", '/')
	fmt.Println(p.Match("Archive/2026"), p.Match("Archive/2026/May"))
	// Output: true false
}
