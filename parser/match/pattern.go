package match

import "strings"

// A Pattern is a mailbox pattern of LIST taken apart (RFC 9051 §6.3.9): "*" matches anything, "%" anything
// without a delimiter. It belongs to one goroutine.
type Pattern struct {
	ops   []byte // the pattern, with runs of wildcards made one
	delim byte
	state []bool // scratch: which prefixes of ops match what was read so far; nil: nothing matches
}

// maxPattern bounds a pattern.
const maxPattern = 2000

// NewPattern compiles a pattern: the reference and the pattern of LIST joined. delim is the hierarchy delimiter, 0 if
// there is none. INBOX at its beginning matches without regard to case, where names have it in capitals. A pattern of more
// than 2000 octets, runs of wildcards counted as one, matches nothing.
func NewPattern(s string, delim byte) *Pattern {
	p := &Pattern{delim: delim}
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

// Match reports whether the whole name matches. It takes time in proportion to name times pattern at most.
func (p *Pattern) Match(name string) bool {
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
func (p *Pattern) close(st []bool) {
	for k, op := range p.ops {
		if st[k] && (op == '*' || op == '%') {
			st[k+1] = true
		}
	}
}

// literal returns the length of what stands before the first wildcard.
func (p *Pattern) literal() int {
	for i, c := range p.ops {
		if c == '*' || c == '%' {
			return i
		}
	}
	return len(p.ops)
}

// inboxFold matches INBOX once more in small letters, for patterns such as "in%" (RFC 9051 §5.1).
func (p *Pattern) inboxFold(name string) bool {
	if name != "INBOX" || len(p.ops) == 0 {
		return false
	}
	q := Pattern{ops: []byte(strings.ToUpper(string(p.ops))), delim: p.delim}
	if string(q.ops) == string(p.ops) {
		return false
	}
	q.state = make([]bool, len(q.ops)+1)
	return q.Match(name)
}

// foldName writes INBOX, alone or as the top of the hierarchy, in capitals (RFC 9051 §5.1).
func foldName(name string, delim byte) string {
	if len(name) >= 5 && strings.EqualFold(name[:5], "INBOX") && (len(name) == 5 || name[5] == delim) {
		return "INBOX" + name[5:]
	}
	return name
}
