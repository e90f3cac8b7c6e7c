package wire

// Limits bounds what a peer can make a Reader hold and a Decoder follow. A field that is not positive stands for its
// default.
type Limits struct {
	// Message is how many octets of one message are held in memory at a time. Streamed literals do not count. Default
	// 64 MiB.
	Message int
	// Inline is the size in octets of the largest literal that is held with the message and lexed in place. A larger
	// one is streamed. Default 64 KiB.
	Inline int
	// Depth is how many levels of parentheses may be open when a type is decoded. Default 64.
	Depth int
	// Literal is the size in octets of the largest literal at all, and of the longest line that is shown in parts
	// (Reader.OnLong). One octet more ends the stream. Default 1 TiB.
	Literal int64
	// Skip is how many octets of one message, of lines and literals, may be dropped because nobody reads them or
	// because the message is over another limit. One octet more, or a literal that announces more, ends the stream;
	// otherwise a peer could keep a program dropping octets for ever. What is read of a literal does not count. Default
	// 1 GiB.
	Skip int64
	// Items is how many elements one list may have that is collected in memory. In numbers that are kept as ranges,
	// each range counts as one. Default 16 Mi (1 << 24).
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

// WithDefaults returns l with every field that is not positive replaced by its default.
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
