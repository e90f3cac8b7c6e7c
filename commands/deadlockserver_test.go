package commands_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// stubborn is a server that sends at inconvenient times, although it follows the protocol.
type stubborn struct {
	name, caps string
	chatter    func(c net.Conn, when string) // sends something: before a continuation request ("go on"), within a literal ("within"), or before an answer ("answer")
	refuses    bool                          // answers NO before it has received the literal
	midway     bool                          // answers NO after it has received half of the literal
}

// chat sends more unsolicited data than fits into a buffer of n octets.
func chat(c net.Conn, n int) {
	for i := range max(40, n/50) {
		if _, err := fmt.Fprintf(c, "* %d EXISTS\r\n* OK chatter, of which there is no end\r\n", i); err != nil {
			return
		}
	}
}

func (x *stubborn) say(c net.Conn, when string) {
	if x.chatter != nil {
		x.chatter(c, when)
	}
}

func buffer(c net.Conn) int { return c.(interface{ BufferSize() int }).BufferSize() }

// serve answers NOOP and APPEND.
func (x *stubborn) serve(c net.Conn) {
	defer c.Close()
	fmt.Fprintf(c, "* PREAUTH [CAPABILITY IMAP4rev1%s] ready\r\n", x.caps)
	r := wire.NewReader(c, wire.Limits{Inline: 16})
	p := parser.NewCommandReader(r)
	p.OnLiteral(func(l *parser.LiteralRequest) error {
		if x.refuses {
			fmt.Fprintf(c, "%s NO [OVERQUOTA] never\r\n", l.Head.Tag)
			if l.Sync {
				return errors.New("refused")
			}
			return nil
		}
		if l.Sync {
			x.say(c, "go on")
			io.WriteString(c, "+ go on\r\n")
		}
		return nil
	})
	for {
		h, err := p.Next()
		var bad *parser.BadCommand
		if errors.As(err, &bad) {
			continue
		}
		if err != nil {
			return
		}
		tag := string(h.Tag)
		if h.Name == "APPEND" {
			var a parser.AppendArgs
			err = a.Decode(p)
			for m, e := range a.Messages {
				if err = e; err != nil {
					break
				}
				for part, e := range m.Parts {
					if err = e; err != nil {
						break
					}
					if _, err = io.CopyN(io.Discard, part.Body, part.Size/2); err == nil {
						x.say(c, "within")
						if x.midway {
							fmt.Fprintf(c, "%s NO [OVERQUOTA] no more\r\n", tag)
						}
						_, err = io.Copy(io.Discard, part.Body)
					}
				}
			}
			if err != nil {
				return
			}
			if x.refuses || x.midway {
				continue
			}
		}
		x.say(c, "answer")
		fmt.Fprintf(c, "%s OK done\r\n", tag)
	}
}

// TestStubbornServers sends commands and big literals to servers that send a lot before a continuation request, within
// a literal, or before an answer. The connections have small buffers.
func TestStubbornServers(t *testing.T) {
	at := func(when string) func(net.Conn, string) {
		return func(c net.Conn, now string) {
			if now == when {
				chat(c, buffer(c))
			}
		}
	}
	for _, caps := range []string{"", " LITERAL+"} {
		for _, x := range []stubborn{
			{name: "talks before the continuation request", chatter: at("go on")}, {name: "talks within a literal", chatter: at("within")}, {name: "talks before it answers", chatter: at("answer")},
			{name: "refuses", refuses: true}, {name: "refuses within a literal", midway: true},
			{name: "talks and refuses within a literal", chatter: at("within"), midway: true},
		} {
			x.caps = caps
			t.Run(x.name+caps, func(t *testing.T) {
				t.Parallel()
				for _, n := range []int{1, 2, 3, 5, 8, 13, 21, 34, 64, 1000, 64 << 10} {
					if (testing.Short() || raceEnabled) && n > 3 && n < 1000 {
						continue
					}
					synctest.Test(t, func(t *testing.T) {
						c, srv := imaptest.Pipe(n)
						go x.serve(srv)
						exists := 0
						s, err := session.Open(t.Context(), c, &session.Config{Handler: session.Handler{Exists: func(uint32) { exists++ }}})
						if err != nil {
							t.Fatal(err)
						}
						begin, big := time.Now(), bigText(n)
						list := []waiter{call(commands.Noop(s)), call(commands.Append(s, "x", strings.NewReader(big), int64(len(big)))), call(commands.Noop(s)),
							call(commands.Append(s, "x", strings.NewReader("A: b\r\n\r\n"), 8)), call(commands.Noop(s)), call(commands.Noop(s))}
						for i := len(list) - 1; i >= 0; i-- {
							err := list[i](t.Context())
							if refused := (x.refuses || x.midway) && (i == 1 || i == 3); refused && !errors.Is(err, parser.CodeOverQuota) || !refused && err != nil {
								t.Errorf("over %d octets: call %d: %v", n, i, err)
							}
						}
						if time.Since(begin) > time.Minute || s.Err() != nil {
							t.Errorf("over %d octets: after %v: %v", n, time.Since(begin), s.Err())
						}
						if x.chatter != nil && exists == 0 && !(x.name == "talks before the continuation request" && caps != "") {
							t.Errorf("over %d octets: the handler got no EXISTS", n)
						}
						s.Close()
						c.Close()
						synctest.Wait()
					})
				}
			})
		}
	}
}
