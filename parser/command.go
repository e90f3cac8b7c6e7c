package parser

import (
	"bytes"
	"errors"

	"github.com/imapstack/imapstack/wire"
)

// CommandHead is the head of one command (RFC 9051 §9 command). It is valid until the next command is read.
type CommandHead struct {
	Tag  []byte // valid until the next command is read
	Name string // in upper case: "FETCH", both for FETCH and for UID FETCH
	UID  bool   // whether "UID" came before the name
}

// String returns the name in the form of the protocol: "FETCH" or "UID FETCH".
func (h *CommandHead) String() string {
	if h.UID {
		return "UID " + h.Name
	}
	return h.Name
}

// maxTag is the length of the longest tag that is accepted, in octets. Tags have a limit because a server keeps the tag
// of each command that it runs.
const maxTag = 1 << 10

// A CommandReader reads what a client sends. It reads the head of a command and stops; the program then decodes the
// arguments. It is for servers, and for the client side of proxies. It is not safe for use by several goroutines at
// once.
//
// A server reads commands with Next. Next asks the client for literals as soon as they are announced:
//
//	for {
//		h, err := r.Next()
//		var bad *parser.BadCommand
//		if errors.As(err, &bad) {
//			// answer bad.Tag with BAD and bad.Text()
//			continue
//		}
//		if err != nil {
//			return err
//		}
//		switch h.Name {
//		case "FETCH":
//			var a parser.FetchArgs
//			if err := r.Decode(&a); err != nil { … }
//		}
//	}
//
// A proxy reads heads with NextHead, and passes each command on with Relay. Relay asks the client for a literal
// only when the back end has asked for it. A proxy may also call Extend to read the arguments as a server does, and
// send a command of its own.
type CommandReader struct {
	in      *wire.Reader
	d       wire.Decoder
	head    CommandHead
	tag     []byte // backing array of head.Tag
	pos     int    // offset of the arguments in the first line
	ask     func(*LiteralRequest) error
	request LiteralRequest
	refused error // the error with which askLiteral refused the last literal, or nil
	phase   phase
	begun   bool // a first line has been read, so no other line is checked for another protocol
	skip    bool // the literals that the last line has announced must still be skipped
}

// NewCommandReader returns a CommandReader that reads commands from r. It tolerates the deviations in CommandRules. It
// calls r.OnLiteral, so a program must call the method OnLiteral of the CommandReader, and not that of r.
func NewCommandReader(r *wire.Reader) *CommandReader {
	p := &CommandReader{in: r}
	p.d.SetLimits(r.Limits())
	p.d.SetRules(CommandRules)
	r.OnLiteral(p.askLiteral)
	return p
}

// SetRules sets which deviations from the grammar p tolerates.
func (p *CommandReader) SetRules(rules wire.Rules) { p.d.SetRules(rules) }

// Next skips the unread rest of the last command. It reads the next command up to its end, or up to a literal that
// is streamed. It does what NextHead and Extend do together. If a deadline interrupts it, call it again; nothing is
// lost.
//
// If a command cannot be read, the error is a BadCommand, and the next call reads the command after it. Any other
// error is an error of the stream. io.EOF means that the stream ended between two commands.
func (p *CommandReader) Next() (*CommandHead, error) {
	if p.phase != phaseExtend {
		if _, err := p.NextHead(); err != nil {
			return nil, err
		}
	}
	if err := p.Extend(); err != nil {
		return nil, err
	}
	return &p.head, nil
}

// NextHead skips the unread rest of the last command. It reads the first line of the next command, and decodes the
// head in it. It does not ask for literals, so a client that has announced a synchronizing literal still waits.
// After NextHead, call Relay, or Extend, or neither. If you call neither, the tagged response tells the client not to
// send the literal. If the client sends the octets anyway, the reader drops them.
//
// The errors are those of Next. If a deadline interrupts NextHead, call it again.
func (p *CommandReader) NextHead() (*CommandHead, error) {
	if p.phase != phaseLine {
		p.phase, p.skip = phaseLine, true
	}
	if err := p.line(); err != nil {
		return nil, err
	}
	if err := p.readHead(); err != nil {
		p.skip = true
		return nil, p.Bad(p.redact(err))
	}
	p.phase = phaseHead
	return &p.head, nil
}

// Extend reads the rest of the command whose head NextHead has read. It stops at the end of the command, or at a
// literal that is streamed. The errors are those of Next. If a deadline interrupts it, call Extend or Next again.
// If the command has no rest, Extend does nothing.
func (p *CommandReader) Extend() error {
	if p.phase != phaseHead && p.phase != phaseExtend {
		return nil
	}
	p.phase = phaseExtend
	err := p.in.Extend(&p.d)
	if err == nil {
		p.phase = phaseLine
		return nil
	}
	if bad := p.badWait(err); bad != nil {
		p.phase = phaseLine
		return bad
	}
	return err
}

// redact returns err. If the command may contain a secret, it removes the octets that err quotes.
func (p *CommandReader) redact(err error) error {
	switch p.head.Name {
	case "LOGIN", "AUTHENTICATE":
		return redacted(err)
	}
	return err
}

// line waits for the first line of a command.
func (p *CommandReader) line() error {
	for {
		if err := p.drop(); err != nil {
			return err
		}
		p.head, p.pos, p.request.Nth = CommandHead{}, 0, 0
		err := p.in.Next(&p.d)
		if tooLong(err) {
			// p.d has only the beginning of the line. Read the head if the beginning contains the whole tag.
			if b := p.d.Raw(); b[max(bytes.IndexAny(b, " \n"), 0)] == ' ' {
				p.readHead()
			}
			return p.Bad(err)
		}
		if err != nil {
			return err
		}
		if !isBlank(&p.d) {
			return nil
		}
	}
}

// tooLong reports whether err says that a line is longer than the limit. The decoder then has the beginning of the
// line. If reading a first line fails with any other LimitError, the stream cannot be used.
func tooLong(err error) bool {
	if err == nil {
		return false
	}
	limit := (*wire.LimitError)(nil)
	return errors.As(err, &limit) && limit.What == "message"
}

// drop skips the literals that the last line has announced, if p.skip is set.
func (p *CommandReader) drop() error {
	if p.skip {
		if err := p.in.Skip(); err != nil {
			return err
		}
		p.skip = false
	}
	return nil
}

// badWait returns err within a BadCommand if err concerns only the command, and nil if it concerns the stream. err is
// an error of wire.Reader.Extend or wire.Reader.Continue.
func (p *CommandReader) badWait(err error) error {
	limit := (*wire.LimitError)(nil)
	if p.refused == nil && !errors.As(err, &limit) {
		return nil
	}
	p.refused = nil
	return p.Bad(err)
}

// readHead reads the tag and the name.
func (p *CommandReader) readHead() error {
	d := &p.d
	first := !p.begun
	p.begun = true
	if first {
		if err := otherProtocol(d.Raw()); err != nil {
			return err
		}
	}
	tag := d.Tag()
	if d.Err() != nil || !d.Is(' ') && !d.AtEnd() {
		d.Rewind(0)
		d.Expected("tag")
		return d.Err()
	}
	if len(tag) > maxTag {
		return &wire.LimitError{What: "tag", Limit: maxTag, Size: int64(len(tag))}
	}
	p.tag = append(p.tag[:0], tag...)
	p.head.Tag = p.tag
	if d.AtEnd() {
		d.Expected("command after the tag")
	}
	d.SP()
	return p.readName()
}

// readName reads the name of the command. It also checks the line with controlOffset.
func (p *CommandReader) readName() error {
	d := &p.d
	name := d.Atom()
	if d.Err() == nil && wire.EqualFold(name, "UID") {
		p.head.UID = true
		d.SP()
		name = d.Atom()
	}
	if d.Err() == nil {
		p.head.Name = d.InternUpper(name)
	}
	if !d.AtEnd() && !d.GotSP() {
		d.Expected("SP or CRLF after the command's name")
	}
	if d.Err() == nil && p.head.UID && !takesUID(p.head.Name) {
		return &UnknownError{What: "command", Name: "UID " + p.head.Name}
	}
	p.pos = d.Pos()
	if i := controlOffset(d.Raw()); i >= 0 {
		d.Seek(i)
		d.Expected("TEXT-CHAR")
	}
	return d.Err()
}

// controlOffset returns the offset of a NUL in line, or of a CR that is not part of its line end. It returns -1 if
// line has neither. Neither is allowed outside of literals (RFC 9051 §9), because some programs ignore such an
// octet and other programs take it for the end of the line.
func controlOffset(line []byte) int {
	if i := bytes.IndexByte(line, 0); i >= 0 {
		return i
	}
	if i := bytes.IndexByte(line, '\r'); i >= 0 && i != len(line)-2 {
		return i
	}
	return -1
}

// Head returns the head of the current command.
func (p *CommandReader) Head() *CommandHead { return &p.head }

// Decoder returns the decoder of the command. After Next, it is at the arguments, which follow the name and a
// space, or at the end of the line. After Continue, it is after the literal. The decoder keeps its position between
// calls.
func (p *CommandReader) Decoder() *wire.Decoder { return &p.d }

// Raw returns the line of the command with its literals, up to its end or up to a literal that is streamed. After
// Continue, it returns what follows that literal. It is valid until the next command is read.
func (p *CommandReader) Raw() []byte { return p.d.Raw() }

// Used returns the rules that were needed so far to read the command.
func (p *CommandReader) Used() wire.Rules { return p.d.Used() }

// Args holds the arguments of a command.
type Args interface {
	// Decode reads the arguments and the end of the line. When it is called, d is after the name of the command and
	// the space that follows the name.
	Decode(d *wire.Decoder) error
	// Encode writes the arguments, each after a space. It does not write the end of the line.
	Encode(e *wire.Encoder)
}

// uidArgs are arguments that have numbers of messages. The numbers are UIDs in the UID form of the command.
type uidArgs interface{ setUID(uid bool) }

// Decode reads the arguments of the current command into a. If the command is in its UID form, the sets in its
// arguments hold UIDs. Its error is a BadCommand.
func (p *CommandReader) Decode(a Args) error {
	if u, ok := a.(uidArgs); ok {
		u.setUID(p.head.UID)
	}
	if err := a.Decode(&p.d); err != nil {
		return p.Bad(err)
	}
	return nil
}

// DecodeAny reads the arguments of the current command into the value that NewArgs returns. It keeps unknown parts
// undecoded, such as an unknown item of STORE, or an unknown search key with the rest of its list. If this package does
// not know the grammar of the arguments, the result is a RawArgs. For APPEND and REPLACE, the result is nil. The error
// is a BadCommand. DecodeAny is for proxies, which must accept whatever the back end accepts.
func (p *CommandReader) DecodeAny() (Args, error) {
	a := NewArgs(p.head.Name)
	switch x := a.(type) {
	case nil:
		return nil, nil
	case *SearchArgs:
		x.Unknown = OpenKey
	case *MultiSearchArgs:
		x.Unknown = OpenKey
	case *SortArgs:
		x.Unknown = OpenKey
	case *ThreadArgs:
		x.Unknown = OpenKey
	case *StoreArgs:
		x.Unknown = OpenStore
	}
	at := p.d.Pos()
	err := p.Decode(a)
	if err == nil || p.head.Name == "LOGIN" || p.head.Name == "AUTHENTICATE" {
		return a, err
	}
	p.d.Rewind(at)
	raw := new(RawArgs)
	if p.Decode(raw) != nil {
		return nil, err
	}
	return raw, nil
}

// Bad returns err within a BadCommand for the current command.
func (p *CommandReader) Bad(err error) *BadCommand {
	return &BadCommand{Tag: append([]byte(nil), p.head.Tag...), Name: p.head.String(), Err: err}
}

// Continue drops the unread rest of a streamed literal, and reads what follows it. It waits for as many octets as
// it needs. If a deadline interrupts it, call it again.
func (p *CommandReader) Continue() error {
	err := p.in.Continue(&p.d)
	if err == nil {
		return nil
	}
	if bad := p.badWait(err); bad != nil {
		return bad
	}
	return err
}

// Streaming reports whether the command continues with a literal that is streamed.
func (p *CommandReader) Streaming() bool { return p.in.Streaming() }

// Skip drops the rest of the current command and its literals.
func (p *CommandReader) Skip() error {
	if p.phase != phaseLine {
		p.phase, p.skip = phaseLine, true
	}
	if p.skip {
		return p.drop()
	}
	return p.in.Skip()
}

// Relay sends the current command to a back end, as wire.RelayCommand does. It asks the client for the octets of a
// literal only after the back end has accepted the literal. Neither the CommandReader nor the back end ever takes the
// octets of a refused literal for a command. Call Relay after NextHead. After Extend or Next, it can relay only a
// command without literals, and fails with wire.ErrTaken for any other.
//
// If the command breaks the grammar or a limit, so that it must not be sent, the error is a BadCommand, and nothing has
// been sent. If the back end has sent a tagged response instead of accepting a literal, the error is
// wire.ErrRefused. NextHead then reads the next command. Any other error comes from one of the two connections. If
// a deadline has caused it, call Relay again. Otherwise close both connections.
//
// Commands such as AUTHENTICATE and IDLE continue with further lines after they have reached the back end. ReadLine
// reads those lines.
func (p *CommandReader) Relay(to *wire.BackEnd) (int64, error) { return p.RelayAs(to, nil, 0) }

// RelayAs does what Relay does, but replaces the beginning of the command. The parameter from is an offset in the first
// line, such as a position of Decoder. RelayAs sends head instead of the octets before that offset. See
// wire.RelayCommandAs.
func (p *CommandReader) RelayAs(to *wire.BackEnd, head []byte, from int) (int64, error) {
	p.phase = phaseRelay
	n, err := wire.RelayCommandAs(to, p.in, head, from)
	var syntax *wire.SyntaxError
	var limit *wire.LimitError
	if p.in.Err() == nil && (errors.As(err, &syntax) || errors.As(err, &limit)) {
		err = p.Bad(p.redact(err))
	}
	return n, err
}

// Take returns the octets that follow the current command and have already been read from the stream. Call it before an
// upgrade of the connection. The caller owns the octets. If any follow STARTTLS, an attacker has injected them (RFC
// 9051 §6.2.1).
func (p *CommandReader) Take() []byte { return p.in.Take() }

// Buffered returns how many of the octets that follow the current command have already been read from the stream.
func (p *CommandReader) Buffered() int { return p.in.Buffered() }
