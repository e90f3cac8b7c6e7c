package content

import (
	"context"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/mimeword"
)

// Text is a text part as text.
type Text struct {
	String  string // in UTF-8, with the line ends that it came with
	Octets  []byte // the text as it came, if its charset is not known: String has only its ASCII then; valid for as long as the value
	Charset string // what it was converted from, or what is not known
	Unknown bool   // the charset is not known
	Cut     bool   // there is more of it
	Way     Way
}

// maxText is how long a text is that ReadText takes if it is not told.
const maxText = 1 << 20

// ReadText downloads no more than limit octets of a text part, and converts them to UTF-8; 0 is a million or so. What is longer is not sent by
// the server. A part that says nothing of its charset is UTF-8 if it can be, else windows-1252. The value is the caller's. See Read.
func ReadText(ctx context.Context, s *session.Session, uid uint32, p *Part, limit int64) (Text, error) {
	if limit <= 0 {
		limit = maxText
	}
	limit = min(limit, 1<<40)
	var t Text
	fetch := func(w Way) (called bool, err error) {
		item := p.item(w)
		// One octet more tells whether there is more.
		most := limit + 1
		if w == Decoded {
			most = 4*limit + 1024 // no text grows to more, but for lines that are joined
		}
		if uint64(most) < p.Size {
			item = item.Partial(0, uint64(most))
		}
		return read(ctx, s, uid, item, p.undo(w, func(r io.Reader) error {
			octets, err := io.ReadAll(io.LimitReader(r, limit+1))
			if err == nil {
				t = p.text(octets, limit)
				t.Cut = t.Cut || uint64(most) < p.Size && w == Decoded
			}
			return err
		}))
	}
	w := p.way(s)
	called, err := fetch(w)
	if w == Binary && !called && refused(err) {
		w = p.here()
		called, err = fetch(w)
	}
	if called {
		t.Way = w
	}
	return t, err
}

// text makes text of octets, of which more than limit are cut off.
func (p *Part) text(octets []byte, limit int64) Text {
	t := Text{Charset: p.Charset}
	if t.Cut = int64(len(octets)) > limit; t.Cut {
		octets = octets[:limit]
	}
	charset, _, _ := strings.Cut(strings.TrimSpace(p.Charset), "*") // RFC 2231 §5: a language behind the charset
	switch charset {
	case "", "us-ascii", "ascii", "unknown-8bit":
		whole := octets
		if t.Cut {
			whole = wholeRunes(octets)
		}
		if t.Charset = "utf-8"; utf8.Valid(whole) {
			t.String = string(whole)
			return t
		}
		t.Charset = "windows-1252"
	}
	if t.Cut && isUTF8(t.Charset) {
		octets = wholeRunes(octets)
	}
	s, err := mimeword.DecodeBytes(t.Charset, octets)
	if err != nil {
		t.Unknown, t.Octets = true, octets
		s = strings.Map(func(r rune) rune {
			if r >= utf8.RuneSelf {
				return utf8.RuneError
			}
			return r
		}, string(octets))
	}
	t.String = s
	return t
}

func isUTF8(charset string) bool { return charset == "utf-8" || charset == "utf8" }

// wholeRunes returns b without a character at its end that is not whole.
func wholeRunes(b []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax-1, len(b)); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// UTF8 returns a reader of the part's text in UTF-8, from one of its octets as Read gives them. What is invalid becomes U+FFFD. It reports false, and r itself, if
// the part is no text, or its charset is not known: an attachment that is no text is never converted.
func (p *Part) UTF8(r io.Reader) (io.Reader, bool) {
	if !p.IsText() {
		return r, false
	}
	charset := p.Charset
	if charset == "" || charset == "us-ascii" {
		charset = "utf-8"
	}
	out, err := mimeword.NewReader(charset, r)
	if err != nil {
		return r, false
	}
	return out, true
}
