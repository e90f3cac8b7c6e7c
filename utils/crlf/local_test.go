package crlf_test

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"github.com/imapstack/imapstack/utils/crlf"
)

func TestAppendLocal(t *testing.T) {
	for in, want := range map[string]string{"": "", "\r\n": "\n", "\r\r\n": "\r\n", "a\r": "a\r", "a\r\nb\nc\rd\r\n": "a\nb\nc\rd\n"} {
		if got := string(crlf.AppendLocal([]byte("> "), []byte(in))); got != "> "+want {
			t.Errorf("AppendLocal of %q: %q, want %q", in, got, "> "+want)
		}
	}
}

// FuzzLocalReader checks that a LocalReader returns the same as AppendLocal, however the mail is divided into reads.
// Text without CR is the same after a conversion to CRLF and back.
func FuzzLocalReader(f *testing.F) {
	f.Add([]byte("a\rb\nc\r\nd\r"))
	f.Add([]byte("\r\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		want := crlf.AppendLocal(nil, text)
		for _, r := range []io.Reader{bytes.NewReader(text), iotest.OneByteReader(bytes.NewReader(text)), iotest.DataErrReader(bytes.NewReader(text))} {
			got, err := io.ReadAll(iotest.OneByteReader(crlf.NewLocalReader(r)))
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%q, %v, not %q", got, err, want)
			}
		}
		if !bytes.Contains(text, []byte{'\r'}) {
			if back := crlf.AppendLocal(nil, crlf.Append(nil, text)); !bytes.Equal(back, text) {
				t.Fatalf("%q comes back as %q", text, back)
			}
		}
	})
}
