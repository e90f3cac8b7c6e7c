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

// WriteFile writes a file so that a reader finds the old content or all of data, whenever the computer stops. When it
// returns nil, data is safely on the disk. Only one goroutine at a time may write a file of that name.
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

// SaveMessage writes the octets of m to a new file, and gives the file the date of m. When it returns nil, the octets
// are safely on the disk; the file's name is safe after the file has been renamed and SyncDir called. If SaveMessage
// fails, it leaves no file.
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

// create calls write with a new file, and makes sure that its octets are on the disk.
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

// SyncDir makes sure that the names of the files in a directory are on the disk.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadLines returns the lines of a file that WriteLines has written, or none if the file does not exist.
func ReadLines(name string) ([]string, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' }), err
}

// WriteLines writes lines to a file with WriteFile: the names of flags or subscriptions, for example. A line must not
// be empty or contain LF.
func WriteLines(name string, lines []string) error {
	var b bytes.Buffer
	for _, l := range lines {
		b.WriteString(l)
		b.WriteByte('\n')
	}
	return WriteFile(name, b.Bytes())
}
