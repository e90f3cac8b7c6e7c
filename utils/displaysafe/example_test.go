package displaysafe_test

import (
	"fmt"

	"github.com/imapstack/imapstack/utils/displaysafe"
)

func ExampleLine() {
	fmt.Println(displaysafe.Line("invoice\x1b[2J\r\nOK, logged out"))
	// Output: invoice�[2J��OK, logged out
}
