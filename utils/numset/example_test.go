package numset_test

import (
	"fmt"

	"github.com/imapstack/imapstack/utils/numset"
)

func ExampleSet() {
	s := numset.Of(numset.UID, 3, 1, 2, 9)
	s.AddRange(20, 0)
	n, known := s.Len()
	fmt.Println(s, s.Contains(2), s.Contains(4), n, known)
	// Output: 1:3,9,20:* true false 0 false
}

// A program that keeps a local copy of a mailbox compares its UIDs with those on the server, to find what to fetch and
// what to delete.
func ExampleSet_Difference() {
	here := numset.Span(numset.UID, 1, 100)
	there := numset.Of(numset.UID, 101, 105)
	there.AddRange(1, 50)
	fmt.Println("fetch", there.Difference(here))
	fmt.Println("delete", here.Difference(there))
	fmt.Println("compare flags of", here.Intersect(there))
	// Output:
	// fetch 101,105
	// delete 51:100
	// compare flags of 1:50
}

// SELECT returns the numbers that Resolve needs: EXISTS is the largest sequence number, and all UIDs are less than
// UIDNEXT.
func ExampleSet_Resolve() {
	newest := numset.Span(numset.Seq, 91, 0)
	fmt.Println(newest.Resolve(120), newest.Resolve(90))
	// Output: 91:120 90:91
}
