package imaptest

import (
	"bytes"
	"slices"
	"strings"
)

// kind is the kind of data in a response. It determines which other responses must come before it.
type kind uint8

const (
	freeKind    kind = iota // other data: keeps its place only among responses with the same key
	viewKind                // which messages exist: keeps its place among all responses about messages
	messageKind             // data of one message
	resultKind              // message numbers, as the result of a search
	taggedKind
	lastKind // BYE: comes after everything before it
)

// keyOf returns a response's key and kind. Responses with the same key must keep their order.
func keyOf(b []byte) (key string, k kind) {
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	words := strings.SplitN(string(line), " ", 4)
	if len(words) < 2 {
		return "", freeKind
	}
	word := strings.ToUpper(words[1])
	if words[0] != "*" {
		if bytes.Contains(line, []byte("[HIGHESTMODSEQ ")) {
			return "", viewKind // the client concludes that it knows all changes up to this number (RFC 7162 §3.1.2)
		}
		return "", taggedKind
	}
	if word[0] >= '0' && word[0] <= '9' && len(words) > 2 {
		switch what := strings.ToUpper(words[2]); what {
		case "FETCH", "UIDFETCH":
			return word, messageKind
		default:
			return what, viewKind
		}
	}
	switch word {
	case "BYE":
		return word, lastKind
	case "OK", "NO", "BAD", "VANISHED", "FLAGS":
		return word, viewKind
	case "SEARCH", "SORT", "THREAD":
		return word, resultKind
	case "ESEARCH":
		if bytes.Contains(line, []byte(" ADDTO ")) || bytes.Contains(line, []byte(" REMOVEFROM ")) {
			return word, viewKind
		}
		_, tag, _ := strings.Cut(string(line), "(TAG ")
		tag, _, _ = strings.Cut(tag, ")")
		return word + tag, resultKind
	}
	return word, freeKind
}

// strand is a group whose responses are being arranged.
type strand struct {
	*group
	at    int
	kinds [lastKind + 1]int // how many responses of each kind are left
	keys  map[string]int    // how many responses with each key are left
}

// left reports whether some of the strand's responses have not been taken yet.
func (l *strand) left() bool { return l.at < len(l.list) }

// holds reports whether a response of a later command must wait until more responses of this strand have been taken.
func (l *strand) holds(later *group, key string, k kind) bool {
	if !l.left() {
		return false
	}
	if l.writes&(later.reads|later.writes) != 0 || l.reads&later.writes != 0 || l.kinds[lastKind] > 0 {
		// RFC 9051 §5.5: the server must finish ambiguous commands in the order in which the client sent them.
		return true
	}
	switch k {
	case lastKind:
		return true
	case viewKind:
		return l.kinds[viewKind]+l.kinds[messageKind]+l.kinds[resultKind] > 0
	case messageKind, resultKind:
		return l.kinds[viewKind] > 0 || l.keys[key] > 0
	case taggedKind:
		return false
	}
	return l.keys[key] > 0
}

// take returns the next response.
func (l *strand) take() response {
	r := l.list[l.at]
	key, k := keyOf(r.text)
	l.kinds[k]--
	l.keys[key]--
	l.at++
	return r
}

// isBad reports whether a tagged answer is BAD.
func isBad(line []byte) bool {
	_, rest, _ := bytes.Cut(line, []byte(" "))
	return bytes.HasPrefix(rest, []byte("BAD "))
}

// arrange returns the responses that are held back, in the order in which they are to be sent. changes are responses
// about changes of the mailbox, which come before the tagged responses.
func (t *together) arrange(changes []response) (out []response) {
	if t.order != Mixed {
		var late []response
		for _, g := range t.groups {
			for _, r := range g.list {
				if r.tagged && g.late && !isBad(r.text) {
					late = append(late, r)
				} else {
					out = append(out, r)
				}
			}
		}
		return slices.Concat(out, changes, late)
	}
	var strands []*strand
	for _, g := range t.groups {
		l := &strand{group: g, keys: map[string]int{}}
		for _, r := range g.list {
			key, k := keyOf(r.text)
			l.kinds[k]++
			l.keys[key]++
		}
		strands = append(strands, l)
	}
	way, last, slow := t.rng.IntN(5), 0, t.rng.IntN(len(strands))
	for {
		var ready []int
		for i, l := range strands {
			if !l.left() {
				continue
			}
			key, k := keyOf(l.list[l.at].text)
			free := true
			for _, before := range strands[:i] {
				free = free && !before.holds(l.group, key, k)
			}
			if free {
				ready = append(ready, i)
			}
		}
		if len(ready) == 0 {
			return out
		}
		pick := ready[t.rng.IntN(len(ready))]
		switch way {
		case 1: // the last command first
			pick = ready[len(ready)-1]
		case 2: // take the responses of all in turn
			pick = ready[0]
			for _, i := range ready {
				if i > last {
					pick = i
					break
				}
			}
		case 4: // the answer to one of the commands is slow
			if pick == slow && len(ready) > 1 {
				ready = slices.DeleteFunc(ready, func(i int) bool { return i == slow })
				pick = ready[t.rng.IntN(len(ready))]
			}
		case 3: // tagged answers late, but not always last
			for range 8 {
				if !strands[pick].list[strands[pick].at].tagged {
					break
				}
				pick = ready[t.rng.IntN(len(ready))]
			}
		}
		out = append(out, strands[pick].take())
		last = pick
	}
}
