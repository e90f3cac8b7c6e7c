package crlf_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/imapstack/imapstack/utils/crlf"
)

func Example() {
	file := strings.NewReader("Subject: hi\n\nhello\n")
	msg, _ := io.ReadAll(crlf.NewReader(file))
	fmt.Printf("%q\n", msg)
	// Output: "Subject: hi\r\n\r\nhello\r\n"
}

func TestAppend(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "\n": "\r\n", "\r": "\r\n", "\r\n": "\r\n", "\n\r": "\r\n\r\n", "\r\r\n\n": "\r\n\r\n\r\n", "a\rb\nc\r\nd": "a\r\nb\r\nc\r\nd", "\x00\xff": "\x00\xff",
	} {
		if got := string(crlf.Append([]byte("> "), []byte(in))); got != "> "+want {
			t.Errorf("Append of %q: %q, want %q", in, got, "> "+want)
		}
	}
}

func TestReaderReturnsOctetsBeforeError(t *testing.T) {
	broken := errors.New("broken")
	got, err := io.ReadAll(crlf.NewReader(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken))))
	if string(got) != "a\r\nb" || !errors.Is(err, broken) {
		t.Errorf("%q, %v; want the octets before the error, and the error", got, err)
	}
}

// TestReadOfNothing checks that a Read into an empty slice does not wait for the underlying reader.
func TestReadOfNothing(t *testing.T) {
	for what, wrap := range map[string]func(io.Reader) io.Reader{
		"Reader":      func(r io.Reader) io.Reader { return crlf.NewReader(r) },
		"LocalReader": func(r io.Reader) io.Reader { return crlf.NewLocalReader(r) },
	} {
		if n, err := wrap(iotest.ErrReader(errors.New("was read"))).Read(nil); n != 0 || err != nil {
			t.Errorf("%s: got %d, %v; want 0 and no error", what, n, err)
		}
	}
}

// FuzzReader checks that a Reader returns the same as Append, however the text is divided into reads. A second Append
// changes nothing.
func FuzzReader(f *testing.F) {
	f.Add([]byte("a\rb\nc\r\nd\r"))
	f.Fuzz(func(t *testing.T, text []byte) {
		want := crlf.Append(nil, text)
		if again := crlf.Append(nil, want); !bytes.Equal(again, want) {
			t.Errorf("%q becomes %q", want, again)
		}
		for _, r := range []io.Reader{bytes.NewReader(text), iotest.OneByteReader(bytes.NewReader(text)), iotest.DataErrReader(bytes.NewReader(text))} {
			got, err := io.ReadAll(iotest.OneByteReader(crlf.NewReader(r)))
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%q, %v, not %q", got, err, want)
			}
		}
	})
}
