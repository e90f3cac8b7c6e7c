package parser_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// A server reads the heads of commands, and decodes the arguments of the commands that it serves.
func ExampleCommandReader() {
	client := strings.NewReader("" +
		"a1 LOGIN fred {6}\r\n" + "s3cret\r\n" +
		"a2 UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])\r\n" +
		"a3 FETCH 0 FLAGS\r\n" +
		"a4 DANCE\r\n" +
		"a5 LOGOUT\r\n")
	r := parser.NewCommandReader(wire.NewReader(client, wire.Limits{Message: 1 << 20}))
	r.OnLiteral(func(q *parser.LiteralRequest) error {
		if q.Size > 1000 {
			return errors.New("too big")
		}
		if q.Sync {
			fmt.Print("+ go on\n")
		}
		return nil
	})
	for {
		h, err := r.Next()
		if err == nil {
			switch h.Name {
			case "LOGIN":
				var a parser.LoginArgs
				if err = r.Decode(&a); err == nil {
					fmt.Printf("%s OK hello %s\n", h.Tag, a.User)
				}
			case "FETCH":
				var a parser.FetchArgs
				if err = r.Decode(&a); err == nil {
					for i := range a.Items {
						fmt.Printf("* %s %s: %s\n", a.Set.Kind(), a.Set, &a.Items[i])
					}
					fmt.Printf("%s OK fetched\n", h.Tag)
				}
			case "LOGOUT":
				if err = r.Decode(parser.NoArgs{}); err == nil {
					fmt.Printf("%s OK bye\n", h.Tag)
				}
			default:
				err = r.Bad(&parser.UnknownError{What: "command", Name: h.String()})
			}
		}
		var bad *parser.BadCommand
		switch {
		case errors.As(err, &bad) && bad.Tag == nil:
			fmt.Printf("* BAD %s\n", bad.Text())
		case bad != nil:
			fmt.Printf("%s BAD %s\n", bad.Tag, bad.Text())
		case err != nil:
			return
		}
	}
	// Output:
	// + go on
	// a1 OK hello fred
	// * uid 1:*: FLAGS
	// * uid 1:*: BODY.PEEK[HEADER.FIELDS (SUBJECT)]
	// a2 OK fetched
	// a3 BAD FETCH: want sequence-set at octet 9, got "0 FLAGS\r\n"
	// a4 BAD unknown command "DANCE"
	// a5 OK bye
}

// A proxy looks at the head of each command, and relays the commands that it allows. It neither asks the client for
// a literal nor sends one before the back end has accepted it. So if the back end refuses a literal, nobody takes
// its octets for a command.
func ExampleCommandReader_Relay() {
	client := strings.NewReader("a1 SELECT {5+}\r\nINBOX\r\n" + "a2 DELETE Drafts\r\n" + "a3 APPEND Drafts {13+}\r\na4 DELETE x\r\n\r\n")
	r := parser.NewCommandReader(wire.NewReader(client, wire.Limits{}))
	var backEnd strings.Builder
	to := &wire.BackEnd{
		W: &backEnd,
		Await: func() error { // a real proxy waits here until another goroutine has read a response of the back end
			if strings.Contains(backEnd.String(), "APPEND") {
				return wire.ErrRefused // the back end has sent "a3 NO over quota"
			}
			return nil
		},
		Invite: func() error {
			_, err := fmt.Println("+ go on") // to the client
			return err
		},
	}
	for {
		h, err := r.NextHead()
		if err != nil {
			break
		}
		fmt.Println("seen:", h)
		if h.Name == "DELETE" {
			fmt.Printf("%s NO not here\n", h.Tag) // to the client
			continue
		}
		if _, err := r.Relay(to); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Printf("%q\n", backEnd.String())
	// Output:
	// seen: SELECT
	// seen: DELETE
	// a2 NO not here
	// seen: APPEND
	// wire: the back end has refused the literal
	// "a1 SELECT {5}\r\nINBOX\r\na3 APPEND Drafts {13}\r\n"
}

// A message of any size is streamed from the client to its destination.
func ExampleAppendArgs() {
	client := strings.NewReader("a1 APPEND Drafts (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {14+}\r\nSubject: hi\r\n\r\n\r\n")
	r := parser.NewCommandReader(wire.NewReader(client, wire.Limits{}))
	if _, err := r.Next(); err != nil {
		fmt.Println(err)
		return
	}
	var a parser.AppendArgs
	if err := a.Decode(r); err != nil {
		fmt.Println(err)
		return
	}
	for msg, err := range a.Messages {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %v %s\n", parser.DecodeMailbox(a.Mailbox, false), msg.Flags, msg.Date)
		for part, err := range msg.Parts {
			if err != nil {
				fmt.Println(err)
				return
			}
			io.Copy(os.Stdout, part.Body)
		}
	}
	// Output:
	// Drafts [\Seen] 1996-07-17 02:44:25 -0700 -0700
	// Subject: hi
}

// A search key is a tree. A server walks it for each message.
func ExampleSearchKey() {
	var match func(k *parser.SearchKey, num uint32, flags []parser.Flag) bool
	match = func(k *parser.SearchKey, num uint32, flags []parser.Flag) bool {
		switch k.Name {
		case parser.KeyAnd:
			for i := range k.Keys {
				if !match(&k.Keys[i], num, flags) {
					return false
				}
			}
			return true
		case "OR":
			for i := range k.Keys {
				if match(&k.Keys[i], num, flags) {
					return true
				}
			}
			return false
		case "NOT":
			return !match(&k.Keys[0], num, flags)
		case parser.KeySet:
			return k.Set.Contains(num)
		case "SEEN":
			return parser.HasFlag(flags, parser.FlagSeen)
		case "KEYWORD":
			return parser.HasFlag(flags, parser.Flag(k.Text))
		}
		return false
	}

	var k parser.SearchKey
	if err := k.DecodeProgram(wire.NewDecoder([]byte("1:3 OR SEEN OR KEYWORD $Junk NOT 2:*"))); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(&k)
	fmt.Println(match(&k, 1, nil), match(&k, 2, nil), match(&k, 2, []parser.Flag{"$junk"}), match(&k, 4, nil))
	// Output:
	// (1:3 OR SEEN OR KEYWORD $Junk NOT 2:*)
	// true false true false
}

// A client encodes its commands with the types that a server decodes them into. Text that is not allowed in quotes
// becomes a literal, and the client waits before it sends the octets.
func ExampleArgs() {
	a := parser.FetchArgs{
		UID: true,
		Set: numset.All(numset.UID),
		Items: []parser.FetchItem{
			{Name: "FLAGS"},
			{Name: "BODY.PEEK", HasSection: true, Section: parser.SectionSpec{Part: []uint32{1, 2}, Specifier: parser.SpecMIME}},
		},
		ChangedSince: 12345,
	}
	e := wire.NewEncoder(wire.Mode{})
	e.Raw("a1 UID FETCH")
	a.Encode(e)
	e.CRLF()
	fmt.Printf("%s", e.Bytes())
	// Output:
	// a1 UID FETCH 1:* (FLAGS BODY.PEEK[1.2.MIME]) (CHANGEDSINCE 12345)
}
