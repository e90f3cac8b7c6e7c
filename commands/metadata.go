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

// Metadata holds the values of entries of a mailbox, or of the server. It is the caller's.
type Metadata struct {
	Mailbox string              // "" is the server itself
	Values  []parser.EntryValue // as they came; a nil Value is an entry without a value. They are valid for as long as the Metadata
	// LongEntries is the size in octets of the biggest value that MaxSize left out; 0 if it left out none.
	LongEntries uint64
}

// Value returns the value of an entry, or nil. It is valid for as long as the Metadata.
func (m *Metadata) Value(entry string) []byte {
	for _, v := range m.Values {
		if strings.EqualFold(v.Entry, entry) {
			return v.Value
		}
	}
	return nil
}

// MetadataOption is an option of GETMETADATA (RFC 5464 §4.2). An extension defines its own as a value.
type MetadataOption struct {
	Needs string              // the capability; "A|B" means either
	Write func(*wire.Encoder) // writes the option
}

// MaxSize leaves out values of more than n octets; Metadata.LongEntries is then the size of the biggest (RFC 5464
// §4.2.1).
func MaxSize(n uint32) MetadataOption {
	return MetadataOption{Write: func(e *wire.Encoder) { e.Raw("MAXSIZE").SP().Number(n) }}
}

// How far below the named entries GetMetadata goes (RFC 5464 §4.2.2).
var (
	DepthOne      = MetadataOption{Write: func(e *wire.Encoder) { e.Raw("DEPTH 1") }}        // entries directly below
	DepthInfinity = MetadataOption{Write: func(e *wire.Encoder) { e.Raw("DEPTH infinity") }} // all entries below
)

// GetMetadata asks for entries of a mailbox, or of the server itself if mailbox is "" (RFC 5464 §4.2). The name of an
// entry begins with "/private/" or "/shared/". The call fails if a value is too big for the session to hold; MaxSize
// prevents that.
func GetMetadata(s *session.Session, mailbox string, entries []string, opts ...MetadataOption) *session.Call[Metadata] {
	const name = "GETMETADATA"
	if len(entries) == 0 {
		return session.Failed[Metadata](s, name, invalid("entry", "", "is missing"))
	}
	for _, x := range entries {
		// Everything below "/private" or "/shared" can be asked for by these names themselves.
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
			// The grammar has the options here, the examples have them after the mailbox (RFC 5464 §5, §4.2.1). Cyrus
			// accepts both places, Dovecot 2.3 only this one.
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
		// Names without values are the server's own news (RFC 5464 §4.4.2).
		return d.Err() != nil || same && d.Is('(')
	}
	cmd.Data = func(r *response) error {
		var x parser.Metadata
		err := x.Decode(r.Decoder())
		// Keep what could be read. Some servers send one response for each entry.
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

// SetMetadata sets entries of a mailbox, or of the server itself if mailbox is "": all or none (RFC 5464 §4.3). A nil
// Value removes the entry; an empty one is a value. parser.Code.Metadata tells why the server refused.
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
				// RFC 5464 §5 value: a literal8 holds what a string cannot.
				e.Literal(int64(len(x.Value)), true, bytes.NewReader(x.Value))
			} else {
				e.NString(x.Value)
			}
		})
	}
	return plain(s, cmd)
}

// metadataCommand makes a command about metadata of a mailbox.
func metadataCommand(name, mailbox string) session.Command {
	cmd := session.Command{Name: name, In: loggedIn, Needs: "METADATA"}
	if mailbox == "" {
		cmd.Needs = "METADATA|METADATA-SERVER"
	}
	return cmd
}

// checkEntry refuses names that RFC 5464 §3.2 does not allow for entries.
func checkEntry(name string) error {
	lower := strings.ToLower(name)
	if !strings.HasPrefix(lower, "/private/") && !strings.HasPrefix(lower, "/shared/") {
		return invalid("entry", name, "begins with neither /private/ nor /shared/")
	}
	return arg.CheckEntry(name)
}
