package resync_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

var cutEvery = flag.Bool("cut.every", false, "cut at every octet, and not only at every ninth")

// scenario says how the mailbox changes and which mistakes the server makes while a program updates its copy of the
// mailbox.
type scenario struct {
	name   string
	before func(box *imaptest.Mailbox, r *replica) // changes the mailbox between the two passes
	during func(box *imaptest.Mailbox, turn int)   // changes the mailbox in the body of the second pass's loop
	lines  func(line string) string                // replaces each line that the server sends
	faults func(srv *imaptest.Server)              // injects faults of the server during the second pass
}

func someChanges(box *imaptest.Mailbox) {
	box.Expunge(2, 6)
	box.AddFlags([]parser.Flag{parser.FlagFlagged, "$New"}, 1, 4)
	box.RemoveFlags([]parser.Flag{parser.FlagSeen}, 3)
	box.Append(body(100), parser.FlagAnswered)
	box.Append(body(101))
	box.Expunge(8)
}

var scenarios = []scenario{
	{name: "changes", before: func(box *imaptest.Mailbox, _ *replica) { someChanges(box) }},
	{name: "first pass", before: func(_ *imaptest.Mailbox, r *replica) { *r = *newReplica() }},
	{
		// Other clients expunge messages while the pass reads. The server reports the expunges later or never.
		name:   "expunges held back",
		before: func(box *imaptest.Mailbox, _ *replica) { someChanges(box) },
		during: func(box *imaptest.Mailbox, turn int) {
			switch turn {
			case 0:
				box.Expunge(1)
			case 1:
				box.Expunge(5, 7)
				box.Append(body(102))
			}
		},
	},
	{
		name:   "messages vanish while they are read",
		before: func(box *imaptest.Mailbox, _ *replica) { someChanges(box) },
		faults: func(srv *imaptest.Server) {
			srv.Inject(imaptest.Vanish{Nth: 2, How: imaptest.VanishSilently}, imaptest.When{Skip: 1, Times: 1})
			srv.Inject(imaptest.Vanish{Nth: 1, How: imaptest.VanishNO}, imaptest.When{Skip: 2, Times: 1})
			srv.Inject(imaptest.Vanish{Nth: 1, How: imaptest.VanishAtOnce}, imaptest.When{Skip: 3, Times: 1})
		},
	},
	{
		name:   "UIDVALIDITY changed",
		before: func(box *imaptest.Mailbox, _ *replica) { someChanges(box); box.SetUIDValidity(99) },
	},
	{
		name: "HIGHESTMODSEQ that goes back",
		before: func(box *imaptest.Mailbox, r *replica) {
			someChanges(box)
			r.state.ModSeq += 1000 * min(r.state.ModSeq, 1)
		},
	},
	{
		name:   "NOMODSEQ",
		before: func(box *imaptest.Mailbox, _ *replica) { someChanges(box) },
		lines: func(line string) string {
			if i := strings.Index(line, "[HIGHESTMODSEQ "); i >= 0 {
				return line[:i] + "[NOMODSEQ]" + line[i+strings.Index(line[i:], "]")+1:]
			}
			return line
		},
	},
	{
		name:   "a server that never tells UIDNEXT",
		before: func(box *imaptest.Mailbox, _ *replica) { someChanges(box) },
		lines: func(line string) string {
			if strings.Contains(line, "[UIDNEXT ") {
				return "* OK nothing\r\n"
			}
			return line
		},
	},
	{
		name:   "a server that tells nothing of what has vanished",
		before: func(box *imaptest.Mailbox, _ *replica) { someChanges(box) },
		lines: func(line string) string {
			if strings.Contains(line, "VANISHED (EARLIER)") {
				return "* OK nothing\r\n"
			}
			return line
		},
	},
	{
		name:   "a server that refuses what it offers",
		before: func(box *imaptest.Mailbox, _ *replica) { someChanges(box) },
		faults: func(srv *imaptest.Server) {
			srv.Inject(imaptest.Answer{Status: parser.BAD}, imaptest.When{Command: "SELECT", Skip: 1, Times: 2})
		},
	},
}

// lineChanger is a connection that changes the lines that the client reads.
type lineChanger struct {
	net.Conn
	r     *bufio.Reader
	lines func(string) string
	rest  string
}

func (c *lineChanger) Read(p []byte) (int, error) {
	for c.rest == "" {
		line, err := c.r.ReadString('\n')
		if err != nil {
			if line == "" {
				return 0, err
			}
			c.rest = line
			break
		}
		c.rest = c.lines(line)
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// TestCutEverywhere plays each scenario again and again. Each time it cuts the connection at a different octet of one
// side, and continues with the saved State. No change is lost, and none is yielded twice.
func TestCutEverywhere(t *testing.T) {
	for _, sv := range servers {
		for i := range scenarios {
			sc := &scenarios[i]
			t.Run(sv.name+"/"+sc.name, func(t *testing.T) {
				t.Parallel()
				var size [2]int64
				playScenario(t, sv.without, sc, nil, &size)
				step := int64(9)
				if *cutEvery {
					step = 1
				} else if testing.Short() {
					step = 50
				}
				for i, side := range []imaptest.Side{imaptest.ClientSide, imaptest.ServerSide} {
					for at := int64(0); at < size[i]; at += step {
						playScenario(t, sv.without, sc, &imaptest.Cut{From: side, After: at, Reset: at%2 == 1}, nil)
					}
				}
			})
		}
	}
}

// playScenario makes a pass, changes the mailbox as the scenario says, and makes a second pass, during which it cuts
// the connection. It repeats the second pass until that succeeds.
func playScenario(t *testing.T, without []string, sc *scenario, cut *imaptest.Cut, size *[2]int64) {
	srv, err := imaptest.New(imaptest.Without(without...))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	box := srv.Mailbox("alice", "INBOX")
	fill(t, box, 8)
	r := newReplica()
	opts := &resync.Options{Batch: 2, Window: 3}
	s, err := dial(t, srv, nil, session.Handler{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.pass(t.Context(), s, opts); err != nil {
		t.Fatal(err)
	}
	s.Close()
	sc.before(box, r)
	if sc.faults != nil {
		sc.faults(srv)
	}
	var link *imaptest.Link
	wrap := func(c net.Conn) net.Conn {
		if cut != nil || size != nil {
			var faults []imaptest.NetFault
			if cut != nil {
				faults = append(faults, *cut)
			}
			link = imaptest.NewLink(c, imaptest.ClientSide, 1, faults...)
			c, cut = link, nil
		}
		if sc.lines != nil {
			c = &lineChanger{Conn: c, r: bufio.NewReader(c), lines: sc.lines}
		}
		return c
	}
	what := fmt.Sprint(sc.name, ", ", cut)
	turn := 0
	for try := 0; ; try++ {
		s, err := dial(t, srv, wrap, session.Handler{})
		if err == nil {
			err = r.passWith(t.Context(), s, opts, func() {
				if sc.during != nil {
					sc.during(box, turn)
				}
				turn++
			})
			s.Close()
		}
		if size != nil {
			size[0], size[1] = link.Octets(imaptest.ClientSide), link.Octets(imaptest.ServerSide)
			size = nil
		}
		if err == nil && (sc.during == nil && len(srv.Injected()) == 0 || try > 3) {
			break
		}
		if strings.Contains(fmt.Sprint(err), "UID ") || try == 20 {
			t.Fatalf("%s: %v", what, err)
		}
	}
	r.same(t, what, box)
}

// passWith is like pass, but calls a function in the body of the loop.
func (r *replica) passWith(ctx context.Context, s *session.Session, opts *resync.Options, during func()) error {
	p := resync.New(s, "INBOX", r.state, opts)
	for c, err := range p.All(ctx) {
		r.state = p.State()
		if err != nil {
			return err
		}
		if err := r.take(c); err != nil {
			return err
		}
		during()
	}
	r.state = p.State()
	return nil
}
