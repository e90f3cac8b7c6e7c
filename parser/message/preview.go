package message

import (
	"html"
	"strings"
	"unicode"
)

// PreviewLength is the largest number of characters in a preview (RFC 8970 §3.1).
const PreviewLength = 200

// previewText is how many decoded octets of a text Preview reads at most. It ignores the rest.
const previewText = 64 << 10

// Preview returns the beginning of the text of the message, in one line (RFC 8970). It returns "" if the message
// has no text, or if the text cannot be read; Message.Err then returns the error.
func (m *Message) Preview() string {
	m.viewing.Do(func() {
		if m.saved != nil {
			m.preview = m.saved.preview
			return
		}
		p := m.Root().mainText(0)
		if p == nil {
			return
		}
		// A preview needs only the beginning of the text, but tags of HTML in the text can be long.
		content, err := p.decodedPrefix(previewText)
		if err != nil {
			return
		}
		s := decodeText(string(p.Param("charset")), content)
		if p.Subtype == "html" {
			s = stripHTML(s)
		}
		m.preview = oneLine(s, PreviewLength)
	})
	return m.preview
}

// mainText returns the text that a person would read first, or nil if there is no text. In a multipart/alternative, it
// prefers plain text. In anything else, it takes the first text.
func (p *Part) mainText(depth int) *Part {
	switch {
	case p.Message != nil:
		if p.parent == nil {
			return p.Message.mainText(depth + 1)
		}
		return nil
	case p.Type == "text":
		if d, _ := p.Disposition(); d == "attachment" {
			return nil
		}
		return p
	}
	var found *Part
	for _, q := range p.Parts {
		r := q.mainText(depth + 1)
		if r == nil {
			continue
		}
		if found == nil || r.Subtype == "plain" {
			found = r
		}
		if p.Subtype != "alternative" || found.Subtype == "plain" {
			break
		}
	}
	return found
}

// oneLine returns the first n characters of s. Each run of spaces and invisible characters becomes one space.
func oneLine(s string, n int) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == '\ufeff' || r == '\u200b' || r == '\u200c' || r == '\u00ad' {
			space = b.Len() > 0
			continue
		}
		if n--; n < 0 || space && n < 1 {
			break
		}
		if space {
			b.WriteByte(' ')
			space = false
			n--
		}
		b.WriteRune(r)
	}
	return b.String()
}

// stripHTML returns the text of a document in HTML. It leaves out tags, comments, and the contents of style, script,
// head and title.
func stripHTML(s string) string {
	var b strings.Builder
	lower := strings.ToLower(s)
	if len(lower) != len(s) {
		lower = s // ToLower has changed the length of a letter, so the offsets differ; tags in upper case are not found
	}
	for i := 0; i < len(s); {
		open := strings.IndexByte(s[i:], '<')
		if open < 0 {
			b.WriteString(s[i:])
			break
		}
		b.WriteString(s[i : i+open])
		i += open
		rest := lower[i:]
		switch {
		case strings.HasPrefix(rest, "<!--"):
			i += skipPast(rest, "-->")
			continue
		case len(rest) > 1 && (rest[1] >= 'a' && rest[1] <= 'z' || rest[1] == '/' || rest[1] == '!' || rest[1] == '?'):
		default:
			b.WriteByte('<')
			i++
			continue
		}
		name := strings.TrimPrefix(rest[1:], "/")
		if k := strings.IndexAny(name, " \t\r\n/>"); k >= 0 {
			name = name[:k]
		}
		switch name {
		case "style", "script", "title", "head":
			if rest[1] != '/' {
				i += skipPast(rest, "</"+name)
				rest = lower[i:]
			}
		case "b", "i", "u", "em", "strong", "span", "a", "font", "small", "code", "sup", "sub":
			// These tags do not separate words.
		default:
			b.WriteByte(' ')
		}
		i += skipPast(rest, ">")
	}
	return html.UnescapeString(b.String())
}

// skipPast returns the offset after the first occurrence of sub in s, or len(s) if s does not contain sub.
func skipPast(s, sub string) int {
	if k := strings.Index(s, sub); k >= 0 {
		return k + len(sub)
	}
	return len(s)
}
