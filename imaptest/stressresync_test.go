package imaptest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// cached is what a client with QRESYNC remembers of a mailbox it has left.
type cached struct {
	validity uint32
	modseq   uint64
	flags    map[uint32][]string
}

// code notes what a response code says of where to go on from.
func (s *stressClient) code(line string) {
	var n uint64
	if _, rest, ok := strings.Cut(line, "[HIGHESTMODSEQ "); ok {
		fmt.Sscanf(rest, "%d", &n)
		if !s.opening && n < s.highest {
			s.fail("%q: it was %d", line, s.highest)
		}
		s.highest = n
	} else if _, rest, ok := strings.Cut(line, "[UIDVALIDITY "); ok {
		fmt.Sscanf(rest, "%d", &s.validity)
	}
}

// keep remembers the mailbox that is about to be left.
func (s *stressClient) keep() {
	if !s.qresync || s.box == "" {
		return
	}
	if s.cache == nil {
		s.cache = map[string]*cached{}
	}
	s.cache[s.box] = &cached{s.validity, s.highest, maps.Clone(s.flags)}
}

// resync opens a mailbox with what is remembered of it, and believes that what is told makes that what there is. It reports
// false if nothing is remembered.
func (s *stressClient) resync(box string) bool {
	old := s.cache[box]
	if old == nil {
		return false
	}
	// Before a message is told, what is remembered of it is what is believed.
	have := maps.Clone(old.flags)
	status, lines := s.do(fmt.Sprintf("SELECT %s (QRESYNC (%d %d))", box, old.validity, old.modseq))
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
	maps.Copy(have, s.flags)
	s.flags = have
	uids := slices.Sorted(maps.Keys(have))
	if len(uids) != len(s.uids) {
		s.fail("there are %d messages, and resynchronized are %d: %v", len(s.uids), len(uids), uids)
		return true
	}
	for i, uid := range uids {
		if s.uids[i] != 0 && s.uids[i] != uid {
			s.fail("message %d is UID %d, and resynchronized %d", i+1, s.uids[i], uid)
		}
	}
	s.uids = uids
	return true
}
