package commands

import (
	"bytes"
	"slices"
	"strings"

	"github.com/imapstack/imapstack/commands/internal/arg"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// Metadata has the values of entries of a mailbox's metadata, or of the server's. It is the caller's.
type Metadata struct {
	Mailbox string              // "" is the server itself
	Values  []parser.EntryValue // in the order of arrival; a nil Value means that the entry has no value; valid for as long as the Metadata
	// LongEntries is the size in octets of the largest value that the server has left out because of MaxSize; 0 if it
	// has left out none.
	LongEntries uint64
}

// Value returns the value of an entry, or nil. The value is valid for as long as the Metadata.
func (m *Metadata) Value(entry string) []byte {
	for _, v := range m.Values {
		if strings.EqualFold(v.Entry, entry) {
			return v.Value
		}
	}
	return nil
}

// MetadataOption is an option of GETMETADATA (RFC 5464 §4.2). An extension defines its options as values.
type MetadataOption struct {
	Needs string              // the capability; "A|B" means either
	Write func(*wire.Encoder) // writes the option
}

// MaxSize asks the server to leave out values of more than n octets. Metadata.LongEntries is then the size of the
// largest of these (RFC 5464 §4.2.1).
func MaxSize(n uint32) MetadataOption {
	return MetadataOption{Write: func(e *wire.Encoder) { e.Raw("MAXSIZE").SP().Number(n) }}
}

// The options by which GetMetadata also returns entries below the named ones (RFC 5464 §4.2.2).
var (
	DepthOne      = MetadataOption{Write: func(e *wire.Encoder) { e.Raw("DEPTH 1") }}        // entries directly below
	DepthInfinity = MetadataOption{Write: func(e *wire.Encoder) { e.Raw("DEPTH infinity") }} // all entries below
)

// GetMetadata asks for entries of a mailbox's metadata, or of the server's if mailbox is "" (RFC 5464 §4.2). The name
// of an entry begins with "/private/" or "/shared/". If a value is larger than the session may hold, the command
// fails; use MaxSize to prevent that.
func GetMetadata(s *session.Session, mailbox string, entries []string, opts ...MetadataOption) *session.Call[Metadata] {
	const name = "GETMETADATA"
	if len(entries) == 0 {
		return session.Failed[Metadata](s, name, invalid("entry", "", "is missing"))
	}
	for _, x := range entries {
		// The names "/private" and "/shared" are allowed too, to ask for everything below them.
		if err := checkEntry(x); err != nil && !strings.EqualFold(x, "/private") && !strings.EqualFold(x, "/shared") {
			return session.Failed[Metadata](s, name, err)
		}
	}
	out := &Metadata{Mailbox: mailbox}
	cmd := metadataCommand(name, mailbox)
	for _, o := range opts {
		if o.Needs != "" && !s.Caps().HasAny(o.Needs) {
			cmd.Needs = o.Needs
		}
	}
	cmd.Args = func(e *wire.Encoder) {
		if len(opts) > 0 {
			// RFC 5464 has the options before the mailbox in its grammar (§5), but after the mailbox in the examples of
			// §4.2.1. Cyrus accepts both forms, Dovecot 2.3 only the first one.
			e.SP().List(len(opts), func(i int) { opts[i].Write(e) })
		}
		parser.EncodeMailbox(e.SP(), mailbox)
		e.SP().List(len(entries), func(i int) { e.AString(entries[i]) })
	}
	cmd.Answers = byName("METADATA", mailbox)
	cmd.Claim = func(r *response) bool {
		if r.Name != "METADATA" {
			return false
		}
		d := r.Decoder()
		same := sameMailbox(s, d.AString(), mailbox)
		d.SP()
		// A response with names and no values is unsolicited: it reports changes (RFC 5464 §4.4.2).
		return d.Err() != nil || same && d.Is('(')
	}
	cmd.Data = func(r *response) error {
		var x parser.Metadata
		err := x.Decode(r.Decoder())
		// Some servers send one response for each entry. After an error, what could be read is kept.
		out.Values = append(out.Values, x.Clone().Values...)
		return err
	}
	cmd.Done = func(r *response) error {
		if c, ok := r.Code.Metadata(); ok && c.What == parser.MetadataLongEntries {
			out.LongEntries = c.Size
		}
		return nil
	}
	return session.Start(s, cmd, out)
}

// SetMetadata sets entries of a mailbox's metadata, or of the server's if mailbox is "" (RFC 5464 §4.3). The server
// sets all or none. A nil Value removes the entry; an empty Value that is not nil sets it. If the server refuses,
// parser.Code.Metadata returns the reason.
func SetMetadata(s *session.Session, mailbox string, entries ...parser.EntryValue) *session.Call[struct{}] {
	const name = "SETMETADATA"
	if len(entries) == 0 {
		return session.Failed[struct{}](s, name, invalid("entry", "", "is missing"))
	}
	entries = slices.Clone(entries)
	for _, x := range entries {
		if err := checkEntry(x.Entry); err != nil {
			return session.Failed[struct{}](s, name, err)
		}
	}
	cmd := metadataCommand(name, mailbox)
	cmd.Args = func(e *wire.Encoder) {
		parser.EncodeMailbox(e.SP(), mailbox)
		e.SP().List(len(entries), func(i int) {
			x := &entries[i]
			e.AString(x.Entry).SP()
			if bytes.IndexByte(x.Value, 0) >= 0 {
				// A value with NUL must be a literal8 (RFC 5464 §5 value).
				e.Literal(int64(len(x.Value)), true, bytes.NewReader(x.Value))
			} else {
				e.NString(x.Value)
			}
		})
	}
	return plain(s, cmd)
}

// metadataCommand returns a command about the metadata of a mailbox or of the server.
func metadataCommand(name, mailbox string) session.Command {
	cmd := session.Command{Name: name, In: loggedIn, Needs: "METADATA"}
	if mailbox == "" {
		cmd.Needs = "METADATA|METADATA-SERVER"
	}
	return cmd
}

// checkEntry returns an error if name cannot be the name of an entry (RFC 5464 §3.2).
func checkEntry(name string) error {
	lower := strings.ToLower(name)
	if !strings.HasPrefix(lower, "/private/") && !strings.HasPrefix(lower, "/shared/") {
		return invalid("entry", name, "begins with neither /private/ nor /shared/")
	}
	return arg.CheckEntry(name)
}
