package disk

import (
	"os"

	"github.com/imapstack/imapstack/parser/message"
)

// A File is the file of a message. It is opened when it is first read. A back end uses it to implement the function
// Content of a serve.Message.
type File struct {
	// Open opens the file. It is called at most once.
	Open func() (*os.File, error)
	// Size is the size of the file, in bytes.
	Size int64
	// Cache is the name of a file that stores the result of parsing the message. Message creates it, and replaces it if
	// it is damaged or belongs to a message of another size. "" means no cache.
	Cache string

	f   *os.File
	err error
}

// ReadAt reads from the file.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if f.f == nil && f.err == nil {
		f.f, f.err = f.Open()
	}
	if f.err != nil {
		return 0, f.err
	}
	return f.f.ReadAt(p, off)
}

// Message returns the message, valid until Close.
func (f *File) Message() (*message.Message, error) {
	if f.Cache != "" {
		if b, err := os.ReadFile(f.Cache); err == nil {
			if m, err := message.Restore(b, f); err == nil && m.Size() == f.Size {
				return m, nil
			}
		}
	}
	m, err := message.Open(f, f.Size)
	if err != nil || f.Cache == "" {
		return m, err
	}
	if b, err := m.AppendCache(nil); err == nil {
		os.WriteFile(f.Cache, b, 0o600) // Restore fails if the cache is incomplete
	}
	return m, nil
}

// Close closes the file, if it was opened.
func (f *File) Close() error {
	if f.f == nil {
		return nil
	}
	return f.f.Close()
}
