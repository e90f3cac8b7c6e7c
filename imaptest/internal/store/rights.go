package store

import "strings"

// rightLetters are the rights in the order in which they are written (RFC 4314 §2.1; n is from RFC 5257).
const rightLetters = "lrswipkxtean"

// Rights is a set of the rights of RFC 4314.
type Rights uint16

// AllRights is the set of all rights.
const AllRights Rights = 1<<len(rightLetters) - 1

// ParseRights parses the rights of a SETACL command, without the sign before them. The obsolete c stands for k and x,
// and d for t and e (RFC 4314 §2.1.1). It fails with ErrClientBug at a letter that is not a right.
func ParseRights(s string) (Rights, error) {
	var r Rights
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'c':
			r |= rightsOf("kx")
		case c == 'd':
			r |= rightsOf("te")
		case strings.IndexByte(rightLetters, c) >= 0:
			r |= rightsOf(s[i : i+1])
		default:
			return 0, fail(ErrClientBug, "%q is not a right", c)
		}
	}
	return r, nil
}

// rightsOf returns the set of the rights with these letters, which must all be valid.
func rightsOf(letters string) (r Rights) {
	for i := 0; i < len(letters); i++ {
		r |= 1 << strings.IndexByte(rightLetters, letters[i])
	}
	return r
}

// Has reports whether r has the right of this letter.
func (r Rights) Has(letter byte) bool {
	i := strings.IndexByte(rightLetters, letter)
	return i >= 0 && r&(1<<i) != 0
}

// Any reports whether r has at least one of the rights with these letters.
func (r Rights) Any(letters string) bool { return r&rightsOf(letters) != 0 }

// String returns the letters. For old clients, it adds the obsolete c and d if r has one of the rights that they stood
// for (RFC 4314 §2.1.1).
func (r Rights) String() string {
	var b strings.Builder
	for i := 0; i < len(rightLetters); i++ {
		if r&(1<<i) != 0 {
			b.WriteByte(rightLetters[i])
		}
	}
	if r.Any("kx") {
		b.WriteByte('c')
	}
	if r.Any("te") {
		b.WriteByte('d')
	}
	return b.String()
}

// flagMask returns the system flags that a user with the rights r may change, and reports whether the user may change
// keywords.
func (r Rights) flagMask() (system uint8, keywords bool) {
	if r.Has('s') {
		system |= sysSeen
	}
	if r.Has('t') {
		system |= sysDeleted
	}
	if r.Has('w') {
		return system | sysAnswered | sysFlagged | sysDraft, true
	}
	return system, false
}

// denied returns the error for a user who lacks a right. A user who may not know that the mailbox exists gets the error
// that it does not exist (RFC 4314 §6).
func denied(m *Mailbox, r Rights, what string) error {
	if !r.Has('l') {
		return ErrNonExistent
	}
	return fail(ErrNoPerm, "you may not %s %q", what, m.Name())
}
