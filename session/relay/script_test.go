package relay_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/relay"
	"github.com/imapstack/imapstack/wire"
)

// end is one of the two programs between which a Relay stands. The test plays both.
type end struct {
	net.Conn
	t  *testing.T
	in *bufio.Reader
}

func (e *end) say(text string) {
	e.t.Helper()
	if _, err := io.WriteString(e.Conn, text); err != nil {
		e.t.Fatal(err)
	}
}

func (e *end) hears(want string) {
	e.t.Helper()
	if got, err := e.in.ReadString('\n'); got != want {
		e.t.Fatalf("got %q, %v; want %q", got, err, want)
	}
}

func newEnd(t *testing.T, c net.Conn) *end { return &end{c, t, bufio.NewReader(c)} }

// play starts a Relay between a client and a back end that the test plays. When Run has returned, the functions in
// onEnd are called with its error.
func play(t *testing.T, change func(*relay.Config), onEnd ...func(error)) (client, back *end) {
	t.Helper()
	front, server := make([]net.Conn, 2), make([]net.Conn, 2)
	front[0], front[1] = net.Pipe()
	server[0], server[1] = net.Pipe()
	cfg := relay.Config{
		Commands: parser.NewCommandReader(wire.NewReader(front[1], wire.Limits{})), Client: front[1],
		Responses: parser.NewReader(wire.NewReader(server[1], wire.Limits{})), BackEnd: server[1],
		Close: func() { front[1].Close(); server[1].Close() },
	}
	if change != nil {
		change(&cfg)
	}
	x, ended := relay.New(cfg), make(chan struct{})
	go func() {
		defer close(ended)
		err := x.Run()
		for _, f := range onEnd {
			f(err)
		}
	}()
	t.Cleanup(func() {
		front[0].Close()
		server[0].Close()
		<-ended
	})
	for _, c := range []net.Conn{front[0], server[0]} {
		c.SetDeadline(time.Now().Add(time.Minute))
	}
	return newEnd(t, front[0]), newEnd(t, server[0])
}

// TestAuthenticateEnds has a back end that ends AUTHENTICATE while it waits for the client's answer. The client's next
// line is a command, and must not reach the back end without Config.Command.
func TestAuthenticateEnds(t *testing.T) {
	client, back := play(t, nil)
	client.say("A1 AUTHENTICATE PLAIN\r\n")
	back.hears("A1 AUTHENTICATE PLAIN\r\n")
	back.say("+ \r\n")
	client.hears("+ \r\n")
	back.say("A1 NO too slow\r\n")
	client.hears("A1 NO too slow\r\n")
	back.say("* OK after A1\r\n") // when the client has this, the Relay has noted the answer
	client.hears("* OK after A1\r\n")
	client.say("A2 DELETE box\r\n")
	client.hears("A2 BAD AUTHENTICATE had already ended\r\n")
	client.say("A3 NOOP\r\n")
	back.hears("A3 NOOP\r\n")
}

// TestAuthenticateLines checks that the client cannot answer a challenge with a command. The back end would run it if
// it had just ended AUTHENTICATE.
func TestAuthenticateLines(t *testing.T) {
	for line, want := range map[string]string{"AGFsaWNlAHNlY3JldA==": "AGFsaWNlAHNlY3JldA==", "": "", "*": "*", "A2 DELETE box": "*", "A2 X {5+}": "*"} {
		client, back := play(t, nil)
		client.say("A1 AUTHENTICATE PLAIN\r\n")
		back.hears("A1 AUTHENTICATE PLAIN\r\n")
		back.say("+ \r\n")
		client.hears("+ \r\n")
		client.say(line + "\r\n")
		back.hears(want + "\r\n")
	}
}

// TestRelayPartOfCommand has a client that sends a command and the beginning of another. The back end gets the first
// command without the rest of the second.
func TestRelayPartOfCommand(t *testing.T) {
	client, back := play(t, nil)
	client.say("A1 NOOP\r\nA2 NO")
	back.hears("A1 NOOP\r\n")
	back.say("A1 OK done\r\n")
	client.hears("A1 OK done\r\n")
	client.say("OP\r\n")
	back.hears("A2 NOOP\r\n")
}

// TestRelayLiteralAfterCommand is the same for a literal that the proxy itself asks for.
func TestRelayLiteralAfterCommand(t *testing.T) {
	client, back := play(t, func(cfg *relay.Config) {
		cfg.Command = func(c *relay.Command) error { return c.Reader.Extend() }
	})
	client.say("A1 NOOP\r\nA2 SELECT {3}\r\n")
	client.hears("+ go on\r\n")
	back.hears("A1 NOOP\r\n")
}

// stumbles is a connection whose first write takes three octets, and then fails.
type stumbles struct {
	net.Conn
	wrote *strings.Builder
	n     int
}

func (s *stumbles) Write(p []byte) (int, error) {
	if s.n++; s.n == 1 {
		p = p[:3]
		s.wrote.Write(p)
		return 3, errors.New("stumbled")
	}
	s.wrote.Write(p)
	return len(p), nil
}

// TestRelayWriteFails checks that the client gets nothing after a write that has failed, not even the same octets again.
func TestRelayWriteFails(t *testing.T) {
	var wrote strings.Builder
	var ended chan struct{}
	t.Run("relay", func(t *testing.T) {
		ended = make(chan struct{})
		_, back := play(t, func(cfg *relay.Config) {
			shut := cfg.Close
			cfg.Client = &stumbles{wrote: &wrote}
			cfg.Close = func() {
				shut()
				select {
				case <-ended:
				default:
					close(ended)
				}
			}
		})
		back.say("* OK hello\r\n")
		<-ended
	})
	if got := wrote.String(); got != "* O" {
		t.Errorf("the client got %q, want only the octets of the first write", got)
	}
}

// TestSendFirstFails checks that a command of the proxy that cannot be encoded does not count as unanswered.
func TestSendFirstFails(t *testing.T) {
	client, back := play(t, func(cfg *relay.Config) {
		cfg.Window = 1
		cfg.Command = func(c *relay.Command) error {
			if err := c.SendFirst("CREATE", &parser.CreateArgs{Mailbox: []byte("a\x00b")}); err == nil {
				t.Error("SendFirst sent a name with NUL")
			}
			return nil
		}
	})
	client.say("A1 NOOP\r\n")
	back.hears("A1 NOOP\r\n")
}

// TestLongLine has a client that answers a continuation request with a line over the limit. The back end must learn
// that the dialogue is over, because it would take the next command for the answer.
func TestLongLine(t *testing.T) {
	for name, end := range map[string]string{"IDLE": "DONE\r\n", "AUTHENTICATE PLAIN": "*\r\n"} {
		client, back := play(t, func(cfg *relay.Config) {
			cfg.Commands = parser.NewCommandReader(wire.NewReader(cfg.Client.(net.Conn), wire.Limits{Message: 100}))
		})
		client.say("A1 " + name + "\r\n")
		back.hears("A1 " + name + "\r\n")
		back.say("+ \r\n")
		client.hears("+ \r\n")
		go io.Copy(io.Discard, client.in)
		client.say(strings.Repeat("x", 200) + "\r\n")
		back.hears(end)
		back.say("A1 BAD no\r\n")
		client.say("A2 NOOP\r\n")
		back.hears("A2 NOOP\r\n")
	}
}
