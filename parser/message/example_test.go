package message_test

import (
	"fmt"

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
		fmt.Println(path, part.MediaType(), len(body))
		return true
	})
	// Output:
	// Zoë
	// Hello, world
	// [] multipart/mixed 197
	// [1] text/plain 13
	// [2] image/png 8
}
