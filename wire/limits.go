package wire

// Limits bounds how much memory and time a peer can make a Reader or a Decoder use. If a field is not positive, its
// default applies.
type Limits struct {
	// Message is the greatest number of octets of one message that the Reader holds in memory at a time. Streamed
	// literals do not count. The default is 64 MiB.
	Message int
	// Inline is the size in octets of the largest literal that the Reader holds in memory, as part of the message. A
	// larger literal is streamed. The default is 64 KiB.
	Inline int
	// Depth is how deeply parentheses may be nested in a value of a recursive type. The default is 64.
	Depth int
	// Literal is the size in octets of the largest literal that the Reader accepts, streamed or not, and of the longest
	// line that it shows in parts (Reader.OnLong). A larger literal or a longer line ends the stream. The default is 1
	// TiB.
	Literal int64
	// Skip is the greatest number of octets of one message that the Reader drops, because the program does not read
	// them or because the message is over another limit. If it would have to drop more, it ends the stream, because a
	// peer could otherwise keep a program busy for ever. If the rest of a literal is too long to be dropped, the Reader
	// ends the stream at once. Octets of a literal that the program has read do not count. The default is 1 GiB.
	Skip int64
	// Items is how many elements a list may have, unless the list is skipped or shown in parts. In a set of numbers,
	// each range counts as one element. The default is 1 << 24, some 16 million.
	Items int
}

// The defaults of the fields of Limits.
const (
	DefaultMessage = 64 << 20
	DefaultInline  = 64 << 10
	DefaultDepth   = 64
	DefaultLiteral = 1 << 40
	DefaultSkip    = 1 << 30
	DefaultItems   = 1 << 24
)

// WithDefaults returns l with each field that is not positive set to its default.
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
