package relay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/relay"
	"github.com/imapstack/imapstack/wire"
)

// tcp returns the two ends of a TCP connection.
func tcp(t *testing.T) (a, b *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	x, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	y, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return x.(*net.TCPConn), y.(*net.TCPConn)
}

// playTCP works like play, but the client has a TCP connection, of which it can close only its half. run waits until
// Relay.Run has returned, and returns the error of Run.
func playTCP(t *testing.T, change func(*relay.Config)) (client, back *end, run func() error) {
	t.Helper()
	mine, front := tcp(t)
	ended, done := make(chan struct{}), error(nil)
	_, back = play(t, func(cfg *relay.Config) {
		closeBack := cfg.Close
		cfg.Commands, cfg.Client = parser.NewCommandReader(wire.NewReader(front, wire.Limits{})), front
		cfg.Close = func() { front.Close(); closeBack() }
		if change != nil {
			change(cfg)
		}
	}, func(err error) { done = err; close(ended) })
	t.Cleanup(func() { mine.Close() })
	mine.SetDeadline(time.Now().Add(time.Minute))
	return newEnd(t, mine), back, func() error {
		select {
		case <-ended:
			return done
		case <-time.After(time.Minute):
			t.Fatal("Run has not returned after a minute, want it to return")
			return nil
		}
	}
}

// TestRelayPanics checks that a panic in a function of the program ends only that Relay. Run returns a PanicError with
// the value and the stack, and the client gets BYE.
func TestRelayPanics(t *testing.T) {
	boom := errors.New("boom")
	for name, change := range map[string]func(*relay.Config){
		"Command":  func(cfg *relay.Config) { cfg.Command = func(*relay.Command) error { panic(boom) } },
		"Response": func(cfg *relay.Config) { cfg.Response = func(*relay.Response) error { panic(boom) } },
		"Wants":    func(cfg *relay.Config) { cfg.Wants = func([]byte) bool { panic(boom) } },
		"Untagged": func(cfg *relay.Config) {
			cfg.Command = func(c *relay.Command) error { return c.Untagged(func(*wire.Encoder) { panic(boom) }) }
		},
		"Instead": func(cfg *relay.Config) {
			cfg.Response = func(r *relay.Response) error { return r.Instead(func(*wire.Encoder) { panic(boom) }) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, back, run := playTCP(t, change)
			client.say("A1 NOOP\r\n")
			if name == "Response" || name == "Instead" {
				back.hears("A1 NOOP\r\n")
				io.WriteString(back, "* 1 EXISTS\r\nA1 OK done\r\n") // not say, because the Relay can end before it has read all
			}
			line := ""
			for line != "* BYE [SERVERBUG] internal error\r\n" {
				var err error
				if line, err = client.in.ReadString('\n'); err != nil {
					t.Fatalf("got %q, %v; want BYE", line, err)
				}
			}
			if rest, err := io.ReadAll(client.in); len(rest) > 0 {
				t.Errorf("after BYE the client got %q, %v; want nothing", rest, err)
			}
			panicked := (*relay.PanicError)(nil)
			if err := run(); !errors.As(err, &panicked) || !errors.Is(err, boom) || !strings.Contains(string(panicked.Stack), "TestRelayPanics") {
				t.Errorf("Run: got %v, want a PanicError with the stack", err)
			}
			if _, err := back.in.ReadByte(); err == nil {
				t.Error("the connection to the back end is still open, want it closed")
			}
		})
	}
}

// TestRelayPanicInClose checks that Run returns if Config.Close panics after it has closed the connections.
func TestRelayPanicInClose(t *testing.T) {
	client, _, run := playTCP(t, func(cfg *relay.Config) {
		shut := cfg.Close
		cfg.Close = func() { shut(); panic("boom") }
	})
	client.Close()
	if err := run(); !errors.As(err, new(*relay.PanicError)) {
		t.Errorf("Run: got %v, want a PanicError", err)
	}
}

// TestFrontPanics checks that a panic of Front.Login ends only that client's connection.
func TestFrontPanics(t *testing.T) {
	client, front := tcp(t)
	defer client.Close()
	defer front.Close()
	client.SetDeadline(time.Now().Add(time.Minute))
	f := &relay.Front{Conn: front, Plain: true, Login: func(context.Context, string, string) (*parser.Capabilities, error) { panic("boom") }}
	ended := make(chan error, 1)
	go func() {
		ended <- f.SignIn(context.Background())
		front.Close()
	}()
	e := newEnd(t, client)
	e.in.ReadString('\n')
	e.say("A1 LOGIN alice secret\r\n")
	e.hears("* BYE [SERVERBUG] internal error\r\n")
	if err := <-ended; !errors.As(err, new(*relay.PanicError)) {
		t.Errorf("SignIn: got %v, want a PanicError", err)
	}
}

// TestRelayHalfClose has a client that closes its half of the TCP connection after its last command. The client still
// gets the answers.
func TestRelayHalfClose(t *testing.T) {
	for _, literal := range []string{"", "A3 APPEND box {5+}\r\nhello\r\n"} {
		client, back, run := playTCP(t, nil)
		client.say("A1 NOOP\r\nA2 CHECK\r\n" + literal)
		client.Conn.(*net.TCPConn).CloseWrite()
		back.hears("A1 NOOP\r\n")
		back.hears("A2 CHECK\r\n")
		back.say("A1 OK done\r\n* 1 EXISTS\r\nA2 OK done\r\n")
		if literal != "" {
			back.hears("A3 APPEND box {5}\r\n")
			back.say("+ go on\r\n")
			back.hears("hello\r\n")
			back.say("A3 OK done\r\n")
			client.hears("A1 OK done\r\n")
			client.hears("* 1 EXISTS\r\n")
			client.hears("A2 OK done\r\n")
			client.hears("A3 OK done\r\n")
		} else {
			client.hears("A1 OK done\r\n")
			client.hears("* 1 EXISTS\r\n")
			client.hears("A2 OK done\r\n")
		}
		if _, err := client.in.ReadByte(); err != io.EOF {
			t.Errorf("after the answers: got %v, want EOF", err)
		}
		if err := run(); err != io.EOF {
			t.Errorf("Run: got %v, want EOF", err)
		}
	}
}

// TestRelayClientLeaves checks that the Relay notices, in every place where it waits for a silent back end, that the
// client has left. The client closes its connection, or resets it.
func TestRelayClientLeaves(t *testing.T) {
	for name, x := range map[string]struct {
		says, hears string // hears is what the back end reads before it falls silent
		window      int
	}{
		"an unanswered command":             {"A1 NOOP\r\n", "A1 NOOP\r\n", 0},
		"the window is full":                {"A1 NOOP\r\nA2 NOOP\r\n", "A1 NOOP\r\n", 1},
		"a literal":                         {"A1 APPEND box {5}\r\n", "A1 APPEND box {5}\r\n", 0},
		"a literal that has been sent":      {"A1 APPEND box {5+}\r\nhello\r\nA2 LOGOUT\r\n", "A1 APPEND box {5}\r\n", 0},
		"IDLE":                              {"A1 IDLE\r\n", "A1 IDLE\r\n", 0},
		"the back end does not read at all": {"A1 NOOP\r\n", "", 0},
	} {
		for _, reset := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				client, back, run := playTCP(t, func(cfg *relay.Config) {
					cfg.Window, cfg.Linger = x.window, time.Millisecond
					if reset {
						cfg.Linger = time.Hour
					}
				})
				client.say(x.says)
				if x.hears != "" {
					back.hears(x.hears)
				}
				if reset {
					client.Conn.(*net.TCPConn).SetLinger(0)
				}
				client.Close()
				if err := run(); err == nil {
					t.Error("Run: got no error, want one that says why the Relay has ended")
				}
			})
		}
	}
}

// TestRelayLinger checks that Config.Linger limits only how long the back end is silent after the client has left.
// While the back end sends responses, the Relay goes on for much longer.
func TestRelayLinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		commands, client := io.Pipe()
		run := make(chan error, 1)
		_, back := play(t, func(cfg *relay.Config) {
			cfg.Commands = parser.NewCommandReader(wire.NewReader(commands, wire.Limits{}))
			cfg.Client, cfg.Linger = io.Discard, time.Minute
		}, func(err error) { run <- err })
		back.SetDeadline(time.Time{})
		io.WriteString(client, "A1 NOOP\r\n")
		back.hears("A1 NOOP\r\n")
		client.Close()
		for range 10 {
			time.Sleep(50 * time.Second)
			back.say("* 1 EXISTS\r\n")
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		select {
		case err := <-run:
			if err != io.EOF {
				t.Errorf("Run: got %v, want EOF", err)
			}
		default:
			t.Error("Run has not returned after two minutes of silence")
		}
	})
}

// TestDialogueWithLiteral has a client that sends IDLE or AUTHENTICATE with a literal, which the grammar does not
// allow. The client gets one continuation request for the literal, and then those of the command.
func TestDialogueWithLiteral(t *testing.T) {
	for _, name := range []string{"IDLE", "AUTHENTICATE"} {
		for _, size := range []int{0, 5000} { // a line that is larger than the buffer is written at once
			client, back := play(t, nil)
			head := "A1 " + name + strings.Repeat(" x", size) + " {5}\r\n"
			go io.WriteString(client, head)
			back.hears(head)
			back.say("+ literal\r\n")
			client.hears("+ go on\r\n")
			client.say("hello\r\n")
			back.hears("hello\r\n")
			back.say("+ dialogue\r\n")
			client.hears("+ dialogue\r\n")
			back.say("A1 BAD no\r\n")
			client.hears("A1 BAD no\r\n")
		}
	}
}

// TestRelayHalfCloseMany has a client that sends many commands, with literals, and then closes its half of the
// connection. The client gets all answers, even if Config.Window is small.
func TestRelayHalfCloseMany(t *testing.T) {
	for _, window := range []int{1, 3, 0} {
		for _, last := range []string{"NOOP", "LOGOUT"} {
			p := start(t, server(t), func(cfg *relay.Config) { cfg.Window = window })
			var b strings.Builder
			b.WriteString("A LOGIN alice secret\nB CREATE box\nC SELECT box\n")
			for i := range 90 {
				switch i % 3 {
				case 0:
					fmt.Fprintf(&b, "N%d APPEND box {%d+}\n%s\n", i, 100*i, strings.Repeat("x", 100*i))
				case 1:
					fmt.Fprintf(&b, "N%d FETCH 1:* BODY.PEEK[]\n", i)
				default:
					fmt.Fprintf(&b, "N%d SEARCH SUBJECT {3+}\nabc\n", i)
				}
			}
			b.WriteString("Z " + last + "\n")
			said := make(chan error, 1)
			go func() {
				_, err := io.WriteString(p.Conn, strings.ReplaceAll(b.String(), "\n", "\r\n"))
				said <- errors.Join(err, p.Conn.(*net.TCPConn).CloseWrite())
			}()
			for i := range 90 {
				p.until(fmt.Sprintf("N%d ", i))
			}
			p.until("Z OK")
			if _, err := p.in.ReadByte(); err != io.EOF {
				t.Errorf("after the last answer: got %v, want EOF", err)
			}
			if err := <-said; err != nil {
				t.Error(err)
			}
		}
	}
}
