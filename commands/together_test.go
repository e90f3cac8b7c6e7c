package commands_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// together has the commands that TestTogether tries. The argument n of start is 1 for the first command of a pair and 2
// for the second. If possible, start makes the two work on different messages or mailboxes.
var together = []struct {
	name  string
	start func(s *session.Session, n uint32) waiter
}{
	{"UID FETCH", func(s *session.Session, n uint32) waiter { return commands.Fetch(s, oneUID(n), fetch.Size).Wait }},
	{"UID FETCH 1:*", func(s *session.Session, n uint32) waiter {
		return commands.Fetch(s, numset.All(numset.UID), fetch.Size).Wait
	}},
	{"FETCH", func(s *session.Session, n uint32) waiter {
		return commands.Fetch(s, numset.Of(numset.Seq, n), fetch.Size).Wait
	}},
	{"UID STORE", func(s *session.Session, n uint32) waiter {
		return commands.Store(s, oneUID(n), commands.AddFlags.Silent(), parser.FlagSeen).Wait
	}},
	{"STORE", func(s *session.Session, n uint32) waiter {
		return commands.Store(s, numset.Of(numset.Seq, n), commands.AddFlags.Silent(), parser.FlagSeen).Wait
	}},
	{"UID SEARCH", func(s *session.Session, n uint32) waiter {
		return call(commands.Search(s, numset.UID, search.Subject(fmt.Sprint(n))))
	}},
	{"SEARCH", func(s *session.Session, n uint32) waiter {
		return call(commands.Search(s, numset.Seq, search.Subject(fmt.Sprint(n))))
	}},
	{"SEARCH RETURN", func(s *session.Session, n uint32) waiter {
		return call(commands.Search(s, numset.UID, search.Subject(fmt.Sprint(n)), search.ReturnCount))
	}},
	{"THREAD", func(s *session.Session, n uint32) waiter {
		return call(commands.Thread(s, numset.UID, commands.References, search.All))
	}},
	{"UID COPY", func(s *session.Session, n uint32) waiter {
		return call(commands.Copy(s, oneUID(n), "elsewhere"))
	}},
	{"COPY", func(s *session.Session, n uint32) waiter {
		return call(commands.Copy(s, numset.Of(numset.Seq, n), "elsewhere"))
	}},
	{"COPY to itself", func(s *session.Session, n uint32) waiter { return call(commands.Copy(s, oneUID(n), "INBOX")) }},
	{"UID MOVE", func(s *session.Session, n uint32) waiter { return call(commands.Move(s, oneUID(n), "elsewhere")) }},
	{"UID EXPUNGE", func(s *session.Session, n uint32) waiter { return commands.UIDExpunge(s, oneUID(n)).Wait }},
	{"STATUS", func(s *session.Session, n uint32) waiter {
		return call(commands.Status(s, fmt.Sprint("box", n), status.Messages))
	}},
	{"LIST", func(s *session.Session, n uint32) waiter { return commands.List(s, "", "*").Wait }},
	{"APPEND", func(s *session.Session, n uint32) waiter {
		return call(commands.Append(s, "elsewhere", strings.NewReader("A: b\r\n\r\n"), -1))
	}},
	{"APPEND here", func(s *session.Session, n uint32) waiter {
		return call(commands.Append(s, "INBOX", strings.NewReader("A: b\r\n\r\n"), -1))
	}},
	{"NOOP", func(s *session.Session, n uint32) waiter { return call(commands.Noop(s)) }},
	{"NAMESPACE", func(s *session.Session, n uint32) waiter { return call(commands.Namespace(s)) }},
	{"UNSELECT", func(s *session.Session, n uint32) waiter { return call(commands.Unselect(s)) }},
	{"IDLE", func(s *session.Session, n uint32) waiter { return commands.Idle(s).Wait }},
	{"own, which declares nothing", func(s *session.Session, n uint32) waiter {
		return call(session.Start[struct{}](s, session.Command{Name: "X-OWN"}, nil))
	}},
}

func oneUID(n uint32) numset.Set { return numset.Of(numset.UID, n) }

// apart has the pairs of commands that are not sent together. The key is the command that is started first, and the
// value lists the second commands of such pairs. All other pairs are sent together.
var apart = map[string]string{
	"UID FETCH":     "UID FETCH 1:*, FETCH, STORE, SEARCH, COPY",
	"UID FETCH 1:*": "UID FETCH, UID FETCH 1:*, FETCH, UID STORE, STORE, SEARCH, COPY",
	"FETCH":         "UID FETCH, UID FETCH 1:*, UID STORE",
	"UID STORE":     "UID FETCH 1:*, FETCH, STORE, UID SEARCH, SEARCH, SEARCH RETURN, THREAD, COPY",
	"STORE":         "UID FETCH, UID FETCH 1:*, UID STORE, UID SEARCH, SEARCH, SEARCH RETURN, THREAD",
	// If a search without options is in flight, a second one asks for RETURN, so that its answer contains its tag.
	"UID SEARCH":     "FETCH, UID STORE, STORE, SEARCH, COPY, UID MOVE",
	"SEARCH":         "UID STORE, STORE, UID MOVE",
	"SEARCH RETURN":  "FETCH, UID STORE, STORE, SEARCH, COPY, UID MOVE",
	"THREAD":         "FETCH, UID STORE, STORE, SEARCH, THREAD, COPY, UID MOVE",
	"UID COPY":       "FETCH, STORE, SEARCH, COPY",
	"COPY":           "FETCH, STORE, SEARCH, COPY",
	"COPY to itself": bound,
	"UID MOVE":       bound,
	"UID EXPUNGE":    bound,
	"STATUS":         "FETCH, STORE, SEARCH, COPY",
	"LIST":           "FETCH, STORE, SEARCH, COPY, LIST",
	"APPEND":         "FETCH, STORE, SEARCH, COPY",
	"APPEND here":    bound,
	"NOOP":           "FETCH, STORE, SEARCH, COPY",
	"NAMESPACE":      "FETCH, STORE, SEARCH, COPY, NAMESPACE",
}

// bound lists the commands that work on the open mailbox.
const bound = "UID FETCH, UID FETCH 1:*, FETCH, UID STORE, STORE, UID SEARCH, SEARCH, SEARCH RETURN, THREAD, UID COPY, COPY, COPY to itself, UID MOVE, UID EXPUNGE"

// TestTogether starts every pair of commands in the table, and checks whether both are sent before one is answered (RFC
// 9051 §5.5).
func TestTogether(t *testing.T) {
	never := []string{"UNSELECT", "IDLE", "own, which declares nothing"}
	for _, a := range together {
		if slices.Contains(never, a.name) {
			continue // after UNSELECT no command that needs the mailbox can be started; the other two are only tried as the second command
		}
		for _, b := range together {
			want := !slices.Contains(never, b.name) && !slices.Contains(strings.Split(apart[a.name], ", "), b.name)
			synctest.Test(t, func(t *testing.T) {
				if got := sentTogether(t, a.start, b.start); got != want {
					t.Errorf("%s, then %s: sent together: %v, want %v", a.name, b.name, got, want)
				}
			})
		}
	}
}

// sentTogether reports whether the server receives both commands before it answers one.
func sentTogether(t *testing.T, a, b func(*session.Session, uint32) waiter) bool {
	c, srv := imaptest.Pipe(0)
	defer srv.Close()
	heard := make(chan int, 1)
	go func() {
		io.WriteString(srv, "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ UIDPLUS MOVE ESEARCH THREAD=REFERENCES NAMESPACE UNSELECT IDLE] ready\r\n")
		in := bufio.NewReader(srv)
		line, _ := in.ReadString('\n')
		fmt.Fprintf(srv, "* 9 EXISTS\r\n%s OK done\r\n", strings.Fields(line)[0])
		n := 0
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				break
			}
			if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[0], "A") && fields[0] != "A:" {
				n++
			}
		}
		heard <- n
	}()
	s, err := session.Open(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := commands.Select(s, "INBOX").Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := a(s, 1)
	b(s, 2)
	ctx, cancel := timeoutOf(t, time.Second)
	defer cancel()
	first(ctx) // nothing is answered
	s.Close()
	return <-heard == 2
}

func timeoutOf(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}
