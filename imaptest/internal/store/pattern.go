package store

import "strings"

// A pattern is a mailbox pattern of LIST taken apart (RFC 9051 §6.3.9): "*" matches anything, "%" anything
// without a delimiter.
type pattern struct {
	ops   []byte // the pattern, with runs of wildcards made one
	delim byte
	state []bool // scratch: which prefixes of ops match what was read so far; nil: nothing matches
}

// maxPattern is how many octets a pattern may have, runs of wildcards counted as one; a longer one matches nothing.
const maxPattern = 2000

// newPattern compiles a pattern. INBOX at its beginning matches without regard to case, as the name is kept in
// capitals.
func newPattern(s string, delim byte) *pattern {
	p := &pattern{delim: delim}
	if i := strings.IndexAny(s, "*%"); i < 0 {
		s = foldName(s, delim)
	} else if len(s) >= 5 && i >= 5 && strings.EqualFold(s[:5], "INBOX") && (i == 5 || s[5] == delim) {
		s = "INBOX" + s[5:]
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if k := len(p.ops) - 1; k >= 0 && (c == '*' || c == '%') && (p.ops[k] == '*' || p.ops[k] == '%') {
			if c == '*' {
				p.ops[k] = '*'
			}
			continue
		}
		p.ops = append(p.ops, c)
	}
	if len(p.ops) <= maxPattern {
		p.state = make([]bool, len(p.ops)+1)
	}
	return p
}

// match reports whether the whole name matches. It takes time in proportion to name times pattern at most.
func (p *pattern) match(name string) bool {
	if p.state == nil {
		return false
	}
	if lit := p.literal(); lit > 0 && (len(name) < lit || name[:lit] != string(p.ops[:lit])) {
		return p.inboxFold(name)
	}
	st := p.state
	clear(st)
	st[0] = true
	p.close(st)
	for i := 0; i < len(name); i++ {
		c := name[i]
		alive := false
		// From the end, so that one array is enough: st[k+1] depends on st[k] and on itself.
		for k := len(p.ops); k > 0; k-- {
			switch op := p.ops[k-1]; {
			case op == '*', op == '%' && c != p.delim:
				// st[k] says that the wildcard has matched so far, and st[k-1] leads into it by close.
			case op == '%':
				st[k] = false
			default:
				st[k] = st[k-1] && op == c
			}
			alive = alive || st[k]
		}
		st[0] = false
		p.close(st)
		if !alive {
			return p.inboxFold(name)
		}
	}
	return st[len(p.ops)] || p.inboxFold(name)
}

// close lets wildcards match nothing.
func (p *pattern) close(st []bool) {
	for k, op := range p.ops {
		if st[k] && (op == '*' || op == '%') {
			st[k+1] = true
		}
	}
}

// literal returns the length of what stands before the first wildcard.
func (p *pattern) literal() int {
	for i, c := range p.ops {
		if c == '*' || c == '%' {
			return i
		}
	}
	return len(p.ops)
}

// inboxFold matches INBOX once more in small letters, for patterns such as "in%" (RFC 9051 §5.1).
func (p *pattern) inboxFold(name string) bool {
	if name != "INBOX" || len(p.ops) == 0 {
		return false
	}
	q := pattern{ops: []byte(strings.ToUpper(string(p.ops))), delim: p.delim}
	if string(q.ops) == string(p.ops) {
		return false
	}
	q.state = make([]bool, len(q.ops)+1)
	return q.match(name)
}

// Match reports whether a name fits a pattern with "*" for anything and "%" for anything without delim.
func Match(pattern, name string, delim byte) bool { return newPattern(pattern, delim).match(name) }
