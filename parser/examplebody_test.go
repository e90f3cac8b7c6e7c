package parser_test

import (
	"fmt"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// Walk visits the parts of a message, with the paths that a client uses to fetch them.
func ExampleBodyStructure_Walk() {
	d := wire.NewDecoder([]byte(`(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 12 1)` +
		`("application" "pdf" ("name" "plan.pdf") NIL NIL "base64" 30724 NIL ("attachment" NIL)) "mixed")`))
	var body parser.BodyStructure
	if err := body.Decode(d); err != nil {
		fmt.Println(err)
		return
	}
	body.Walk(func(path []uint32, part *parser.BodyStructure) bool {
		fmt.Printf("%v %s %q\n", path, part.MediaType(), part.Filename())
		return true
	})
	// Output:
	// [] multipart/mixed ""
	// [1] text/plain ""
	// [2] application/pdf "plan.pdf"
}

// LIST sends a mailbox with its attributes, its hierarchy delimiter and its encoded name. Name decodes the name.
func ExampleListData() {
	d := wire.NewDecoder([]byte(`(\HasNoChildren \Sent) "/" "Envoy&AOk-s"`))
	var box parser.ListData
	if err := box.Decode(d); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(box.Name(), box.Has(parser.AttrSent), string(box.Delim))
	// Output: Envoyés true /
}
