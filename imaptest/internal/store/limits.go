package store

// Limits bound what clients can make a store hold. A zero field means the default, which is the number in the field's
// comment.
type Limits struct {
	Users          int   // users; 10,000
	Mailboxes      int   // mailboxes of one user; 20,000
	NameOctets     int   // octets of a mailbox name; 1,000
	Depth          int   // levels of a mailbox name; 32
	Messages       int   // messages in one mailbox; 10,000,000
	MessageSize    int64 // octets of one message; 256 MiB
	Keywords       int   // keywords of one mailbox; 1,000
	KeywordOctets  int   // octets of one keyword; 255
	Subscriptions  int   // subscribed names of one user; 20,000
	ACL            int   // identifiers in the access control list of one mailbox; 200
	Metadata       int   // shared annotations of one mailbox or the server, and as many private ones per user; 100
	MetadataOctets int   // octets of one annotation; 64 KiB
	Expunged       int   // expunged UIDs a mailbox remembers for QRESYNC; 1,000,000
	Threads        int   // Message-IDs whose thread the store remembers, to assign THREADIDs; 1,000,000
}

// withDefaults returns l with the default in each field that is zero or negative.
func (l Limits) withDefaults() Limits {
	def := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	def(&l.Users, 10_000)
	def(&l.Mailboxes, 20_000)
	def(&l.NameOctets, 1000)
	def(&l.Depth, 32)
	def(&l.Messages, 10_000_000)
	def(&l.Keywords, 1000)
	def(&l.KeywordOctets, 255)
	def(&l.Subscriptions, 20_000)
	def(&l.ACL, 200)
	def(&l.Metadata, 100)
	def(&l.MetadataOctets, 64<<10)
	def(&l.Expunged, 1_000_000)
	def(&l.Threads, 1_000_000)
	if l.MessageSize <= 0 {
		l.MessageSize = 256 << 20
	}
	l.Keywords = min(l.Keywords, 1<<16-1)
	return l
}
