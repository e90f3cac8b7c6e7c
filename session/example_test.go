package session_test

import (
	"context"
	"fmt"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// A command of your own is a value of type Command.
func ExampleStart() {
	ctx := context.Background()
	srv, err := imaptest.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	s, err := session.Open(ctx, srv.Pipe(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	name := new(string)
	id := session.Command{
		Name: "ID", Needs: "ID",
		Args:  func(e *wire.Encoder) { e.SP().NIL() },
		Claim: func(r *parser.Response) bool { return r.Name == "ID" },
		Data: func(r *parser.Response) error {
			d := r.Decoder()
			for range d.List {
				*name = string(d.String())
			}
			return d.Err()
		},
	}
	fmt.Println(session.Start(s, id, name).Wait(ctx))
	// Output: imaptest <nil>
}
