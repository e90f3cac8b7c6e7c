package main

import (
	"bytes"
	"io"
	"os"
	"time"

	"github.com/imapstack/imapstack/utils/crlf"
)

// small is the size of the largest file that is read whole. Each message in flight may have one such file in memory.
const small = 32 << 10

// body reads a message of a Maildir in the form in which it is sent, with CRLF. A file that is not small is read once
// for its size and closed. It is opened again at the first Read, so that bodies that wait to be sent hold no open
// files.
type body struct {
	io.Reader
	name string
	size int64 // octets of the message with CRLF, as it is sent
	date time.Time
	file *os.File
}

func openBody(name string) (*body, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b := &body{name: name, date: st.ModTime()}
	if st.Size() <= small {
		text, err := io.ReadAll(f)
		text = crlf.Append(make([]byte, 0, len(text)+len(text)/32), text)
		b.Reader, b.size = bytes.NewReader(text), int64(len(text))
		return b, err
	}
	b.Reader = &later{b: b}
	b.size, err = io.Copy(io.Discard, crlf.NewReader(f))
	return b, err
}

// later opens the file of a body at its first read.
type later struct {
	b *body
	r io.Reader
}

func (l *later) Read(p []byte) (int, error) {
	if l.r == nil {
		f, err := os.Open(l.b.name)
		if err != nil {
			return 0, err
		}
		l.b.file, l.r = f, crlf.NewReader(f)
	}
	return l.r.Read(p)
}

// Close closes the file.
func (b *body) Close() error {
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}
