package wire_test

import (
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// A reader shows a message when all of it is there; a decoder lexes it.
func ExampleReader() {
	r := wire.NewReader(strings.NewReader("NAME {5}\r\nAlice (1 2 3)\r\n"), wire.Limits{})
	var d wire.Decoder
	if err := r.Next(&d); err != nil {
		fmt.Println(err)
		return
	}
	if err := r.Extend(&d); err != nil {
		fmt.Println(err)
		return
	}
	name := d.Atom()
	d.SP()
	value := d.String()
	d.SP()
	sum := uint32(0)
	for range d.List {
		sum += d.Number()
	}
	d.CRLF()
	fmt.Printf("%s=%s, sum %d, %v\n", name, value, sum, d.Err())
	// Output: NAME=Alice, sum 6, <nil>
}

// An encoder chooses the form of a string, and says where the peer must be waited for.
func ExampleEncoder() {
	e := wire.NewEncoder(wire.Mode{})
	e.Raw("A1 LOGIN").SP().AString("alice").SP().Secret("two\r\nlines").CRLF()
	for _, seg := range e.Segments() {
		fmt.Printf("%q wait=%v secrets=%v\n", seg.Bytes, seg.Wait, seg.Secrets)
	}
	// Output:
	// "A1 LOGIN alice {10}\r\n" wait=true secrets=[{15 21}]
	// "two\r\nlines\r\n" wait=false secrets=[{0 10}]
}
