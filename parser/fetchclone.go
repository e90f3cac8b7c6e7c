package parser

// Clone returns a copy that the caller owns. The copy has the sections that are in memory. It lacks a streamed section
// and the unread items after it.
func (f *Fetch) Clone() *Fetch {
	c := &Fetch{Seq: f.Seq, UID: f.UID, Size: f.Size, ModSeq: f.ModSeq, fetchBuilder: f.fetchBuilder}
	c.bad = f.bad
	f.keepBroken(c)
	if f.Flags != nil {
		c.Flags = append([]Flag{}, f.Flags...)
	}
	n := len(f.Date)
	for _, it := range f.items {
		n += len(it.raw)
	}
	held := make([]byte, 0, n)
	keep := func(b []byte) []byte {
		if b == nil {
			return nil
		}
		at := len(held)
		held = append(held, b...)
		return held[at:len(held):len(held)]
	}
	c.Date = keep(f.Date)
	for _, it := range f.items {
		c.items = append(c.items, fetchItem{it.name, keep(it.raw)})
	}
	for i := range f.sections[:f.n] {
		if s, ok := f.sections[i].clone(); ok {
			c.sections = append(c.sections, s)
		}
	}
	c.n = len(c.sections)
	return c
}

// keepBroken copies to c the decoded values of items whose end could not be found. f does not have the octets of these
// items, so c could not decode them again.
func (f *Fetch) keepBroken(c *Fetch) {
	if f.wrong[0] != nil && f.Raw("ENVELOPE") == nil {
		c.env, c.wrong[0] = *f.env.Clone(), f.wrong[0]
		c.decoded |= decodedEnvelope
	}
	if f.wrong[1] != nil && f.Raw("BODYSTRUCTURE") == nil {
		c.body, c.wrong[1] = *f.body.Clone(), f.wrong[1]
		c.decoded |= decodedBody
	}
}
