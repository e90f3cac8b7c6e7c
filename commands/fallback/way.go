package fallback

// Way says how a function did its work.
type Way uint8

// The ways. None means that the function did not do its work.
const (
	None       Way = iota
	Direct         // by the extension's command, or by the ordinary command alone
	ByCopy         // Move: COPY, STORE \Deleted and UID EXPUNGE, which is not atomic
	BySteps        // ListStatus: a LIST, and a STATUS for each mailbox. Replace: APPEND, STORE \Deleted and UID EXPUNGE
	ByMetadata     // Create: the special use was set as metadata (RFC 6154 §5)
	WithoutUse     // Create: the mailbox exists, but the server does not know its use
	Created        // Append: the mailbox was created first
	Wider          // Search: by the wider key, which may find other messages too
)

// String returns the way in words.
func (w Way) String() string {
	names := [...]string{"not done", "directly", "by copying", "step by step", "with metadata", "without its use", "after making the mailbox", "by a wider search", "?"}
	return names[min(int(w), len(names)-1)]
}
