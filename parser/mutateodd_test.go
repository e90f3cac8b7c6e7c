package parser

import (
	"fmt"
	"slices"
	"strings"
)

// piece is a token of a response or a whole list.
type piece struct {
	from, to int
	kind     byte // 'a' for an atom, 'n' for a number, 's' for a string, 'N' for NIL, 'l' for a literal, '(' for a list
}

// pieces returns the tokens and the lists in b[from:]. A list comes before its contents.
func pieces(b string, from int) (list []piece) {
	var open []int
	for i := from; i < len(b); {
		switch c := b[i]; {
		case c == ' ' || c == '\r' || c == '\n' || c == '[' || c == ']' || c == '<' || c == '>':
			i++
		case c == '(':
			open = append(open, len(list))
			list = append(list, piece{from: i, kind: '('})
			i++
		case c == ')':
			if i++; len(open) > 0 {
				list[open[len(open)-1]].to = i
				open = open[:len(open)-1]
			}
		case c == '"':
			end := i + 1
			for end < len(b) && b[end] != '"' {
				if b[end] == '\\' {
					end++
				}
				end++
			}
			list = append(list, piece{i, min(end+1, len(b)), 's'})
			i = end + 1
		case c == '{' || c == '~' && i+1 < len(b) && b[i+1] == '{':
			var n int
			head := strings.IndexByte(b[i:], '\n') + 1
			fmt.Sscanf(strings.TrimLeft(b[i:], "~{"), "%d", &n)
			if head == 0 || i+head+n > len(b) {
				return nil
			}
			list = append(list, piece{i, i + head + n, 'l'})
			i += head + n
		default:
			end := i
			for end < len(b) && !strings.ContainsRune(" ()\r\n[]<>\"", rune(b[end])) {
				end++
			}
			p := piece{i, end, 'a'}
			if word := b[i:end]; strings.Trim(word, "0123456789") == "" {
				p.kind = 'n'
			} else if strings.EqualFold(word, "NIL") {
				p.kind = 'N'
			}
			list = append(list, p)
			i = end
		}
	}
	return slices.DeleteFunc(list, func(p piece) bool { return p.to == 0 })
}

// oddity is a kind of damage. The function do damages a piece of a response, or returns "" if the damage does not apply
// to the piece.
type oddity struct {
	name string
	do   func(b string, p piece) string
}

func replaced(b string, p piece, by string) string { return b[:p.from] + by + b[p.to:] }

func inserted(b string, p piece, what string) string {
	if p.kind == 'l' || p.kind == '(' {
		return ""
	}
	at := (p.from + p.to + 1) / 2
	return b[:at] + what + b[at:]
}

var oddities = []oddity{
	{"a space", func(b string, p piece) string { return b[:p.from] + " " + b[p.from:] }},
	{"a space before the close", func(b string, p piece) string {
		if p.to < len(b) && b[p.to] == ')' {
			return b[:p.to] + " " + b[p.to:]
		}
		return ""
	}},
	{"no space", func(b string, p piece) string {
		if b[p.from-1] == ' ' {
			return b[:p.from-1] + b[p.from:]
		}
		return ""
	}},
	{"NIL", func(b string, p piece) string {
		if p.kind == 'N' {
			return ""
		}
		return replaced(b, p, "NIL")
	}},
	{"a number for a string", func(b string, p piece) string {
		if p.kind == 's' || p.kind == 'N' {
			return replaced(b, p, "42")
		}
		return ""
	}},
	{"a string for a number", func(b string, p piece) string {
		if p.kind == 'n' {
			return replaced(b, p, `"x"`)
		}
		return ""
	}},
	{"a list for an atom", func(b string, p piece) string {
		if p.kind == 'a' || p.kind == 'n' {
			return replaced(b, p, "(a b)")
		}
		return ""
	}},
	{"an 8-bit octet", func(b string, p piece) string { return inserted(b, p, "\xe4") }},
	{"parentheses", func(b string, p piece) string { return replaced(b, p, "("+b[p.from:p.to]+")") }},
	{"empty parentheses", func(b string, p piece) string { return b[:p.from] + "() " + b[p.from:] }},
	{"a quote", func(b string, p piece) string { return inserted(b, p, `"`) }},
	{"no close", func(b string, p piece) string {
		if p.kind == '(' {
			return b[:p.to-1] + b[p.to:]
		}
		return ""
	}},
}

// variant returns b with another value of the same kind at p.
func variant(b string, p piece) string {
	switch p.kind {
	case 's', 'N', 'l':
		return replaced(b, p, `"zq"`)
	case 'n':
		return replaced(b, p, "3999")
	case 'a':
		if b[p.from] == '\\' {
			return replaced(b, p, `\Zq`)
		}
		return replaced(b, p, "Zq")
	}
	return b
}
