package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/imapstack/imapstack/session/serve"
)

// WriteFile writes a file so that whoever reads it finds what was in it before, or all of data, whenever the machine stops; when it
// returns without an error it is data for good. One at a time may write a file of that name.
func WriteFile(name string, data []byte) error {
	tmp := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".new")
	err := create(tmp, os.O_TRUNC, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
	if err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		os.Remove(tmp)
		return err
	}
	return SyncDir(filepath.Dir(name))
}

// SaveMessage writes the octets of m to a file that is not there yet, and makes the date of m the file's. When it returns
// without an error, the octets are there for good; their name is when it is renamed and SyncDir has been called. If it fails there is no file.
func SaveMessage(name string, m *serve.NewMessage) error {
	err := create(name, os.O_EXCL, func(f *os.File) error {
		n, err := io.Copy(f, m.Body)
		if err == nil && n != m.Size {
			err = io.ErrUnexpectedEOF
		}
		return err
	})
	if err == nil {
		err = os.Chtimes(name, m.Date, m.Date)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		os.Remove(name)
	}
	return err
}

// create has write write to a new file, whose octets are on the medium afterwards.
func create(name string, how int, write func(f *os.File) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|how, 0o600)
	if err != nil {
		return err
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// SyncDir makes the names of the files in a directory last.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadLines returns the lines of a file that WriteLines has written; a file that is not there has none.
func ReadLines(name string) ([]string, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' }), err
}

// WriteLines writes lines to a file, by WriteFile: the names of flags, say, or subscriptions. A line is not empty and has no LF in it.
func WriteLines(name string, lines []string) error {
	var b bytes.Buffer
	for _, l := range lines {
		b.WriteString(l)
		b.WriteByte('\n')
	}
	return WriteFile(name, b.Bytes())
}
