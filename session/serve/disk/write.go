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

// WriteFile writes a file so that it has either the old content or all of data, even after a crash. When it returns
// nil, data is stored durably. Only one goroutine at a time may write a file of that name.
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

// SaveMessage writes the octets of m to a new file, and sets the file's time to the date of m. When it returns nil,
// the octets are stored durably. The name of the file is durable only after the caller has renamed the file and
// called SyncDir. If SaveMessage fails, it leaves no new file.
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

// create creates a file, calls the function write to fill it, and stores its octets durably.
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

// SyncDir stores the names of the files in a directory durably.
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

// WriteLines writes lines, such as the names of flags or subscriptions, to a file with WriteFile. A line must not be
// empty or contain LF.
func WriteLines(name string, lines []string) error {
	var b bytes.Buffer
	for _, l := range lines {
		b.WriteString(l)
		b.WriteByte('\n')
	}
	return WriteFile(name, b.Bytes())
}
