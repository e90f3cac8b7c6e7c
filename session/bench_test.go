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

// canned is a connection that reads what a server is to say and drops what it is told.
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
			b.Fatal(seen)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/msg")
}
