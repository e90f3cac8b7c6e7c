package parser

import (
	"github.com/imapstack/imapstack/wire"
)

// PushServiceArgs holds the arguments of XAPPLEPUSHSERVICE, with which Apple's clients ask for push notifications.
type PushServiceArgs struct {
	Fields    []PushField // valid until the next Decode
	Mailboxes [][]byte    // names as received; valid until the next command is read
}

// PushField is one argument of XAPPLEPUSHSERVICE.
type PushField struct {
	Name  string // in lower case: "aps-version", "aps-account-id", "aps-device-token", "aps-subtopic"
	Value string
}

// Decode reads the arguments.
func (a *PushServiceArgs) Decode(d *wire.Decoder) error {
	a.Fields, a.Mailboxes = reuse(a.Fields), nil
	for {
		name := d.InternLower(d.AString())
		d.SP()
		if name == "mailboxes" {
			for range d.List {
				if !room(d, len(a.Mailboxes), maxNames, "mailboxes") {
					break
				}
				a.Mailboxes = append(a.Mailboxes, d.AString())
			}
		} else {
			if !room(d, len(a.Fields), maxOptions, "fields") {
				return ended(d, "XAPPLEPUSHSERVICE")
			}
			a.Fields = append(a.Fields, PushField{name, string(d.AString())})
		}
		if d.Err() != nil || !d.GotSP() {
			return ended(d, "XAPPLEPUSHSERVICE")
		}
	}
}

// Encode writes the arguments.
func (a *PushServiceArgs) Encode(e *wire.Encoder) {
	for _, f := range a.Fields {
		e.SP().AString(f.Name).SP().AString(f.Value)
	}
	if len(a.Mailboxes) > 0 {
		e.SP().Atom("mailboxes").SP().List(len(a.Mailboxes), func(i int) { e.AStringBytes(a.Mailboxes[i]) })
	}
}
