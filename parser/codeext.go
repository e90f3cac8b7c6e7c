package parser

import (
	"strings"

	"github.com/imapstack/imapstack/wire"
)

// BadEvent returns the events that the server knows, in upper case (RFC 5465 §5).
func (c Code) BadEvent() (events []string, ok bool) {
	if c.Name != CodeBadEvent {
		return nil, false
	}
	err := c.Decode(func(d *wire.Decoder) {
		for range d.List {
			events = append(events, d.Name())
		}
	})
	return events, err == nil
}

// URLMech returns the mechanisms by which the server authorises URLs of the mailbox, in upper case, each with the data
// that the server sent with it, in base64 (RFC 4467 §7).
func (c Code) URLMech() (mechanisms map[string]string, ok bool) {
	if c.Name != CodeURLMech {
		return nil, false
	}
	mechanisms = map[string]string{}
	for word := range strings.FieldsSeq(string(c.Args)) {
		name, data, _ := strings.Cut(word, "=")
		mechanisms[strings.ToUpper(name)] = data
	}
	return mechanisms, len(mechanisms) > 0
}

// MailboxAnnotations is what the code ANNOTATIONS says about annotations on the messages of a mailbox (RFC 5257 §4.1).
type MailboxAnnotations struct {
	None      bool   // annotations are not supported
	ReadOnly  bool   // they cannot be changed
	MaxSize   uint64 // of a value, in octets; 0 if the server did not send it
	NoPrivate bool   // only shared annotations are supported
}

// Annotations returns the argument of ANNOTATIONS.
func (c Code) Annotations() (x MailboxAnnotations, ok bool) {
	if c.Name != CodeAnnotations {
		return x, false
	}
	err := c.Decode(func(d *wire.Decoder) {
		for {
			switch {
			case d.Peek()-'0' <= 9:
				x.MaxSize = d.Number64()
			default:
				switch d.Name() {
				case "NONE":
					x.None = true
				case "READ-ONLY":
					x.ReadOnly = true
				case "NOPRIVATE":
					x.NoPrivate = true
				default:
					d.Expected("ANNOTATIONS")
				}
			}
			if d.AtEnd() || !d.GotSP() {
				return
			}
		}
	})
	return x, err == nil
}
