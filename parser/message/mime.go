package message

import "bytes"

// part reads a part: its header, and its body up to a boundary of a multipart around it. Afterwards, pos is after
// the line of the boundary. The part ends before the line end that belongs to the boundary.
func (s *scanner) part(parent *Part, depth int) *Part {
	p := &Part{src: s.src, start: s.here(), parent: parent}
	s.parts++
	s.header(p)
	p.classify()
	if p.IsMultipart() && depth < MaxDepth && s.parts < MaxParts && p.boundary != "" {
		s.multipart(p, depth)
		return p
	}
	if p.isMessage() && depth < MaxDepth && s.parts < MaxParts && p.plain() {
		if s.ended < 0 {
			p.Message = s.part(p, depth+1)
			p.end = p.Message.end
		} else {
			p.Message = p.emptyPart()
		}
		return p
	}
	p.flatten()
	if s.ended < 0 {
		s.body(p)
	}
	return p
}

// header reads the header of p. A boundary within the header ends the header and the part. In that case, header sets
// s.ended.
func (s *scanner) header(p *Part) {
	s.ended = -1
	s.keep, s.cur = s.pos, p
	s.readHeader(p)
	if s.keep >= 0 {
		s.keepHeader(p.fieldsEnd.at - p.start.at)
	}
}

func (s *scanner) readHeader(p *Part) {
	for !s.atEnd() {
		from := s.here()
		line := s.line()
		if i, closed, ok := s.boundary(line); ok {
			// The line end before the boundary belongs to the boundary, unless the header is empty.
			end := s.before(from, p.start)
			p.fieldsEnd, p.body, p.end = end, end, end
			s.ended, s.closed = i, closed
			return
		}
		if len(line) == 0 {
			p.fieldsEnd, p.body = from, s.here()
			return
		}
	}
	p.fieldsEnd, p.body, p.end = s.here(), s.here(), s.here()
}

// room returns how many octets of the current header may be parsed.
func (s *scanner) room() int64 { return min(MaxHeader, maxHeaders-s.heads) }

// keepHeader stores the first n octets of the current header in s.cur.head, or fewer if room returns less than n.
func (s *scanner) keepHeader(n int64) {
	n = min(n, s.room())
	head := s.win[s.keep : s.keep+int(n) : s.keep+int(n)]
	if !s.src.inMemory() {
		head = bytes.Clone(head)
	}
	s.cur.head = head
	s.heads += n
	s.keep = -1
}

// body skips the lines of the body of p.
func (s *scanner) body(p *Part) {
	s.ended = -1
	if len(s.open) == 0 {
		for !s.atEnd() {
			s.advance(len(s.win) - s.pos)
		}
		p.end = s.here()
		return
	}
	// Only a line that begins with two hyphens can be a boundary.
	for s.skip() {
		from := s.here()
		if i, closed, ok := s.boundary(s.line()); ok {
			p.end = s.before(from, p.body)
			s.ended, s.closed = i, closed
			return
		}
	}
	p.end = s.here()
}

// multipart reads the preamble, the parts and the epilogue of p.
func (s *scanner) multipart(p *Part, depth int) {
	if s.ended < 0 {
		me := len(s.open)
		s.open = append(s.open, p)
		s.body(p) // skips the preamble
		for s.ended == me && !s.closed && s.parts < MaxParts {
			p.Parts = append(p.Parts, s.part(p, depth+1))
		}
		more := s.ended == me && !s.closed
		s.open = s.open[:me]
		switch {
		case more: // too many parts: the rest is not parsed
			s.body(p)
		case s.ended == me:
			s.body(p) // skips the epilogue
		case s.ended < 0:
			p.end = s.here()
		default:
			p.end = p.lastEnd()
		}
	}
	if len(p.Parts) == 0 {
		// By the grammar, a multipart has parts (RFC 9051 §9, body-type-mpart). If this multipart has no parts, give
		// it an empty part.
		p.Parts = []*Part{p.emptyPart()}
	}
}

// emptyPart returns an empty part at the end of p.
func (p *Part) emptyPart() *Part {
	return &Part{
		src: p.src, start: p.end, fieldsEnd: p.end, body: p.end, end: p.end, parent: p, Type: "text", Subtype: "plain",
	}
}

// lastEnd returns the end of the last part. It is called if the boundary of an outer multipart has ended the last
// part.
func (p *Part) lastEnd() mark {
	if k := len(p.Parts); k > 0 {
		return p.Parts[k-1].end
	}
	return p.end
}

// boundary returns the index of the multipart to which a boundary line belongs. It is the innermost multipart whose
// boundary is the whole line. If there is none, it is the multipart with the longest boundary at the beginning of
// the line (RFC 2046 §5.1.1).
func (s *scanner) boundary(line []byte) (index int, closed, ok bool) {
	if len(line) < 2 || line[0] != '-' || line[1] != '-' {
		return 0, false, false
	}
	line = bytes.TrimRight(line[2:min(len(line), maxLine)], " \t")
	best := -1
	for i := len(s.open) - 1; i >= 0; i-- {
		b := s.open[i].boundary
		if len(line) < len(b) || string(line[:len(b)]) != b {
			continue
		}
		switch string(line[len(b):]) {
		case "":
			return i, false, true
		case "--":
			return i, true, true
		}
		if best < 0 || len(b) > len(s.open[best].boundary) {
			best = i
		}
	}
	if best < 0 {
		return 0, false, false
	}
	return best, bytes.HasPrefix(line[len(s.open[best].boundary):], []byte("--")), true
}

// isMessage reports whether the content is a message.
func (p *Part) isMessage() bool {
	return p.Type == "message" && (p.Subtype == "rfc822" || p.Subtype == "global")
}

// plain reports whether the body can be parsed without decoding it first.
func (p *Part) plain() bool {
	switch p.Encoding() {
	case "7bit", "8bit", "binary":
		return true
	}
	return false
}

// classify finds the type and the boundary in the header.
func (p *Part) classify() {
	p.Type, p.Subtype = "text", "plain"
	if p.parent != nil && p.parent.Type == "multipart" && p.parent.Subtype == "digest" {
		p.Type, p.Subtype = "message", "rfc822" // RFC 2046 §5.1.5
	}
	var ct []byte
	for f := range p.Fields() {
		if len(f.Name) < len("Content-ID") && !f.is("Content-MD5") || len(f.Name) < 8 || !equalFold(f.Name[:8], "content-") {
			continue
		}
		if f.is("Content-Type") {
			if ct == nil {
				ct = f.text()
			}
			continue
		}
		if p.content == nil {
			p.content = new(contents)
		}
		c := p.content
		for _, x := range [...]struct {
			name string
			to   *[]byte
		}{
			{"Content-Transfer-Encoding", &c.encoding}, {"Content-ID", &c.id}, {"Content-Description", &c.description},
			{"Content-MD5", &c.md5}, {"Content-Disposition", &c.disposition}, {"Content-Language", &c.language},
			{"Content-Location", &c.location},
		} {
			if *x.to == nil && f.is(x.name) {
				*x.to = f.text()
			}
		}
	}
	if len(ct) > 0 {
		p.contentType(ct)
	}
	if p.IsMultipart() {
		p.boundary = string(bytes.TrimRight(p.Param("boundary"), " \t"))
		if p.boundary == "" || len(p.boundary) > maxLine/2 {
			p.boundary = ""
			p.Type, p.Subtype = "text", "plain" // RFC 2045 §5.2: a type that cannot be understood means plain text
		}
	}
}

// flatten is called if the contents of p are not parsed. If p is a multipart or a message, it changes the type of p to
// application/octet-stream, which has no parts.
func (p *Part) flatten() {
	if p.IsMultipart() || p.isMessage() {
		p.Type, p.Subtype, p.Params = "application", "octet-stream", nil
	}
}
