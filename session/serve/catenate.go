package serve

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// catenated yields a message that consists of literals and of texts named by URLs (RFC 4469). It collects all parts
// first, because only then is the size of the message known.
func (x *appendedMessages) catenated(m *parser.AppendMessage, news *NewMessage, err error, yield func(*NewMessage, error) bool) bool {
	s := &spool{limit: x.c.maxMessage()}
	defer s.close()
	for part, e := range m.Parts {
		if e != nil {
			err = e
			break
		}
		if err == nil { // after an error, the remaining parts are dropped
			news.UTF8, news.Binary = news.UTF8 || part.UTF8, news.Binary || part.Binary
			err = x.gather(s, part)
		}
	}
	if err == nil && s.size == 0 {
		err = no(parser.CodeCannot, "the message is empty")
	}
	var r io.Reader
	if err == nil {
		news.Size = s.size
		r, err = s.reader()
	}
	if err != nil {
		x.fail(err)
		yield(nil, err)
		return false
	}
	news.Body = &bodyReader{r, x, true}
	return yield(news, nil)
}

// gather writes a part of a message to s.
func (x *appendedMessages) gather(s *spool, part *parser.AppendPart) error {
	c := x.c
	if part.URL == "" {
		if err := c.checkPart(part); err != nil {
			return err
		}
		_, err := io.Copy(s, &bodyReader{part.Body, x, part.Binary})
		return err
	}
	err := c.copyURL(s, part.URL)
	if errors.Is(err, errURL) {
		return &Reply{Status: parser.NO, Code: parser.Code{Name: parser.CodeBadURL, Args: codeString(part.URL)}, Text: "the URL names nothing that can be read"}
	}
	return err
}

// codeString returns a string in the form of an argument of a response code.
func codeString(s string) []byte {
	e := wire.NewEncoder(wire.Mode{Server: true})
	e.String(s)
	return bytes.Clone(e.Bytes())
}

// maxInMemory is how many octets of a message a spool holds in memory. A larger message goes to a file.
const maxInMemory = 256 << 10

// spool holds a message until all its parts have arrived.
type spool struct {
	limit int64
	size  int64
	buf   []byte
	f     *os.File
}

func (s *spool) Write(p []byte) (int, error) {
	if s.size += int64(len(p)); s.size > s.limit {
		return 0, no(parser.CodeTooBig, fmt.Sprintf("no more than %d octets", s.limit))
	}
	if s.f == nil && s.size <= maxInMemory {
		s.buf = append(s.buf, p...)
		return len(p), nil
	}
	if s.f == nil {
		f, err := os.CreateTemp("", "imap-append-*")
		if err != nil {
			return 0, err
		}
		s.f = f
		if _, err := f.Write(s.buf); err != nil {
			return 0, err
		}
		s.buf = nil
	}
	return s.f.Write(p)
}

// reader returns a reader of everything that was written.
func (s *spool) reader() (io.Reader, error) {
	if s.f == nil {
		return bytes.NewReader(s.buf), nil
	}
	_, err := s.f.Seek(0, io.SeekStart)
	return s.f, err
}

func (s *spool) close() {
	if s.f != nil {
		s.f.Close()
		os.Remove(s.f.Name())
	}
}
