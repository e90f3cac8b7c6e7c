package wire

// Limits bounds what a peer can make a Reader hold and a Decoder follow.
// A zero field stands for its default.
type Limits struct {
	// Message is the most octets of one message held in memory at a time,
	// streamed literals not counted. Default 64 MiB.
	Message int
	// Inline is the largest literal that is read into the message's memory, where it is
	// lexed in place. Anything bigger is streamed. Default 64 KiB.
	Inline int
	// Depth is how deep parentheses may nest where a type is decoded. Default 64.
	Depth int
	// Literal is the largest literal at all, and the longest line that is shown in parts (Reader.OnLong). One octet more ends the stream. Default 1 TiB.
	Literal int64
	// Skip is the most octets of one message that are dropped, of lines and of literals, because nobody reads them or
	// the message is over another limit. One octet more, or a literal that announces more, ends the
	// stream: what has no end would else be dropped for ever. What is read of a literal does not count. Default 1 GiB.
	Skip int64
	// Items is the most elements of one list that is collected in memory. Of numbers that are kept as ranges, a range is one. Default 16 Mi (1 << 24).
	Items int
}

// The values that stand for a zero field of Limits.
const (
	DefaultMessage = 64 << 20
	DefaultInline  = 64 << 10
	DefaultDepth   = 64
	DefaultLiteral = 1 << 40
	DefaultSkip    = 1 << 30
	DefaultItems   = 1 << 24
)

// WithDefaults returns l with every zero field replaced by its default.
func (l Limits) WithDefaults() Limits {
	if l.Message <= 0 {
		l.Message = DefaultMessage
	}
	if l.Inline <= 0 {
		l.Inline = DefaultInline
	}
	if l.Depth <= 0 {
		l.Depth = DefaultDepth
	}
	if l.Literal <= 0 {
		l.Literal = DefaultLiteral
	}
	if l.Skip <= 0 {
		l.Skip = DefaultSkip
	}
	if l.Items <= 0 {
		l.Items = DefaultItems
	}
	return l
}
