package session

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestStates tries every change of a command's progress: the legal ones succeed, all others panic. The package
// comment must contain the same table as the code.
func TestStates(t *testing.T) {
	src, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[[2]string]bool{}
	from := ""
	for _, m := range regexp.MustCompile(`(?m)^//\t(\w*) +→ (\w+)`).FindAllStringSubmatch(string(src), -1) {
		if m[1] != "" {
			from = m[1]
		}
		documented[[2]string{from, m[2]}] = true
	}
	n := 0
	for a := range stages {
		for b := range stages {
			legal := advances[a]&(1<<b) != 0
			p := &pending{progress: a}
			panicked := func() (r any) {
				defer func() { r = recover() }()
				p.advance(b)
				return nil
			}()
			if legal != (panicked == nil) || legal != (p.progress == b && a != b) {
				t.Errorf("advance from %v to %v: progress %v, panic %v; the table allows the change: %v", a, b, p.progress, panicked, legal)
			}
			if documented[[2]string{a.String(), b.String()}] != legal {
				t.Errorf("change from %v to %v: doc.go allows it: %v, the table allows it: %v", a, b, !legal, legal)
			}
			if legal {
				n++
			}
		}
	}
	if n != len(documented) || n == 0 {
		t.Errorf("the table has %d changes, and doc.go has %d", n, len(documented))
	}
	if strings.Count(string(src), "→") != n {
		t.Error("doc.go has an arrow that this test does not find")
	}
}

// TestInterestOnlyFalls checks that the interest in a command's data can decrease, and never increases.
func TestInterestOnlyFalls(t *testing.T) {
	for a := wanted; a <= abandoned; a++ {
		for b := wanted; b <= abandoned; b++ {
			p := &pending{interest: a, kept: new(kept)}
			p.lowerInterest(b)
			if p.interest != max(a, b) || p.kept.dropping != (b > wanted) {
				t.Errorf("interest %d, lowered to %d: got %d, want %d; kept data is dropped: %v", a, b, p.interest, max(a, b), p.kept.dropping)
			}
		}
	}
}
