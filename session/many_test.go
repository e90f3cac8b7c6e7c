package session_test

import (
	"bufio"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// echo is a server that answers each command with OK. Before each answer it sends how many commands it has received.
func echo(c io.ReadWriter) {
	in := bufio.NewReader(c)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		fmt.Fprintf(c, "* %d EXISTS\r\n%s OK done\r\n", n, strings.Fields(line)[0])
	}
}

// many starts n commands before it waits for any.
func many(t testing.TB, n int) (*session.Session, []*session.Call[string]) {
	t.Helper()
	c, srv := imaptest.Pipe(0)
	go func() {
		io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n")
		echo(srv)
	}()
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var calls []*session.Call[string]
	for i := range n {
		name := fmt.Sprint(i)
		cmd := session.Command{Name: "XNOOP", Answers: session.TaggedOnly, Args: func(e *wire.Encoder) { e.SP().Atom(name) }}
		calls = append(calls, session.Start(s, cmd, &name))
	}
	return s, calls
}

// TestManyCommands starts very many commands before it waits for one, and waits for them in different orders. Each is
// answered, and the session works afterwards.
func TestManyCommands(t *testing.T) {
	const n = 5000
	for _, order := range []struct {
		name string
		at   func(i int) int
	}{
		{"the first one first", func(i int) int { return i }},
		{"the last one first", func(i int) int { return n - 1 - i }},
		{"here and there", func(i int) int { return i * 7 % n }},
	} {
		s, calls := many(t, n)
		for i := range calls {
			at := order.at(i)
			if got, err := calls[at].Wait(t.Context()); err != nil || got != fmt.Sprint(at) {
				t.Fatalf("%s: command %d: got %q, %v", order.name, at, got, err)
			}
		}
		if err := runCommand(t, s, noop()); err != nil || s.State() != session.Authenticated {
			t.Errorf("%s: NOOP after all commands: got %v in state %v", order.name, err, s.State())
		}
	}
}

// BenchmarkManyCommands measures the time of one command if n commands are started before the program waits for any of
// them. The time should not depend on n.
func BenchmarkManyCommands(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				_, calls := many(b, n)
				for _, c := range calls {
					if _, err := c.Wait(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/command")
		})
	}
}

// TestAnsweredIsForgotten runs commands while the server does not answer an earlier one. The session does not keep
// their results.
func TestAnsweredIsForgotten(t *testing.T) {
	script := preauth + "C: A1 NOOP\nC: A2 NOOP\nS: A2 OK\n"
	for i := range 10 {
		script += fmt.Sprintf("C: A%d NOOP\nS: A%d OK\n", i+3, i+3)
	}
	s := play(t, nil, script)
	session.Start[struct{}](s, noop(), nil)
	if err := runCommand(t, s, noop()); err != nil {
		t.Fatal(err)
	}
	var results []weak.Pointer[[1 << 10]byte]
	for range 10 {
		out := new([1 << 10]byte)
		results = append(results, weak.Make(out))
		cmd := noop()
		cmd.Done = func(*parser.Response) error { out[0] = 1; return nil }
		if _, err := session.Start(s, cmd, out).Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	held := 0
	for _, r := range results {
		if r.Value() != nil {
			held++
		}
	}
	if held > 1 { // the last result may still be on the stack
		t.Errorf("the session keeps %d of 10 results, want none (or only the last)", held)
	}
	if n := s.Unfinished(); n != 1 {
		t.Errorf("Unfinished: got %d, want 1", n)
	}
}
