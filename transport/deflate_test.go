package transport

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A script is a Conn that reads from in, and keeps what is written to it.
type script struct {
	in      io.Reader
	out     bytes.Buffer
	fail    error // the error of every Write, or nil
	partial int   // how many bytes a failing Write takes
}

func (s *script) Read(p []byte) (int, error) { return s.in.Read(p) }
func (s *script) Write(p []byte) (int, error) {
	if s.fail != nil {
		n := min(s.partial, len(p))
		s.out.Write(p[:n])
		return n, s.fail
	}
	return s.out.Write(p)
}
func (s *script) Close() error                     { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

func deflate(t testing.TB, c Conn, rest []byte) Conn {
	t.Helper()
	d, err := Deflate(flate.DefaultCompression)(t.Context(), c, rest)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDeflateBothWays(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		w, _ := flate.NewWriter(c, 9)
		r := flate.NewReader(c)
		buf := make([]byte, 1000)
		for {
			n, err := r.Read(buf)
			if err != nil {
				return
			}
			w.Write(buf[:n])
			w.Flush()
		}
	})
	c, err := TCP(l.Addr().String()).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := deflate(t, c, nil)
	for _, line := range []string{"a NOOP\r\n", strings.Repeat("* 1 EXISTS\r\n", 9000), string(random(3000)), "", "x"} {
		chat(t, d, line)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// The Upgrade first decodes its argument rest, the bytes that were read together with the OK (RFC 4978 §3). There may
// be any number of them.
func TestDeflateFirstInput(t *testing.T) {
	text := sample(1500)
	z := compress(t, text, 6, 300, false)
	for cut := range len(z) {
		rest := bytes.Clone(z[:cut])
		d, err := Deflate(flate.HuffmanOnly)(t.Context(), &script{in: bytes.NewReader(z[cut:])}, rest)
		if err != nil {
			t.Fatal(err)
		}
		clear(rest) // the layer must not keep this slice
		if got, err := io.ReadAll(d); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("rest of %d: %d bytes of %d, %v", cut, len(got), len(text), err)
		}
	}
}

// If a deadline ends a Read before each byte of the compressed stream, no bytes are lost. With compress/flate, all
// reads after the first deadline would fail.
func TestDeflateDeadlineAtEveryByte(t *testing.T) {
	text := append(sample(20_000), random(2000)...)
	for _, level := range []int{0, 1, 9} {
		near, far := net.Pipe()
		go func() {
			far.Write(compress(t, text, level, 999, false))
			far.Close()
		}()
		d := deflate(t, &stutter{Conn: near, on: true}, nil)
		var got []byte
		buf := make([]byte, 333)
		cuts := 0
		for {
			n, err := d.Read(buf)
			got = append(got, buf[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil {
				if !errors.Is(err, os.ErrDeadlineExceeded) || n != 0 {
					t.Fatalf("Read at a deadline: %d, %v; want 0, os.ErrDeadlineExceeded", n, err)
				}
				cuts++
			}
		}
		if !bytes.Equal(got, text) || cuts < 5000 && level != 9 {
			t.Fatalf("level %d: %d bytes of %d after %d cuts", level, len(got), len(text), cuts)
		}
	}
}

// A deadline that another goroutine sets ends a Read that waits. No bytes are lost.
func TestDeflateCutWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		d := deflate(t, near, nil)
		defer d.Close()
		z := compress(t, []byte("* 5 EXISTS\r\n"), 6, 100, false)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for _, b := range z {
				time.Sleep(time.Minute)
				far.Write([]byte{b})
			}
		}()
		var got []byte
		buf := make([]byte, 4)
		for len(got) < 12 {
			d.SetReadDeadline(time.Time{})
			cut := time.AfterFunc(7*time.Second, func() { d.SetReadDeadline(time.Unix(1, 0)) })
			began := time.Now()
			n, err := d.Read(buf)
			cut.Stop()
			if took := time.Since(began); took > 7*time.Second {
				t.Fatalf("a Read took %v, want at most 7s", took)
			}
			if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			got = append(got, buf[:n]...)
		}
		if string(got) != "* 5 EXISTS\r\n" {
			t.Fatalf("read %q, want \"* 5 EXISTS\\r\\n\"", got)
		}
		far.Close()
		<-done
	})
}

func TestDeflateEnd(t *testing.T) {
	text := sample(500)
	ended, open := compress(t, text, 6, 500, true), compress(t, text, 6, 500, false)
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"nothing", nil, nil},
		{"the stream's end", ended, nil},
		{"more after the stream's end", append(ended[:len(ended):len(ended)], "* 1 EXISTS\r\n"...), nil},
		{"between two blocks", open, nil},
		{"within a block", open[:len(open)-7], io.ErrUnexpectedEOF},
		{"within a header", open[:len(open)-1], io.ErrUnexpectedEOF},
	} {
		d := deflate(t, &script{in: bytes.NewReader(c.data)}, nil)
		got, err := io.ReadAll(d)
		if !errors.Is(err, c.want) || c.want == nil && len(c.data) > 0 && !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes, %v", c.name, len(got), err)
		}
		if _, again := d.Read(make([]byte, 1)); c.want == nil && again != io.EOF || again == nil {
			t.Errorf("%s: read again: %v", c.name, again)
		}
	}
}

// Clear text instead of compressed data is an error, and all later reads return that error.
func TestDeflateClearText(t *testing.T) {
	d := deflate(t, &script{in: strings.NewReader("* 3 EXISTS\r\n* 4 EXISTS\r\n")}, []byte("* OK injected\r\n"))
	_, err := io.ReadAll(d)
	var corrupt flate.CorruptInputError
	if !errors.As(err, &corrupt) || !strings.HasPrefix(err.Error(), "transport: deflate: ") {
		t.Fatal(err)
	}
	if _, again := d.Read(make([]byte, 1)); !errors.As(again, &corrupt) {
		t.Fatalf("the second Read: %v, want a CorruptInputError", again)
	}
}

// Data of 256 MiB, compressed to 256 KiB, is inflated only as far as it is read, and hardly any memory is allocated for
// it.
func TestDeflateBomb(t *testing.T) {
	zeros := make([]byte, 1<<20)
	z := compress(t, zeros, 9, len(zeros), false)
	d := deflate(t, &script{in: &bomb{z: z, n: 256}}, nil)
	buf := make([]byte, 8<<10)
	first, err := d.Read(buf) // allocates the decompressor, which must not count
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	total := int64(first)
	for {
		n, err := d.Read(buf)
		total += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if total != 256<<20 {
		t.Fatalf("%d bytes read, want 256 MiB", total)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 64<<10 {
		t.Fatalf("%d bytes allocated for 256 MiB of output, want at most 64 KiB", got)
	}
}

// A bomb is a Reader of n copies of the bytes z.
type bomb struct {
	z   []byte
	n   int
	pos int
}

func (b *bomb) Read(p []byte) (int, error) {
	if b.n == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.z[b.pos:])
	if b.pos += n; b.pos == len(b.z) {
		b.pos, b.n = 0, b.n-1
	}
	return n, nil
}

// A deadline ends a Read while the other end sends empty blocks without end.
func TestDeflateEmptyBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		empty := bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, 100)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				time.Sleep(time.Millisecond)
				if _, err := far.Write(empty); err != nil {
					return
				}
			}
		}()
		d := deflate(t, near, nil)
		d.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := d.Read(make([]byte, 10))
		if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("Read: %d, %v; want 0, os.ErrDeadlineExceeded", n, err)
		}
		d.Close()
		far.Close()
		<-done
	})
}

// The other end can read all of a Write before the next Write.
func TestDeflateWriteIsFlushed(t *testing.T) {
	s := &script{in: strings.NewReader("")}
	d := deflate(t, s, nil)
	var f inflater
	buf := make([]byte, 1<<17)
	for _, line := range [][]byte{[]byte("a1 NOOP\r\n"), sample(100_000), []byte("a2 NOOP\r\n"), {'x'}} {
		if n, err := d.Write(line); n != len(line) || err != nil {
			t.Fatalf("Write: %d, %v; want %d", n, err, len(line))
		}
		f.feed(bytes.Clone(s.out.Bytes()))
		s.out.Reset()
		n := 0
		for f.run(); f.r < f.w; f.run() {
			n += f.take(buf[n:])
		}
		if !bytes.Equal(buf[:n], line) {
			t.Fatalf("the other end can read %d bytes of %d, or other bytes", n, len(line))
		}
	}
	if n, err := d.Write(nil); n != 0 || err != nil || s.out.Len() != 0 {
		t.Fatalf("an empty Write: %d, %v, and %d bytes sent", n, err, s.out.Len())
	}
}

func TestDeflateWriteFails(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name    string
		partial int
		text    []byte
		want    int
	}{
		{"nothing sent", 0, sample(100), 0},
		{"a part sent", 3, sample(100), 100},
		{"the first piece of many", 5, random(100_000), 2 * deflateOut},
	} {
		s := &script{fail: broken, partial: c.partial}
		d := deflate(t, s, nil)
		n, err := d.Write(c.text)
		if n != c.want && (c.want <= 100 || n < c.want || n > len(c.text)) || !errors.Is(err, broken) {
			t.Errorf("%s: Write: %d, %v; want %d or more", c.name, n, err, c.want)
		}
		s.fail = nil
		sent := s.out.Len()
		if n, again := d.Write([]byte("a NOOP\r\n")); n != 0 || again != err || s.out.Len() != sent {
			t.Errorf("%s: the Write after the failure: %d, %v; want 0 and the same error", c.name, n, again)
		}
	}
}

// If the write deadline has passed before Write is called, Write fails, and later Writes can succeed.
func TestDeflateLateWrite(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	d := deflate(t, near, nil)
	defer d.Close()
	d.SetWriteDeadline(time.Unix(1, 0))
	if n, err := d.Write([]byte("a NOOP\r\n")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("Write after its deadline: %d, %v; want 0, os.ErrDeadlineExceeded", n, err)
	}
	d.SetWriteDeadline(time.Time{})
	go d.Write([]byte("b NOOP\r\n"))
	if line, err := readLine(flate.NewReader(far)); line != "b NOOP\r\n" || err != nil {
		t.Fatalf("the other end reads %q, %v; want \"b NOOP\\r\\n\"", line, err)
	}
}

func TestDeflateRefuses(t *testing.T) {
	c := &script{}
	if _, err := Deflate(77)(t.Context(), c, nil); err == nil || !strings.HasPrefix(err.Error(), "transport: deflate: ") {
		t.Errorf("level 77: %v", err)
	}
	d := deflate(t, c, nil)
	if _, err := Deflate(1)(t.Context(), d, nil); err == nil {
		t.Error("Deflate over DEFLATE returns no error")
	}
	ended, cancel := context.WithCancelCause(t.Context())
	why := errors.New("why")
	cancel(why)
	if _, err := Deflate(1)(ended, c, nil); !errors.Is(err, why) {
		t.Errorf("ended context: %v", err)
	}
}

func TestDeflateReadAllocates(t *testing.T) {
	d := deflate(t, &script{in: &bomb{z: compress(t, sample(50_000), 6, 500, false), n: 1 << 30}}, nil)
	buf := make([]byte, 4096)
	if n := testing.AllocsPerRun(2000, func() {
		if _, err := d.Read(buf); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a Read, want none", n)
	}
}

// One goroutine writes, one reads, and one sets deadlines at the same time.
func TestDeflateFullDuplex(t *testing.T) {
	l := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		d, err := Deflate(flate.BestSpeed)(context.Background(), c, nil)
		if err != nil {
			t.Error(err)
			return
		}
		io.Copy(d, d)
	})
	c, err := TCP(l.Addr().String()).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := deflate(t, c, nil)
	defer d.Close()
	text := sample(1 << 20)
	written, stop := make(chan error, 1), make(chan bool)
	go func() {
		for b := text; len(b) > 0; b = b[min(5000, len(b)):] {
			if _, err := d.Write(b[:min(5000, len(b))]); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	go func() {
		defer close(stop)
		for range 200 {
			d.SetReadDeadline(time.Unix(1, 0))
			d.SetWriteDeadline(time.Now().Add(time.Hour))
		}
	}()
	var got []byte
	buf := make([]byte, 3000)
	for len(got) < len(text) {
		n, err := d.Read(buf)
		if got = append(got, buf[:n]...); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			<-stop
			d.SetReadDeadline(time.Time{})
		}
	}
	if err := <-written; err != nil || !bytes.Equal(got, text) {
		t.Fatalf("Write: %v; the text came back unchanged: %v", err, bytes.Equal(got, text))
	}
	<-stop
}

func BenchmarkDeflateConn(b *testing.B) {
	text := sample(1 << 20)
	z := compress(b, text, 6, 16<<10, false)
	b.Run("read", func(b *testing.B) {
		d := deflate(b, &script{in: &bomb{z: z, n: 1 << 30}}, nil)
		buf := make([]byte, 16<<10)
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			for n := 0; n < len(text); {
				k, err := d.Read(buf[:min(len(buf), len(text)-n)])
				if err != nil {
					b.Fatal(err)
				}
				n += k
			}
		}
	})
	b.Run("write", func(b *testing.B) {
		s := new(script)
		d := deflate(b, s, nil)
		line := []byte("a1234 UID FETCH 1:100 (FLAGS BODY.PEEK[HEADER])\r\n")
		b.SetBytes(int64(len(line)))
		b.ReportAllocs()
		for b.Loop() {
			d.Write(line)
			s.out.Reset()
		}
	})
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Deflate(flate.BestSpeed)(b.Context(), &script{}, nil)
		}
	})
}
