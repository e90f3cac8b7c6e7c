package imaptest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/imaptest/internal/store"
	"github.com/imapstack/imapstack/parser"
)

// clean makes a text fit for a line.
func clean(s string) string {
	s = strings.Map(visible, s)
	if len(s) > 400 {
		s = s[:400]
	}
	return s
}

// reply is what a command is answered with. As an error it ends the command.
type reply struct {
	status parser.Status
	code   parser.Code
	text   string
	then   func() error // runs behind the answer
	told   bool         // the test has been told what was wrong
}

func (r *reply) Error() string { return "imaptest: " + r.status.String() + " " + r.text }

func no(code parser.CodeName, text string) *reply {
	return &reply{status: parser.NO, code: parser.Code{Name: code}, text: text}
}

func badf(format string, args ...any) *reply {
	return &reply{status: parser.BAD, text: fmt.Sprintf(format, args...)}
}

func okCode(name parser.CodeName, args []byte) *reply {
	return &reply{status: parser.OK, code: parser.Code{Name: name, Args: args}}
}

// refusal turns an error of the store's into an answer; nil if it is none of its.
func refusal(err error) *reply {
	var e *store.Error
	if !errors.As(err, &e) {
		return nil
	}
	name, args, _ := strings.Cut(e.Code, " ")
	r := no(parser.CodeName(name), e.Text)
	if args != "" {
		r.code.Args = []byte(args)
	}
	if errors.Is(err, store.ErrClientBug) {
		r.status = parser.BAD
	}
	return r
}
