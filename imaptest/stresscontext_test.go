package imaptest_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// stressContext is a search that the server keeps up to date (RFC 5267 §4.3), with the result that the client has
// computed from the responses.
type stressContext struct {
	tag     string
	command string // the command without RETURN
	uid     bool
	sorted  bool
	result  []uint32
	known   bool // the first result has come
}

// watch asks the server to keep a search up to date. If the server already keeps one up to date, watch cancels that one
// instead.
func (s *stressClient) watch() {
	if s.context.tag != "" {
		tag := s.context.tag
		s.context = stressContext{}
		s.do(fmt.Sprintf("CANCELUPDATE %q", tag))
		return
	}
	x := stressContext{uid: s.uidOnly || s.rng.IntN(2) == 0, sorted: s.rng.IntN(2) == 0, tag: fmt.Sprint("A", s.tag+1)}
	name, rest := "SEARCH", s.pick("KEYWORD $K1", "UNSEEN", "NOT DELETED")
	if x.sorted {
		name, rest = "SORT", s.pick("(REVERSE SIZE)", "(REVERSE ARRIVAL)", "(SUBJECT)")+" UTF-8 "+rest
	}
	if x.uid {
		name = "UID " + name
	}
	x.command = name + " RETURN %s" + rest
	s.context = x
	if status, _ := s.do(fmt.Sprintf(x.command, "(UPDATE ALL) ")); status != "OK" && status != "LOST" && status != "OK EXPUNGEISSUED" {
		s.fail("%s: %s", x.command, status)
	}
}

// esearch applies an ESEARCH response to the result.
func (s *stressClient) esearch(line string) {
	x := &s.context
	if x.tag == "" || !strings.Contains(line, fmt.Sprintf("(TAG %q)", x.tag)) {
		return
	}
	resp, err := parser.NewReader(wire.NewReader(strings.NewReader(line+"\r\n"), wire.Limits{})).Next()
	if err != nil {
		s.fail("%q: %v", line, err)
		return
	}
	var e parser.ESearch
	if err := e.Decode(resp.Decoder()); err != nil || e.UID != x.uid {
		s.fail("%q: %v", line, err)
		return
	}
	if e.Has(parser.ESearchAll) || !x.known {
		x.result, x.known = numbersOf(e.All), true
	}
	add := func() {
		for _, u := range e.AddTo {
			x.add(s, line, u)
		}
	}
	remove := func() {
		for _, u := range e.RemoveFrom {
			x.remove(s, line, u)
		}
	}
	if strings.Index(line, " ADDTO ") < strings.Index(line, " REMOVEFROM ") {
		add()
		remove()
	} else {
		remove()
		add()
	}
}

func numbersOf[T ~struct{ Start, Stop uint32 }](ranges []T) (out []uint32) {
	for _, r := range ranges {
		r := struct{ Start, Stop uint32 }(r)
		for n := r.Start; ; n++ {
			out = append(out, n)
			if n == r.Stop {
				break
			}
		}
	}
	return out
}

func (x *stressContext) add(s *stressClient, line string, u parser.ContextUpdate) {
	nums := numbersOf(u.Ranges)
	for _, n := range nums {
		if slices.Contains(x.result, n) || !x.uid && (n == 0 || int(n) > len(s.uids)) {
			s.fail("%q: %d is to be added to %v, of %d messages", line, n, x.result, len(s.uids))
			return
		}
	}
	switch {
	case u.Pos == 0 && !x.sorted:
		x.result = append(x.result, nums...)
		slices.Sort(x.result)
	case u.Pos == 0 || int(u.Pos) > len(x.result)+1:
		s.fail("%q: there is no such place in %v", line, x.result)
	default:
		x.result = slices.Insert(x.result, int(u.Pos)-1, nums...)
	}
}

func (x *stressContext) remove(s *stressClient, line string, u parser.ContextUpdate) {
	nums := numbersOf(u.Ranges)
	if u.Pos != 0 {
		i := int(u.Pos) - 1
		if i+len(nums) > len(x.result) || !slices.Equal(x.result[i:i+len(nums)], nums) {
			s.fail("%q: they are not in that place of %v", line, x.result)
			return
		}
		x.result = slices.Delete(x.result, i, i+len(nums))
		return
	}
	for _, n := range nums {
		i := slices.Index(x.result, n)
		if i < 0 {
			s.fail("%q: %d is not in %v", line, n, x.result)
			return
		}
		x.result = slices.Delete(x.result, i, i+1)
	}
}

// expunged changes the sequence numbers of a result after an expunge. The server must have removed the message from the
// result before (RFC 5267 §4.3.4).
func (x *stressContext) expunged(s *stressClient, n uint32) {
	if x.tag == "" || x.uid {
		return
	}
	for i, k := range x.result {
		if k == n {
			s.fail("message %d is expunged, and was not taken out of the result %v", n, x.result)
		}
		if k > n {
			x.result[i]--
		}
	}
}

// settleContext compares a result that was kept up to date with the result of a new search.
func (s *stressClient) settleContext() {
	x := &s.context
	if x.tag == "" || s.lost {
		return
	}
	kept := slices.Clone(x.result)
	tag := fmt.Sprint("A", s.tag+1)
	_, lines := s.do(fmt.Sprintf(x.command, "(ALL) "))
	old := x.tag
	x.tag, x.known, x.result = tag, false, nil
	for _, line := range lines {
		if strings.HasPrefix(line, "* ESEARCH ") {
			s.esearch(line)
		}
	}
	if !slices.Equal(x.result, kept) {
		s.fail("%s (%s): %v was kept up to date to %v", x.command, old, x.result, kept)
	}
}
