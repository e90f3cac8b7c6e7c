package transfer

import (
	"errors"
	"io"
	"strings"
)

// ErrUnknown reports a content transfer encoding that is not known.
var ErrUnknown = errors.New("transfer: unknown content transfer encoding")

// Plain reports whether an encoding leaves octets as they are: "7bit", "8bit", "binary", and "", which means "7bit". Case does not matter.
func Plain(encoding string) bool {
	switch strings.ToLower(encoding) {
	case "", "7bit", "8bit", "binary":
		return true
	}
	return false
}

// NewReader returns a reader of what r has without its encoding, which is r itself if there is nothing to undo; case does not matter. The
// error is ErrUnknown. Errors of reading are those of r, after all that came before them, and a Read after one that was for now goes on. It is not
// safe for use by several goroutines at once.
func NewReader(encoding string, r io.Reader) (io.Reader, error) {
	switch {
	case Plain(encoding):
		return r, nil
	case strings.EqualFold(encoding, "base64"):
		return &reader{r: r, step: new(base64Decoder).decode}, nil
	case strings.EqualFold(encoding, "quoted-printable"):
		return &reader{r: r, step: decodeQP}, nil
	}
	return nil, ErrUnknown
}

// chunk is how much is decoded together.
const chunk = 8 << 10

// reader reads what a decoder makes of a stream.
type reader struct {
	r io.Reader
	// step decodes what it can of in, appending to dst, and returns how much of in it has used up: all of it at the end.
	step func(dst, in []byte, end bool) ([]byte, int)
	in   []byte // not decoded yet
	out  []byte // not read yet
	room []byte // the array of in
	made []byte // the array of out
	err  error
}

func (d *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(d.out) == 0 {
		if err := d.err; err != nil {
			if err != io.EOF {
				d.err = nil
			}
			return 0, err
		}
		d.fill()
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func (d *reader) fill() {
	if d.room == nil {
		d.room = make([]byte, chunk)
	}
	n := copy(d.room, d.in)
	k, err := d.r.Read(d.room[n:])
	d.in, d.err = d.room[:n+k], err
	if k == 0 && err != io.EOF {
		return
	}
	var used int
	d.made, used = d.step(d.made[:0], d.in, err == io.EOF)
	if used == 0 && n+k == len(d.room) {
		// The decoder would wait for ever for the end of something.
		d.made, used = append(d.made, d.in...), len(d.in)
	}
	d.in = d.in[used:]
	d.out = d.made
}
