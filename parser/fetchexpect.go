package parser

import (
	"errors"
	"fmt"
)

// ErrUnasked reports octets of another message, or of another place in a section, than was asked for.
var ErrUnasked = errors.New("parser: not what was asked for")

// Expectation is what a client has asked for, for Fetch.Expect.
type Expectation struct {
	// UID reports whether a message is one of those asked for; nil is any.
	UID func(uid uint32) bool
	// Partials are the parts of sections that were asked for, if all that was asked of those sections was parts.
	Partials []PartialSection
}

// PartialSection is a part of a section: Count octets from Origin on.
type PartialSection struct {
	Name          string // "BODY" or "BINARY"
	Spec          SectionSpec
	Origin, Count uint64
}

// Expect makes f refuse what x says was not asked for, an ErrUnasked: readers of a section that brings other octets than the part that was asked for
// fail, and so does Sections where the UID stands behind a section and is another message's. x is kept until the next response is read.
func (f *Fetch) Expect(x *Expectation) {
	f.expect = x
	for i := range f.sections[:f.n] {
		f.judge(&f.sections[i])
	}
}

// judge notes in a section that it is not what was asked for.
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

// foreign is the error of a message whose UID has come late and is not one of those asked for.
func (f *Fetch) foreign() error {
	if f.expect == nil || f.expect.UID == nil || f.UID == 0 || f.expect.UID(f.UID) {
		return nil
	}
	return f.at("UID", ErrUnasked)
}
