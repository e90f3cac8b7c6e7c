package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// all returns the results of the methods of a Message as one text, so that two messages can be compared.
func all(t testing.TB, m *Message) string {
	t.Helper()
	var b strings.Builder
	e := wire.NewEncoder(cacheMode)
	m.EncodeEnvelope(e)
	e.SP()
	m.EncodeBodyStructure(e)
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%s\n%v\n%q\n%+v\n%q\n%q\n%q\n%s\n%d\n", e.Bytes(), m.Sent(), m.Preview(), m.Thread(), m.ThreadIDs(), m.HeaderText(), m.BodyText(), m.ID(), m.Size())
	fmt.Fprintf(&b, "%q\n", m.Header("Subject"))
	var walk func(path []uint32, p *Part)
	walk = func(path []uint32, p *Part) {
		if b.Len() > 1<<20 {
			return
		}
		for _, specifier := range []string{"", parser.SpecMIME, parser.SpecHeader, parser.SpecText, parser.SpecHeaderFields, parser.SpecHeaderFieldsNot} {
			s, ok := m.Section(&parser.SectionSpec{Part: path, Specifier: specifier, Fields: []string{"subject"}})
			fmt.Fprintf(&b, "%d %s %v %q %q\n", path, specifier, ok, octetsOf(t, s), octetsOf(t, s.Partial(1, 3)))
		}
		s, ok, err := m.Binary(path)
		fmt.Fprintf(&b, "%d binary %v %v %q\n", path, ok, err, octetsOf(t, s))
		for i, q := range p.Parts {
			walk(append(path[:len(path):len(path)], uint32(i+1)), q)
		}
		if p.Message != nil {
			walk(append(path[:len(path):len(path)], 1), p.Message)
		}
	}
	walk(nil, m.Root())
	if err := m.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// open returns a message that is not in memory. The parser reads it through a window of the given size; 0 means the
// default.
func open(t testing.TB, raw []byte, window int) *Message {
	t.Helper()
	m := &Message{src: &octets{r: bytes.NewReader(raw), size: int64(len(raw)), window: window}}
	m.Root()
	if err := m.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

// same checks that a message has the same results in memory, on disk and from a cache.
func same(t testing.TB, raw []byte) {
	t.Helper()
	m := New(raw)
	want := all(t, m)
	for _, window := range []int{0, 7} {
		if got := all(t, open(t, raw, window)); got != want {
			t.Fatalf("%q, window %d:\n%s\nin memory:\n%s", raw, window, got, want)
		}
	}
	for i, from := range []*Message{m, open(t, raw, 0)} {
		cache, err := from.AppendCache(nil)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Restore(cache, bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%q: error %v of restoring %q", raw, err, cache)
		}
		if got := all(t, back); got != want {
			t.Fatalf("%q, from cache %d:\n%s\nin memory:\n%s", raw, i, got, want)
		}
		if again, err := back.AppendCache(nil); err != nil || !bytes.Equal(again, cache) {
			t.Fatalf("%q: the second cache is %q (error %v), and the first was %q", raw, again, err, cache)
		}
		e := func(m *Message) string {
			e := wire.NewEncoder(cacheMode)
			m.BodyStructure().EncodeBody(e)
			m.Envelope().Encode(e)
			return string(e.Bytes())
		}
		if e(back) != e(m) {
			t.Fatalf("%q: from the cache %s, in memory %s", raw, e(back), e(m))
		}
	}
}

func TestOpen(t *testing.T) {
	for _, s := range append(seeds(), sections, typical,
		"A: "+strings.Repeat("x", 3*window)+"\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+strings.Repeat("pre ", window)+"\r\n--b\r\n\r\n"+
			strings.Repeat("text ", window)+"\r\n"+strings.Repeat("--b--", 2000)+"\r\n--b"+strings.Repeat(" ", maxLine)+"\r\n--b--",
		"Content-Transfer-Encoding: quoted-printable\n\n"+strings.Repeat("=41 \t", 3*8<<10)+"\n"+strings.Repeat(" ", 2*8<<10)+"=",
		"Content-Transfer-Encoding: base64\n\n"+strings.Repeat("QUJD\n", 3*8<<10),
	) {
		same(t, []byte(s))
	}
}

// FuzzOpen compares messages in memory with the same messages on disk and from a cache.
func FuzzOpen(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { same(t, raw) })
}

// FuzzRestore restores arbitrary octets. The result must be a message or ErrCache.
func FuzzRestore(f *testing.F) {
	for _, s := range []string{sections, typical, ""} {
		cache, err := New([]byte(s)).AppendCache(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(cache)
	}
	raw := bytes.NewReader(bytes.Repeat([]byte("0123456789\n"), 200))
	f.Fuzz(func(t *testing.T, cache []byte) {
		m, err := Restore(cache, raw)
		if err != nil {
			if !errors.Is(err, ErrCache) {
				t.Fatal(err)
			}
			return
		}
		m.Envelope()
		m.BodyStructure()
		m.BodyText()
		m.Section(&parser.SectionSpec{Part: []uint32{1}, Specifier: parser.SpecHeaderFields, Fields: []string{"to"}})
	})
}

// broken is a disk on which every read beyond the offset from fails.
type broken struct {
	r    io.ReaderAt
	from int64
}

var errBroken = errors.New("the disk is broken")

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.from {
		return 0, errBroken
	}
	return b.r.ReadAt(p, off)
}

func TestOpenBroken(t *testing.T) {
	raw := []byte(typical)
	if _, err := Open(broken{bytes.NewReader(raw), 100}, int64(len(raw))); !errors.Is(err, errBroken) {
		t.Errorf("Open on a broken disk: error %v", err)
	}
	if _, err := Open(bytes.NewReader(raw), int64(len(raw))+1); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Open of a file that is shorter than its size: error %v", err)
	}
	cache, err := New(raw).AppendCache(nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Restore(cache, broken{bytes.NewReader(raw), 100})
	if err != nil || string(m.Envelope().MessageID) != "<abc.123@example.org>" || m.Err() != nil {
		t.Errorf("Restore and Envelope read from the disk: errors %v, %v", err, m.Err())
	}
	s, ok := m.Section(&parser.SectionSpec{Part: []uint32{2}})
	if _, err := s.ReadAll(); !ok || !errors.Is(err, errBroken) {
		t.Errorf("a section on a broken disk: error %v", err)
	}
	if m.BodyText(); !errors.Is(m.Err(), errBroken) {
		t.Errorf("BodyText on a broken disk: error %v", m.Err())
	}
	if _, err := Restore(cache[:len(cache)-1], nil); !errors.Is(err, ErrCache) {
		t.Errorf("Restore of a cache that is cut off: error %v, want ErrCache", err)
	}
	cache[0]++
	if _, err := Restore(cache, nil); !errors.Is(err, ErrCache) {
		t.Errorf("Restore of a cache of another version: error %v, want ErrCache", err)
	}
}

// TestPreviewBroken reads a preview and a text from a disk that breaks after Open. A cache must not store the empty
// preview, because a program would show it for as long as the message exists.
func TestPreviewBroken(t *testing.T) {
	raw := []byte("Subject: a\r\n\r\nthe text\r\n")
	disk := &broken{bytes.NewReader(raw), int64(len(raw))}
	m, err := Open(disk, int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	disk.from = 14
	if got := m.Preview(); got != "" || !errors.Is(m.Err(), errBroken) {
		t.Errorf("Preview: got %q, error %v; want %v", got, m.Err(), errBroken)
	}
	disk.from = int64(len(raw))
	other, err := Open(disk, int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	disk.from = 14
	if got := other.BodyText(); got != "\n" || !errors.Is(other.Err(), errBroken) {
		t.Errorf("BodyText: got %q, error %v; want %v", got, other.Err(), errBroken)
	}
	if _, err := m.AppendCache(nil); !errors.Is(err, errBroken) {
		t.Errorf("AppendCache: error %v, want %v", err, errBroken)
	}
}

// counting is a reader that counts the octets that are read.
type counting struct {
	r io.ReaderAt
	n *int64
}

func (c counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	*c.n += int64(n)
	return n, err
}

// TestRestoreReads checks that a message from a cache does not read from the disk, and that a section reads only its
// own octets.
func TestRestoreReads(t *testing.T) {
	cache, err := New([]byte(sections)).AppendCache(nil)
	if err != nil {
		t.Fatal(err)
	}
	var read int64
	m, err := Restore(cache, counting{strings.NewReader(sections), &read})
	if err != nil {
		t.Fatal(err)
	}
	e := wire.NewEncoder(cacheMode)
	m.EncodeEnvelope(e)
	m.EncodeBodyStructure(e)
	m.Preview()
	m.Thread()
	m.Sent()
	s, _ := m.Section(&parser.SectionSpec{Part: []uint32{2, 1}})
	if read != 0 {
		t.Errorf("%d octets were read, want none", read)
	}
	if got := octetsOf(t, s); got != "plain" || read != 5 {
		t.Errorf("got %q, and %d octets were read, want 5", got, read)
	}
}

// TestOpenMemory checks that opening a message of 64 MiB allocates at most 8 MiB. The header of its last part has one
// field of 64 MiB.
func TestOpenMemory(t *testing.T) {
	begin := "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nX: "
	big := io.MultiReader(strings.NewReader(begin), io.LimitReader(endless{}, 64<<20))
	raw, err := io.ReadAll(big)
	if err != nil {
		t.Fatal(err)
	}
	allocs := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Open(bytes.NewReader(raw), int64(len(raw))); err != nil {
				b.Fatal(err)
			}
		}
	})
	if got := allocs.AllocedBytesPerOp(); got > 8*MaxHeader {
		t.Errorf("%d bytes were allocated, want at most %d", got, 8*MaxHeader)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestSectionZero(t *testing.T) {
	var s Section
	if b, err := s.ReadAll(); err != nil || len(b) != 0 || !reflect.DeepEqual(s.Partial(5, 5), s) {
		t.Errorf("the zero Section: ReadAll returns %q, %v, or Partial returns another Section", b, err)
	}
}
