package parser

// fetchCursor is the part of a Fetch that goes through its sections, and past each one that is streamed to the items after
// it.
type fetchCursor struct {
	resp     *Response // nil in a copy, and in a Fetch that was built
	sections []Section
	n        int  // how many of sections are in use
	stream   bool // the last of them is being streamed
}

func (p *fetchCursor) reset(r *Response) {
	p.resp, p.sections, p.n, p.stream = r, spent(p.sections), 0, false
}

// begin adds a section of that name, and uses the memory of an earlier one again.
func (f *Fetch) begin(name string) *Section {
	if f.n == len(f.sections) {
		f.sections = append(f.sections, Section{})
	}
	s := &f.sections[f.n]
	f.n++
	f.order.note(orderSection)
	*s = Section{Name: name, Spec: s.Spec}
	s.Spec.Reset()
	return s
}

// Sections calls yield with each section, in the order in which they came. A small section is in memory; a large one is
// read from the server within the loop, and what the loop leaves unread is dropped. After the last section, f also has
// the items that came after a streamed one. If reading fails, yield gets the error.
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
			if err := f.goOn(); err != nil {
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

// goOn drops what is unread of the streamed section, and reads the items after it.
func (f *Fetch) goOn() error {
	if f.resp == nil {
		return nil
	}
	if err := f.resp.Continue(); err != nil {
		return err
	}
	f.stream = false
	d := &f.resp.r.d
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
		f.judge(&f.sections[n+i])
	}
	if err := f.failed(d); err != nil {
		return err
	}
	return f.foreign()
}

// Finish reads the items after streamed sections, and drops the sections, so that f has all its fields.
func (f *Fetch) Finish() error {
	for f.stream {
		if err := f.goOn(); err != nil {
			return err
		}
	}
	return nil
}

// Section returns the first section in memory that is the one of this name and spec, or nil; see Section.Is.
func (f *Fetch) Section(name, spec string) *Section {
	var want Section
	if !want.named(name, spec) {
		return nil
	}
	for i := range f.sections[:f.n] {
		if s := &f.sections[i]; !s.live && s.same(&want) {
			return s
		}
	}
	return nil
}

// Streaming reports whether a section is being streamed. The items after it have not been read.
func (f *Fetch) Streaming() bool { return f.stream }
