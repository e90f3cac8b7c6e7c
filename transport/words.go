package transport

import (
	"errors"
	"strings"
)

// split splits a command line into words like a shell, but without expansions, operators and comments.
func split(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	in := false // whether s[i] is within a word; the word may be empty, as in ""
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == 0:
			return nil, errors.New("a NUL in the command")
		case c == '\\' && quote != '\'':
			if i++; i == len(s) {
				return nil, errors.New(`a \ at the end of the command`)
			}
			if quote == '"' && s[i] != '"' && s[i] != '\\' {
				word.WriteByte('\\')
			}
			if s[i] == 0 {
				return nil, errors.New("a NUL in the command")
			}
			word.WriteByte(s[i])
			in = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, in = c, true
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			if in {
				words = append(words, word.String())
				word.Reset()
				in = false
			}
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote in the command is not closed")
	}
	if in {
		words = append(words, word.String())
	}
	return words, nil
}
