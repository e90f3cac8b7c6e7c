package transfer_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/imapstack/imapstack/utils/transfer"
)

func decode(t testing.TB, encoding string, r io.Reader) string {
	t.Helper()
	d, err := transfer.NewReader(encoding, r)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func ExampleNewReader() {
	r, err := transfer.NewReader("quoted-printable", strings.NewReader("caf=C3=\r\n=A9\r\n"))
	if err != nil {
		panic(err)
	}
	io.Copy(os.Stdout, r)
	// Output: café
}

func TestNewReader(t *testing.T) {
	for _, c := range []struct{ encoding, in, want string }{
		{"", "a=3D", "a=3D"}, {"8BIT", "a=3D", "a=3D"}, {"Base64", "QUJD\r\n", "ABC"}, {"Quoted-Printable", "a=3D", "a="},
		{"base64", "QUI=QUI=", "ABAB"},        // two pieces, each with padding
		{"base64", "Q U\tJ\r\nD\nRA", "ABCD"}, // with white space in any place, without padding
		{"base64", "QUJDRA==\r\n\r\nQUJD!\r\n", "ABCDABC"},
		{"quoted-printable", "a \t\r\nb =\r\nc", "a\r\nb c"}, // RFC 2045 §6.7, rules 3 and 5
		{"quoted-printable", "100% =zz =4", "100% =zz =4"},
	} {
		if got := decode(t, c.encoding, strings.NewReader(c.in)); got != c.want {
			t.Errorf("%s: %q is %q, want %q", c.encoding, c.in, got, c.want)
		}
	}
	if _, err := transfer.NewReader("x-uuencode", nil); !errors.Is(err, transfer.ErrUnknown) {
		t.Errorf("an unknown encoding: %v, want ErrUnknown", err)
	}
}

// TestErrorThenMore checks that the reader returns an error after the octets before it, and that a Read after the error
// continues.
func TestErrorThenMore(t *testing.T) {
	wait := errors.New("wait")
	d, err := transfer.NewReader("base64", io.MultiReader(strings.NewReader("QUJDR"), &once{err: wait}, strings.NewReader("EVG")))
	if err != nil {
		t.Fatal(err)
	}
	first, err := io.ReadAll(d)
	if string(first) != "ABC" || !errors.Is(err, wait) {
		t.Fatalf("before the error: %q, %v; want \"ABC\", %v", first, err, wait)
	}
	if rest, err := io.ReadAll(d); string(rest) != "DEF" || err != nil {
		t.Fatalf("after the error: %q, %v; want \"DEF\"", rest, err)
	}
}

// TestErrorInLine checks that a reader returns the decoded octets before an error in the middle of a line, and that a
// Read after the error continues as if there had been none.
func TestErrorInLine(t *testing.T) {
	wait := errors.New("wait")
	for _, c := range []struct{ encoding, in string }{
		{"quoted-printable", "one=20two=\r\n three \t\r\nfour=3D=zz =\r\n= five=41"},
		{"base64", "QUJDREVG\r\nR0hJ\r\nSks="},
	} {
		want := decode(t, c.encoding, strings.NewReader(c.in))
		for i := range c.in {
			d, err := transfer.NewReader(c.encoding, io.MultiReader(strings.NewReader(c.in[:i]), &once{err: wait}, strings.NewReader(c.in[i:])))
			if err != nil {
				t.Fatal(err)
			}
			before, err := io.ReadAll(d)
			if !errors.Is(err, wait) {
				t.Fatalf("%q, cut at %d: %v, want %v", c.in, i, err, wait)
			}
			after, err := io.ReadAll(d)
			if got := string(before) + string(after); got != want || err != nil {
				t.Errorf("%q, cut at %d: %q and %q, %v; want %q", c.in, i, before, after, err, want)
			}
			if least := decode(t, c.encoding, strings.NewReader(c.in[:max(0, i-3)])); len(before) < len(strings.TrimRight(least, "= \t\r\n"))-2 {
				t.Errorf("%q, cut at %d: only %q came before the error, want most of %q", c.in, i, before, least)
			}
		}
	}
}

// A once is a reader that fails once, and then returns io.EOF.
type once struct{ err error }

func (o *once) Read([]byte) (int, error) {
	err := o.err
	o.err = io.EOF
	return 0, err
}

// FuzzNewReader decodes a body as a whole and one octet at a time. If the standard library accepts the body, it must
// return the same result.
func FuzzNewReader(f *testing.F) {
	for _, s := range []string{"", "a=3Db", "a=\r\nb", "a  \r\nb", "=zz=41", "a =zz \r\nb", "QUI=QUI=", "QUJD\r\nQUJD\nQUI=\rQUJD", strings.Repeat("=41 ", 8<<10), strings.Repeat("QUJDRA==\r\n", 2000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, encoding := range []string{"base64", "quoted-printable"} {
			whole, pieces := decode(t, encoding, strings.NewReader(s)), decode(t, encoding, iotest.OneByteReader(strings.NewReader(s)))
			if whole != pieces {
				t.Fatalf("%s: %q: %q in one piece, %q in many", encoding, s, whole, pieces)
			}
			if std, err := standard(encoding, s); err == nil && len(s) < 8<<10 && !strings.Contains(s, "\r") && whole != std {
				t.Fatalf("%s: %q is %q, and %q to the standard library", encoding, s, whole, std)
			}
		}
	})
}

func standard(encoding, s string) (string, error) {
	var r io.Reader = quotedprintable.NewReader(strings.NewReader(s))
	if encoding == "base64" {
		r = base64.NewDecoder(base64.StdEncoding, strings.NewReader(s))
	}
	out, err := io.ReadAll(r)
	return string(out), err
}

func BenchmarkReader(b *testing.B) {
	data := bytes.Repeat([]byte("The quick brown fox jumps over the lazy dog, \xc3\xa9t\xc3\xa9. "), 20000)
	var lines, quoted bytes.Buffer
	text := base64.StdEncoding.EncodeToString(data)
	for len(text) > 0 {
		n := min(76, len(text))
		fmt.Fprintf(&lines, "%s\r\n", text[:n])
		text = text[n:]
	}
	w := quotedprintable.NewWriter(&quoted)
	w.Write(data)
	w.Close()
	for _, c := range []struct {
		encoding string
		in       []byte
	}{{"base64", lines.Bytes()}, {"quoted-printable", quoted.Bytes()}} {
		b.Run(c.encoding, func(b *testing.B) {
			b.SetBytes(int64(len(c.in)))
			b.ReportAllocs()
			for b.Loop() {
				r, _ := transfer.NewReader(c.encoding, bytes.NewReader(c.in))
				io.Copy(io.Discard, r)
			}
		})
		b.Run(c.encoding+"/std", func(b *testing.B) {
			b.SetBytes(int64(len(c.in)))
			for b.Loop() {
				var r io.Reader = quotedprintable.NewReader(bytes.NewReader(c.in))
				if c.encoding == "base64" {
					r = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(c.in))
				}
				io.Copy(io.Discard, r)
			}
		})
	}
}
