package parser

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/wire"
)

// relayClient is a client of a proxy. In its commands, "{" stands for a literal before which the client waits, and "+"
// for a literal that it sends without waiting. "~" and "*" stand for a literal8 with and without waiting. If the proxy
// answers a command instead of asking for its literal, a patient client sends the next command. A client that is not
// patient sends the literal all the same.
type relayClient struct {
	// commands has the parts of each command: a text, which ends with the kind of a literal if one follows, or the
	// octets of a literal.
	commands [][]string
	patient  bool
	body     bool // the next part is the octets of a literal
	waits    bool // the client must wait before it sends the octets of the literal
	invited  bool
	pending  []byte
}

func (c *relayClient) Read(p []byte) (int, error) {
	for len(c.pending) == 0 {
		if c.waits && !c.invited && c.patient {
			// The proxy has answered the command instead of asking for the literal.
			c.commands, c.body = c.commands[1:], false
		}
		c.waits, c.invited = false, false
		if len(c.commands) == 0 {
			return 0, io.EOF
		}
		c.next()
	}
	n := copy(p, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

// next prepares the octets to send next. They end before the octets of a literal for which the client must wait, or at
// the end of the command.
func (c *relayClient) next() {
	parts := c.commands[0]
	for ; len(parts) > 0 && !c.waits; parts = parts[1:] {
		part := parts[0]
		if c.body {
			c.pending, c.body = append(c.pending, part...), false
			continue
		}
		if form := map[byte]string{'{': "{%d}", '+': "{%d+}", '~': "~{%d}", '*': "~{%d+}"}[part[len(part)-1]]; form != "" {
			c.pending = append(c.pending, part[:len(part)-1]...)
			c.pending = fmt.Appendf(c.pending, form+"\r\n", len(parts[1]))
			c.body, c.waits = true, !strings.Contains(form, "+")
			continue
		}
		c.pending = append(c.pending, part...)
	}
	if c.commands[0] = parts; len(parts) == 0 && !c.body {
		c.pending = append(c.pending, "\r\n"...)
		c.commands = c.commands[1:]
	}
}

// relayServer is a back end that may refuse one literal of each command, and executes every other command that it
// reads. It obeys RFC 9051 §4.3 and RFC 7888 §4, and knows only the kinds of literals that are in mode.
type relayServer struct {
	t        *testing.T
	mode     wire.Mode
	refuse   int // index of the literal that the server refuses in each command, from 0; -1 for none
	executed []string
	line     []byte // the current line
	text     []byte // the command, up to the current octet
	left     int    // octets left of a literal
	nth      int
	drops    bool // the command has been answered, and its rest is dropped
	said     []string
}

func (s *relayServer) Write(p []byte) (int, error) {
	for _, c := range p {
		s.take(c)
	}
	return len(p), nil
}

func (s *relayServer) take(c byte) {
	s.text = append(s.text, c)
	if s.left > 0 {
		s.left--
		return
	}
	s.line = append(s.line, c)
	if c != '\n' {
		return
	}
	line := s.line
	s.line = nil
	size, sync, binary, ok := 0, true, false, false
	if i := bytes.LastIndexByte(line, '{'); i >= 0 && bytes.HasSuffix(line, []byte("}\r\n")) {
		num := string(line[i+1 : len(line)-3])
		if rest, plus := strings.CutSuffix(num, "+"); plus {
			num, sync = rest, false
		}
		_, err := fmt.Sscanf(num, "%d", &size)
		ok, binary = err == nil, i > 0 && line[i-1] == '~'
	}
	if ok && !sync && !(s.mode.LiteralPlus || s.mode.LiteralMinus && size <= 4096) || ok && !sync && binary && !s.mode.Binary {
		// A server without this kind of literal treats the line as a bad command, and reads the octets of the literal
		// as commands.
		s.say("NO")
		s.end("")
		return
	}
	switch {
	case s.drops && ok && !sync:
		s.left = size
	case s.drops:
		s.end("")
	case !ok:
		s.end(string(s.text))
		s.say("OK")
	case s.nth == s.refuse && sync:
		s.say("NO")
		s.end("")
	case s.nth == s.refuse:
		s.say("NO")
		s.drops, s.left = true, size
	default:
		if sync {
			s.say("+")
		}
		s.left = size
	}
	s.nth++
}

func (s *relayServer) say(what string) { s.said = append(s.said, what) }

// end executes the command in text, if text is not empty, and prepares for the next command.
func (s *relayServer) end(text string) {
	if text != "" {
		s.executed = append(s.executed, text)
	}
	s.text, s.nth, s.drops = nil, -1, false // take increments nth
}

// hear reads what the back end has sent. It reports whether the back end has sent a continuation request, and whether
// it has sent the answer to a command.
func (s *relayServer) hear() (plus, answered bool) {
	for _, x := range s.said {
		plus, answered = plus || x == "+", answered || x != "+"
	}
	s.said = nil
	return plus, answered
}

// cutting interrupts each wait and each write once with a deadline error.
type cutting struct {
	w   io.Writer
	now bool
}

func (c *cutting) cut() error {
	if c.now = !c.now; c.now {
		return os.ErrDeadlineExceeded
	}
	return nil
}

func (c *cutting) Write(p []byte) (int, error) {
	n := len(p)
	if c.now = !c.now; c.now {
		n = (n + 1) / 2
	}
	m, _ := c.w.Write(p[:n])
	if n < len(p) {
		return m, os.ErrDeadlineExceeded
	}
	return m, nil
}

// filtered runs a proxy between client and server. The proxy relays every command except DELETE. If cuts is true, a
// deadline interrupts each wait and each write once. filtered returns the tags and names of the commands that the proxy
// has read.
func filtered(t *testing.T, client *relayClient, server *relayServer, cuts bool) (seen []string, err error) {
	r := NewCommandReader(wire.NewReader(client, wire.Limits{Inline: 4}))
	r.OnLiteral(func(*LiteralRequest) error {
		t.Error("the function that OnLiteral sets is called, although the back end decides about literals")
		return nil
	})
	c := &cutting{w: server}
	cut := c.cut
	if !cuts {
		cut = func() error { return nil }
	}
	to := &wire.BackEnd{W: server, Mode: server.mode}
	agreed := false
	if cuts {
		to.W = c
	}
	to.Await = func() error {
		if err := cut(); err != nil {
			return err
		}
		plus, answered := server.hear()
		if plus == answered {
			t.Fatalf("the relay waits, but the back end has sent neither or both of a continuation request and an answer")
		}
		if answered {
			return fmt.Errorf("the back end said NO: %w", wire.ErrRefused)
		}
		agreed = true
		return nil
	}
	to.Invite = func() error {
		if err := cut(); err != nil {
			return err
		}
		if !agreed || client.patient && !client.waits {
			t.Error("the proxy asks the client for a literal before the back end asks the proxy, or when the client does not wait")
		}
		client.invited, agreed = true, false
		return nil
	}
	for {
		h, err := r.NextHead()
		if bad := (*BadCommand)(nil); errors.As(err, &bad) {
			seen = append(seen, string(bad.Tag)+" BAD")
			continue
		}
		if err != nil {
			return seen, err
		}
		seen = append(seen, strings.ToUpper(string(h.Tag))+" "+h.Name)
		if h.Name == "DELETE" {
			continue // the proxy answers NO, and does not relay the command
		}
		server.said = nil
		for err = os.ErrDeadlineExceeded; errors.Is(err, os.ErrDeadlineExceeded); {
			_, err = r.Relay(to)
		}
		if bad := (*BadCommand)(nil); err != nil && !errors.Is(err, wire.ErrRefused) && !errors.As(err, &bad) {
			return seen, err
		}
	}
}

// TestFilterSeesAll connects clients that send literals of all kinds with back ends that refuse the first, second or
// third literal of each command, or none. A back end must never execute the contents of a literal as a command, or a
// command that the proxy forbids.
func TestFilterSeesAll(t *testing.T) {
	const evil = "A8 DELETE box\r\nA9 DELETE box {3+}\r\nabc\r\n"
	kinds := []string{"{", "+", "~", "*"}
	modes := map[string]wire.Mode{
		"nothing":             {},
		"LITERAL-":            {LiteralMinus: true},
		"LITERAL+":            {LiteralPlus: true},
		"LITERAL+ and BINARY": {LiteralPlus: true, Binary: true},
	}
	bodies := []string{evil, "", evil + strings.Repeat(evil, 200)}
	for name, mode := range modes {
		for refuse := -1; refuse < 3; refuse++ {
			for _, k1 := range kinds {
				for _, k2 := range kinds {
					for _, body := range bodies {
						for _, patient := range []bool{true, false} {
							for _, cuts := range []bool{false, true} {
								at := fmt.Sprintf("%s, refused at %d, kinds %s %s, %d octets, patient %v, cuts %v", name, refuse, k1, k2, len(body), patient, cuts)
								client := &relayClient{patient: patient, commands: [][]string{
									{"A1 NOOP"},
									{"A2 APPEND box " + k1, body, " " + k2, body, " (" + k1, body, ")"},
									{"A3 DELETE " + k2, body},
									{"A4 NOOP"},
								}}
								server := &relayServer{t: t, mode: mode, refuse: refuse, nth: 0}
								seen, err := filtered(t, client, server, cuts)
								if err != io.EOF {
									t.Fatalf("%s: got error %v, want io.EOF; the proxy has read %q", at, err, seen[:min(len(seen), 9)])
								}
								judgeFilter(t, at, seen, server, patient)
							}
						}
					}
				}
			}
		}
	}
}

func judgeFilter(t *testing.T, at string, seen []string, server *relayServer, patient bool) {
	t.Helper()
	for _, x := range server.executed {
		words := strings.FieldsFunc(strings.ReplaceAll(strings.ToUpper(x), " UID ", " "), func(c rune) bool { return c == ' ' || c == '\r' || c == '\n' })
		if len(words) < 2 || words[1] == "DELETE" || !slices.Contains(seen, words[0]+" "+words[1]) {
			t.Fatalf("%s: the back end executes %q, but the proxy has read %q", at, x, seen[:min(len(seen), 9)])
		}
	}
	if patient {
		want := []string{"A1 NOOP", "A2 APPEND", "A3 DELETE", "A4 NOOP"}
		if !slices.Equal(seen, want) {
			t.Fatalf("%s: the proxy has read %q, want %q", at, seen[:min(len(seen), 9)], want)
		}
		n := 3
		if server.refuse >= 0 {
			n = 2
		}
		if len(server.executed) != n || len(server.line) > 0 || server.left > 0 {
			t.Fatalf("%s: the back end has executed %q, want %d commands; it still has %q", at, server.executed, n, server.text)
		}
	}
}

// FuzzRelay sends arbitrary octets of a client through a proxy. The proxy must have read and allowed every command that
// the back end executes.
func FuzzRelay(f *testing.F) {
	for _, c := range goldenCommands(f) {
		f.Add(c+"A9 DELETE x\r\n", -1, uint8(0))
		f.Add(c+"A9 DELETE x\r\n", 0, uint8(1))
	}
	for _, bad := range []string{"\"a{9+}", "{{9+}", "a{9+}", "{9 +}", "\"a{9+}\"", "\"\\\"{9+}", "{9+}\r", "{9}\r\nabcdefghi{15+}", "\r", "\x00"} {
		f.Add("A1 X "+bad+"\r\nA2 DELETE x\r\nA3 NOOP\r\n", -1, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, refuse int, how uint8) {
		client := &relayClient{pending: []byte(text)}
		server := &relayServer{t: t, refuse: refuse, mode: wire.Mode{LiteralPlus: how&1 != 0, Binary: how&2 != 0}}
		seen, err := filtered(t, client, server, how&4 != 0)
		judgeFilter(t, fmt.Sprintf("%q: %v", text, err), seen, server, false)
	})
}
