package imaptest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

// TestStressOrder lets clients send several commands at once, to servers that answer them in each order. In every
// order, sequence numbers must mean the messages that the client expects. At the end, each client's view must equal the
// server's mailbox.
func TestStressOrder(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	for _, order := range []imaptest.Order{imaptest.InTurn, imaptest.TaggedLast, imaptest.Mixed} {
		t.Logf("%v: seed %d", order, seed)
		srv := newServer(t, imaptest.WithOrder(order), imaptest.WithSeed(seed))
		for i := range 20 {
			srv.Mailbox("alice", "INBOX").Append(fmt.Appendf(nil, "Subject: %d\r\n\r\n", i))
		}
		srv.Mailbox("alice", "other")
		inbox := srv.Mailbox("alice", "INBOX")
		stressOrder(t, stressedOwn{srv}, seed, func(uid uint32) { inbox.Expunge(uid) })
	}
}

// stressOrder runs clients that send several commands at once. expunge removes a message from INBOX.
func stressOrder(t *testing.T, srv stressed, seed uint64, expunge func(uid uint32)) {
	var wg, quiet sync.WaitGroup
	var recents sync.Map
	const clients = 6
	quiet.Add(clients)
	for i := range clients {
		s := &stressClient{rawClient: stressLogin(t, srv), t: t, rng: rand.New(rand.NewPCG(seed, uint64(i))), id: i, everybody: &recents}
		wg.Go(func() {
			ready := sync.OnceFunc(quiet.Done)
			defer ready()
			// No client enables QRESYNC or UIDONLY. The server would then send VANISHED, and a client must know all
			// UIDs to understand that, but these clients do not.
			s.be(srv, []string{"", "CONDSTORE", "IMAP4rev2"}[i%3])
			s.selectBox("INBOX")
			for range 120 {
				if !t.Failed() {
					if len(s.uids) > 3 && s.rng.IntN(2) == 0 {
						// Another client has just expunged a message, which the server reports within the batch.
						expunge(s.uids[s.rng.IntN(len(s.uids))])
					}
					s.batch()
					if slices.Contains(s.uids, 0) {
						s.do("UID FETCH 1:* (FLAGS)")
					}
				}
			}
			ready()
			quiet.Wait()
			if !t.Failed() {
				s.settle(srv)
			}
		})
	}
	wg.Wait()
}

// batch sends some commands at once, and applies the responses to the client's view.
func (s *stressClient) batch() {
	uid := func() string {
		if len(s.uids) == 0 {
			return "1"
		}
		a, b := s.uids[s.rng.IntN(len(s.uids))], s.uids[s.rng.IntN(len(s.uids))]
		return s.pick(fmt.Sprint(max(a, 1)), fmt.Sprintf("%d:%d", max(min(a, b), 1), max(a, b, 1)))
	}
	var cmds []string
	for range 1 + s.rng.IntN(6) {
		switch n := s.rng.IntN(100); {
		case n < 30:
			cmds = append(cmds, "UID FETCH "+uid()+" (FLAGS)")
		case n < 40 && len(s.uids) > 0:
			cmds = append(cmds, "FETCH "+fmt.Sprint(1+s.rng.IntN(len(s.uids)))+" (UID FLAGS)")
		case n < 55:
			cmds = append(cmds, "UID STORE "+uid()+" "+s.pick("+", "-")+`FLAGS (\Seen $K`+fmt.Sprint(s.rng.IntN(9))+")")
		case n < 62:
			cmds = append(cmds, "UID STORE "+uid()+` +FLAGS (\Deleted)`)
		case n < 72:
			cmds = append(cmds, s.pick("EXPUNGE", "UID EXPUNGE "+uid(), "UID MOVE "+uid()+" other"))
		case n < 80:
			cmds = append(cmds, "APPEND INBOX {9+}\r\nA: b\r\n\r\nx")
		case n < 88:
			cmds = append(cmds, s.pick("UID SEARCH UNSEEN", "STATUS other (MESSAGES)", `LIST "" *`, "CAPABILITY"))
		default:
			cmds = append(cmds, "NOOP")
		}
	}
	var text strings.Builder
	unanswered := map[string]int{}
	for i, cmd := range cmds {
		s.tag++
		tag := fmt.Sprintf("A%d", s.tag)
		unanswered[tag] = i
		fmt.Fprintf(&text, "%s %s\r\n", tag, cmd)
		s.log = append(s.log, "C: "+tag+" "+cmd)
	}
	s.command = "" // several
	s.c.Write([]byte(text.String()))
	for len(unanswered) > 0 && !s.t.Failed() {
		first := len(cmds)
		for _, i := range unanswered {
			first = min(first, i)
		}
		// The server must not change sequence numbers before it has answered a command that uses them (RFC 9051
		// §7.5.1).
		s.noExpunge = strings.HasPrefix(cmds[first], "FETCH")
		line := strings.TrimSuffix(s.line(), "\r\n")
		s.log = append(s.log, "S: "+line)
		if line == "" {
			s.fail("the connection ended after %v", s.last)
			return
		}
		tag, rest, _ := strings.Cut(line, " ")
		if i, ok := unanswered[tag]; ok {
			delete(unanswered, tag)
			// After an expunge, the sequence number in a FETCH may no longer exist, so BAD is allowed.
			if strings.HasPrefix(rest, "BAD") && !strings.HasPrefix(cmds[i], "FETCH") {
				s.fail("%q: %q", cmds[i], line)
			}
			s.code(line)
			continue
		}
		s.code(line)
		s.hear(line)
	}
	s.noExpunge = false
}
