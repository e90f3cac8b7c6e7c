package imaptest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// cached is what a client with QRESYNC remembers about a mailbox that it has left.
type cached struct {
	validity uint32
	modseq   uint64
	flags    map[uint32][]string
}

// stressModSeq holds the modification sequence numbers that a client knows (RFC 7162 §6).
type stressModSeq struct {
	validity uint32
	highest  uint64 // the server has sent all changes up to this number, so the next resynchronization starts from it
	told     uint64 // the highest MODSEQ since the last tagged answer
	coded    uint64 // HIGHESTMODSEQ since the last tagged answer; 0: none
	lastCode uint64
	closed   bool // the server has sent CLOSED, or no mailbox was open
}

// code applies a response code that says from which number to start the next resynchronization.
func (s *stressClient) code(line string) {
	var n uint64
	if _, rest, ok := strings.Cut(line, "[HIGHESTMODSEQ "); ok {
		fmt.Sscanf(rest, "%d", &n)
		if s.opening {
			s.lastCode = 0
		}
		if n < s.lastCode {
			s.fail("%q: it was %d", line, s.lastCode)
		}
		s.coded, s.lastCode = n, n
	} else if _, rest, ok := strings.Cut(line, "[UIDVALIDITY "); ok {
		fmt.Sscanf(rest, "%d", &s.validity)
	}
	switch {
	case strings.HasPrefix(line, "* OK [CLOSED]"):
		if s.closed || !s.opening {
			s.fail("%q: no mailbox was open", line)
		}
		s.closed = true
	case s.opening && !s.closed && (line[0] == '*' || strings.Contains(line, " OK ")):
		// RFC 7162 §3.2.11: the server always sends CLOSED, whatever was enabled.
		s.fail("%q before [CLOSED]", line)
	}
}

// tagged updates s.highest after a tagged response. After it, the client knows all changes up to the HIGHESTMODSEQ that
// the server has sent since the last tagged response. If the server has sent no such code, the client knows all changes
// up to the highest MODSEQ that the server has sent.
func (s *stressClient) tagged() {
	switch {
	case s.coded != 0:
		s.highest = s.coded
	case s.told > s.highest:
		s.highest = s.told
	}
	s.coded, s.told = 0, 0
}

// mustTellUID fails the test if a FETCH response lacks a UID that it must have. In the answer to a UID command, every
// response must have one (RFC 9051 §6.4.9). For a client that uses modification sequence numbers, every response that
// does not answer a FETCH must have one (RFC 7162 §3.2.4).
func (s *stressClient) mustTellUID(line string) {
	if strings.Contains(line, "UID ") {
		return
	}
	items, fetch := strings.CutPrefix(s.command, "FETCH ")
	asked := fetch && !strings.Contains(items, "UID") && (strings.Contains(items, "FLAGS") || !strings.Contains(line, "FLAGS ("))
	if strings.HasPrefix(s.command, "UID ") || s.condstore && !asked {
		s.fail("%q: no UID", line)
	}
}

// keep remembers the mailbox that the client is about to leave.
func (s *stressClient) keep() {
	if !s.qresync || s.box == "" || s.highest == 0 {
		return
	}
	if s.cache == nil {
		s.cache = map[string]*cached{}
	}
	// The client remembers only the messages below the first one whose UID it does not know. It finds the others again
	// as if they were new.
	flags := map[uint32][]string{}
	for _, uid := range s.uids {
		if f, ok := s.flags[uid]; ok {
			flags[uid] = f
		} else {
			break
		}
	}
	s.cache[s.box] = &cached{s.validity, s.highest, flags}
}

// resync selects a mailbox with the state that the client remembers, and applies the responses, which must bring that
// state up to date. It reports false if the client remembers nothing.
func (s *stressClient) resync(box string) bool {
	old := s.cache[box]
	if old == nil {
		return false
	}
	// Until the server sends something about a message, its remembered state holds.
	have := maps.Clone(old.flags)
	status, lines := s.do(fmt.Sprintf("SELECT %s (QRESYNC (%d %d))", box, old.validity, old.modseq))
	if status == "LOST" {
		s.box = "" // the remembered state is kept
		return true
	}
	if status != "OK" {
		s.fail("SELECT: %s", status)
		return true
	}
	for _, line := range lines {
		set, ok := strings.CutPrefix(line, "* VANISHED (EARLIER) ")
		if !ok {
			continue
		}
		gone, err := parserSet(set)
		if err != nil {
			s.fail("%q: %v", line, err)
		}
		for uid := range gone {
			delete(have, uid)
		}
	}
	last := uint32(0)
	for uid := range old.flags {
		last = max(last, uid)
	}
	remembered := slices.Sorted(maps.Keys(have))
	maps.Copy(have, s.flags)
	s.flags = have
	if s.uidOnly {
		told := slices.DeleteFunc(slices.Clone(s.uids), func(uid uint32) bool { return uid <= last })
		told = append(remembered, told...)
		if len(told) > len(s.uids) {
			s.fail("there are %d messages; a resynchronization from %d ended with %v", len(s.uids), old.modseq, told)
			return true
		}
		s.uids = append(told, make([]uint32, len(s.uids)-len(told))...)
	} else {
		if len(remembered) > len(s.uids) {
			s.fail("there are %d messages; a resynchronization from %d ended with %v", len(s.uids), old.modseq, remembered)
			return true
		}
		for i, uid := range remembered {
			if s.uids[i] != 0 && s.uids[i] != uid {
				s.fail("message %d has UID %d; a resynchronization from %d ended with %v", i+1, s.uids[i], old.modseq, remembered)
				return true
			}
			s.uids[i] = uid
		}
	}
	told := s.highest
	if status, _ := s.do(fmt.Sprintf("UID FETCH %d:* (FLAGS)", last+1)); status == "LOST" {
		s.box = ""
		return true
	}
	s.learn()
	if !s.lost {
		s.check(told)
		s.learn()
	}
	return true
}

// check asks for everything that the client knows only from unsolicited responses. The answers must agree with it,
// unless something has changed since.
func (s *stressClient) check(since uint64) {
	before, uids := maps.Clone(s.flags), slices.Clone(s.uids)
	status, lines := s.do("UID FETCH 1:* (FLAGS MODSEQ)")
	if status == "LOST" {
		return
	}
	seen := map[uint32]bool{}
	for _, line := range lines {
		uid, modseq := uint32(0), uint64(0)
		if _, rest, ok := strings.Cut(line, "UID "); ok {
			fmt.Sscanf(rest, "%d", &uid)
		} else if strings.Contains(line, " UIDFETCH (") {
			fmt.Sscanf(line, "* %d", &uid)
		}
		if _, rest, ok := strings.Cut(line, "MODSEQ ("); !ok || uid == 0 {
			continue
		} else {
			fmt.Sscanf(rest, "%d", &modseq)
		}
		seen[uid] = true
		if flags, ok := before[uid]; ok && modseq <= since && !strings.Contains(line, "FLAGS ("+`\Recent`) && !sameFlags(line, flags) {
			s.about = uid
			s.fail("%q: the client has believed %v since %d", line, flags, since)
		}
	}
	for _, uid := range uids {
		if !seen[uid] && slices.Contains(s.uids, uid) {
			s.fail("the client believes in UID %d, which does not exist", uid)
		}
	}
}

// sameFlags reports whether a response has these flags.
func sameFlags(line string, flags []string) bool {
	_, x, _ := strings.Cut(line, "FLAGS (")
	x, _, _ = strings.Cut(x, ")")
	told := slices.DeleteFunc(strings.Fields(x), func(f string) bool { return f == `\Recent` })
	slices.Sort(told)
	return slices.Equal(told, flags)
}
