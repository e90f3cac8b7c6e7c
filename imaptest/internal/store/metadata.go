package store

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// metadata holds annotations (RFC 5464). Names are in lower case, without the prefix /private or /shared.
type metadata struct {
	mu      sync.Mutex
	shared  map[string][]byte
	private map[string]map[string][]byte // by user
	size    int64
}

// An Annotation is one entry. Value is valid until the program ends, and must not be changed. A nil Value means that
// the entry has no value.
type Annotation struct {
	Entry string // e.g. "/shared/comment"
	Value []byte
}

func (d *metadata) octets() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.size
}

// scope splits the name of an entry into /private or /shared and the rest.
func scope(entry string) (private bool, rest string, err error) {
	lower := strings.ToLower(entry)
	rest, private = strings.CutPrefix(lower, "/private")
	if !private {
		var ok bool
		if rest, ok = strings.CutPrefix(lower, "/shared"); !ok {
			return false, "", fail(ErrClientBug, "the name of an entry must begin with /private or /shared")
		}
	}
	if rest != "" && (rest[0] != '/' || rest[len(rest)-1] == '/' || strings.Contains(rest, "//")) ||
		strings.ContainsAny(rest, "*%") || strings.IndexFunc(rest, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
		return false, "", fail(ErrClientBug, "%q is not an entry name", entry)
	}
	return private, rest, nil
}

// get returns the entries at and below a name. The depth is as in User.Metadata.
func (d *metadata) get(user, entry string, depth int) ([]Annotation, error) {
	private, rest, err := scope(entry)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	prefix, entries := "/shared", d.shared
	if private {
		prefix, entries = "/private", d.private[user]
	}
	var out []Annotation
	for name, v := range entries {
		below, ok := strings.CutPrefix(name, rest)
		if !ok || below != "" && (below[0] != '/' || depth == 0 || depth == 1 && strings.Count(below, "/") > 1) {
			continue
		}
		out = append(out, Annotation{prefix + name, v})
	}
	slices.SortFunc(out, func(a, b Annotation) int { return strings.Compare(a.Entry, b.Entry) })
	return out, nil
}

// set changes all entries or none; a nil value removes an entry. It calls charge with the number of octets by which the
// annotations grow, and fails if charge fails.
func (d *metadata) set(user string, lim Limits, entries []Annotation, charge func(n int64) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	shared, private := maps.Clone(d.shared), maps.Clone(d.private[user])
	if shared == nil {
		shared = map[string][]byte{}
	}
	if private == nil {
		private = map[string][]byte{}
	}
	var grown int64
	for _, a := range entries {
		isPrivate, rest, err := scope(a.Entry)
		if err != nil {
			return err
		}
		if rest == "" {
			return fail(ErrClientBug, "%q is not an entry name", a.Entry)
		}
		if len(rest) > lim.NameOctets {
			return fail(ErrLimit, "the name of an entry may have at most %d octets", lim.NameOctets)
		}
		if len(a.Value) > lim.MetadataOctets {
			return fail(ErrMetaMaxSize, "an entry may have at most %d octets", lim.MetadataOctets)
		}
		m := shared
		if isPrivate {
			m = private
		}
		if old, ok := m[rest]; ok {
			grown -= int64(len(old) + len(rest))
			delete(m, rest)
		}
		if a.Value != nil {
			if len(m) >= lim.Metadata {
				return fail(ErrTooMany, "there are %d entries already", lim.Metadata)
			}
			m[rest] = slices.Clone(a.Value)
			grown += int64(len(a.Value) + len(rest))
		}
	}
	if charge != nil {
		if err := charge(grown); err != nil {
			return err
		}
	}
	d.size += grown
	d.shared = shared
	if d.private == nil {
		d.private = map[string]map[string][]byte{}
	}
	d.private[user] = private
	return nil
}

// Metadata returns the annotations of a mailbox at and below an entry (RFC 5464 §4.2). With depth 0 it returns only the
// entry, with depth 1 also one level below it, and with a negative depth all levels. The mailbox "" is the server.
// Metadata needs the right r. The slice is the caller's, and is sorted by name.
func (u *User) Metadata(mailbox, entry string, depth int) ([]Annotation, error) {
	d, _, r, err := u.metadata(mailbox)
	if err != nil {
		return nil, err
	}
	if !r.Has('r') {
		return nil, fail(ErrNoPerm, "you may not read annotations of %q", mailbox)
	}
	private, _, err := scope(entry)
	if err != nil {
		return nil, err
	}
	if mailbox == "" && private {
		d = &u.meta
	}
	return d.get(u.name, entry, depth)
}

// SetMetadata changes annotations of a mailbox (RFC 5464 §4.3), all or none; a nil value removes an annotation. The
// mailbox "" is the server. SetMetadata needs the right r to change private entries, and w to change shared ones. It
// fails with ErrNonExistent, ErrNoPerm, ErrClientBug, ErrLimit (for a name that is too long), ErrTooMany,
// ErrMetaMaxSize or ErrOverQuota.
func (u *User) SetMetadata(mailbox string, entries ...Annotation) error {
	d, m, r, err := u.metadata(mailbox)
	if err != nil {
		return err
	}
	own := 0
	for _, a := range entries {
		private, _, err := scope(a.Entry)
		if err != nil {
			return err
		}
		if private {
			own++
		}
		if !private && !r.Has('w') || private && !r.Has('r') {
			return fail(ErrNoPerm, "you may not change %s of %q", a.Entry, mailbox)
		}
	}
	if m == nil {
		var mine, all []Annotation
		for _, a := range entries {
			if private, _, _ := scope(a.Entry); private {
				mine = append(mine, a)
			} else {
				all = append(all, a)
			}
		}
		// The shared entries are set last, once the private ones are known to be acceptable: all or none are set.
		shared := func(int64) error { return d.set("", u.store.limits, all, nil) }
		if err := u.meta.set(u.name, u.store.limits, mine, shared); err != nil {
			return err
		}
		u.store.notifyMetadata(u, nil, entries)
		return nil
	}
	u.store.mu.RLock()
	defer u.store.mu.RUnlock()
	err = d.set(u.name, u.store.limits, entries, func(n int64) error { return m.reserveAnnotations(n) })
	if err == nil {
		m.mu.Lock()
		m.modseq++ // RFC 7162 §3.2
		m.mu.Unlock()
		u.store.notifyMetadata(u, m, entries)
	}
	return err
}

// metadata returns the annotations of a mailbox, or of the server if the name is "".
func (u *User) metadata(mailbox string) (*metadata, *Mailbox, Rights, error) {
	if mailbox == "" {
		return &u.store.serverMeta, nil, AllRights, nil
	}
	m, r, err := u.find(mailbox)
	if err != nil {
		return nil, nil, 0, err
	}
	return &m.meta, m, r, nil
}

// notifyMetadata adds an event for each changed entry.
func (s *Store) notifyMetadata(u *User, m *Mailbox, entries []Annotation) {
	for _, a := range entries {
		private, _, _ := scope(a.Entry)
		e := Event{Kind: Metadata, Mailbox: m, Name: a.Entry}
		if private {
			e.User = u
		}
		s.event(e)
	}
}

// reserveAnnotations counts n more octets of annotations against the quota roots, or fails. The caller holds the
// store's lock for reading.
func (m *Mailbox) reserveAnnotations(n int64) error {
	for _, r := range m.roots {
		r.mu.Lock()
		err := r.fits(AnnotationStorage, n)
		r.mu.Unlock()
		if err != nil {
			return err
		}
	}
	m.account(0, 0, 0, n)
	return nil
}
