package commands_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/commands/search"
	"github.com/imapstack/imapstack/commands/status"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
	"github.com/imapstack/imapstack/utils/numset"
	"github.com/imapstack/imapstack/wire"
)

// endless is a Reader of a text that is repeated endlessly or n times. A %d in the text is replaced by the number of
// the repetition.
type endless struct {
	text string
	n    int
	i    int
	buf  []byte
	left []byte
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(e.left) == 0 {
			if e.n > 0 && e.i == e.n {
				break
			}
			before, after, numbered := strings.Cut(e.text, "%d")
			e.i++
			e.buf = append(e.buf[:0], before...)
			if numbered {
				e.buf = append(strconv.AppendInt(e.buf, int64(e.i), 10), after...)
			}
			e.left = e.buf
		}
		m := copy(p[n:], e.left)
		n, e.left = n+m, e.left[m:]
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// hostile is a server that sends too much. It accepts SELECT and COMPRESS. It answers the next command with the text in
// start, then the text in more (n times, or endlessly if n is 0), and then the text in end. It answers every other
// command with OK.
type hostile struct {
	start, more string
	n           int
	end         string
	deflates    bool
}

func (h hostile) serve(c net.Conn) {
	defer c.Close()
	var conn transport.Conn = c
	io.WriteString(conn, strings.TrimSuffix(preauth, "\x01"))
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	if err != nil {
		return
	}
	tag, name, _ := strings.Cut(line, " ")
	if h.deflates {
		io.WriteString(conn, tag+" OK go\r\n")
		deflated, err := transport.Deflate(6)(context.Background(), conn, nil)
		if err != nil {
			return
		}
		conn, in = deflated, bufio.NewReader(deflated)
	}
	if h.deflates || strings.HasPrefix(name, "SELECT") {
		if !h.deflates {
			io.WriteString(conn, "* 3 EXISTS\r\n"+tag+" OK selected\r\n")
		}
		if line, err = in.ReadString('\n'); err != nil {
			return
		}
		tag, _, _ = strings.Cut(line, " ")
	}
	// The server reads on a goroutine of its own, so that it never stops writing.
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			lines <- line
		}
	}()
	said := io.MultiReader(strings.NewReader(h.start), &endless{text: h.more, n: h.n}, strings.NewReader(strings.ReplaceAll(h.end, "%T", tag)))
	if _, err := io.CopyBuffer(struct{ io.Writer }{conn}, said, make([]byte, 4<<10)); err != nil {
		return
	}
	for line := range lines {
		if tag, _, ok := strings.Cut(line, " "); ok {
			fmt.Fprintf(conn, "%s OK done\r\n", tag)
		}
	}
}

func forget[T any](c *session.Call[T]) func(context.Context) error {
	return have(c, func(T) {})
}

func fetchAll(s *session.Session) func(context.Context) error {
	return func(ctx context.Context) (first error) {
		for m, err := range commands.Fetch(s, numset.All(numset.UID), fetch.BodyStructure, fetch.Envelope).All(ctx) {
			if err == nil {
				var bs parser.BodyStructure
				if _, err = m.BodyStructure(&bs); err == nil {
					err = m.Finish()
				}
			}
			if err != nil && first == nil {
				first = err
			}
		}
		return first
	}
}

func noop(s *session.Session) func(context.Context) error { return forget(commands.Noop(s)) }

// abandoned leaves the loop over a FETCH and waits for the next command.
func abandoned(s *session.Session) func(context.Context) error {
	stream := commands.Fetch(s, numset.All(numset.UID), fetch.Flags)
	return func(ctx context.Context) error {
		for range stream.All(ctx) {
			break
		}
		return noop(s)(ctx)
	}
}

// TestHostileServer checks what happens if a server sends too much of one kind of data. The LimitError names this
// kind of data. The total of all allocations is at most a small multiple of the limit, no matter how much the server
// sends. If the session can continue, it does.
func TestHostileServer(t *testing.T) {
	const kilo, mega = 1 << 10, 1 << 20
	// base is the number of bytes that a session, both ends of its connection, and the server's goroutines allocate.
	const base = mega / 4
	small := wire.Limits{Message: 64 * kilo, Inline: kilo, Depth: 10, Items: 1000, Literal: mega, Skip: 4 * mega}
	lines := session.Config{Limits: small, MaxUntagged: 10_000}
	result := session.Config{Limits: small, MaxUntagged: 1000, MaxResult: 256 * kilo}
	const ok = "%T OK done\r\n"
	list := func(s *session.Session) func(context.Context) error {
		return all(commands.List(s, "", "*"), readList)
	}
	bs := strings.Repeat
	for _, c := range []struct {
		name string
		srv  hostile
		cfg  session.Config
		do   func(*session.Session) func(context.Context) error
		what string // What of the LimitError; "" means that there is no LimitError
		ends bool   // whether the session ends
		most int    // bytes allocated in addition to base
	}{
		// Lines and responses.
		{"a line", hostile{"* OK ", "xxxxxxxx", mega / 4, "\r\n" + ok, false}, lines, noop, "message", false, 8 * small.Message},
		{"a line without end", hostile{"* OK ", "xxxxxxxx", 0, "", false}, lines, noop, "skipped data", true, 8 * small.Message},
		{"a line that never ends and has no head", hostile{"", "xxxxxxxx", 0, "", false}, lines, noop, "skipped data", true, 8 * small.Message},
		{"a tag", hostile{"A", "1", 0, "", false}, lines, noop, "skipped data", true, 8 * small.Message},
		{"a response of many literals", hostile{"* LIST () \"/\" x (A (", "{900}\r\n" + bs("x", 900) + " ", 2000, "))\r\n" + ok, false}, lines, list, "message", false, 8 * small.Message},
		{"a mailbox of a megabyte", hostile{"* LIST () \"/\" \"", "x", mega, "\"\r\n" + ok, false}, lines, list, "message", false, 8 * small.Message},
		{"a mailbox of a megabyte, by default", hostile{"* LIST () \"/\" \"", "x", mega, "\"\r\n" + ok, false}, session.Config{}, list, "", false, 16 * mega},
		{"ten million numbers, by default", hostile{"* SEARCH", " %d", 10_000_000, "\r\n" + ok, false}, session.Config{}, func(s *session.Session) func(context.Context) error {
			return have(commands.Search(s, numset.UID, search.All), readFound)
		}, "", false, mega},
		{"numbers with gaps", hostile{"* SEARCH", " %d5", 9000, "\r\n" + ok, false}, lines, func(s *session.Session) func(context.Context) error {
			return have(commands.Search(s, numset.UID, search.All), readFound)
		}, "ranges", false, mega},
		{"numbers with gaps without end", hostile{"* SEARCH", " %d5", 0, "", false}, session.Config{Limits: wire.Limits{Literal: mega}, MaxResult: 512 * kilo}, func(s *session.Session) func(context.Context) error {
			return have(commands.Search(s, numset.UID, search.All), readFound)
		}, "line", true, 2 * mega},
		{"ranges with gaps without end", hostile{"* ESEARCH (TAG \"%T\") UID ALL 1", ",%d5", 0, "", false}, session.Config{Limits: wire.Limits{Literal: mega}, MaxResult: 64 * kilo}, func(s *session.Session) func(context.Context) error {
			return have(commands.Search(s, numset.UID, search.All, search.ReturnAll), readFound)
		}, "line", true, 2 * mega},
		{"the same number without end", hostile{"* SEARCH 1", " 1", 0, "", false}, session.Config{Limits: wire.Limits{Literal: 8 * mega}}, func(s *session.Session) func(context.Context) error {
			return have(commands.Search(s, numset.UID, search.All), readFound)
		}, "line", true, 2 * mega},
		{"numbers in no order without end", hostile{"* SORT 1", " 1 3 1", 0, "", false}, session.Config{Limits: wire.Limits{Literal: 8 * mega}, MaxResult: 64 * kilo}, func(s *session.Session) func(context.Context) error {
			return have(commands.Sort(s, numset.UID, []search.SortKey{search.BySubject}, search.All), readSorted)
		}, "ranges", true, 2 * mega},
		{"spaces without end", hostile{"* SEARCH 1", " ", 0, "", false}, session.Config{Limits: wire.Limits{Literal: 8 * mega}}, func(s *session.Session) func(context.Context) error {
			return have(commands.Search(s, numset.UID, search.All), readFound)
		}, "line", true, 2 * mega},
		{"endless text instead of numbers", hostile{"* SEARCH (", "x", 0, "", false}, lines, func(s *session.Session) func(context.Context) error {
			return have(commands.Search(s, numset.UID, search.All), readFound)
		}, "skipped data", true, 8 * small.Message},

		// Literals.
		{"a literal in memory", hostile{"* LIST () \"/\" {100000}\r\n", "x", 100_000, "\r\n" + ok, false}, lines, list, "literal in memory", false, 8 * small.Message},
		{"a literal of 2^64-1", hostile{"* 1 FETCH (UID 1 BODY[] {18446744073709551615}\r\n", "x", 0, "", false}, session.Config{}, fetchAll, "literal", true, mega},
		{"a literal over the limit", hostile{"* 1 FETCH (UID 1 BODY[] {1048577}\r\n", "x", 0, "", false}, lines, fetchAll, "literal", true, mega},
		{"a literal that nobody reads", hostile{"* X-NEW {1000000000000}\r\n", "x", 0, "", false}, session.Config{}, noop, "skipped data", true, mega},
		{"literals that nobody reads", hostile{"* X-NEW (", "{70000}\r\n" + bs("x", 70_000) + " ", 0, "", false}, lines, noop, "skipped data", true, 8 * small.Message},
		{"sections that nobody reads", hostile{"* 1 FETCH (UID 1", " BODY[] {70000}\r\n" + bs("x", 70_000), 0, "", false}, lines, fetchAll, "skipped data", true, 8 * small.Message},

		// Nesting and counts.
		{"depth of BODYSTRUCTURE", hostile{"* 1 FETCH (UID 1 BODYSTRUCTURE ", "(", 2000, bs(")", 2000) + ")\r\n" + ok, false}, lines, fetchAll, "depth", false, mega},
		{"depth of THREAD", hostile{"* THREAD ", "(1 ", 9000, bs(")", 9000) + "\r\n" + ok, false}, lines, func(s *session.Session) func(context.Context) error {
			return have(commands.Thread(s, numset.UID, commands.References, search.All), readThreads)
		}, "items", false, mega},
		{"depth of LIST", hostile{"* LIST () \"/\" x (A ", "(", 9000, bs(")", 9000) + ")\r\n" + ok, false}, lines, list, "", false, mega},
		{"depth of an unknown item", hostile{"* 1 FETCH (UID 1 X-NEW ", "(", 9000, bs(")", 9000) + ")\r\n" + ok, false}, lines, fetchAll, "", false, mega},
		{"depth of a response code", hostile{"* OK [X-NEW ", "(", 9000, bs(")", 9000) + "] x\r\n" + ok, false}, lines, noop, "", false, mega},
		{"flags", hostile{"* 1 FETCH (UID 1 FLAGS (a", " a", 9000, "))\r\n" + ok, false}, lines, fetchAll, "items", false, mega},
		{"numbers", hostile{"* SEARCH", " %d", 9000, "\r\n" + ok, false}, lines, func(s *session.Session) func(context.Context) error {
			return have(commands.Sort(s, numset.UID, []search.SortKey{search.BySubject.Reverse()}, search.All), readSorted)
		}, "", false, mega},
		{"capabilities", hostile{"* CAPABILITY", " X%d", 9000, "\r\n" + ok, false}, session.Config{}, func(s *session.Session) func(context.Context) error { return forget(commands.Capability(s)) }, "capabilities", false, mega},
		{"a long capability", hostile{"* CAPABILITY IMAP4rev1 ", "X", 9000, "\r\n" + ok, false}, session.Config{}, func(s *session.Session) func(context.Context) error { return forget(commands.Capability(s)) }, "capabilities", false, mega},
		{"capabilities in a code", hostile{"* OK [CAPABILITY", " X%d", 9000, "] x\r\n" + ok, false}, session.Config{MaxCaps: 100}, noop, "capabilities", false, mega},
		{"ENABLED", hostile{"", "* ENABLED X%d\r\n", 9000, ok, false}, session.Config{MaxCaps: 100}, noop, "capabilities", false, 100 * mega},
		{"capabilities without end", hostile{"", "* CAPABILITY IMAP4rev1\r\n", 0, "", false}, lines, func(s *session.Session) func(context.Context) error { return forget(commands.Capability(s)) }, "untagged responses", true, mega},

		// Endless untagged responses: unsolicited ones, and answers to a command that was abandoned.
		{"EXISTS without end", hostile{"", "* %d EXISTS\r\n", 0, "", false}, lines, noop, "untagged responses", true, mega},
		{"untagged NO without end", hostile{"", "* NO [ALERT] x\r\n", 0, "", false}, lines, noop, "untagged responses", true, mega},
		{"unknown responses without end", hostile{"", "* X-NEW %d\r\n", 0, "", false}, lines, noop, "untagged responses", true, mega},
		{"an endless answer that is abandoned", hostile{"", "* 1 FETCH (UID 1 FLAGS ())\r\n", 0, "", false}, lines, abandoned, "untagged responses", true, mega},
		{"lines without a head", hostile{"", "x\r\n", 0, "", false}, lines, noop, "", true, mega},
		{"a compressed line", hostile{"* OK ", "xxxxxxxx", 0, "", true}, lines, noop, "skipped data", true, 4 * mega},
		{"compressed EXISTS", hostile{"", "* 1 EXISTS\r\n", 0, "", true}, lines, noop, "untagged responses", true, 4 * mega},

		// Results that consist of many responses.
		{"ListStatus", hostile{"", "* LIST () \"/\" a%d\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error {
			return forget(commands.ListStatus(s, "", "*", []status.Item{status.Messages}))
		}, "result", true, 2 * mega},
		{"ListDetails", hostile{"", "* LIST () \"/\" a%d\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error {
			return forget(commands.ListDetails(s, "", []string{"*"}, commands.ReturnStatus(status.Messages)))
		}, "result", true, 2 * mega},
		{"Search", hostile{"", "* SEARCH 1 3 5\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error {
			return have(commands.Search(s, numset.UID, search.All), readFound)
		}, "result", true, 2 * mega},
		{"Search, extended", hostile{"", "* ESEARCH UID ALL 1,3 X-A 1\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error {
			return have(commands.Search(s, numset.UID, search.All, search.ReturnAll), readFound)
		}, "result", true, 2 * mega},
		{"Sort", hostile{"", "* SORT 1 5 3\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error {
			return have(commands.Sort(s, numset.UID, []search.SortKey{search.BySubject}, search.All), readSorted)
		}, "result", true, 2 * mega},
		{"Thread", hostile{"", "* THREAD (1 2)(3)\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error {
			return have(commands.Thread(s, numset.UID, commands.References, search.All), readThreads)
		}, "result", true, 2 * mega},
		{"GetMetadata", hostile{"", "* METADATA INBOX (/private/comment x)\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error {
			return forget(commands.GetMetadata(s, "INBOX", []string{"/private/comment"}))
		}, "result", true, 2 * mega},
		{"GetAnnotation", hostile{"", "* ANNOTATION INBOX /comment (value.priv x)\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error {
			return forget(commands.GetAnnotation(s, "INBOX", []string{"/comment"}, []string{"value.priv"}))
		}, "result", true, 2 * mega},
		{"GetQuotaRoot", hostile{"", "* QUOTA a%d (STORAGE 1 2)\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error {
			return forget(commands.GetQuotaRoot(s, "INBOX"))
		}, "result", true, 2 * mega},
		{"NotifyStatus", hostile{"", "* STATUS a%d (MESSAGES 1)\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error {
			return forget(commands.NotifyStatus(s, commands.EventGroup{In: commands.InPersonal, Events: []commands.Event{commands.MessageNew, commands.MessageExpunge}}))
		}, "result", true, 2 * mega},
		{"Execute", hostile{"", "* X\r\n", 0, "", false}, result, func(s *session.Session) func(context.Context) error { return forget(commands.Execute(s, "X", nil)) }, "result", true, 2 * mega},
		{"Execute, literals", hostile{"* X", " {70000}\r\n" + bs("x", 70_000), 10, "\r\n" + ok, false}, result, func(s *session.Session) func(context.Context) error { return forget(commands.Execute(s, "X", nil)) }, "result", false, 2 * mega},

		// Authentication.
		{"challenges", hostile{"", "+ bW9yZQ==\r\n", 8, "%T BAD no\r\n", false}, session.Config{MaxChallenges: 5}, nil, "challenges", false, mega},
		{"a challenge", hostile{"+ ", "bW9y", 9000, "\r\n%T BAD no\r\n", false}, session.Config{MaxChallenge: 1000}, nil, "challenge", false, mega},
		{"a challenge without end", hostile{"+ ", "bW9y", 0, "", false}, lines, nil, "skipped data", true, 8 * small.Message},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			client, srv := imaptest.Pipe(0)
			served := make(chan struct{})
			go func() {
				defer close(served)
				switch {
				case c.srv.deflates:
					srv = &rewriting{Conn: srv, from: "LITERAL+", to: "LITERAL+ COMPRESS=DEFLATE"}
				case c.do == nil:
					srv = &rewriting{Conn: srv, from: "PREAUTH [CAPABILITY IMAP4 ", to: "OK [CAPABILITY AUTH=X-YES "}
				}
				c.srv.serve(srv)
			}()
			s, err := session.Open(ctx, client, &c.cfg)
			if err != nil {
				t.Fatal(err)
			}
			do := c.do
			if do == nil {
				do = func(s *session.Session) func(context.Context) error {
					yes := mechanism{"X-YES", nil, func([]byte) ([]byte, error) { return []byte("yes"), nil }}
					return forget(commands.Authenticate(s, yes))
				}
			}
			switch {
			case c.srv.deflates:
				err = commands.Compress(ctx, s)
			case c.do != nil:
				_, err = commands.Select(s, "INBOX").Wait(ctx)
			}
			if err != nil {
				t.Fatal(err)
			}
			err = do(s)(ctx)
			again := error(nil)
			if !errors.Is(err, context.DeadlineExceeded) {
				_, again = commands.Noop(s).Wait(ctx)
			}
			s.Close()
			<-served
			runtime.ReadMemStats(&after)
			var limit *wire.LimitError
			errors.As(errors.Join(err, again), &limit)
			if c.what == "" && limit != nil || c.what != "" && (limit == nil || !found(c.what, err, again)) {
				t.Errorf("%v, then %v", err, again)
			}
			if ended := again != nil; ended != c.ends {
				t.Errorf("%v, then %v", err, again)
			}
			if got := int(after.TotalAlloc-before.TotalAlloc) - base; got > c.most {
				if raceEnabled {
					return // under the race detector, arrays whose contents are no longer valid are not reused
				}
				t.Errorf("%d bytes were allocated, want at most %d", got, c.most)
			} else if testing.Verbose() {
				t.Logf("%d of at most %d bytes allocated, %.200v, then %.200v", got, c.most, err, again)
			}
		})
	}
}

// found reports whether one of the errors wraps a LimitError whose What is the given text.
func found(what string, errs ...error) bool {
	for _, err := range errs {
		for _, e := range unwrapAll(err) {
			if l, ok := e.(*wire.LimitError); ok && l.What == what {
				return true
			}
		}
	}
	return false
}

func unwrapAll(err error) (all []error) {
	if err == nil {
		return nil
	}
	all = append(all, err)
	switch x := err.(type) {
	case interface{ Unwrap() error }:
		all = append(all, unwrapAll(x.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, e := range x.Unwrap() {
			all = append(all, unwrapAll(e)...)
		}
	}
	return all
}

// rewriting is a connection that replaces one text by another in its first write.
type rewriting struct {
	net.Conn
	from, to string
	done     bool
}

func (c *rewriting) Write(p []byte) (int, error) {
	if c.done {
		return c.Conn.Write(p)
	}
	c.done = true
	_, err := io.WriteString(c.Conn, strings.Replace(string(p), c.from, c.to, 1))
	return len(p), err
}
