package main

import (
	"io"
	"os"
	"time"

	"github.com/imapstack/imapstack/utils/crlf"
)

// body reads a message of a Maildir as it is sent: with CRLF. The file is opened when it is read first, so that many may wait.
type body struct {
	name string
	size int64 // in octets, as it is sent
	date time.Time
	file *os.File
	r    io.Reader
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
	n, err := io.Copy(io.Discard, crlf.NewReader(f))
	return &body{name: name, size: n, date: st.ModTime()}, err
}

func (b *body) Read(p []byte) (int, error) {
	if b.file == nil {
		f, err := os.Open(b.name)
		if err != nil {
			return 0, err
		}
		b.file, b.r = f, crlf.NewReader(f)
	}
	return b.r.Read(p)
}

// Close closes the file.
func (b *body) Close() error {
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}
