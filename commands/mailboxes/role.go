package mailboxes

import "github.com/imapstack/imapstack/parser"

// Role is what a mailbox is for.
type Role uint8

// The roles. A view shows messages that are in other mailboxes too, so a program that copies an account leaves views
// out.
const (
	NoRole Role = iota
	Inbox
	Drafts
	Sent
	Archive
	Junk
	Trash
	All       // a view of all messages
	Flagged   // a view
	Important // a view (RFC 8457)
	roles
)

// String returns the role's name, such as "sent"; "" for NoRole.
func (r Role) String() string {
	return [...]string{"", "inbox", "drafts", "sent", "archive", "junk", "trash", "all", "flagged", "important", "?"}[min(r, roles)]
}

// Attr returns the special use of the role, in the form that CREATE and LIST use (RFC 6154), or "" if the role has
// none.
func (r Role) Attr() parser.MailboxAttr {
	return [...]parser.MailboxAttr{
		"", "", parser.AttrDrafts, parser.AttrSent, parser.AttrArchive, parser.AttrJunk, parser.AttrTrash, parser.AttrAll, parser.AttrFlagged, parser.AttrImportant, "",
	}[min(r, roles)]
}

// IsView reports whether a mailbox with the role shows messages that are in other mailboxes too.
func (r Role) IsView() bool { return r == All || r == Flagged || r == Important }

// Origin says how a role was found.
type Origin uint8

// The origins, from the worst to the best.
const (
	Unknown    Origin = iota
	ByName            // by its name, from a table
	XList             // by XLIST
	SpecialUse        // by LIST (RFC 6154), or because it is INBOX
	Chosen            // chosen by the user
)

// String returns the origin in words.
func (o Origin) String() string {
	return [...]string{"unknown", "by its name", "by XLIST", "by the server", "chosen", "?"}[min(o, Chosen+1)]
}

// roleOf returns the role for the first attribute that is a special use of RFC 6154 or of XLIST.
func roleOf(attrs []parser.MailboxAttr) Role {
	for _, a := range attrs {
		switch {
		case a.Equal(parser.AttrSent):
			return Sent
		case a.Equal(parser.AttrDrafts):
			return Drafts
		case a.Equal(parser.AttrJunk), a.Equal(parser.AttrSpam):
			return Junk
		case a.Equal(parser.AttrTrash):
			return Trash
		case a.Equal(parser.AttrArchive):
			return Archive
		case a.Equal(parser.AttrAll), a.Equal(parser.AttrAllMail):
			return All
		case a.Equal(parser.AttrFlagged), a.Equal(parser.AttrStarred):
			return Flagged
		case a.Equal(parser.AttrImportant):
			return Important
		}
	}
	return NoRole
}
