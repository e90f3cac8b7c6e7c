package content

import (
	"strings"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/utils/mimeword"
)

// Parts has the parts of a message, except multiparts, sorted into lists. Each part is in at least one of the lists,
// and may be in several. Each list has its parts in the order of the message.
type Parts struct {
	// Plain and HTML are the text to show, as plain text and as HTML. The text consists of all parts of one of these
	// two lists, one after the other. If a text exists in one form only, its part is in both lists.
	Plain, HTML []*Part
	// Alternatives are alternatives to the text in other forms, such as an invitation to a meeting (text/calendar).
	Alternatives []*Part
	// Inline are pictures and other media that are shown with the text. HTML refers to them by "cid:" and their ID.
	Inline []*Part
	// Attachments are the parts that a person would save. They include each part that has a file name and is not in
	// Inline, even if it is also shown with the text (Shown). They also include each message within the message; the
	// parts of such a message are in Part.Message.
	Attachments []*Part
}

// Part is a part of a message that is not a multipart.
type Part struct {
	Path        []uint32 // the part numbers, as in the sections of FETCH
	MediaType   string   // in lower case; "application/octet-stream" if it is not known
	Charset     string   // of a text part, in lower case; "" if the message does not say
	Encoding    string   // content transfer encoding, in lower case; "" is "7bit"
	Size        uint64   // in octets, before decoding
	Name        string   // the file name that the sender wrote, decoded, or ""; see SafeName
	ID          string   // Content-ID without angle brackets
	Description string   // decoded
	Disposition string   // in lower case: "attachment", "inline", or ""
	Shown       bool     // the part is shown with the text, or is the text
	Message     *Parts   // the parts of a message within the message, or nil
	Subject     string   // the decoded subject of the message within the message
}

// IsText reports whether the media type is text/….
func (p *Part) IsText() bool { return strings.HasPrefix(p.MediaType, "text/") }

// All yields each part once, list by list. It does not yield the parts of messages within the message.
func (p *Parts) All(yield func(*Part) bool) {
	seen := map[*Part]bool{}
	for _, list := range [...][]*Part{p.Plain, p.HTML, p.Alternatives, p.Inline, p.Attachments} {
		for _, x := range list {
			if !seen[x] {
				if seen[x] = true; !yield(x) {
					return
				}
			}
		}
	}
}

// Sort sorts the parts of a message by the rules of RFC 8621 §4.1.4 and those in the comments of Parts. The result is
// the caller's.
func Sort(b *parser.BodyStructure) *Parts { return sortMessage(nil, b) }

func sortMessage(path []uint32, b *parser.BodyStructure) *Parts {
	s := sorter{out: new(Parts)}
	if b.IsMultipart() {
		s.multipart(path, b, place{plain: true, html: true})
	} else {
		s.leaf(newPart(append(path, 1), b), place{plain: true, html: true, first: true})
	}
	return s.out
}

// sorter sorts the parts of one message.
type sorter struct{ out *Parts }

// place says where in the message a part is.
type place struct {
	within      string // the subtype of the multipart that contains the part
	first       bool   // the part is the first in that multipart, or the root of a multipart/related
	alternative bool   // the part is within a multipart/alternative, at any depth
	plain, html bool   // if the part is shown, it belongs to Plain, to HTML, or to both
}

// multipart sorts the parts of b. If a multipart within a multipart/alternative contains a text in one form, the parts
// after that text in the same multipart belong to that form too.
func (s *sorter) multipart(path []uint32, b *parser.BodyStructure, at place) {
	at.within = b.Subtype
	at.alternative = at.alternative || b.Subtype == "alternative"
	plain, html := len(s.out.Plain), len(s.out.HTML)
	root := rootOf(b)
	for i := range b.Parts {
		x := &b.Parts[i]
		sub := append(path[:len(path):len(path)], uint32(i)+1)
		if x.IsMultipart() {
			s.multipart(sub, x, at)
			continue
		}
		at.first = i == root
		p := newPart(sub, x)
		if s.shows(p, at) && at.within != "alternative" && at.alternative {
			at.html = at.html && p.MediaType != "text/plain"
			at.plain = at.plain && p.MediaType != "text/html"
		}
		s.leaf(p, at)
	}
	if at.within == "alternative" && at.plain && at.html {
		// If the text exists in one form only, that form is in both lists.
		switch {
		case len(s.out.Plain) == plain:
			s.out.Plain = append(s.out.Plain, s.out.HTML[html:]...)
		case len(s.out.HTML) == html:
			s.out.HTML = append(s.out.HTML, s.out.Plain[plain:]...)
		}
	}
}

// rootOf returns the index of the part that is shown first. In a multipart/related, the parameter "start" may name that
// part (RFC 2387 §3.2). Otherwise the first part is shown first.
func rootOf(b *parser.BodyStructure) int {
	if start := b.Param("start"); b.Subtype == "related" && len(start) > 0 {
		for i := range b.Parts {
			if string(b.Parts[i].ID) == string(start) {
				return i
			}
		}
	}
	return 0
}

// shows reports whether a part is shown with the text, or is the text.
func (s *sorter) shows(p *Part, at place) bool {
	text := p.MediaType == "text/plain" || p.MediaType == "text/html"
	switch {
	case p.Disposition == "attachment" || !text && !p.isMedia():
		return false
	case at.first:
		return true
	}
	return at.within != "related" && (p.Name == "" || !text)
}

// isMedia reports whether the part is a picture, a sound or a video.
func (p *Part) isMedia() bool {
	return strings.HasPrefix(p.MediaType, "image/") || strings.HasPrefix(p.MediaType, "audio/") || strings.HasPrefix(p.MediaType, "video/")
}

func (s *sorter) leaf(p *Part, at place) {
	out := s.out
	switch {
	case s.shows(p, at) && p.IsText():
		p.Shown = true
		plain, html := at.plain, at.html
		if at.within == "alternative" {
			plain, html = plain && p.MediaType == "text/plain", html && p.MediaType == "text/html"
		} else if !plain && !html {
			// One of the alternatives consists of a plain text and an HTML text, one after the other.
			plain, html = p.MediaType == "text/plain", p.MediaType == "text/html"
		}
		if plain {
			out.Plain = append(out.Plain, p)
		}
		if html {
			out.HTML = append(out.HTML, p)
		}
		if !plain && !html {
			out.Alternatives = append(out.Alternatives, p)
		}
		if p.Name != "" {
			out.Attachments = append(out.Attachments, p)
		}
	case p.Disposition != "attachment" && at.within == "related" && !at.first && (p.ID != "" || p.isMedia()):
		p.Shown = p.isMedia()
		out.Inline = append(out.Inline, p)
	case p.Disposition != "attachment" && at.within == "alternative" && p.Name == "" && p.Message == nil:
		out.Alternatives = append(out.Alternatives, p)
	case s.shows(p, at) && p.Name == "":
		p.Shown = true
		out.Inline = append(out.Inline, p)
	default:
		p.Shown = s.shows(p, at)
		out.Attachments = append(out.Attachments, p)
	}
}

// newPart copies the data about a part from b.
func newPart(path []uint32, b *parser.BodyStructure) *Part {
	p := &Part{
		Path: append([]uint32(nil), path...), MediaType: b.MediaType(), Encoding: b.Encoding, Size: b.Size,
		Name: b.Filename(), ID: strings.Trim(string(b.ID), "<>"), Description: mimeword.Decode(string(b.Description)), Disposition: b.Disposition.Type,
	}
	if p.MediaType == "" {
		p.MediaType = "application/octet-stream"
	}
	if p.IsText() {
		p.Charset = b.Charset()
	}
	if b.Body != nil {
		p.Message = sortMessage(p.Path, b.Body)
	}
	if b.Envelope != nil {
		p.Subject = b.Envelope.SubjectText()
	}
	return p
}
