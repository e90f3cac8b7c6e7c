package parser

import (
	"errors"
	"io"

	"github.com/imapstack/imapstack/wire"
)

// A Reader reads responses. It parses their heads, and leaves their payloads to the program. It is not safe for use
// by several goroutines at once.
type Reader struct {
	in    *wire.Reader
	d     wire.Decoder
	sub   wire.Decoder // decodes single values of the response, such as an envelope
	resp  Response
	phase phase
	// joining is set while Continue waits for the next line, after a streamed literal and an empty line.
	joining bool
	rules   wire.Rules
	blank   wire.Rules // the rules that were needed to skip lines before the response
	joins   int        // number of lines added to the current response
	flags   []Flag     // scratch memory to check the arguments of PERMANENTFLAGS
	lean    bool       // see Lean
}

type phase uint8

const (
	phaseLine   phase = iota // a new response comes next
	phaseExtend              // the head has been read, and the literals of the response come next
	phaseWhole               // the response has been read, but its last line may continue on the next line
	phaseJoin                // the line that may continue the response comes next
	phaseHead                // the head of a command has been returned, and its literals have not been asked for
	phaseRelay               // the command is being relayed, or has been relayed
)

// NewReader returns a Reader that reads responses from r. It tolerates every deviation that has a rule.
func NewReader(r *wire.Reader) *Reader {
	p := &Reader{in: r}
	p.d.SetLimits(r.Limits())
	p.SetRules(wire.AllRules)
	p.resp.reader = p
	return p
}

// SetRules sets the rules of p. Each rule tolerates one deviation from the grammar.
func (p *Reader) SetRules(rules wire.Rules) {
	p.rules = rules
	p.d.SetRules(rules)
}

// SetUTF8 sets whether names of mailboxes are in UTF-8, which they are after IMAP4rev2 or UTF8=ACCEPT is enabled.
// Otherwise they are in modified UTF-7 (RFC 3501 §5.1.3).
func (p *Reader) SetUTF8(on bool) { p.d.SetUTF8(on) }

// Next skips the unread rest of the last response. It reads the next response up to its end, or up to a literal
// that is streamed. If a deadline interrupts it, call it again; nothing is lost.
//
// If a response exceeds a limit, Next returns its head and a wire.LimitError, and the next call skips the rest of the
// response. io.EOF means that the stream ended between two responses.
func (p *Reader) Next() (*Response, error) {
	for {
		if p.phase == phaseLine {
			err := p.in.Next(&p.d)
			if err != nil && !(overLimit(err) && len(p.d.Raw()) > 0) {
				return nil, err
			}
			if isBlank(&p.d) {
				p.blank |= p.d.Used()
				continue
			}
			p.joins, p.joining = 0, false
			p.resp.reset()
			p.resp.used, p.blank = p.blank, 0
			if err != nil || !p.resp.plainFetch() {
				p.resp.head()
			} else if line := p.d.Raw(); line[len(line)-3] == ')' {
				return &p.resp, p.in.Extend(&p.d) // Extend reads nothing, because the response ends with this line
			}
			if err != nil {
				return &p.resp, err
			}
			if p.resp.Status != 0 || p.resp.Kind != Untagged {
				return &p.resp, nil
			}
			p.phase = phaseExtend
		}
		if p.phase == phaseExtend {
			if err := p.in.Extend(&p.d); err != nil {
				if !overLimit(err) {
					return nil, err
				}
				p.phase = phaseLine
				return &p.resp, err
			}
			p.phase = phaseWhole
		}
		if p.phase == phaseWhole && (p.resp.brokenLine() || p.resp.blankTail()) {
			p.phase = phaseJoin
		}
		if p.phase == phaseJoin {
			err := p.in.JoinIf(&p.d, goesOn)
			if err == nil {
				p.joins++
				p.phase = phaseWhole
				continue
			}
			if err != io.EOF && !overLimit(err) {
				return nil, err
			}
			p.phase = phaseLine
			if err != io.EOF {
				return &p.resp, err
			}
		}
		p.phase = phaseLine
		return &p.resp, nil
	}
}

func overLimit(err error) bool {
	var limit *wire.LimitError
	return errors.As(err, &limit)
}

// isBlank reports whether the line in d is empty and a rule allows the reader to skip it.
func isBlank(d *wire.Decoder) bool {
	line := d.Raw()
	return (string(line) == "\r\n" || string(line) == "\n") && d.Tolerate(RuleBlankLine)
}

// Lean turns the lean mode on or off. Turn it on if the next response may take a long time to come, as in IDLE. In lean
// mode, the reader releases memory that it keeps only to read faster. It also releases the current response, which is
// then no longer valid; see [wire.Reader.Lean]. Call it before Next.
func (p *Reader) Lean(on bool) {
	p.in.Lean(on)
	if on && p.phase == phaseLine {
		if !p.lean {
			p.d.Shrink()
			p.sub.Shrink()
			p.resp.fetch, p.flags = nil, nil
		}
		p.d.Reset(nil)
		p.sub.Reset(nil)
		p.resp.fetched, p.resp.subUsed, p.resp.Tag, p.resp.Text, p.resp.Code = false, false, nil, nil, Code{}
	}
	p.lean = on
}

// Take returns the octets that follow the current response and have already been read from the stream. Call it before
// an upgrade of the connection. The caller owns the octets.
func (p *Reader) Take() []byte { return p.in.Take() }

// Buffered returns how many of the octets that follow the current response have already been read from the stream.
func (p *Reader) Buffered() int { return p.in.Buffered() }

// Skip drops the rest of the current response and its literals.
func (p *Reader) Skip() error {
	if p.phase != phaseLine {
		p.phase = phaseLine
		return p.in.Skip()
	}
	if p.resp.Kind != Untagged || p.resp.Status != 0 {
		return nil
	}
	return p.in.Skip()
}

// Relay writes the current response to dst unchanged, and streams its literals.
func (p *Reader) Relay(dst io.Writer) (int64, error) {
	if p.resp.Kind != Untagged || p.resp.Status != 0 {
		n, err := dst.Write(p.d.Raw())
		return int64(n), err
	}
	return wire.Relay(dst, p.in)
}
