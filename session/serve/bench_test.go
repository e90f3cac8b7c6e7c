package serve_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/imapstack/imapstack/imaptest"
)

// BenchmarkFetchFlags fetches the flags of 100,000 messages.
func BenchmarkFetchFlags(b *testing.B) {
	do := inLarge(b)
	for b.Loop() {
		do("FETCH 1:* (FLAGS)")
	}
}

// BenchmarkStore sets a flag of 100,000 messages, and removes it.
func BenchmarkStore(b *testing.B) {
	for _, silent := range []string{"", ".SILENT"} {
		b.Run("FLAGS"+silent, func(b *testing.B) {
			do := inLarge(b)
			for b.Loop() {
				do("STORE 1:* +FLAGS" + silent + ` (\Draft)`)
				do("STORE 1:* -FLAGS" + silent + ` (\Draft)`)
			}
		})
	}
}

// inLarge opens a mailbox of 100,000 messages, and returns a function that sends a command and waits for its answer.
func inLarge(b *testing.B) (do func(command string)) {
	s, mem := newServer(b)
	const n = 100_000
	for i := range n {
		if _, err := mem.Deliver("alice", "INBOX", []byte("Subject: x\r\n\r\nhello\r\n"), []string{`\Seen`, `\Answered`, `\Flagged`}[:i%4]...); err != nil {
			b.Fatal(err)
		}
	}
	ours, theirs := imaptest.Pipe(0)
	go s.ServeConn(theirs)
	b.Cleanup(func() { ours.Close() })
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
			if !bytes.HasSuffix(tail, []byte("\r\n")) {
				continue
			}
			last := tail[bytes.LastIndexByte(tail[:len(tail)-2], '\n')+1:]
			if bytes.HasPrefix(last, []byte(tag+" OK")) {
				return
			}
			if bytes.HasPrefix(last, []byte(tag+" ")) {
				b.Fatalf("%s", last)
			}
		}
	}
	wait("b")
	b.ReportAllocs()
	return func(command string) {
		io.WriteString(ours, "c "+command+"\r\n")
		wait("c")
	}
}
