package imaptest_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

var stressFor = flag.Duration("stress", time.Second, "how long TestStressBelief, TestStressServe and TestStressDisk each take")

// stressed is a server that many clients use at the same time.
type stressed interface {
	connect() *served
	// messages returns, by UID, the flags of each message in one of alice's mailboxes, sorted.
	messages(box string) map[uint32][]string
}

// served is a client's connection. The channel ended shows when the server is done with the connection: after a
// connection is lost, the server still runs the commands that it has received.
type served struct {
	net.Conn
	ended chan struct{} // closed when serve has returned
}

// connected returns the client's end of a new connection. The function serve gets the other end.
func connected(serve func(net.Conn)) *served {
	client, server := imaptest.Pipe(0)
	c := &served{client, make(chan struct{})}
	go func() {
		defer close(c.ended)
		serve(server)
	}()
	return c
}

// stressedOwn is a server of this package under stress.
type stressedOwn struct{ *imaptest.Server }

func (o stressedOwn) connect() *served {
	return connected(func(c net.Conn) { o.ServeConn(c, "") })
}

func (o stressedOwn) messages(box string) map[uint32][]string {
	have := map[uint32][]string{}
	for m := range o.Mailbox("alice", box).Messages() {
		have[m.UID] = []string{}
		for _, f := range m.Flags {
			have[m.UID] = append(have[m.UID], string(f))
		}
		slices.Sort(have[m.UID])
	}
	return have
}

// TestStressBelief lets many clients do random things in two mailboxes. Each client checks that every response agrees
// with the responses before it. At the end, each client's view must equal the server's mailbox.
func TestStressBelief(t *testing.T) {
	srv := newServer(t)
	for i := range 20 {
		srv.Mailbox("alice", "INBOX").Append(fmt.Appendf(nil, "Subject: %d\r\n\r\nbody %d\r\n", i, i))
	}
	srv.Mailbox("alice", "other")
	stressBelief(t, stressedOwn{srv}, stressKinds)
}

func stressBelief(t *testing.T, srv stressed, kinds []string) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, -stress=%v", seed, *stressFor)
	clients := 2 * len(kinds)
	var wg sync.WaitGroup
	var commands atomic.Int64
	var recents sync.Map // key: the mailbox and UID of a message; value: the session and the SELECT in which it was \Recent
	until := time.Now().Add(*stressFor)
	var quiet sync.WaitGroup // waits until all clients have stopped sending changes
	quiet.Add(clients)
	for i := range clients {
		s := &stressClient{rawClient: stressLogin(t, srv), t: t, rng: rand.New(rand.NewPCG(seed, uint64(i))), id: i, everybody: &recents}
		wg.Go(func() {
			ready := sync.OnceFunc(quiet.Done)
			defer ready()
			s.be(srv, kinds[i%len(kinds)])
			s.selectBox("INBOX")
			for time.Now().Before(until) && !t.Failed() {
				if s.rng.IntN(60) == 0 {
					s.cut = s.rng.IntN(12) // lose the connection in one of the next commands
				}
				if len(s.uids) > 200 {
					s.thin()
				} else if s.rng.IntN(6) == 0 {
					s.stepMore()
				} else if s.uidOnly {
					s.stepUID()
				} else {
					s.step()
				}
				s.learn()
				s.again()
				s.learn()
				commands.Add(1)
				if s.t.Failed() {
					return
				}
			}
			s.cut = -1
			for _, c := range s.lostConns {
				<-c.ended
			}
			ready()
			quiet.Wait()
			if !t.Failed() {
				s.settle(srv)
			}
		})
	}
	wg.Wait()
	t.Logf("%d commands", commands.Load())
}

func stressLogin(t *testing.T, srv stressed) *rawClient {
	c := newRaw(t, srv.connect())
	c.line()
	c.ok("LOGIN alice secret")
	return c
}

// stressClient is a client whose knowledge of its mailbox comes only from the server's responses.
type stressClient struct {
	*rawClient
	t                  *testing.T
	rng                *rand.Rand
	id                 int
	box                string
	condstore, qresync bool
	rev2, uidOnly      bool
	notify             bool
	withoutFlags       bool                // NOTIFY without FlagChange
	uids               []uint32            // the UIDs by sequence number; 0: not known
	flags              map[uint32][]string // by UID; sorted
	modseq             map[uint32]uint64
	keywords           map[string]bool
	recent             int             // the number that RECENT reported last, minus the messages that were expunged since
	unsure             int             // how many messages that may have been \Recent were expunged since
	opened             int             // how often it has opened a mailbox
	recents            map[uint32]bool // by UID, whether the message is \Recent, if the server has said that
	everybody          *sync.Map
	noExpunge          bool // the server must not send EXPUNGE while the current command runs
	log                []string
	cache              map[string]*cached
	opening            bool
	command            string // the current command
	about              uint32 // the UID that a failure concerns; 0: none
	context            stressContext
	stressModSeq
	stressLost
}

func (s *stressClient) fail(format string, args ...any) {
	if s.t.Failed() {
		return // do not report failures that follow from the first
	}
	if s.about != 0 {
		// Print the history of one message.
		s.log = slices.DeleteFunc(s.log, func(line string) bool {
			return strings.Contains(line, "FETCH (") && !strings.HasPrefix(line, "C:") && !strings.Contains(line, fmt.Sprintf("UID %d ", s.about)) && !strings.Contains(line, fmt.Sprintf("* %d UIDFETCH", s.about))
		})
	}
	s.t.Errorf("client %d: %s\n%s", s.id, fmt.Sprintf(format, args...), strings.Join(s.log[max(0, len(s.log)-60):], "\n"))
}

// do sends a command and reads the responses.
func (s *stressClient) do(cmd string) (status string, untagged []string) {
	if cmd == "" {
		return "OK", nil
	}
	if s.lost {
		return "LOST", nil
	}
	s.tag++
	tag := fmt.Sprintf("A%d", s.tag)
	s.command = cmd
	if len(s.log) > 20_000 {
		s.log = slices.Delete(s.log, 0, 10_000)
	}
	s.noExpunge = strings.HasPrefix(cmd, "FETCH") || strings.HasPrefix(cmd, "STORE") || strings.HasPrefix(cmd, "SEARCH")
	s.log = append(s.log, "C: "+cmd)
	s.send("%s %s", tag, cmd)
	for {
		if s.losing() {
			return "LOST", untagged
		}
		line := strings.TrimSuffix(s.line(), "\r\n")
		s.log = append(s.log, "S: "+line)
		if line == "" {
			s.fail("the connection ended at %q: %v", cmd, s.last)
			return "BYE", nil
		}
		if rest, ok := strings.CutPrefix(line, tag+" "); ok {
			if strings.HasPrefix(rest, "BAD") {
				s.fail("%q: %q", cmd, line)
			}
			s.code(line)
			s.tagged()
			if code, _, ok := strings.Cut(rest, "]"); ok && strings.Contains(code, "[EXPUNGEISSUED") {
				return strings.Fields(rest)[0] + " EXPUNGEISSUED", untagged
			}
			return strings.Fields(rest)[0], untagged
		}
		untagged = append(untagged, line)
		if s.notify && s.opening && !s.closed && !strings.Contains(line, "[CLOSED]") {
			continue // the server sent the line before CLOSED, so it concerns the mailbox that was open before
		}
		s.code(line)
		s.hear(line)
	}
}

func (s *stressClient) hear(line string) {
	if strings.HasPrefix(line, "+") {
		return
	}
	var n, m int
	word, rest, _ := strings.Cut(strings.TrimPrefix(line, "* "), " ")
	switch {
	case word == "ESEARCH":
		s.esearch(line)
	case word == "FLAGS":
		s.keywords = map[string]bool{}
		for _, f := range strings.Fields(strings.Trim(rest, "()")) {
			s.keywords[f] = true
		}
	case word == "VANISHED":
		if strings.HasPrefix(rest, "(EARLIER)") {
			return // see resync
		}
		set, err := parserSet(rest)
		if err != nil {
			s.fail("%q: %v", line, err)
			return
		}
		for uid := range set {
			i := slices.Index(s.uids, uid)
			if i < 0 && s.uidOnly {
				i = slices.Index(s.uids, 0)
			}
			if i < 0 {
				s.fail("%q: there is no UID %d in %v", line, uid, s.uids)
				return
			}
			s.context.expunged(s, uint32(i+1))
			s.uids = slices.Delete(s.uids, i, i+1)
			s.gone(uid)
		}
		if s.noExpunge {
			s.fail("%q within a command that forbids it", line)
		}
	case strings.HasSuffix(line, " EXISTS"):
		fmt.Sscanf(line, "* %d EXISTS", &n)
		if n < len(s.uids) && !s.opening {
			s.fail("%q: there were %d", line, len(s.uids))
			return
		}
		s.uids = append(s.uids, make([]uint32, n-len(s.uids))...)
	case strings.HasSuffix(line, " RECENT"):
		if fmt.Sscanf(line, "* %d RECENT", &m); m > len(s.uids) {
			s.fail("%q: more than there are", line)
		}
		s.recent, s.unsure = m, 0
	case strings.HasSuffix(line, " EXPUNGE"):
		fmt.Sscanf(line, "* %d EXPUNGE", &n)
		if n < 1 || n > len(s.uids) || s.noExpunge || s.qresync || s.uidOnly {
			s.fail("%q: there are %d, and may it come now? %v", line, len(s.uids), !s.noExpunge)
			return
		}
		s.context.expunged(s, uint32(n))
		s.gone(s.uids[n-1])
		s.uids = slices.Delete(s.uids, n-1, n)
	case strings.HasPrefix(rest, "FETCH ("):
		fmt.Sscanf(word, "%d", &n)
		if s.uidOnly {
			s.fail("%q to a client that knows only UIDs", line)
		}
		s.mustTellUID(line)
		s.fetched(n, line)
	case strings.HasPrefix(rest, "UIDFETCH ("):
		fmt.Sscanf(word, "%d", &n)
		s.uidFetched(uint32(n), line)
	}
}

func (s *stressClient) gone(uid uint32) {
	if recent, told := s.recents[uid]; recent {
		s.recent--
	} else if !told {
		s.unsure++
	}
	delete(s.flags, uid)
	delete(s.modseq, uid)
	delete(s.recents, uid)
}

func (s *stressClient) fetched(n int, line string) {
	if n < 1 || n > len(s.uids) {
		s.fail("%q: there are %d", line, len(s.uids))
		return
	}
	uid := s.uids[n-1]
	if _, x, ok := strings.Cut(line, "UID "); ok {
		var told uint32
		fmt.Sscanf(x, "%d", &told)
		if uid != 0 && uid != told {
			s.fail("%q: it was UID %d", line, uid)
		}
		for i, u := range s.uids {
			if u != 0 && (i < n-1 && u >= told || i > n-1 && u <= told) {
				s.fail("%q: UIDs do not ascend: %v", line, s.uids)
			}
		}
		uid = told
		s.uids[n-1] = told
	}
	s.toldOf(uid, line)
}

// toldOf applies a response about a message to the client's view. UID 0 means that the response has no UID.
func (s *stressClient) toldOf(uid uint32, line string) {
	if _, x, ok := strings.Cut(line, "FLAGS ("); ok {
		x, _, _ = strings.Cut(x, ")")
		var flags []string
		recent := false
		for _, f := range strings.Fields(x) {
			if f == `\Recent` {
				recent = true
				continue
			}
			if !s.keywords[f] {
				s.fail("%q: %s was not announced", line, f)
			}
			flags = append(flags, f)
		}
		slices.Sort(flags)
		if uid != 0 {
			if was, told := s.recents[uid]; told && was != recent {
				s.fail("%q: \\Recent before: %v", line, was)
			}
			s.recents[uid] = recent
			if who := fmt.Sprint(s.id, " in ", s.opened); recent {
				if was, told := s.everybody.LoadOrStore(fmt.Sprint(s.box, uid), who); told && was != who {
					s.fail("%q: it was \\Recent to %v already", line, was)
				}
			}
			s.flags[uid] = flags
		}
	}
	if _, x, ok := strings.Cut(line, "MODSEQ ("); ok {
		var told uint64
		fmt.Sscanf(x, "%d", &told)
		if told < s.modseq[uid] {
			s.fail("%q: it was %d", line, s.modseq[uid])
		}
		s.told = max(s.told, told)
		if uid != 0 {
			s.modseq[uid] = told
		}
	} else if s.condstore && strings.Contains(line, "FLAGS") && !strings.Contains(line, "BODY") && !s.asked() {
		s.fail("%q: no MODSEQ", line)
	}
}

// asked reports whether the current command is a FETCH, or is one of a batch, and so may ask for the flags. In the
// answer to such a command, the server need not send MODSEQ.
func (s *stressClient) asked() bool {
	if s.command == "" {
		return true // one of the commands in a batch may ask for flags
	}
	for i := len(s.log) - 1; i >= 0; i-- {
		if strings.HasPrefix(s.log[i], "C: ") {
			return strings.Contains(s.log[i], "FETCH")
		}
	}
	return false
}

func (s *stressClient) selectBox(box string) {
	s.keep()
	s.opened++
	s.closed = s.box == ""
	s.highest, s.told, s.coded, s.context = 0, 0, 0, stressContext{}
	s.box, s.uids, s.flags, s.modseq, s.keywords, s.recents, s.recent, s.unsure = box, nil, map[uint32][]string{}, map[uint32]uint64{}, nil, map[uint32]bool{}, 0, 0
	s.opening = true
	if s.resync(box) {
		s.opening = false
		return
	}
	status, _ := s.do("SELECT " + box)
	s.opening = false
	if status == "LOST" {
		return
	} else if status != "OK" {
		s.fail("SELECT: %s", status)
	}
	if s.uidOnly {
		s.learn()
	} else if len(s.uids) > 0 {
		s.do("FETCH 1:* (UID FLAGS)")
		s.learn()
	}
}

// learn asks for the UIDs of new messages. A client that gets VANISHED must know them.
func (s *stressClient) learn() {
	tries := 0
	for i := slices.Index(s.uids, 0); (s.qresync || s.uidOnly) && !s.lost && i >= 0 && !s.t.Failed(); i = slices.Index(s.uids, 0) {
		if tries++; tries > 1000 {
			s.fail("UIDs that cannot be learnt: %v", s.uids)
		}
		if s.uidOnly {
			s.do("UID FETCH 1:* (FLAGS)")
		} else {
			s.do(fmt.Sprintf("FETCH %d:* (UID FLAGS)", i+1))
		}
	}
}

// settle compares the client's view with the mailbox, after all changes.
func (s *stressClient) settle(srv stressed) {
	s.do("NOOP")
	if s.withoutFlags {
		s.askForEvents(true)
	}
	for i, uid := range s.uids {
		if s.uidOnly {
			s.do("UID FETCH 1:* (FLAGS)")
			break
		}
		if uid == 0 || s.flags[uid] == nil {
			s.do(fmt.Sprintf("FETCH %d (UID FLAGS)", i+1))
		}
	}
	want := srv.messages(s.box)
	if got := slices.Sorted(maps.Keys(want)); !slices.Equal(got, s.uids) {
		s.fail("in %s there are %v, not %v", s.box, got, s.uids)
	}
	for uid, flags := range want {
		if !slices.Equal(flags, s.flags[uid]) {
			s.fail("UID %d has %v, and was told to have %v", uid, flags, s.flags[uid])
		}
	}
	if len(s.uids) > 0 && !s.uidOnly {
		s.do("FETCH 1:* (UID FLAGS)")
	}
	s.settleContext()
	n := 0
	for uid, recent := range s.recents {
		if recent && slices.Contains(s.uids, uid) {
			n++
		}
	}
	if !s.rev2 && (n > s.recent || n < s.recent-s.unsure) {
		s.fail("%d are \\Recent, and %d were said to be", n, s.recent)
	}
}

func parserSet(s string) (map[uint32]bool, error) {
	out := map[uint32]bool{}
	for part := range strings.SplitSeq(s, ",") {
		var a, b uint32
		if n, _ := fmt.Sscanf(part, "%d:%d", &a, &b); n == 1 {
			b = a
		} else if n != 2 {
			return nil, fmt.Errorf("no set: %q", s)
		}
		for ; a <= b; a++ {
			out[a] = true
		}
	}
	return out, nil
}
