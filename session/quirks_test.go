package session_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// quirk is a row of the parser's catalogue of what real servers send; see parser/quirks_test.go.
type quirk struct {
	greeting      bool
	id, raw, ends string
	rules         []string
}

func quirks(t testing.TB) (list []*quirk) {
	b, err := os.ReadFile("../parser/testdata/quirks.txt")
	if err != nil {
		t.Fatal(err)
	}
	area, q := "", (*quirk)(nil)
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		key, text, _ := strings.Cut(line, ": ")
		switch {
		case strings.HasPrefix(line, "# "):
			area = line[2:]
		case strings.HasPrefix(line, "["):
			q = &quirk{greeting: area == "Greeting", id: line[1:strings.IndexByte(line, ']')]}
			list = append(list, q)
		case key == "S":
			q.raw = octets(text)
		case key == "rules":
			q.rules = strings.Fields(text)
		case key == "ends":
			q.ends = text
		}
	}
	return list
}

// octets replaces the escapes in a row of the catalogue.
func octets(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			if at := strings.IndexByte("rntx", s[i+1]); at == 3 {
				fmt.Sscanf(s[i+2:i+4], "%02x", &c)
				i += 3
			} else if at >= 0 {
				c = "\r\n\t"[at]
				i++
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// serveQuirk is a server that sends one row.
func serveQuirk(c net.Conn, q *quirk) {
	defer c.Close()
	hello := "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n"
	if q.greeting {
		hello = q.raw
	}
	if _, err := c.Write([]byte(hello)); err != nil {
		return
	}
	in := bufio.NewScanner(c)
	for in.Scan() {
		tag, name, _ := strings.Cut(strings.TrimSpace(in.Text()), " ")
		said := "%T OK done\r\n"
		switch name {
		case "CAPABILITY":
			said = "* CAPABILITY IMAP4rev1\r\n%T OK done\r\n"
		case "X-TRY":
			if said = q.raw; q.greeting {
				said = ""
			}
			if !strings.HasPrefix(said, "%T") && !strings.Contains(said, "\n%T") && q.id != "F15" || q.id == "X29" {
				said += "%T OK done\r\n"
			}
		}
		if _, err := c.Write([]byte(strings.ReplaceAll(said, "%T", tag))); err != nil {
			return
		}
	}
}

// decoders has the decoders of some responses, by the name of the response.
var decoders = map[string]func() interface{ Decode(*wire.Decoder) error }{
	"CAPABILITY": func() interface{ Decode(*wire.Decoder) error } { return new(parser.Capabilities) },
	"LIST":       func() interface{ Decode(*wire.Decoder) error } { return new(parser.ListData) },
	"STATUS":     func() interface{ Decode(*wire.Decoder) error } { return new(parser.StatusData) },
	"SEARCH":     func() interface{ Decode(*wire.Decoder) error } { return new(parser.SearchData) },
	"ESEARCH":    func() interface{ Decode(*wire.Decoder) error } { return new(parser.ESearch) },
	"THREAD":     func() interface{ Decode(*wire.Decoder) error } { return new(parser.ThreadData) },
	"NAMESPACE":  func() interface{ Decode(*wire.Decoder) error } { return new(parser.Namespace) },
	"ID":         func() interface{ Decode(*wire.Decoder) error } { return new(parser.ID) },
	"QUOTA":      func() interface{ Decode(*wire.Decoder) error } { return new(parser.Quota) },
	"QUOTAROOT":  func() interface{ Decode(*wire.Decoder) error } { return new(parser.QuotaRoot) },
	"MYRIGHTS":   func() interface{ Decode(*wire.Decoder) error } { return new(parser.MyRights) },
	"URLFETCH":   func() interface{ Decode(*wire.Decoder) error } { return new(parser.URLFetchData) },
}

// try is a command that claims all data and decodes it.
func try() session.Command {
	return session.Command{
		Name: "X-TRY", Answers: session.TaggedOnly,
		Claim: func(r *parser.Response) bool { return r.Status == 0 },
		Data: func(r *parser.Response) error {
			d := r.Decoder()
			switch {
			case r.Name == "FETCH":
				m, err := r.Fetch()
				if err != nil {
					return err
				}
				for _, err := range m.Sections {
					if err != nil {
						return err
					}
				}
				if _, err := m.Envelope(new(parser.Envelope)); err != nil {
					return err
				}
				_, err = m.BodyStructure(new(parser.BodyStructure))
				return err
			case r.Name == "FLAGS":
				parser.DecodeFlags(d, nil)
				if d.Err() != nil {
					return d.Err()
				}
			case decoders[r.Name] != nil && r.Num == 0:
				if err := decoders[r.Name]().Decode(d); err != nil {
					return err
				}
			default:
				return nil
			}
			if !d.AtEnd() {
				d.Expected("the end of the response")
			}
			return d.Err()
		},
	}
}

// tryQuirk opens a session on a server that sends the row, and runs two commands. It returns the error of each step.
func tryQuirk(t *testing.T, q *quirk, cfg *session.Config) (open, cmd, after error) {
	synctest.Test(t, func(t *testing.T) {
		c, srv := imaptest.Pipe(0)
		go serveQuirk(srv, q)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s, err := session.Open(ctx, c, cfg)
		if open = err; err != nil {
			c.Close()
			return
		}
		defer s.Close()
		_, cmd = session.Start[struct{}](s, try(), nil).Wait(ctx)
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, after = session.Start[struct{}](s, session.Command{Name: "NOOP", Answers: session.TaggedOnly}, nil).Wait(ctx)
	})
	return open, cmd, after
}

// TestQuirks sends every row of the catalogue to a session. The session is usable after each row, unless the row says
// otherwise. No call hangs. The session reports each rule that it needed. A strict session, which allows no rule,
// returns an error for a row that needs one.
func TestQuirks(t *testing.T) {
	for _, q := range quirks(t) {
		reported := map[string]bool{}
		cfg := &session.Config{Handler: session.Handler{Deviation: func(r *parser.Response) {
			for rule := range wire.Rule(64) {
				if r.Used().Has(rule) {
					reported[parser.RuleName(rule)] = true
				}
			}
		}}}
		open, cmd, after := tryQuirk(t, q, cfg)
		if lost := open != nil || after != nil; lost != (q.ends != "") {
			t.Errorf("%s: got %v from Open, %v and %v from two commands; want the session to end: %v", q.id, open, cmd, after, q.ends != "")
		}
		for _, rule := range q.rules {
			if !reported[rule] && open == nil {
				t.Errorf("%s: Handler.Deviation did not get a response with the rule %s", q.id, rule)
			}
		}
		if len(q.rules) > 0 {
			if open, cmd, after = tryQuirk(t, q, &session.Config{Strict: true}); open == nil && cmd == nil && after == nil {
				t.Errorf("%s: a strict session returns no error", q.id)
			}
		}
	}
}

// TestStrictUnclaimed checks what happens if a response that answers no command breaks the grammar. The session reports
// the deviation, and a strict session ends.
func TestStrictUnclaimed(t *testing.T) {
	for _, line := range []string{"* CAPABILITY IMAP4rev1  IDLE", "* CAPABILITY IMAP4rev1 IDLE ", "* FLAGS (\\Seen  a)", "* ENABLED  CONDSTORE", "* 0 EXPUNGE", "* OK", "* OK [UIDNEXT 0] x"} {
		reported := false
		cfg := &session.Config{Handler: session.Handler{Deviation: func(*parser.Response) { reported = true }}}
		s := play(t, cfg, preauth+"C: A1 NOOP\nS: "+line+"\nS: A1 OK done\nC: A2 NOOP\nS: A2 OK done\n")
		if err := runCommand(t, s, noop()); err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if err := runCommand(t, s, noop()); err != nil || !reported {
			t.Errorf("%q: got %v, deviation reported: %v; want no error, and a report", line, err, reported)
		}
		s = play(t, &session.Config{Strict: true}, preauth+"C: A1 NOOP\nS: "+line+"\nS: A1 OK done\n")
		if err := runCommand(t, s, noop()); err == nil {
			t.Errorf("%q: a strict session returns no error", line)
		}
	}
}
