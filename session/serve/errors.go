package serve

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// ErrServerClosed is what Serve and its kin return after Shutdown or Close.
var ErrServerClosed = errors.New("serve: the server is closed")

// An Error refuses a command: the client is told NO, with the code and the text. Back ends return it; one that has no more to
// say than a code wraps the code: fmt.Errorf("%w: %s", parser.CodeNonExistent, name).
type Error struct {
	Code parser.CodeName // "" is none
	Args string          // of the code, as they are sent
	Text string          // for people
}

// Error returns the text.
func (e *Error) Error() string {
	if e.Code == "" {
		return "serve: " + e.Text
	}
	return fmt.Sprintf("serve: %s: %s", e.Code, e.Text)
}

// Unwrap returns the code, so that errors.Is asks for it.
func (e *Error) Unwrap() error {
	if e.Code == "" {
		return nil
	}
	return e.Code
}

// reply is what a command is answered with. As an error it ends the command.
type reply struct {
	status parser.Status
	code   parser.Code
	text   string
	then   func() error // runs after the answer has been sent
}

func (r *reply) Error() string { return "serve: " + r.status.String() + " " + r.text }

func no(code parser.CodeName, text string) *reply {
	return &reply{status: parser.NO, code: parser.Code{Name: code}, text: text}
}

func badf(format string, args ...any) *reply {
	return &reply{status: parser.BAD, text: fmt.Sprintf(format, args...)}
}

func okCode(name parser.CodeName, args []byte) *reply {
	return &reply{status: parser.OK, code: parser.Code{Name: name, Args: args}}
}

// refusal makes an answer of what a command, or a back end, has returned. known is whether it was meant for the client.
func refusal(err error) (r *reply, known bool) {
	var bad *parser.BadCommand
	var own *Error
	var code parser.CodeName
	switch {
	case errors.As(err, &r):
		return r, true
	case errors.As(err, &bad):
		return &reply{status: parser.BAD, text: bad.Text()}, true
	case errors.As(err, &own):
		r = no(own.Code, own.Text)
		if own.Args != "" {
			r.code.Args = []byte(own.Args)
		}
		return r, true
	case errors.As(err, &code):
		return no(code, strings.TrimSuffix(strings.TrimPrefix(err.Error(), string(code)+": "), string(code))), true
	case errors.Is(err, context.DeadlineExceeded):
		return no(parser.CodeUnavailable, "it took too long"), false
	}
	return no(parser.CodeServerBug, "internal error"), false
}

// clean makes a text fit for a line.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), 400)]
}
