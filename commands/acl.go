package commands

import (
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/wire"
)

// GetACL asks for the access control list of a mailbox: which users and groups have which rights (RFC 4314 §3.3). The
// result is the caller's.
func GetACL(s *session.Session, mailbox string) *session.Call[parser.ACL] {
	return oneResponse(s, answeredBy(aclCommand("GETACL", mailbox, nil), "ACL", mailbox), "ACL", ofMailbox(s, mailbox), func(d *wire.Decoder) (*parser.ACL, error) {
		var x parser.ACL
		err := x.Decode(d)
		return x.Clone(), err
	})
}

// RightsOp says what SetACL does with the rights that an identifier has.
type RightsOp byte

// The operations of RFC 4314 §3.1.
const (
	SetRights    RightsOp = 0   // replaces the rights that the identifier has
	AddRights    RightsOp = '+' // adds rights to those that the identifier has
	RemoveRights RightsOp = '-' // removes rights from those that the identifier has
)

// SetACL changes the rights that an identifier has in a mailbox (RFC 4314 §3.1). The identifier is a user, a group or
// "anyone". If the identifier begins with "-", SetACL changes the rights that are denied to that user or group.
//
// If the server does not know one of the rights, SetACL fails before it sends an octet. The capability RIGHTS= names
// the rights that a server knows in addition to those of RFC 2086. A server without that capability follows RFC 2086,
// in which "c" and "d" each stand for several of today's rights: see parser.Rights.Modern and parser.Rights.Obsolete.
func SetACL(s *session.Session, mailbox, identifier string, op RightsOp, rights parser.Rights) *session.Call[struct{}] {
	const name = "SETACL"
	if op != SetRights && op != AddRights && op != RemoveRights {
		return session.Failed[struct{}](s, name, invalid("mod-rights", string(rune(op)), "is not an operation"))
	}
	if err := checkRights(s.Caps(), rights); err != nil {
		return session.Failed[struct{}](s, name, err)
	}
	if err := checkIdentifier(identifier); err != nil {
		return session.Failed[struct{}](s, name, err)
	}
	return plain(s, aclCommand(name, mailbox, func(e *wire.Encoder) {
		e.SP().AString(identifier).SP()
		if op == SetRights {
			e.AString(string(rights))
		} else {
			e.AString(string(op) + string(rights))
		}
	}))
}

// DeleteACL removes an identifier from the access control list of a mailbox (RFC 4314 §3.2).
func DeleteACL(s *session.Session, mailbox, identifier string) *session.Call[struct{}] {
	if err := checkIdentifier(identifier); err != nil {
		return session.Failed[struct{}](s, "DELETEACL", err)
	}
	return plain(s, aclCommand("DELETEACL", mailbox, func(e *wire.Encoder) { e.SP().AString(identifier) }))
}

// ListRights asks which rights an identifier always has in a mailbox, and which it can be given (RFC 4314 §3.4).
// The result is the caller's.
func ListRights(s *session.Session, mailbox, identifier string) *session.Call[parser.ListRights] {
	if err := checkIdentifier(identifier); err != nil {
		return session.Failed[parser.ListRights](s, "LISTRIGHTS", err)
	}
	cmd := aclCommand("LISTRIGHTS", mailbox, func(e *wire.Encoder) { e.SP().AString(identifier) })
	mine := func(d *wire.Decoder) bool {
		same := sameMailbox(s, d.AString(), mailbox)
		d.SP()
		// A server may answer with another form of the identifier. ListRights accepts only a difference in case.
		return same && strings.EqualFold(string(d.AString()), identifier)
	}
	return oneResponse(s, answeredBy(cmd, "LISTRIGHTS", mailbox), "LISTRIGHTS", mine, func(d *wire.Decoder) (*parser.ListRights, error) {
		var x parser.ListRights
		err := x.Decode(d)
		return x.Clone(), err
	})
}

// MyRights asks which rights the user has in a mailbox (RFC 4314 §3.5). If the server does not have the capability
// RIGHTS=, the answer may contain the two obsolete rights, "c" and "d", which parser.Rights.Modern translates.
func MyRights(s *session.Session, mailbox string) *session.Call[parser.Rights] {
	return oneResponse(s, answeredBy(aclCommand("MYRIGHTS", mailbox, nil), "MYRIGHTS", mailbox), "MYRIGHTS", ofMailbox(s, mailbox), func(d *wire.Decoder) (*parser.Rights, error) {
		var x parser.MyRights
		err := x.Decode(d)
		return &x.Rights, err
	})
}

// aclCommand returns a command about the access control list of a mailbox. args, if not nil, writes the arguments
// after the mailbox.
func aclCommand(name, mailbox string, args func(*wire.Encoder)) session.Command {
	return session.Command{
		Name: name, In: loggedIn, Needs: "ACL",
		Args: func(e *wire.Encoder) {
			parser.EncodeMailbox(e.SP(), mailbox)
			if args != nil {
				args(e)
			}
		},
	}
}

// checkRights returns an error if rights contains a right that no server knows, or that this server does not know. If
// caps does not contain ACL, checkRights accepts all well-formed rights.
func checkRights(caps session.Caps, rights parser.Rights) error {
	if !rights.Valid() {
		return invalid("rights", string(rights), "are not all lower-case letters and digits")
	}
	if !caps.Has("ACL") {
		return nil
	}
	// RFC 4314 §2.2: RIGHTS= names neither the rights of RFC 2086 nor digits.
	known := "lrswipcda0123456789" + strings.ToLower(strings.Join(caps.Values("RIGHTS="), ""))
	for _, r := range string(rights) {
		if !strings.ContainsRune(known, r) {
			return invalid("rights", string(rights), "contain "+string(r)+", which the server does not know")
		}
	}
	return nil
}

func checkIdentifier(identifier string) error {
	if identifier == "" || identifier == "-" {
		return invalid("identifier", identifier, "is empty")
	}
	return nil
}
