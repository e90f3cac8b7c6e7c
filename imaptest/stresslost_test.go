package imaptest_test

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
)

// stressKinds holds the kinds of clients of TestStressBelief: the capabilities that each kind enables or uses.
var stressKinds = []string{"", "CONDSTORE", "QRESYNC", "IMAP4rev2", "UIDONLY", "QRESYNC IMAP4rev2", "QRESYNC UIDONLY", "QRESYNC", "NOTIFY", "QRESYNC NOTIFY"}

// stressLost holds the state of a client that loses its connections.
type stressLost struct {
	srv       stressed
	kind      string
	cut       int       // the number of responses that are read until the connection is lost; -1: it is not lost
	lost      bool      // the connection was lost
	lostConns []*served // the connections that were lost
}

// be turns the client into a client of this kind: the client then enables or uses the capabilities of the kind.
func (s *stressClient) be(srv stressed, kind string) {
	s.srv, s.kind, s.cut = srv, kind, -1
	s.condstore = strings.Contains(kind, "CONDSTORE") || strings.Contains(kind, "QRESYNC")
	s.qresync = strings.Contains(kind, "QRESYNC")
	s.rev2 = strings.Contains(kind, "rev2")
	s.uidOnly = strings.Contains(kind, "UIDONLY")
	if enable := strings.TrimSpace(strings.TrimSuffix(kind, "NOTIFY")); enable != "" {
		s.do("ENABLE " + enable)
	}
	if s.notify = strings.HasSuffix(kind, "NOTIFY"); s.notify {
		s.askForEvents(true)
	}
}

// askForEvents sends NOTIFY. The server may then send everything but expunges at any time (RFC 5465 §5.1). If flags is
// not set, the client is not interested in changes of flags. It then gets changes of flags only after another call with
// flags set.
func (s *stressClient) askForEvents(flags bool) {
	items, change := "UID FLAGS", ""
	if s.condstore {
		items += " MODSEQ"
	}
	if flags {
		change = " FlagChange"
	}
	s.withoutFlags = !flags
	s.do("NOTIFY SET (SELECTED-DELAYED (MessageNew (" + items + ") MessageExpunge" + change + "))")
}

// losing reports whether to lose the connection now.
func (s *stressClient) losing() bool {
	if s.cut < 0 {
		return false
	}
	if s.cut--; s.cut >= 0 {
		return false
	}
	s.log = append(s.log, "the connection is lost")
	s.c.Close()
	s.lost, s.lostConns = true, append(s.lostConns, s.c.(*served))
	return true
}

// again reconnects after the connection was lost, and selects the mailbox again with what the client knows about it.
func (s *stressClient) again() {
	for s.lost && !s.t.Failed() {
		s.lost, s.cut = false, -1
		s.keep()
		s.coded, s.told, s.lastCode = 0, 0, 0
		s.c = s.srv.connect()
		s.r = bufio.NewReader(s.c)
		s.line()
		box := s.box
		if box == "" {
			box = "INBOX"
		}
		s.box = ""
		s.do("LOGIN alice secret")
		s.be(s.srv, s.kind)
		if s.rng.IntN(4) == 0 {
			s.cut = s.rng.IntN(20)
		}
		s.selectBox(box)
	}
	if s.box == "" && !s.lost && !s.t.Failed() {
		s.selectBox("INBOX")
	}
}

// uidFetched reads a FETCH response for a client that knows only UIDs (RFC 9586).
func (s *stressClient) uidFetched(uid uint32, line string) {
	if !s.uidOnly {
		s.fail("%q to a client that has not asked for it", line)
	}
	if !slices.Contains(s.uids, uid) {
		i := slices.Index(s.uids, 0)
		if i < 0 {
			s.fail("%q: there are %v", line, s.uids)
			return
		}
		s.uids = append(slices.Delete(s.uids, i, i+1), 0)
		s.uids[len(s.uids)-1] = uid
		// Sort the UIDs, with the zeros (UIDs that the client does not know) at the end: 0-1 wraps to the largest
		// number.
		slices.SortFunc(s.uids, func(a, b uint32) int { return int(int64(a-1) - int64(b-1)) })
	}
	s.toldOf(uid, line)
}

// stepUID is like step, for a client that knows only UIDs.
func (s *stressClient) stepUID() {
	flags := s.pick(`(\Seen)`, `(\Flagged \Deleted)`, `($K1 $K7)`, fmt.Sprintf("($K%d)", s.rng.IntN(40)))
	uid := func() uint32 {
		if len(s.uids) == 0 {
			return 1
		}
		return s.uids[s.rng.IntN(len(s.uids))]
	}
	set := func() string {
		a, b := uid(), uid()
		return s.pick(fmt.Sprint(a), fmt.Sprintf("%d:%d", min(a, b), max(a, b)), fmt.Sprintf("%d:*", a), fmt.Sprintf("%d,%d", a, b))
	}
	other := "other"
	if s.box == other {
		other = "INBOX"
	}
	switch n := s.rng.IntN(100); {
	case n < 14:
		s.do(fmt.Sprintf("APPEND %s %s {9+}\r\nA: b\r\n\r\nx", s.pick(s.box, s.box, other), flags))
	case n < 18:
		s.do(s.pick("NOOP", "CHECK", "NOOP"))
	case n < 24:
		s.selectBox(s.pick("INBOX", "other"))
	case n < 26:
		s.do("EXPUNGE")
	case n < 28:
		s.do("UID EXPUNGE " + set())
	case n < 50:
		s.do("UID FETCH " + set() + " " + s.pick("(FLAGS)", "(BODY[])", "(BODY.PEEK[TEXT])"))
	case n < 55 && s.condstore:
		s.do(fmt.Sprintf("UID STORE %s (UNCHANGEDSINCE %d) +FLAGS %s", set(), s.highest, flags))
	case n < 80:
		s.do("UID STORE " + set() + " " + s.pick("", "+", "-") + "FLAGS " + flags)
	case n < 86:
		s.do("UID SEARCH " + s.pick("ALL", "UNSEEN", "UID "+set()))
	case n < 94:
		s.do("UID COPY " + set() + " " + s.pick(other, s.box))
	default:
		s.do("UID MOVE " + fmt.Sprint(uid()) + " " + other)
	}
}

// thin removes most messages of a mailbox that has become too big for a fast test.
func (s *stressClient) thin() {
	from, to := s.uids[0], s.uids[len(s.uids)-20]
	if from == 0 || to == 0 {
		s.do("UID FETCH 1:* (FLAGS)")
		return
	}
	if status, _ := s.do(fmt.Sprintf(`UID STORE %d:%d +FLAGS (\Deleted)`, from, to)); status != "LOST" {
		s.learn()
		if !s.lost {
			s.do("EXPUNGE")
		}
	}
}
