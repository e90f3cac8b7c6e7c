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

// String returns the name as it is on the wire: "FETCH" or "UID FETCH".
func (h *CommandHead) String() string {
	if h.UID {
		return "UID " + h.Name
	}
	return h.Name
}

// maxTag is the longest tag that is accepted, in octets: a server keeps the tag while the command runs, and sends it
// back.
const maxTag = 1 << 10

// A CommandReader reads what a client sends, a head at a time; the program that serves the command pulls its arguments.
// It is for servers, and for the client side of proxies. It is not safe for use by several goroutines at once.
//
// A server reads commands with Next, which asks the client for the literals that it waits to be asked for:
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
// A proxy reads heads with NextHead, and sends each command on with Relay, which asks for a literal when the back end
// has asked. Or it calls Extend, as a server does, and sends what it makes of the arguments.
type CommandReader struct {
	r       *wire.Reader
	d       wire.Decoder
	head    CommandHead
	tag     []byte // the array of head.Tag
	pos     int    // of the arguments in the first stride
	ask     func(*LiteralRequest) error
	request LiteralRequest
	refused error // what ask returned
	phase   phase
	begun   bool // a command has been read
	skip    bool // the literals that the line announces have yet to be skipped
}

// LiteralRequest is what a server knows about a literal that a client is about to send.
type LiteralRequest struct {
	Head *CommandHead
	Size int64 // in octets
	Sync bool  // the client waits for a continuation request; else it sends the octets at once (RFC 7888)
	// Nth counts the literals of the command, from 0.
	Nth int
	// Args is what follows the name in the command's first line, up to the announcement of its first literal. It is nil
	// for later literals. It is valid until the function returns.
	Args []byte
}

// errNobodyAsked refuses a synchronizing literal if OnLiteral has set no function.
var errNobodyAsked = errors.New("parser: literal refused")

// NewCommandReader returns a CommandReader of the commands that r frames. It tolerates the deviations in CommandRules.
// It sets r's OnLiteral: see CommandReader.OnLiteral.
func NewCommandReader(r *wire.Reader) *CommandReader {
	p := &CommandReader{r: r}
	p.d.SetLimits(r.Limits())
	p.d.SetRules(CommandRules)
	r.OnLiteral(p.literal)
	return p
}

// SetRules sets which deviations from the grammar p tolerates.
func (p *CommandReader) SetRules(rules wire.Rules) { p.d.SetRules(rules) }

// OnLiteral sets the function that the reader calls before it waits for a literal's octets. For a synchronizing literal,
// f sends a continuation request, or returns an error to refuse it; then the client sends no octets. If octets of a
// refused literal come anyway, the reader drops them, together with the rest of the command. Without a function, it
// refuses every synchronizing literal.
//
// The error of f comes back in a BadCommand from Next or Continue.
func (p *CommandReader) OnLiteral(f func(*LiteralRequest) error) { p.ask = f }

func (p *CommandReader) literal(size int64, sync bool) error {
	q := &p.request
	q.Head, q.Size, q.Sync, q.Args = &p.head, size, sync, nil
	if q.Nth == 0 && p.pos <= len(p.d.Raw()) {
		q.Args = p.d.Raw()[p.pos:]
	}
	err := error(nil)
	switch max := p.r.Limits().Literal; {
	case size > max:
		err = &wire.LimitError{What: "literal", Limit: max, Size: size}
	case p.ask != nil:
		err = p.ask(q)
	case sync:
		err = errNobodyAsked
	}
	q.Nth++
	p.refused = err
	return err
}

// Next skips what is unread of the last command, and reads the next one, up to its end or to a literal that is streamed.
// It is NextHead and Extend in one. If the wait was cut short, by a deadline for example, call Next again; nothing is
// lost.
//
// If a command cannot be read, the error is a BadCommand, and the next call reads the command after it. Any other error
// is the stream's: io.EOF is its end between two commands.
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

// NextHead skips what is unread of the last command, and reads the first line of the next one and the head in it. It
// asks for no literal: a client that has announced a synchronizing literal still waits. Then call Relay, or Extend, or
// neither: in that case the tagged answer tells the client that it need not go on, and the reader drops octets that come
// unasked.
//
// Its errors are those of Next. After a wait that was cut short, call it again.
func (p *CommandReader) NextHead() (*CommandHead, error) {
	if p.phase != phaseLine {
		p.phase, p.skip = phaseLine, true
	}
	if err := p.line(); err != nil {
		return nil, err
	}
	if err := p.readHead(); err != nil {
		p.skip = true
		return nil, p.Bad(p.veil(err))
	}
	p.phase = phaseHead
	return &p.head, nil
}

// Extend reads the rest of the command whose head NextHead has read, up to its end or to a literal that is streamed. Its
// errors are those of Next. After a wait that was cut short, call Extend, or Next, again. If nothing is left to read,
// Extend does nothing.
func (p *CommandReader) Extend() error {
	if p.phase != phaseHead && p.phase != phaseExtend {
		return nil
	}
	p.phase = phaseExtend
	err := p.r.Extend(&p.d)
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

// veil returns err without the octets that it quotes, if they may be part of a secret.
func (p *CommandReader) veil(err error) error {
	switch p.head.Name {
	case "LOGIN", "AUTHENTICATE":
		return veiled(err)
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
		err := p.r.Next(&p.d)
		if tooLong(err) {
			// d has the beginning of the line, and perhaps nothing after it. Read the head only if the tag is whole.
			if b := p.d.Raw(); b[max(bytes.IndexAny(b, " \n"), 0)] == ' ' {
				p.readHead()
			}
			return p.Bad(err)
		}
		if err != nil {
			return err
		}
		if !blank(&p.d) {
			return nil
		}
	}
}

// tooLong reports whether err is about a line that is longer than the limit, of which the decoder has the beginning. Any
// other limit that is exceeded before a command has begun ends the stream.
func tooLong(err error) bool {
	if err == nil {
		return false
	}
	limit := (*wire.LimitError)(nil)
	return errors.As(err, &limit) && limit.What == "message"
}

// drop skips the literals that the line of a bad command announces.
func (p *CommandReader) drop() error {
	if p.skip {
		if err := p.r.Skip(); err != nil {
			return err
		}
		p.skip = false
	}
	return nil
}

// badWait returns the error of a wait as a BadCommand, if it concerns the command and not the stream.
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
		if err := foreign(d.Raw()); err != nil {
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

// readName reads the name. It also checks the rest of the line, as far as that needs no grammar.
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
	if i := control(d.Raw()); i >= 0 {
		d.Seek(i)
		d.Expected("TEXT-CHAR")
	}
	return d.Err()
}

// control returns the offset of a NUL in a line, or of a CR that does not end it, or -1. Neither is allowed outside of
// literals (RFC 9051 §9): one program ignores them, and for another they end the line.
func control(line []byte) int {
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

// Decoder returns the decoder of the command. At first it is at the arguments, after the name and the space, or at the
// line's end; after Continue, it is after the literal. It keeps its position between calls.
func (p *CommandReader) Decoder() *wire.Decoder { return &p.d }

// Raw returns the command's line as it came, with its literals, up to its end or to a literal that is streamed. After
// Continue, it returns what follows the literal. It is valid until the next command is read.
func (p *CommandReader) Raw() []byte { return p.d.Raw() }

// Used returns the rules that reading the command has needed so far.
func (p *CommandReader) Used() wire.Rules { return p.d.Used() }

// Args holds the arguments of a command.
type Args interface {
	// Decode reads the arguments and the line's end. It begins after the command's name and the space there.
	Decode(d *wire.Decoder) error
	// Encode writes the arguments as they follow the command's name: each after a space, without the line's end.
	Encode(e *wire.Encoder)
}

// uidArgs are arguments whose numbers are UIDs if the command's name says so.
type uidArgs interface{ setUID(uid bool) }

// Decode reads the arguments of the current command into a. Sets in it hold UIDs if "UID" came before the name. An error
// is a BadCommand.
func (p *CommandReader) Decode(a Args) error {
	if u, ok := a.(uidArgs); ok {
		u.setUID(p.head.UID)
	}
	if err := a.Decode(&p.d); err != nil {
		return p.Bad(err)
	}
	return nil
}

// DecodeAny reads the arguments of the current command into the value that NewArgs returns. It keeps unknown parts as
// they came: an unknown search key with all that follows it in its list, an unknown item of STORE. If this package does
// not have the grammar of the arguments, the result is a RawArgs. It is for programs that must not be stricter than the
// server that the command goes to. For APPEND and REPLACE it returns nil. An error is a BadCommand.
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

// Bad returns err as a BadCommand about the current command.
func (p *CommandReader) Bad(err error) *BadCommand {
	return &BadCommand{Tag: append([]byte(nil), p.head.Tag...), Name: p.head.String(), Err: err}
}

// Continue goes on after a streamed literal, and drops what is unread of it. It waits for as much as it needs; if the
// wait was cut short, call it again.
func (p *CommandReader) Continue() error {
	err := p.r.Continue(&p.d)
	if err == nil {
		return nil
	}
	if bad := p.badWait(err); bad != nil {
		return bad
	}
	return err
}

// Streaming reports whether a literal that is streamed follows what has been read of the command.
func (p *CommandReader) Streaming() bool { return p.r.Streaming() }

// Skip drops the rest of the current command, with its literals.
func (p *CommandReader) Skip() error {
	if p.phase != phaseLine {
		p.phase, p.skip = phaseLine, true
	}
	if p.skip {
		return p.drop()
	}
	return p.r.Skip()
}

// Relay sends the current command to a back end, as wire.RelayCommand does. It asks for no octet of a literal, and sends
// none, before the back end has agreed to it. Octets that the back end refuses are never taken for a command, here or
// there. Call it after NextHead, without Extend; after Extend or Next it relays only a command without literals, and
// otherwise fails with wire.ErrTaken.
//
// If a command must not be sent, because of its grammar or a limit, the error is a BadCommand, and nothing has been
// sent. If the back end has answered instead of accepting a literal, the error is wire.ErrRefused, and NextHead reads
// the command after it. Any other error is the stream's or to's: call Relay again if a wait was cut short, or give up
// both connections.
//
// ReadLine reads the lines that follow when the command has reached the back end, as in AUTHENTICATE and IDLE.
func (p *CommandReader) Relay(to *wire.BackEnd) (int64, error) { return p.RelayAs(to, nil, 0) }

// RelayAs is Relay with another beginning of the command: it sends head instead of the first line's octets before from,
// which is a position of Decoder's. See wire.RelayCommandAs.
func (p *CommandReader) RelayAs(to *wire.BackEnd, head []byte, from int) (int64, error) {
	p.phase = phaseRelay
	n, err := wire.RelayCommandAs(to, p.r, head, from)
	var syntax *wire.SyntaxError
	var limit *wire.LimitError
	if p.r.Err() == nil && (errors.As(err, &syntax) || errors.As(err, &limit)) {
		err = p.Bad(p.veil(err))
	}
	return n, err
}

// Take returns what has been read from the stream after the current command, for an upgrade of the connection. It is
// owned by the caller. After STARTTLS it must be empty: octets there were injected (RFC 9051 §6.2.1).
func (p *CommandReader) Take() []byte { return p.r.Take() }

// Buffered returns how many octets have been read from the stream after the current command.
func (p *CommandReader) Buffered() int { return p.r.Buffered() }
