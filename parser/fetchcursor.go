package parser

// fetchCursor is the part of a Fetch that steps through its sections. After a streamed section it reads the items
// that follow.
type fetchCursor struct {
	resp     *Response // nil in a copy and in a Fetch that a program built
	sections []Section
	n        int  // number of sections in use
	stream   bool // whether the last section in use is being streamed
}

func (p *fetchCursor) reset(r *Response) {
	p.resp, p.sections, p.n, p.stream = r, reuseAsIs(p.sections), 0, false
}

// begin adds a section with a name. It reuses the memory of an earlier section.
func (f *Fetch) begin(name string) *Section {
	if f.n == len(f.sections) {
		f.sections = append(f.sections, Section{})
	}
	s := &f.sections[f.n]
	f.n++
	f.order.add(orderSection)
	*s = Section{Name: name, Spec: s.Spec}
	s.Spec.Reset()
	return s
}

// Sections calls yield with each section, in the order of the response. A small section is in memory. A large one is
// read from the server while yield runs; Sections skips the octets that yield has not read. If reading fails, Sections
// calls yield with the error. A section can be NIL, for example because the message is gone. It then reads like an
// empty section; see [Section.IsNIL].
//
// A server may send other items, such as UID and FLAGS, after a streamed section. f has these items only after the
// last section, or after [Fetch.Finish].
//
//	for sec, err := range m.Sections {
//		if err != nil {
//			return err
//		}
//		io.Copy(file, sec)
//	}
func (f *Fetch) Sections(yield func(*Section, error) bool) {
	for i := 0; ; i++ {
		if i == f.n {
			if !f.stream {
				return
			}
			if err := f.readOn(); err != nil {
				yield(nil, err)
				return
			}
			if i == f.n {
				return
			}
		}
		s := &f.sections[i]
		if s.live && !(f.stream && i == f.n-1) {
			continue
		}
		s.off = 0
		if !yield(s, nil) {
			return
		}
	}
}

// readOn drops the unread octets of the streamed section, and reads the items after it.
func (f *Fetch) readOn() error {
	if f.resp == nil {
		return nil
	}
	if err := f.resp.Continue(); err != nil {
		return err
	}
	f.stream = false
	d := &f.resp.reader.d
	if d.Got(')') {
		return nil
	}
	if !d.GotSP() && !d.Is(')') {
		d.Fail(ErrFraming)
		return f.failed(d)
	}
	if d.Got(')') {
		return nil
	}
	n := f.n
	f.decodeItems(d)
	for i := range f.sections[n:f.n] {
		f.checkAsked(&f.sections[n+i])
	}
	if err := f.failed(d); err != nil {
		return err
	}
	return f.unaskedUID()
}

// Finish drops the streamed sections and reads the items after them, so that all fields of f are set.
func (f *Fetch) Finish() error {
	for f.stream {
		if err := f.readOn(); err != nil {
			return err
		}
	}
	return nil
}

// Section returns the first section in memory that has the name and the spec, or nil if there is none. It compares
// names and specs in the same way as Section.Is.
func (f *Fetch) Section(name, spec string) *Section {
	var want Section
	if !want.parse(name, spec) {
		return nil
	}
	for i := range f.sections[:f.n] {
		if s := &f.sections[i]; !s.live && s.same(&want) {
			return s
		}
	}
	return nil
}

// Streaming reports whether a section is being streamed. If so, the items after it have not been read yet.
func (f *Fetch) Streaming() bool { return f.stream }
