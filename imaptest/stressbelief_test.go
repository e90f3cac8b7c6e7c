package imaptest_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

var stressFor = flag.Duration("stress", time.Second, "how long TestStressBelief takes")

// TestStressBelief lets many clients do what comes to their minds in two mailboxes, each of which believes nothing: what it is told
// must fit what it was told before, and in the end all must have been told the same.
func TestStressBelief(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, -stress=%v", seed, *stressFor)
	srv := newServer(t)
	for i := range 20 {
		srv.Mailbox("alice", "INBOX").Append(fmt.Appendf(nil, "Subject: %d\r\n\r\nbody %d\r\n", i, i))
	}
	srv.Mailbox("alice", "other")
	const clients = 12
	var wg sync.WaitGroup
	var commands atomic.Int64
	var recents sync.Map // by mailbox and UID: which session, in which SELECT, was told that it is \Recent
	until := time.Now().Add(*stressFor)
	var quiet sync.WaitGroup // until all have stopped changing things
	quiet.Add(clients)
	for i := range clients {
		s := &stressClient{rawClient: login(t, srv, ""), t: t, rng: rand.New(rand.NewPCG(seed, uint64(i))), id: i, everybody: &recents}
		wg.Go(func() {
			ready := sync.OnceFunc(quiet.Done)
			defer ready()
			s.do([]string{"", "ENABLE CONDSTORE", "ENABLE QRESYNC", "ENABLE IMAP4rev2"}[i%4])
			s.condstore, s.qresync = i%4 == 1 || i%4 == 2, i%4 == 2
			s.selectBox("INBOX")
			for time.Now().Before(until) && !t.Failed() {
				s.step()
				s.learn()
				commands.Add(1)
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

// stressClient knows of its mailbox what it was told.
type stressClient struct {
	*rawClient
	t                   *testing.T
	rng                 *rand.Rand
	id                  int
	box                 string
	condstore, qresync  bool
	uids                []uint32            // by sequence number; 0: not told
	flags               map[uint32][]string // by UID; sorted
	modseq              map[uint32]uint64
	keywords            map[string]bool
	recent              int             // as told last, and less those of them that have gone
	unsure              int             // how many have gone since that may have been
	opened              int             // how often a mailbox was
	recents             map[uint32]bool // by UID; those of which it was told whether they are
	everybody           *sync.Map
	noExpunge           bool // while the command at hand runs
	log                 []string
	cache               map[string]*cached
	validity            uint32
	highest             uint64
	opening             bool
	lastUID, silentUIDs uint32
}

func (s *stressClient) fail(format string, args ...any) {
	s.t.Errorf("client %d: %s\n%s", s.id, fmt.Sprintf(format, args...), strings.Join(s.log[max(0, len(s.log)-60):], "\n"))
}

// do sends a command and believes what it is told.
func (s *stressClient) do(cmd string) (status string, untagged []string) {
	if cmd == "" {
		return "OK", nil
	}
	s.tag++
	tag := fmt.Sprintf("A%d", s.tag)
	s.noExpunge = strings.HasPrefix(cmd, "FETCH") || strings.HasPrefix(cmd, "STORE") || strings.HasPrefix(cmd, "SEARCH")
	s.log = append(s.log, "C: "+cmd)
	s.send("%s %s", tag, cmd)
	for {
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
			return strings.Fields(rest)[0], untagged
		}
		untagged = append(untagged, line)
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
			if i < 0 {
				s.fail("%q: there is no UID %d in %v", line, uid, s.uids)
				return
			}
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
		if n < 1 || n > len(s.uids) || s.noExpunge || s.qresync {
			s.fail("%q: there are %d, and may it come now? %v", line, len(s.uids), !s.noExpunge)
			return
		}
		s.gone(s.uids[n-1])
		s.uids = slices.Delete(s.uids, n-1, n)
	case strings.HasPrefix(rest, "FETCH ("):
		fmt.Sscanf(word, "%d", &n)
		s.fetched(n, line)
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
		if uid != 0 {
			s.modseq[uid] = told
		}
	} else if s.condstore && strings.Contains(line, "FLAGS") && !strings.Contains(line, "BODY") && !s.asked() {
		s.fail("%q: no MODSEQ", line)
	}
}

// asked reports whether the command at hand asks for the flags, so that MODSEQ need not be told.
func (s *stressClient) asked() bool {
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
	s.box, s.uids, s.flags, s.modseq, s.keywords, s.recents, s.recent, s.unsure = box, nil, map[uint32][]string{}, map[uint32]uint64{}, nil, map[uint32]bool{}, 0, 0
	s.opening = true
	if s.resync(box) {
		s.opening = false
		return
	}
	if status, _ := s.do("SELECT " + box); status != "OK" {
		s.fail("SELECT: %s", status)
	}
	s.opening = false
	if len(s.uids) > 0 {
		s.do("FETCH 1:* (UID FLAGS)")
		s.learn()
	}
}

// learn asks for the UIDs of new messages: who is told of expunges by UID must know them.
func (s *stressClient) learn() {
	for i := slices.Index(s.uids, 0); s.qresync && i >= 0 && !s.t.Failed(); i = slices.Index(s.uids, 0) {
		s.do(fmt.Sprintf("FETCH %d:* (UID FLAGS)", i+1))
	}
}

func (s *stressClient) pick(list ...string) string { return list[s.rng.IntN(len(list))] }

func (s *stressClient) seqs() string {
	a, b := 1+s.rng.IntN(len(s.uids)), 1+s.rng.IntN(len(s.uids))
	return s.pick(fmt.Sprint(a), fmt.Sprintf("%d:%d", min(a, b), max(a, b)), fmt.Sprintf("%d:*", a), fmt.Sprintf("%d,%d", a, b))
}

func (s *stressClient) step() {
	keyword := func() string { return fmt.Sprintf("$K%d", s.rng.IntN(40)) }
	flags := func() string {
		list := []string{`\Seen`, `\Flagged`, `\Answered`, `\Deleted`, keyword(), keyword()}
		s.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		return "(" + strings.Join(list[:1+s.rng.IntN(3)], " ") + ")"
	}
	other := "other"
	if s.box == other {
		other = "INBOX"
	}
	n := s.rng.IntN(100)
	if len(s.uids) == 0 && n >= 30 {
		n = s.rng.IntN(30)
	}
	switch {
	case n < 14:
		s.do(fmt.Sprintf("APPEND %s %s {9+}\r\nA: b\r\n\r\nx", s.pick(s.box, s.box, other), flags()))
	case n < 18:
		s.do(s.pick("NOOP", "CHECK", "NOOP"))
	case n < 21 && !s.qresync:
		s.idle()
	case n < 24:
		s.selectBox(s.pick("INBOX", "other"))
	case n < 27:
		s.do("EXPUNGE")
	case n < 30:
		s.do("STATUS " + other + " (MESSAGES UIDNEXT UNSEEN)")
	case n < 45:
		s.do(fmt.Sprintf("FETCH %s %s", s.seqs(), s.pick("(UID FLAGS)", "(FLAGS)", "(UID)", "(UID BODY[])", "(UID FLAGS BODY.PEEK[])")))
	case n < 55:
		s.do(fmt.Sprintf("UID FETCH 1:* %s", s.pick("(FLAGS)", "(UID)", "(FLAGS RFC822.SIZE)")))
	case n < 75:
		s.do(fmt.Sprintf("STORE %s %sFLAGS %s", s.seqs(), s.pick("", "+", "-"), flags()))
	case n < 85:
		s.silent()
	case n < 90:
		s.search()
	case n < 94:
		s.do(fmt.Sprintf("COPY %s %s", s.seqs(), s.pick(other, s.box)))
	case n < 97:
		s.do(fmt.Sprintf("MOVE %d %s", 1+s.rng.IntN(len(s.uids)), other))
	default:
		if uid := s.uids[s.rng.IntN(len(s.uids))]; uid != 0 {
			s.do(fmt.Sprintf(`UID STORE %d +FLAGS (\Deleted)`, uid))
			s.learn()
			s.do(fmt.Sprintf(`UID EXPUNGE %d`, uid))
		}
	}
}

// silent stores flags and believes that they are what it made of them, as a client does.
func (s *stressClient) silent() {
	i := s.rng.IntN(len(s.uids))
	uid := s.uids[i]
	before, known := s.flags[uid]
	if uid == 0 || !known {
		s.do(fmt.Sprintf("FETCH %d (UID FLAGS)", i+1))
		return
	}
	flag := s.pick(`\Seen`, `\Flagged`, `$K1`, `$K2`)
	after := slices.DeleteFunc(slices.Clone(before), func(f string) bool { return f == flag })
	op := s.pick("+", "-")
	if op == "+" {
		after = append(after, flag)
		slices.Sort(after)
	}
	// What is told behind is believed more.
	s.flags[uid] = after
	if status, _ := s.do(fmt.Sprintf("STORE %d %sFLAGS.SILENT (%s)", i+1, op, flag)); status != "OK" {
		if j := slices.Index(s.uids, uid); j >= 0 && slices.Equal(s.flags[uid], after) {
			s.do(fmt.Sprintf("FETCH %d (UID FLAGS)", j+1))
		}
	}
}

func (s *stressClient) search() {
	n := len(s.uids)
	_, lines := s.do(s.pick("SEARCH ALL", "SEARCH UNSEEN", "SEARCH KEYWORD $K1", "SEARCH 1:*"))
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "* SEARCH"); ok {
			for _, f := range strings.Fields(rest) {
				var k int
				if fmt.Sscanf(f, "%d", &k); k > max(n, len(s.uids)) {
					s.fail("%q: there are %d", line, n)
				}
			}
		}
	}
}

func (s *stressClient) idle() {
	s.tag++
	s.noExpunge = false
	s.log = append(s.log, "C: IDLE")
	s.send("A%d IDLE", s.tag)
	done := false
	for {
		line := strings.TrimSuffix(s.line(), "\r\n")
		s.log = append(s.log, "S: "+line)
		if line == "" {
			s.fail("the connection ended in IDLE")
			return
		}
		if strings.HasPrefix(line, fmt.Sprintf("A%d ", s.tag)) {
			return
		}
		s.hear(line)
		if !done {
			done = true
			s.send("DONE")
		}
	}
}

// settle compares what the client believes with how it is, when nothing changes any more.
func (s *stressClient) settle(srv *imaptest.Server) {
	s.do("NOOP")
	for i, uid := range s.uids {
		if uid == 0 || s.flags[uid] == nil {
			s.do(fmt.Sprintf("FETCH %d (UID FLAGS)", i+1))
		}
	}
	want := map[uint32][]string{}
	for m := range srv.Mailbox("alice", s.box).Messages() {
		want[m.UID] = []string{}
		for _, f := range m.Flags {
			want[m.UID] = append(want[m.UID], string(f))
		}
		slices.Sort(want[m.UID])
	}
	if got := slices.Sorted(maps.Keys(want)); !slices.Equal(got, s.uids) {
		s.fail("in %s there are %v, not %v", s.box, got, s.uids)
	}
	for uid, flags := range want {
		if !slices.Equal(flags, s.flags[uid]) {
			s.fail("UID %d has %v, and was told to have %v", uid, flags, s.flags[uid])
		}
	}
	if len(s.uids) > 0 {
		s.do("FETCH 1:* (UID FLAGS)")
	}
	n := 0
	for uid, recent := range s.recents {
		if recent && slices.Contains(s.uids, uid) {
			n++
		}
	}
	if n > s.recent || n < s.recent-s.unsure {
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
