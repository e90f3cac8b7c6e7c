package message_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/parser/message"
)

func Example() {
	m := message.New([]byte("From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r\n" +
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\n\r\nHello,\r\nworld\r\n" +
		"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--b--\r\n"))
	fmt.Println(message.Display(m.Envelope().From))
	fmt.Println(m.Preview())
	m.BodyStructure().Walk(func(path []uint32, part *parser.BodyStructure) bool {
		body, _ := m.Section(&parser.SectionSpec{Part: path})
		fmt.Println(path, part.MediaType(), body.Size())
		return true
	})
	// Output:
	// Zoë
	// Hello, world
	// [] multipart/mixed 197
	// [1] text/plain 13
	// [2] image/png 8
}

// A server stores what is known about a message. It then reads from the file only what a client asks for.
func ExampleRestore() {
	file := strings.NewReader("Subject: kept\r\n\r\nHello\r\n")
	m, err := message.Open(file, file.Size())
	if err != nil {
		panic(err)
	}
	cache, err := m.AppendCache(nil)
	if err != nil {
		panic(err)
	}

	m, err = message.Restore(cache, file)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", m.Envelope().Subject)
	text, _ := m.Section(&parser.SectionSpec{Specifier: parser.SpecText})
	io.Copy(os.Stdout, text.Reader())
	// Output:
	// kept
	// Hello
}
