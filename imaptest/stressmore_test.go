package imaptest_test

import (
	"fmt"
	"strings"
)

// stepMore does one random thing with an extension that all servers under stress support.
func (s *stressClient) stepMore() {
	uid := func() uint32 { return s.uids[s.rng.IntN(len(s.uids))] }
	set := func() string {
		a, b := uid(), uid()
		return s.pick(fmt.Sprint(max(a, 1)), fmt.Sprintf("%d:%d", max(min(a, b), 1), max(a, b, 1)), fmt.Sprintf("%d:*", max(a, 1)))
	}
	other := "other"
	if s.box == other {
		other = "INBOX"
	}
	if len(s.uids) == 0 {
		s.do("NOOP")
		return
	}
	body := strings.Repeat("x", 1+s.rng.IntN(30))
	message := fmt.Sprintf("{%d+}\r\nSubject: %s\r\n\r\n%s", 13+2*len(body), body, body)
	switch n := s.rng.IntN(100); {
	case n < 20 && s.notify:
		s.askForEvents(s.withoutFlags)
	case n < 10:
		s.do(fmt.Sprintf("APPEND %s ($K1) %s (\\Seen) %s", s.pick(s.box, other), message, message)) // MULTIAPPEND
	case n < 20:
		s.do(fmt.Sprintf("UID REPLACE %d %s ($K1) %s", max(uid(), 1), s.pick(s.box, s.box, other), message))
	case n < 30:
		// A saved result has only messages that the client knows (RFC 5182 §2.1).
		prefix := s.pick("", "UID ")
		if s.uidOnly {
			prefix = "UID "
		}
		s.do(prefix + "SEARCH RETURN (SAVE) " + s.pick("UNSEEN", "ALL", "KEYWORD $K1"))
		if !s.lost {
			s.learn()
			s.do("UID " + s.pick("FETCH $ (FLAGS)", "STORE $ +FLAGS ($K2)", "STORE $ -FLAGS.SILENT (\\Seen)", "FETCH $ (UID)", "SEARCH $"))
			s.forget()
		}
	case n < 40 && s.condstore:
		since := s.highest - min(s.highest, uint64(s.rng.IntN(9))) + 1
		if s.qresync && s.rng.IntN(2) == 0 {
			s.do(fmt.Sprintf("UID FETCH %s (FLAGS) (CHANGEDSINCE %d VANISHED)", set(), since))
		} else {
			s.do(fmt.Sprintf("UID FETCH %s (FLAGS) (CHANGEDSINCE %d)", set(), since))
		}
	case n < 70:
		s.watch()
	case n < 80:
		s.do("UID " + s.pick("SORT (ARRIVAL) UTF-8 ALL", "THREAD REFERENCES UTF-8 ALL", "SEARCH RETURN (COUNT MIN MAX) UNSEEN", "SEARCH RETURN (PARTIAL 1:5) ALL"))
	case n < 90:
		s.do("STATUS " + s.box + " (MESSAGES UIDNEXT UNSEEN)")
	default:
		s.keep()
		box := s.box
		if status, _ := s.do(s.pick("CLOSE", "UNSELECT")); status != "LOST" {
			s.box = ""
			s.uids = nil
			s.selectBox(box)
		}
	}
}

// forget makes the client forget all flags if the current command is a silent STORE, because its set of messages ($)
// does not tell the client whose flags it changes.
func (s *stressClient) forget() {
	if strings.Contains(s.command, ".SILENT") {
		clear(s.flags)
	}
}
