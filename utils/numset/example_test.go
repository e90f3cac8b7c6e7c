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
