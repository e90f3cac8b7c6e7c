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
	UID  bool   // whether the name came behind "UID"
}

// String returns the name as it is sent: "FETCH" or "UID FETCH".
func (h *CommandHead) String() string {
	if h.UID {
		return "UID " + h.Name
	}
	return h.Name
}

// maxTag is the longest tag that is taken for one, in octets: it is sent back, and kept while the command runs.
const maxTag = 1 << 10

// A CommandReader reads what a client sends: a head at a time, whose arguments whoever serves the command pulls.
// It is for servers, and for proxies on their clients' side. It is not safe for use by several goroutines at once.
//
// A server reads commands by Next, which asks the client for the literals that it waits to be asked for:
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
// A proxy reads heads by NextHead, and hands each command on by Relay, which asks for literals when the back end has; or it goes on by
// Extend, as a server does, and sends what it makes of the arguments.
type CommandReader struct {
	r       *wire.Reader
	d       wire.Decoder
	head    CommandHead
	tag     []byte // the array of head.Tag
	pos     int    // of the arguments in the first stride
	ask     func(*LiteralRequest) error
	request LiteralRequest
	refused error // what ask has said
	phase   phase
	begun   bool // a command has been read
	skip    bool // what the line at hand announces has not been skipped
}

// LiteralRequest is what a server knows of a literal that a client is about to send.
type LiteralRequest struct {
	Head *CommandHead
	Size int64 // in octets
	Sync bool  // the client waits for a continuation request; else it sends the octets at once (RFC 7888)
	// Nth counts the literals of the command, from 0.
	Nth int
	// Args is what the command's first line has behind the name, up to the announcement of its first literal; nil for
	// later literals. It is valid until the function returns.
	Args []byte
}

// errNobodyAsked refuses a synchronizing literal if there is nobody to be asked.
var errNobodyAsked = errors.New("parser: literal refused")

// NewCommandReader returns a CommandReader of the commands that r frames, which tolerates what CommandRules has.
// It sets r's OnLiteral: see CommandReader.OnLiteral.
func NewCommandReader(r *wire.Reader) *CommandReader {
	p := &CommandReader{r: r}
	p.d.SetLimits(r.Limits())
	p.d.SetRules(CommandRules)
	r.OnLiteral(p.literal)
	return p
}

// SetRules sets which deviations from the grammar are tolerated.
func (p *CommandReader) SetRules(rules wire.Rules) { p.d.SetRules(rules) }

// OnLiteral sets the function that is asked before the octets of a literal are waited for. For a synchronizing literal
// it sends a continuation request, or refuses by an error; then the client sends no octets. Octets of a refused literal
// that come anyway are dropped, together with the rest of the command. Without it every synchronizing literal is refused.
//
// The error comes back in a BadCommand from Next or Continue.
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

// Next reads the next command, up to its end or to a literal that is streamed, and skips what is unread of the last one:
// it is NextHead and Extend in one. A wait that was cut short, as by a deadline, is gone on with by calling it again; nothing is lost.
//
// A command that cannot be read comes as a BadCommand, and the next call goes on after it. Any other error is the
// stream's: io.EOF is its end between two commands.
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

// NextHead reads the first line of the next command and the head in it, and skips what is unread of the last command. It asks
// for no literal: a client that has announced one which it waits to be asked for still waits. What follows is Relay, Extend,
// or nothing: then the client is told by the tagged answer that it need not go on, and octets that it sends unasked are dropped.
//
// Its errors are those of Next, and a wait that was cut short is gone on with in the same way.
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

// Extend reads the rest of the command whose head NextHead has read, up to its end or to a literal that is streamed. Its errors
// are those of Next; a wait that was cut short is gone on with by calling it, or Next, again. Called when there is nothing left to read it does nothing.
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

// veil returns err without the octets it quotes, if they may be a secret's.
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
			// What is shown is the beginning of the line, and perhaps more than the line. A tag must be whole.
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

// tooLong reports whether err is of a line that is longer than the limit, whose beginning has been shown. Any other
// limit that is met before a command has begun ends the stream.
func tooLong(err error) bool {
	if err == nil {
		return false
	}
	limit := (*wire.LimitError)(nil)
	return errors.As(err, &limit) && limit.What == "message"
}

// drop skips what the line of a bad command announces.
func (p *CommandReader) drop() error {
	if p.skip {
		if err := p.r.Skip(); err != nil {
			return err
		}
		p.skip = false
	}
	return nil
}

// badWait returns the error of a wait as a BadCommand, if it is the command's and not the stream's.
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
		d.Expected("command behind the tag")
	}
	d.SP()
	return p.readName()
}

// readName reads the name, and what there is to be seen of the rest of the line without its grammar.
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
		d.Expected("SP or CRLF behind the command's name")
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

// control returns where a NUL stands in a line, or a CR that does not end it, or -1. Outside of literals they have no
// place (RFC 9051 §9), and what one program passes over ends the line for another.
func control(line []byte) int {
	if i := bytes.IndexByte(line, 0); i >= 0 {
		return i
	}
	if i := bytes.IndexByte(line, '\r'); i >= 0 && i != len(line)-2 {
		return i
	}
	return -1
}

// Head returns the head of the command at hand.
func (p *CommandReader) Head() *CommandHead { return &p.head }

// Decoder returns the decoder of the command: at the arguments, behind the name and the space there, or at the line's end;
// and behind Continue at what follows the literal. It goes on where it was left.
func (p *CommandReader) Decoder() *wire.Decoder { return &p.d }

// Raw returns the command's line as it came, with its literals, up to its end or to a literal that is streamed, and behind
// Continue what follows; valid until the next command is read.
func (p *CommandReader) Raw() []byte { return p.d.Raw() }

// Used returns the rules that were needed to read the command so far.
func (p *CommandReader) Used() wire.Rules { return p.d.Used() }

// Args is the arguments of a command.
type Args interface {
	// Decode takes the arguments, from behind the command's name and the space there, and the line's end.
	Decode(d *wire.Decoder) error
	// Encode writes the arguments as they follow the command's name: each with the space before it, without the line's end.
	Encode(e *wire.Encoder)
}

// uidArgs are arguments in which numbers are UIDs or not, as the command's name says.
type uidArgs interface{ setUID(uid bool) }

// Decode reads the arguments of the command at hand into a. Sets in it are of UIDs if the name came behind "UID".
// An error is a BadCommand.
func (p *CommandReader) Decode(a Args) error {
	if u, ok := a.(uidArgs); ok {
		u.setUID(p.head.UID)
	}
	if err := a.Decode(&p.d); err != nil {
		return p.Bad(err)
	}
	return nil
}

// DecodeAny reads the arguments of the command at hand into what NewArgs returns, and keeps as it came what is not known in them: a search key with all that follows
// it in its list, an item of STORE. If they are of another grammar than this package has, they are a RawArgs. It is for whoever must not be stricter
// than the server that the command goes to. It is nil for APPEND and REPLACE. An error is a BadCommand.
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

// Bad returns err as the BadCommand of the command at hand.
func (p *CommandReader) Bad(err error) *BadCommand {
	return &BadCommand{Tag: append([]byte(nil), p.head.Tag...), Name: p.head.String(), Err: err}
}

// Continue goes on behind a streamed literal, of which it drops what is unread. It waits for as much as is needed,
// and is called again if the wait is cut short.
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

// Streaming reports whether a literal that is streamed stands behind what has been shown of the command.
func (p *CommandReader) Streaming() bool { return p.r.Streaming() }

// Skip drops what is left of the command at hand, literals included.
func (p *CommandReader) Skip() error {
	if p.phase != phaseLine {
		p.phase, p.skip = phaseLine, true
	}
	if p.skip {
		return p.drop()
	}
	return p.r.Skip()
}

// Relay hands the command at hand on to a back end, as wire.RelayCommand does: no octet of a literal is asked for or sent before the
// back end has agreed to it, and what it refuses is never taken for a command, here or there. It is called after NextHead, with
// Extend not called; after that, or after Next, only for a command without literals, else it is wire.ErrTaken.
//
// A command that must not be sent, for its grammar or a limit, is a BadCommand, and nothing has been sent of it. If the back end has
// answered instead of taking a literal, the error is wire.ErrRefused, and NextHead goes on after the command. Any other error
// is the stream's or that of to: call Relay again if a wait was cut short, or give up both connections.
//
// Lines that follow when the command has reached the back end, as in AUTHENTICATE and IDLE, are read by ReadLine.
func (p *CommandReader) Relay(to *wire.BackEnd) (int64, error) { return p.RelayAs(to, nil, 0) }

// RelayAs is Relay with other words at the command's beginning: head is sent instead of the first line's octets up to from, a position of Decoder's.
// See wire.RelayCommandAs.
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

// Take returns what has been read from the stream behind the command at hand, for an upgrade of the connection; it is the
// caller's own, and valid until he changes it. Behind STARTTLS there must be nothing: what is there was injected (RFC 9051 §6.2.1).
func (p *CommandReader) Take() []byte { return p.r.Take() }

// Buffered returns how many octets have been read from the stream behind the command at hand.
func (p *CommandReader) Buffered() int { return p.r.Buffered() }
