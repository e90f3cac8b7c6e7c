package parser

import (
	"errors"
	"fmt"
)

// ErrUnasked reports a message, or a part of a section, that the client did not ask for.
var ErrUnasked = errors.New("parser: not what the client asked for")

// Expectation describes what a client has asked for. It is the argument of Fetch.Expect.
type Expectation struct {
	// UID reports whether the client asked for the message with this UID. If UID is nil, any message is accepted.
	UID func(uid uint32) bool
	// Partials are the parts of sections that the client asked for. List a section only if the client has not also
	// asked for the whole section.
	Partials []PartialSection
}

// PartialSection is Count octets of a section, from Origin on.
type PartialSection struct {
	Name          string // "BODY" or "BINARY"
	Spec          SectionSpec
	Origin, Count uint64
}

// Expect makes f refuse what the client did not ask for. The error is ErrUnasked. Reading a section fails if x.Partials
// has parts of this section, but not the part that the server sent. Sections fails if the UID comes after a section and
// belongs to a message that the client did not ask for. Expect does not check a UID that f already has. f keeps x until
// the next response is read.
func (f *Fetch) Expect(x *Expectation) {
	f.expect = x
	for i := range f.sections[:f.n] {
		f.checkAsked(&f.sections[i])
	}
}

// checkAsked sets the error of s if the client has asked only for other parts of the section than the server has sent.
func (f *Fetch) checkAsked(s *Section) {
	if f.expect == nil || s.null || s.err != nil {
		return
	}
	asked := false
	for i := range f.expect.Partials {
		p := &f.expect.Partials[i]
		if !s.same(&Section{Name: p.Name, Spec: p.Spec}) {
			continue
		}
		if s.Origin == p.Origin && (s.Partial || p.Origin == 0) && uint64(s.size) <= p.Count {
			return
		}
		asked = true
	}
	if asked {
		s.err = f.at(fmt.Sprintf("%s[%s]<%d>", s.Name, s.Spec.String(), s.Origin), fmt.Errorf("%w: %d octets", ErrUnasked, s.size))
		if f.bad == nil {
			f.bad = s.err
		}
	}
}

// unaskedUID returns an error if the UID came after a section and belongs to a message that the client did not ask for.
// It then removes the UID from f, because the section may belong to the right message even if the UID is wrong.
func (f *Fetch) unaskedUID() error {
	if f.expect == nil || f.expect.UID == nil || f.UID == 0 || f.expect.UID(f.UID) {
		return nil
	}
	err := f.at("UID", ErrUnasked)
	f.UID = 0
	if f.bad == nil {
		f.bad = err
	}
	return err
}
