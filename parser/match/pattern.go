package match

import "strings"

// A Pattern is a compiled mailbox pattern of LIST (RFC 9051 §6.3.9): "*" matches anything, "%" anything without a
// delimiter. Only one goroutine may use it at a time.
type Pattern struct {
	ops   []byte // the pattern, with each run of wildcards joined to one
	delim byte
	state []bool // scratch: which prefixes of ops match what was read so far; nil: nothing matches
}

// maxPattern is the longest pattern, in octets.
const maxPattern = 2000

// NewPattern compiles a pattern: LIST's reference and pattern, joined. delim is the hierarchy delimiter, or 0 if there
// is none. INBOX at the beginning of the pattern may be in any case; names have it in capitals. A pattern of more than
// 2000 octets, a run of wildcards counted as one, matches nothing.
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

// Match reports whether the whole name matches. Its time is at most proportional to len(name) times len(pattern).
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
		// Go from the end, so that one array is enough: st[k+1] depends on st[k] and on itself.
		for k := len(p.ops); k > 0; k-- {
			switch op := p.ops[k-1]; {
			case op == '*', op == '%' && c != p.delim:
				// st[k] says that the wildcard has matched so far; close takes st[k-1] into it.
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

// literal returns the length of the pattern before its first wildcard.
func (p *Pattern) literal() int {
	for i, c := range p.ops {
		if c == '*' || c == '%' {
			return i
		}
	}
	return len(p.ops)
}

// inboxFold matches INBOX against the pattern in capitals, for patterns such as "in%" (RFC 9051 §5.1).
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

// foldName returns the name with INBOX, alone or at the top of the hierarchy, in capitals (RFC 9051 §5.1).
func foldName(name string, delim byte) string {
	if len(name) >= 5 && strings.EqualFold(name[:5], "INBOX") && (len(name) == 5 || name[5] == delim) {
		return "INBOX" + name[5:]
	}
	return name
}
