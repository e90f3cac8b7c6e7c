package serve

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/imapstack/imapstack/parser"
)

// ErrServerClosed is the error of Serve, ServeTLS and the ListenAndServe methods after Shutdown or Close.
var ErrServerClosed = errors.New("serve: the server is closed")

// An Error refuses a command: the client gets NO, with the code and the text. Back ends return it. A back end that
// needs only a code may wrap the code instead: fmt.Errorf("%w: %s", parser.CodeNonExistent, name).
type Error struct {
	Code parser.CodeName // "" means no code
	Args string          // arguments of the code, as they are sent
	Text string          // human-readable
}

// Error returns the code, if there is one, and the text.
func (e *Error) Error() string {
	if e.Code == "" {
		return "serve: " + e.Text
	}
	return fmt.Sprintf("serve: %s: %s", e.Code, e.Text)
}

// Unwrap returns the code, so that errors.Is finds it.
func (e *Error) Unwrap() error {
	if e.Code == "" {
		return nil
	}
	return e.Code
}

// A Reply is the tagged answer to a command. A program's own command returns it as its error, if the answer is not a
// plain OK.
type Reply struct {
	Status parser.Status // OK, NO or BAD
	Code   parser.Code
	Text   string       // human-readable; "" stands for a default
	Then   func() error // runs after the answer has been sent; its error ends the connection
}

// Error returns the status and the text.
func (r *Reply) Error() string { return "serve: " + r.Status.String() + " " + r.Text }

// Unwrap returns the code, so that errors.Is finds it.
func (r *Reply) Unwrap() error {
	if r.Code.Name == "" {
		return nil
	}
	return r.Code.Name
}

func no(code parser.CodeName, text string) *Reply {
	return &Reply{Status: parser.NO, Code: parser.Code{Name: code}, Text: text}
}

func badf(format string, args ...any) *Reply {
	return &Reply{Status: parser.BAD, Text: fmt.Sprintf(format, args...)}
}

// clientBug returns BAD with CLIENTBUG (RFC 5530 §3). This answers a command that a correct client does not send, such
// as one about a message that does not exist.
func clientBug(format string, args ...any) *Reply {
	r := badf(format, args...)
	r.Code.Name = parser.CodeClientBug
	return r
}

func okCode(name parser.CodeName, args []byte) *Reply {
	return &Reply{Status: parser.OK, Code: parser.Code{Name: name, Args: args}}
}

// refusal turns the error of a command or a back end into an answer. known is false if the client gets no details and
// the error must be logged.
func refusal(err error) (r *Reply, known bool) {
	var bad *parser.BadCommand
	var own *Error
	var code parser.CodeName
	switch {
	case errors.As(err, &r):
		return r, true
	case errors.As(err, &bad):
		return &Reply{Status: parser.BAD, Text: bad.Text()}, true
	case errors.As(err, &own):
		r = no(own.Code, own.Text)
		if own.Args != "" {
			r.Code.Args = []byte(own.Args)
		}
		return r, true
	case errors.As(err, &code):
		return no(code, strings.TrimSuffix(strings.TrimPrefix(err.Error(), string(code)+": "), string(code))), true
	case errors.Is(err, context.DeadlineExceeded):
		return no(parser.CodeUnavailable, "it took too long"), false
	}
	return no(parser.CodeServerBug, "internal error"), false
}

// unexpected returns err, or nil if err is a refusal by the back end: for example, because a mailbox does not exist or
// the user may not read it.
func unexpected(err error) error {
	if _, known := refusal(err); known {
		return nil
	}
	return err
}

// clean returns a text that can be sent in a line: printable US-ASCII, and at most 400 octets.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), 400)]
}
