package parser_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// A reader returns heads, and the program reads the payloads that it needs.
func ExampleReader() {
	in := "* 3 EXISTS\r\n" +
		"* 2 FETCH (UID 17 FLAGS (\\Seen) BODY[TEXT] {5}\r\nhello X-NEW (a b))\r\n" +
		"* XYZZY who knows\r\n" +
		"A1 OK [READ-WRITE] done\r\n"
	r := parser.NewReader(wire.NewReader(strings.NewReader(in), wire.Limits{}))
	for {
		resp, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		switch {
		case resp.Kind == parser.Tagged:
			fmt.Printf("%s %v [%s] %s\n", resp.Tag, resp.Status, resp.Code.Name, resp.Text)
		case resp.Is("FETCH"):
			m, err := resp.Fetch()
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Printf("message %d: UID %d, flags %v, X-NEW %s, text ", m.Seq, m.UID, m.Flags, m.Raw("X-NEW"))
			for sec, err := range m.Sections {
				if err != nil {
					fmt.Println(err)
					return
				}
				io.Copy(os.Stdout, sec)
			}
			fmt.Println()
		default:
			fmt.Println("something else:", resp.Name, resp.Num)
		}
	}
	// Output:
	// something else: EXISTS 3
	// message 2: UID 17, flags [\Seen], X-NEW (a b), text hello
	// something else: XYZZY 0
	// A1 OK [READ-WRITE] done
}
