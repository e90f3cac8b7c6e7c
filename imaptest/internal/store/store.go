package store

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Options configure a store. The zero value means the defaults.
type Options struct {
	Delimiter  byte             // separates the levels of a mailbox name; 0 means '/'
	OtherUsers string           // root of the mailboxes of other users, without delimiter; "" means "Other Users"; "-": none
	Shared     string           // root of the mailboxes that belong to no user; "" means "Shared"; "-": none
	Now        func() time.Time // the clock; nil means time.Now
	Limits     Limits
	// UIDValidity is the UIDVALIDITY of the first mailbox; each further mailbox gets the next number. 0 means the
	// current time.
	UIDValidity uint32
	// AppendLimit is the largest message, in octets, that a mailbox accepts unless it has a limit of its own
	// (RFC 7889). 0: no limit except Limits.MessageSize.
	AppendLimit int64
}

// A Store is a set of users and their mail. Use New.
type Store struct {
	opt    Options
	limits Limits

	mu     sync.RWMutex // guards users, and names, owners and rights of all mailboxes
	users  map[string]*User
	shared *User // the owner of the mailboxes in the shared namespace

	ids         atomic.Uint64 // how many mailboxes were made
	uidValidity atomic.Uint32 // the last UIDVALIDITY that a mailbox got
	views       atomic.Uint32 // how many views were made
	seed        string        // makes object identifiers of one store differ from those of most others

	watching atomic.Int32 // how many watches exist, so that a store without watches does no work for them
	watchMu  sync.Mutex
	watches  []*Watch

	threads    threadIndex
	serverMeta metadata // shared annotations of the server
}

// New returns an empty store.
func New(opt Options) *Store {
	if opt.Delimiter == 0 {
		opt.Delimiter = '/'
	}
	if opt.OtherUsers == "" {
		opt.OtherUsers = "Other Users"
	}
	if opt.Shared == "" {
		opt.Shared = "Shared"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	s := &Store{opt: opt, limits: opt.Limits.withDefaults(), users: map[string]*User{}}
	v := opt.UIDValidity
	if v == 0 {
		v = uint32(max(opt.Now().Unix(), 1))
	}
	s.uidValidity.Store(v - 1)
	s.seed = strconv.FormatUint(uint64(v), 36)
	s.shared = &User{store: s, boxes: map[string]*Mailbox{}, subs: map[string]struct{}{}}
	return s
}

// Delimiter returns the hierarchy delimiter.
func (s *Store) Delimiter() byte { return s.opt.Delimiter }

// Limits returns the limits in force.
func (s *Store) Limits() Limits { return s.limits }

// A Namespace is a part of the mailbox names, as the user sees them (RFC 2342).
type Namespace struct {
	Prefix    string // the prefix of its names, with the delimiter at its end, or ""
	Delimiter byte
}

// Namespaces returns the personal, the other users' and the shared namespaces. A slice is empty if there is no such
// namespace. The slices are the caller's.
func (s *Store) Namespaces() (personal, other, shared []Namespace) {
	d := s.opt.Delimiter
	personal = []Namespace{{"", d}}
	if s.opt.OtherUsers != "-" {
		other = []Namespace{{s.opt.OtherUsers + string(rune(d)), d}}
	}
	if s.opt.Shared != "-" {
		shared = []Namespace{{s.opt.Shared + string(rune(d)), d}}
	}
	return personal, other, shared
}

// AddUser adds a user with an INBOX. If the user exists already, AddUser returns the existing one. It fails with
// ErrLimit if the store has Limits.Users users already, and with ErrCannot if the name is empty.
func (s *Store) AddUser(name string) (*User, error) {
	if name == "" {
		return nil, fail(ErrCannot, "a user needs a name")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[name]; u != nil {
		return u, nil
	}
	if len(s.users) >= s.limits.Users {
		return nil, fail(ErrLimit, "there are %d users already", len(s.users))
	}
	u := &User{store: s, name: name, boxes: map[string]*Mailbox{}, subs: map[string]struct{}{}}
	u.addRoot(newRoot(""))
	s.users[name] = u
	u.insert("INBOX")
	return u, nil
}

// User returns the user of that name, or nil.
func (s *Store) User(name string) *User {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.users[name]
}

// Users returns the names of all users, sorted. The slice is the caller's.
func (s *Store) Users() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	names := make([]string, 0, len(s.users))
	for n := range s.users {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// SharedOwner returns the owner of the shared namespace: a user without a name. Users with the right l see the owner's
// mailboxes under the shared root. A test creates shared mailboxes as this user.
func (s *Store) SharedOwner() *User { return s.shared }

// objectID makes an object identifier (RFC 8474 §7) that is unique to this store.
func (s *Store) objectID(kind byte, n uint64) string {
	return string(rune(kind)) + s.seed + "-" + strconv.FormatUint(n, 36)
}
