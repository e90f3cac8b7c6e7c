package auth_test

import (
	"fmt"

	"github.com/imapstack/imapstack/auth"
)

func ExampleSecret() {
	s := auth.NewSecret("hunter2")
	fmt.Println("the password is", s)
	fmt.Println(s.Reveal() == "hunter2")
	// Output:
	// the password is [secret]
	// true
}

func ExamplePlain() {
	mechanism, response, err := auth.Plain("", "alice", auth.NewSecret("secret")).Start()
	fmt.Printf("%s %q %v\n", mechanism, response, err)
	// Output: PLAIN "\x00alice\x00secret" <nil>
}
