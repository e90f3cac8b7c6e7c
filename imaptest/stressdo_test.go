package imaptest_test

import (
	"fmt"
	"slices"
	"strings"
)

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
		s.do(fmt.Sprintf("FETCH %s %s", s.seqs(), s.pick("(UID FLAGS)", "(FLAGS)", "(UID)", "(UID BODY[])", "(BODY[TEXT])", "(BODY.PEEK[])", "(UID FLAGS BODY.PEEK[])")))
	case n < 55:
		s.do(fmt.Sprintf("UID FETCH 1:* %s", s.pick("(FLAGS)", "(UID)", "(FLAGS RFC822.SIZE)")))
	case n < 60 && s.condstore:
		s.do(fmt.Sprintf("%sSTORE %s (UNCHANGEDSINCE %d) %sFLAGS %s", s.pick("", "UID "), s.seqs(), s.highest-min(s.highest, uint64(s.rng.IntN(9))), s.pick("", "+", "-"), flags()))
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
			if s.lost {
				return
			}
			s.learn()
			s.do(fmt.Sprintf(`UID EXPUNGE %d`, uid))
		}
	}
}

// silent stores flags with .SILENT, and then assumes that the messages have them, as clients do.
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
	// Later responses override this assumption.
	s.flags[uid] = after
	switch status, _ := s.do(fmt.Sprintf("STORE %d %sFLAGS.SILENT (%s)", i+1, op, flag)); status {
	case "OK", "OK EXPUNGEISSUED":
		if s.notify {
			delete(s.flags, uid) // responses with the old flags may arrive after the command was sent
		}
	case "LOST":
		if slices.Equal(s.flags[uid], after) {
			// If the server has made the change, its modification sequence number is above the highest that was sent.
			s.flags[uid] = before
		}
	default:
		// RFC 2180 §4.2.1: a client that did not ask for flags can ignore messages that are gone.
		s.fail("STORE …FLAGS.SILENT: %s", status)
	}
}

func (s *stressClient) search() {
	n := len(s.uids)
	cmd := s.pick("SEARCH ALL", "SEARCH UNSEEN", "SEARCH KEYWORD $K1", "SEARCH 1:*")
	status, lines := s.do(cmd)
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "* SEARCH"); ok {
			// With NOTIFY, the server may report messages at any time.
			if strings.HasSuffix(cmd, "UNSEEN") || strings.HasSuffix(cmd, "$K1") || status != "OK" || s.notify {
			} else if found := strings.Fields(rest); len(found) != n {
				s.fail("%q: there are %d, and no expunge was reported", line, n)
			}
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
	s.command = "IDLE"
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
