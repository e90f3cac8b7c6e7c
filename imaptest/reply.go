package imaptest

import (
	"errors"
	"strings"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
)

// reply is the answer to a command. A command that returns a reply as its error ends with that answer.
type reply = serve.Reply

func no(code parser.CodeName, text string) *reply {
	return &reply{Status: parser.NO, Code: parser.Code{Name: code}, Text: text}
}

// refusal turns an error of the store into a reply. It returns nil for other errors.
func refusal(err error) *reply {
	var e *store.Error
	if !errors.As(err, &e) {
		return nil
	}
	name, args, _ := strings.Cut(e.Code, " ")
	r := no(parser.CodeName(name), e.Text)
	if args != "" {
		r.Code.Args = []byte(args)
	}
	if errors.Is(err, store.ErrClientBug) {
		r.Status = parser.BAD
	}
	return r
}
