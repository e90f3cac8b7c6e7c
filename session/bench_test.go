package session_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
)

// canned is a connection that returns the prepared output of a server, and drops what the client writes.
type canned struct{ io.Reader }

func (canned) Write(p []byte) (int, error)        { return len(p), nil }
func (canned) Close() error                       { return nil }
func (canned) SetReadDeadline(time.Time) error    { return nil }
func (canned) SetWriteDeadline(t time.Time) error { return nil }

// BenchmarkFetchFlags reads 500,000 small FETCH responses through wire, parser and session.
func BenchmarkFetchFlags(b *testing.B) {
	const n = 500_000
	var buf bytes.Buffer
	buf.WriteString("* OK [CAPABILITY IMAP4rev1] ready\r\n")
	for i := 1; i <= n; i++ {
		flags := `\Seen`
		if i%3 == 0 {
			flags = `\Seen \Answered $Forwarded`
		}
		fmt.Fprintf(&buf, "* %d FETCH (UID %d FLAGS (%s))\r\n", i, i*2, flags)
	}
	buf.WriteString("A1 OK done\r\n")
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		s, err := session.Open(b.Context(), canned{bytes.NewReader(buf.Bytes())}, nil)
		if err != nil {
			b.Fatal(err)
		}
		cmd := session.Command{Name: "UID FETCH", Claim: func(r *parser.Response) bool {
			if r.Name != "FETCH" {
				return false
			}
			m, err := r.Fetch()
			return err == nil && m.UID != 0
		}}
		seen := 0
		for m, err := range session.StartStream(s, cmd, (*parser.Response).Fetch).All(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			seen += len(m.Flags)
		}
		if seen < n {
			b.Fatalf("got %d flags, want at least %d", seen, n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/msg")
}

// bodyReader returns n FETCH responses with a body of 20 KB each, between a greeting and an answer. It copies from
// memory that fits into the processor's cache, so that the benchmark measures the client.
type bodyReader struct {
	message []byte
	n, off  int
	rest    []byte // read before and after the FETCH responses
}

func (r *bodyReader) Read(p []byte) (int, error) {
	total := 0
	for total < len(p) && (len(r.rest) > 0 || r.n > 0) {
		if len(r.rest) > 0 {
			n := copy(p[total:], r.rest)
			r.rest = r.rest[n:]
			total += n
			if r.n > 0 && len(r.rest) == 0 {
				return total, nil
			}
			continue
		}
		n := copy(p[total:], r.message[r.off:])
		total += n
		if r.off += n; r.off == len(r.message) {
			if r.off, r.n = 0, r.n-1; r.n == 0 {
				r.rest = []byte("A1 OK done\r\n")
			}
		}
	}
	if total == 0 {
		return 0, io.EOF
	}
	return total, nil
}

// BenchmarkFetchBodies reads 20,000 bodies of 20 KB. The case "floor" only reads the octets, 64 KB at a time.
func BenchmarkFetchBodies(b *testing.B) {
	const n = 20_000
	message := append(append([]byte("* 12345 FETCH (UID 23456 BODY[] {20000}\r\n"), bytes.Repeat([]byte("0123456789abcdefghi\n"), 1000)...), ")\r\n"...)
	reader := func() *bodyReader {
		return &bodyReader{message: message, n: n, rest: []byte("* OK [CAPABILITY IMAP4rev1] ready\r\n")}
	}
	b.Run("floor", func(b *testing.B) {
		buf := make([]byte, 64<<10)
		for b.Loop() {
			for r := reader(); ; {
				if _, err := r.Read(buf); err == io.EOF {
					break
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/msg")
	})
	b.Run("session", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s, err := session.Open(b.Context(), canned{reader()}, nil)
			if err != nil {
				b.Fatal(err)
			}
			cmd := session.Command{Name: "UID FETCH", Claim: func(r *parser.Response) bool { return r.Name == "FETCH" }}
			var octets int64
			for m, err := range session.StartStream(s, cmd, (*parser.Response).Fetch).All(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
				for sec, err := range m.Sections {
					if err != nil {
						b.Fatal(err)
					}
					k, _ := io.Copy(io.Discard, sec)
					octets += k
				}
			}
			if octets != n*20_000 {
				b.Fatalf("got %d octets, want %d", octets, n*20_000)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/msg")
	})
}
