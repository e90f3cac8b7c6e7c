package content

import (
	"cmp"
	"context"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/mimeword"
)

// Text is the content of a text part. It is the caller's.
type Text struct {
	// String is the text in UTF-8, with its original line ends. If the charset is not known, U+FFFD replaces each
	// character that is not ASCII.
	String string
	// Octets are the octets of the text if the charset is not known, otherwise nil. They are valid for as long as the
	// Text.
	Octets  []byte
	Charset string // the charset of the part, or a guess if the message does not say or says US-ASCII
	Unknown bool   // the charset is not known
	Cut     bool   // the part is longer than the limit
	Way     Way
}

// maxText is the default limit of ReadText, in octets.
const maxText = 1 << 20

// ReadText downloads a text part and converts it to UTF-8. It cuts the text after limit octets, which are counted
// before the conversion; 0 means 1 MiB. If the part is longer, the server sends at most limit+1 octets, or
// 4*limit+1024 if ReadText decodes the transfer encoding itself. A part without a charset, or with the charset
// US-ASCII, is read as UTF-8 if it is valid UTF-8, otherwise as windows-1252. See Read.
func ReadText(ctx context.Context, s *session.Session, uid uint32, p *Part, limit int64) (Text, error) {
	if limit <= 0 {
		limit = maxText
	}
	limit = min(limit, 1<<40)
	var t Text
	fetch := func(w Way) (called bool, err error) {
		item := p.item(w)
		// One more octet shows whether the part is longer.
		most := limit + 1
		if w == Decoded {
			most = 4*limit + 1024 // enough for the encoded form of limit octets, unless it has many soft line breaks
		}
		if uint64(most) < p.Size || most <= math.MaxUint32 { // the size that the server reports may be wrong
			item = item.Partial(0, uint64(most))
		}
		return read(ctx, s, uid, item, func(r io.Reader) error {
			sent := &counter{r: r}
			return p.decoding(w, func(r io.Reader) error {
				octets, err := io.ReadAll(io.LimitReader(r, limit+1))
				if err == nil {
					t = p.text(octets, limit)
					t.Cut = t.Cut || w == Decoded && sent.n >= most
				}
				return err
			})(sent)
		})
	}
	w := p.way(s)
	called, err := fetch(w)
	if w == Binary && !called && refused(err) {
		w = p.wayWithoutBinary()
		called, err = fetch(w)
	}
	if called {
		t.Way = w
	}
	return t, err
}

// counter counts the octets that are read from r.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// text converts the first limit octets of a text to UTF-8.
func (p *Part) text(octets []byte, limit int64) Text {
	t := Text{Charset: p.charset()}
	if t.Cut = int64(len(octets)) > limit; t.Cut {
		octets = octets[:limit]
	}
	if t.Charset == "" {
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

// charset returns the charset of the part, or "" if the part has none, US-ASCII or unknown-8bit.
func (p *Part) charset() string {
	charset, _, _ := strings.Cut(p.Charset, "*") // a language may follow the charset (RFC 2231 §5)
	switch charset = strings.TrimSpace(charset); charset {
	case "us-ascii", "ascii", "unknown-8bit":
		return ""
	}
	return charset
}

func isUTF8(charset string) bool { return charset == "utf-8" || charset == "utf8" }

// wholeRunes returns b without an incomplete character at its end.
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

// UTF8 returns a reader that converts the part's text to UTF-8. r is the reader that Read passes to its function.
// Invalid octets become U+FFFD. A part without a charset, or with the charset US-ASCII or unknown-8bit, is read as
// UTF-8. If the part is not text, or its charset is not known, UTF8 returns r itself and false.
func (p *Part) UTF8(r io.Reader) (io.Reader, bool) {
	if !p.IsText() {
		return r, false
	}
	out, err := mimeword.NewReader(cmp.Or(p.charset(), "utf-8"), r)
	if err != nil {
		return r, false
	}
	return out, true
}
