package serve_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

// BenchmarkFetchFlags fetches the flags of 100,000 messages.
func BenchmarkFetchFlags(b *testing.B) {
	s, mem := newServer(b)
	const n = 100_000
	for i := range n {
		if _, err := mem.Deliver("alice", "INBOX", []byte("Subject: x\r\n\r\nhello\r\n"), []string{`\Seen`, `\Answered`, `\Flagged`}[:i%4]...); err != nil {
			b.Fatal(err)
		}
	}
	ours, theirs := imaptest.Pipe(0)
	go s.ServeConn(theirs)
	defer ours.Close()
	fmt.Fprint(ours, "a LOGIN alice secret\r\nb SELECT INBOX\r\n")
	buf := make([]byte, 256<<10)
	wait := func(tag string) {
		var tail []byte
		for {
			k, err := ours.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			tail = append(tail, buf[max(0, k-2000):k]...)
			tail = tail[max(0, len(tail)-4000):]
			if i := len(tail) - 2; i > 0 && string(tail[i:]) == "\r\n" {
				for j := i - 1; j > 0; j-- {
					if tail[j] == '\n' || j == 1 {
						if string(tail[j+1:j+1+len(tag)]) == tag {
							return
						}
						break
					}
				}
			}
		}
	}
	wait("b OK")
	b.ReportAllocs()
	for b.Loop() {
		io.WriteString(ours, "c FETCH 1:* (FLAGS)\r\n")
		wait("c OK")
	}
}
