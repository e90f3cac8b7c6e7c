package wire_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// A Reader shows a message when all of it has arrived. A Decoder lexes it.
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

// An Encoder chooses the form of each string. Its segments say where the sender must wait for the peer.
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

// A Decoder needs no Reader if the octets are in memory. This one lexes a FETCH response, and skips unknown items.
func ExampleDecoder() {
	d := wire.NewDecoder([]byte("* 12 FETCH (X-NEW (a (b)) UID 17 FLAGS (\\Seen $Forwarded))\r\n"))
	d.Want('*')
	d.SP()
	num := d.Number()
	d.SP()
	name := d.Name()
	d.SP()
	var uid uint32
	var flags []string
	for range d.List {
		item := d.Name()
		d.SP()
		switch item {
		case "UID":
			uid = d.NzNumber()
		case "FLAGS":
			for range d.List {
				flags = append(flags, d.Intern(d.Flag()))
			}
		default:
			d.Value()
		}
	}
	d.CRLF()
	fmt.Println(num, name, uid, flags, d.Err())
	// Output: 12 FETCH 17 [\Seen $Forwarded] <nil>
}

// A literal over Limits.Inline is streamed: the program reads it from the peer, and then goes on with the message.
func ExampleLiteral() {
	const body = "Subject: hello, world"
	stream := fmt.Sprintf("* 1 FETCH (BODY[] {%d}\r\n%s UID 17)\r\n", len(body), body)
	r := wire.NewReader(strings.NewReader(stream), wire.Limits{Inline: 10})
	var d wire.Decoder
	if err := r.Next(&d); err != nil {
		fmt.Println(err)
		return
	}
	if err := r.Extend(&d); err != nil {
		fmt.Println(err)
		return
	}
	d.TextUntil('{')
	fmt.Println("streamed:", d.AtStreamed())
	if _, err := io.Copy(os.Stdout, d.Literal()); err != nil {
		fmt.Println(err)
		return
	}
	if err := r.Continue(&d); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("\nthen %q\n", d.Text())
	// Output:
	// streamed: true
	// Subject: hello, world
	// then " UID 17)"
}

// A proxy passes on untagged responses with Relay, which streams literals, and reads the other responses.
func ExampleRelay() {
	r := wire.NewReader(strings.NewReader("* 1 FETCH (BODY[] {5}\r\nhello)\r\n* 2 EXISTS\r\nA1 OK done\r\n"), wire.Limits{})
	var d wire.Decoder
	for {
		err := r.Next(&d)
		if err == io.EOF {
			break
		} else if err != nil {
			fmt.Println(err)
			return
		}
		if !d.Is('*') {
			fmt.Printf("looked at: %q\n", d.Text())
			continue // a status response is a line of text
		}
		var out strings.Builder // stands for the connection to the client
		if _, err := wire.Relay(&out, r); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("relayed: %q\n", out.String())
	}
	// Output:
	// relayed: "* 1 FETCH (BODY[] {5}\r\nhello)\r\n"
	// relayed: "* 2 EXISTS\r\n"
	// looked at: "A1 OK done"
}
