package imaptest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Script holds the octets that both sides of a connection send, in order. ParseScript makes one from text that a
// person writes, and a Recorder makes one from a session:
//
//	S: * OK ready
//	C: A1 LOGIN alice …
//	S: A1 OK
//
// Each line stands for its text and CRLF. In a "C:" line, "…" stands for any octets. After "S=" and "C=" comes a quoted
// Go string, which stands for exactly its octets: CRLF is not added, and "…" stands for itself. At a line "TLS", both
// sides begin TLS. Empty lines and lines that begin with "#" are skipped.
type Script struct{ steps []scriptStep }

type scriptStep struct {
	server bool
	exact  bool // "…" stands only for itself
	tls    bool // TLS begins; data is empty
	data   []byte
	line   int // the number of the line in the text of the script
}

// ellipsis stands for any octets.
const ellipsis = "…"

// ParseScript reads a script. The error names the line that is wrong.
func ParseScript(text string) (*Script, error) {
	s := new(Script)
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(strings.TrimLeft(line, " \t"), "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if strings.TrimRight(line, " \t") == "TLS" {
			s.steps = append(s.steps, scriptStep{tls: true, line: n})
			continue
		}
		if len(line) < 2 || line[0] != 'S' && line[0] != 'C' || line[1] != ':' && line[1] != '=' {
			return nil, fmt.Errorf("imaptest: script line %d: want S:, C:, S=, C= or TLS, got %q", n, line)
		}
		step := scriptStep{server: line[0] == 'S', exact: line[1] == '=', line: n}
		rest := strings.TrimPrefix(line[2:], " ")
		if step.exact {
			x, err := strconv.Unquote(strings.TrimSpace(rest))
			if err != nil {
				return nil, fmt.Errorf("imaptest: script line %d: %w", n, err)
			}
			step.data = []byte(x)
		} else {
			step.data = []byte(rest + "\r\n")
		}
		s.steps = append(s.steps, step)
	}
	return s, nil
}

// String returns the script as text, without comments. ParseScript returns the same script for this text.
func (s *Script) String() string {
	var b strings.Builder
	for _, st := range s.steps {
		if st.tls {
			b.WriteString("TLS\n")
			continue
		}
		side := "C"
		if st.server {
			side = "S"
		}
		line, whole := bytes.CutSuffix(st.data, []byte("\r\n"))
		open := !st.server && bytes.Contains(line, []byte(ellipsis))
		if whole && (open && !st.exact || !(open && st.exact) && plain(line)) {
			b.WriteString(strings.TrimRight(side+": "+string(line), "\r\n") + "\n")
		} else {
			b.WriteString(side + "= " + strconv.Quote(string(st.data)) + "\n")
		}
	}
	return b.String()
}

// plain reports whether a line can stand in a script without quotes.
func plain(line []byte) bool {
	if !utf8.Valid(line) {
		return false
	}
	return bytes.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// Side names a side of a connection.
type Side bool

// The sides of a connection.
const (
	ServerSide Side = true
	ClientSide Side = false
)

// Size returns how many octets a side sends.
func (s *Script) Size(side Side) (n int) {
	for _, st := range s.steps {
		if st.server == bool(side) && !st.tls {
			n += len(st.data)
		}
	}
	return n
}
