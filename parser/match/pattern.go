package match

import "strings"

// A Pattern is a compiled mailbox pattern of LIST (RFC 9051 §6.3.9). "*" matches any text, and "%" any text without
// a hierarchy delimiter. Only one goroutine may use it at a time.
type Pattern struct {
	ops   []byte // the pattern, with each run of wildcards replaced by one wildcard
	delim byte
	// state is scratch memory of Match: state[k] says whether the first k octets of ops match. It is nil if no name
	// matches.
	state []bool
}

// maxPattern is the length of the longest pattern that can match, in octets.
const maxPattern = 2000

// NewPattern compiles a pattern. s is the reference of LIST followed by the pattern. delim is the hierarchy delimiter,
// or 0 if there is none. INBOX at the beginning of the pattern may be in any case, but a name must have INBOX in upper
// case. A pattern of more than 2000 octets matches no name. A run of wildcards counts as one octet.
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
		// Compute the new states from the end, so that one array is enough: the new st[k+1] depends only on the old
		// st[k] and st[k+1].
		for k := len(p.ops); k > 0; k-- {
			switch op := p.ops[k-1]; {
			case op == '*', op == '%' && c != p.delim:
				// If the pattern up to and including this wildcard matched name[:i], it also matches name[:i+1]. close
				// adds the matches in which the wildcard matches the empty text.
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

// close handles wildcards that match the empty text: if the pattern before a wildcard matches, close records that the
// pattern up to and including the wildcard matches, too.
func (p *Pattern) close(st []bool) {
	for k, op := range p.ops {
		if st[k] && (op == '*' || op == '%') {
			st[k+1] = true
		}
	}
}

// literal returns the length of the pattern up to its first wildcard.
func (p *Pattern) literal() int {
	for i, c := range p.ops {
		if c == '*' || c == '%' {
			return i
		}
	}
	return len(p.ops)
}

// inboxFold reports whether name is INBOX and the pattern in upper case matches it. So patterns such as "in%" match
// INBOX (RFC 9051 §5.1).
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

// foldName returns the name with INBOX in upper case, if INBOX is the whole name or its top level (RFC 9051 §5.1).
func foldName(name string, delim byte) string {
	if len(name) >= 5 && strings.EqualFold(name[:5], "INBOX") && (len(name) == 5 || name[5] == delim) {
		return "INBOX" + name[5:]
	}
	return name
}
