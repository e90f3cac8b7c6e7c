package parser

import (
	"errors"
	"fmt"
)

// ErrUnasked reports a message, or a part of a section, that was not asked for.
var ErrUnasked = errors.New("parser: not what was asked for")

// Expectation is what a client has asked for, for Fetch.Expect.
type Expectation struct {
	// UID reports whether the client asked for a message; nil accepts any.
	UID func(uid uint32) bool
	// Partials are the parts of sections that the client asked for. It has only sections of which the client asked for
	// nothing but parts.
	Partials []PartialSection
}

// PartialSection is a part of a section: Count octets from Origin on.
type PartialSection struct {
	Name          string // "BODY" or "BINARY"
	Spec          SectionSpec
	Origin, Count uint64
}

// Expect makes f refuse what x does not contain, with ErrUnasked. Reading a section fails if it has other octets than
// the part that was asked for. Sections fails if the UID comes after a section and is another message's. f keeps x until
// the next response is read.
func (f *Fetch) Expect(x *Expectation) {
	f.expect = x
	for i := range f.sections[:f.n] {
		f.judge(&f.sections[i])
	}
}

// judge sets the error of a section that is not what was asked for.
func (f *Fetch) judge(s *Section) {
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

// foreign returns the error for a message whose UID came late and was not asked for, or nil.
func (f *Fetch) foreign() error {
	if f.expect == nil || f.expect.UID == nil || f.UID == 0 || f.expect.UID(f.UID) {
		return nil
	}
	return f.at("UID", ErrUnasked)
}
