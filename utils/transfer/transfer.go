package transfer

import (
	"errors"
	"io"
	"strings"
)

// ErrUnknown reports an unknown content transfer encoding.
var ErrUnknown = errors.New("transfer: unknown content transfer encoding")

// Plain reports whether an encoding leaves octets unchanged. It returns true for "7bit", "8bit", "binary", and "",
// which means "7bit". It ignores case.
func Plain(encoding string) bool {
	switch strings.ToLower(encoding) {
	case "", "7bit", "8bit", "binary":
		return true
	}
	return false
}

// NewReader returns a reader that decodes r, or r itself if Plain returns true for the encoding. The encoding may be in
// upper or lower case. If the encoding is unknown, the error is ErrUnknown. The reader is not safe for concurrent use.
//
// The reader returns an error of r after the decoded octets that came before the error. A Read after a temporary error
// continues. Before an error other than io.EOF, the reader holds back the last octets if their meaning depends on what
// follows: an incomplete group of base64, or an incomplete escape or white space at the end of quoted-printable.
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

// chunk is how many octets are decoded at a time.
const chunk = 8 << 10

// A pause says what comes after the octets of a stream that step is called with.
type pause int

const (
	atInput pause = iota // not known yet, but usually more octets
	atError              // an error, and perhaps more octets after it
	atEnd                // the end of the stream, so that step must use all octets
)

// A reader decodes a stream by a step function.
type reader struct {
	r io.Reader
	// step decodes octets from its argument in, and appends the result to dst. It also returns how many of these octets
	// it has used. The argument at says what comes after the octets.
	step func(dst, in []byte, at pause) ([]byte, int)
	in   []byte // octets of r that are not decoded yet
	out  []byte // decoded octets that Read returns next
	room []byte // the backing array of in
	made []byte // the backing array of out
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
	at := atInput
	switch {
	case err == io.EOF:
		at = atEnd
	case err != nil:
		at = atError
	case k == 0:
		return
	}
	var used int
	d.made, used = d.step(d.made[:0], d.in, at)
	if used == 0 && n+k == len(d.room) {
		// If the chunk is full and nothing in it could be decoded, return it unchanged. Otherwise the reader would wait
		// for the end of a line or group that never comes.
		d.made, used = append(d.made, d.in...), len(d.in)
	}
	d.in = d.in[used:]
	d.out = d.made
}
