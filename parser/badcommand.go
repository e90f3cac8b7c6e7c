package parser

import (
	"bytes"
	"fmt"

	"github.com/imapstack/imapstack/wire"
)

// BadCommand reports a command that could not be read. The stream is not lost: the next call of CommandReader.Next
// reads the next command, or reports the end of the stream. A server sends a BAD response with the tag, and continues.
//
// Err is a wire.SyntaxError, a wire.LimitError, an UnknownError, a ForeignError, or the error with which the reader or
// OnLiteral's function refused a literal. Err may be wrapped in an *Error, which says which argument was wrong.
type BadCommand struct {
	// Tag is a copy that the caller owns. It is nil if no tag could be read. The response must then be untagged.
	Tag  []byte
	Name string // the name of the command, as far as it could be read
	Err  error
}

// Error returns the name of the command and its error.
func (e *BadCommand) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("parser: bad command: %v", e.Err)
	}
	return fmt.Sprintf("parser: bad command %s: %v", e.Name, e.Err)
}

// Unwrap returns Err.
func (e *BadCommand) Unwrap() error { return e.Err }

// Text returns Err as the text of a status response: one line of ASCII with at most 400 octets.
func (e *BadCommand) Text() string {
	s := fmt.Sprint(e.Err)
	b := make([]byte, 0, min(len(s), maxText))
	for i := 0; i < len(s) && len(b) < maxText; i++ {
		c := s[i]
		if c < ' ' || c >= 0x7f {
			c = '?'
		}
		b = append(b, c)
	}
	b = bytes.ReplaceAll(b, []byte("parser: "), nil)
	return string(bytes.ReplaceAll(b, []byte("wire: "), nil))
}

// maxText is the length of the longest text that Text returns, in octets.
const maxText = 400

// UnknownError reports a word that is not in the grammar of any command. The word is misspelled, or from an unknown
// extension.
type UnknownError struct {
	What string // "command", "search key", "sort key"
	Name string // in upper case
}

// Error says that the word is unknown.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("parser: unknown %s %.64q", e.What, e.Name)
}

// ForeignError reports a first line in a protocol other than IMAP. A server should close the connection: what
// follows is not IMAP, and an attacker may be using a browser to send IMAP commands.
type ForeignError struct {
	Protocol string // "HTTP", "SMTP", "POP3", "TLS", "SSH"
}

// Error returns the name of the protocol.
func (e *ForeignError) Error() string {
	return "parser: this is IMAP, not " + e.Protocol
}

// otherProtocol returns a ForeignError if line is in another protocol, or else nil. It returns nil if the words of line
// could be a tag and a command of IMAP.
func otherProtocol(line []byte) error {
	if len(line) > 1 && line[0] == 0x16 && line[1] == 3 {
		return &ForeignError{"TLS"}
	}
	if bytes.HasPrefix(line, []byte("SSH-")) {
		return &ForeignError{"SSH"}
	}
	word, rest, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(" "))
	arg, rest, _ := bytes.Cut(rest, []byte(" "))
	if bytes.HasPrefix(rest, []byte("HTTP/")) && !isCommandName(arg) {
		return &ForeignError{"HTTP"}
	}
	for _, f := range foreignWords {
		if !wire.EqualFold(word, f.word) || f.arg != (len(arg) > 0) {
			continue
		}
		if f.prefix != "" {
			if len(arg) < len(f.prefix) || !wire.EqualFold(arg[:len(f.prefix)], f.prefix) {
				continue
			}
		} else if isCommandName(arg) {
			continue
		}
		return &ForeignError{f.protocol}
	}
	return nil
}

// isCommandName reports whether word is the name of a command, ignoring case.
func isCommandName(word []byte) bool {
	return len(word) < 32 && (commandNames[string(bytes.ToUpper(word))].known || wire.EqualFold(word, "UID"))
}

var foreignWords = []struct {
	word     string
	arg      bool // whether an argument follows the word
	prefix   string
	protocol string
}{
	{"EHLO", true, "", "SMTP"},
	{"HELO", true, "", "SMTP"},
	{"LHLO", true, "", "SMTP"},
	{"EHLO", false, "", "SMTP"},
	{"HELO", false, "", "SMTP"},
	{"MAIL", true, "FROM:", "SMTP"},
	{"RCPT", true, "TO:", "SMTP"},
	{"USER", true, "", "POP3"},
	{"APOP", true, "", "POP3"},
	{"AUTH", true, "", "POP3"},
	{"CAPA", false, "", "POP3"},
	{"STLS", false, "", "POP3"},
	{"STAT", false, "", "POP3"},
	{"QUIT", false, "", "POP3"},
}
