package imaptest_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/imapstack/imapstack/imaptest"
)

// benchMail returns an ordinary message: a dozen header fields, a text in plain and in HTML form, and an attachment.
func benchMail(i int) []byte {
	return fmt.Appendf(nil, "Return-Path: <ann%[1]d@example.com>\r\nReceived: from mx.example.com by mail.example.org; Mon, 1 Jan 2024 10:%02[2]d:00 +0100\r\n"+
		"From: \"Ann Example\" <ann%[1]d@example.com>\r\nTo: Bob <bob@example.org>, =?utf-8?q?J=C3=B6rg?= <joerg@example.net>\r\nCc: list@example.org\r\n"+
		"Subject: Re: the matter of %[1]d\r\nDate: Mon, 1 Jan 2024 10:%02[2]d:00 +0100\r\nMessage-ID: <%[1]d@example.com>\r\nIn-Reply-To: <%[3]d@example.com>\r\n"+
		"References: <1@example.com> <%[3]d@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_%[1]d\"\r\n\r\n"+
		"--=_%[1]d\r\nContent-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nWhat was said of %[1]d.\r\n"+
		"--alt\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>What was said of %[1]d.</p>\r\n--alt--\r\n"+
		"--=_%[1]d\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"+
		"JVBERi0xLjQKJSVFT0YK\r\n--=_%[1]d--\r\n", i, i%60, i-1)
}

// benchServer returns a server with n messages in INBOX.
func benchServer(b *testing.B, n int) *imaptest.Server {
	b.Helper()
	srv, err := imaptest.New(imaptest.AllowPlain())
	if err != nil {
		b.Fatal(err)
	}
	if err := srv.Listen("127.0.0.1:0", ""); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(srv.Close)
	box := srv.Mailbox("alice", "INBOX")
	for i := range n {
		if i%3 == 0 {
			box.Append(benchMail(i), `\Seen`)
		} else {
			box.Append(benchMail(i))
		}
	}
	return srv
}

// cpu returns the processor time that the process has used so far. This includes the client and the server,
// which both run in this process. On a shared machine it is a better measure than wall-clock time.
func cpu(b testing.TB) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// perMessage reports the CPU time for each message. The argument begin is the CPU time that was used before the first
// message.
func perMessage(b *testing.B, begin time.Duration, n int) {
	b.Helper()
	b.ReportMetric(float64(cpu(b)-begin)/float64(b.N)/float64(n), "cpu-ns/msg")
}

// wireClient is a client that costs as little time as possible: it only looks for a tag in the octets that it reads.
type wireClient struct {
	c   net.Conn
	buf []byte
	n   int64 // octets read
}

func newWire(b testing.TB, srv *imaptest.Server) *wireClient {
	b.Helper()
	c := &wireClient{c: dialTCP(b, srv.Addr), buf: make([]byte, 256<<10)}
	c.read(b, "\r\n")
	c.do(b, "L LOGIN alice secret\r\n", "L OK")
	return c
}

// do sends a command and reads until a line begins with the text in answer.
func (c *wireClient) do(b testing.TB, send, answer string) {
	if _, err := io.WriteString(c.c, send); err != nil {
		b.Fatal(err)
	}
	c.read(b, answer)
}

// read reads until the last octets contain a text.
func (c *wireClient) read(b testing.TB, text string) {
	kept := 0
	for {
		n, err := c.c.Read(c.buf[kept:])
		if err != nil {
			b.Fatal(err)
		}
		c.n += int64(n)
		all := c.buf[:kept+n]
		tail := all[max(0, len(all)-2000):]
		if bytes.Contains(tail, []byte(text)) && bytes.HasSuffix(tail, []byte("\n")) {
			return
		}
		kept = copy(c.buf, tail)
	}
}

var benchSizes = []int{1_000, 10_000, 100_000}

// BenchmarkServer measures commands over loopback TCP, with a client that only looks for the tagged response. ns/msg is
// the cost of a message. It is about the same at each size unless the time that a command takes grows faster than the
// mailbox.
func BenchmarkServer(b *testing.B) {
	for _, n := range benchSizes {
		srv := benchServer(b, n)
		for _, test := range []struct{ name, cmd, before string }{
			{"SELECT", "T SELECT INBOX\r\n", ""},
			{"FETCH-FLAGS", "T FETCH 1:* (FLAGS)\r\n", "S SELECT INBOX\r\n"},
			{"FETCH-STRUCTURE", "T FETCH 1:* (ENVELOPE BODYSTRUCTURE)\r\n", "S SELECT INBOX\r\n"},
			{"FETCH-HEADER", "T FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (From To Subject Date Message-ID)])\r\n", "S SELECT INBOX\r\n"},
			{"FETCH-BODY", "T FETCH 1:* (BODY.PEEK[])\r\n", "S SELECT INBOX\r\n"},
			{"SEARCH-UNSEEN", "T SEARCH UNSEEN\r\n", "S SELECT INBOX\r\n"},
			{"SEARCH-SUBJECT", "T SEARCH SUBJECT \"matter of 77\"\r\n", "S SELECT INBOX\r\n"},
			{"STORE", "T STORE 1:* +FLAGS.SILENT (\\Flagged)\r\nT STORE 1:* -FLAGS.SILENT (\\Flagged)\r\nU NOOP\r\n", "S SELECT INBOX\r\n"},
			{"FETCH-SINCE", "T FETCH 1:* (FLAGS) (CHANGEDSINCE 1000000000)\r\n", "S SELECT INBOX\r\n"},
			{"SORT", "T SORT (SUBJECT) UTF-8 ALL\r\n", "S SELECT INBOX\r\n"},
			{"THREAD", "T THREAD REFERENCES UTF-8 ALL\r\n", "S SELECT INBOX\r\n"},
		} {
			b.Run(fmt.Sprintf("%s/%d", test.name, n), func(b *testing.B) {
				c := newWire(b, srv)
				if test.before != "" {
					c.do(b, test.before, "S OK")
				}
				answer := "T OK"
				if test.name == "STORE" {
					answer = "U OK"
				}
				c.do(b, test.cmd, answer) // so that work done only once is not measured
				c.n = 0
				b.ReportAllocs()
				begin := cpu(b)
				for b.Loop() {
					c.do(b, test.cmd, answer)
				}
				b.SetBytes(c.n / int64(b.N))
				perMessage(b, begin, n)
			})
		}
	}
}

// BenchmarkServerFirst measures the first FETCH of ENVELOPE and BODYSTRUCTURE, which parses the messages.
func BenchmarkServerFirst(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var spent time.Duration
			for b.Loop() {
				b.StopTimer()
				srv := benchServer(b, n)
				c := newWire(b, srv)
				c.do(b, "S SELECT INBOX\r\n", "S OK")
				begin := cpu(b)
				b.StartTimer()
				c.do(b, "T FETCH 1:* (ENVELOPE BODYSTRUCTURE)\r\n", "T OK")
				spent += cpu(b) - begin
			}
			b.ReportMetric(float64(spent)/float64(b.N)/float64(n), "cpu-ns/msg")
		})
	}
}

// BenchmarkAppend appends messages, with one command each, to a mailbox that is not empty.
func BenchmarkAppend(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			srv := benchServer(b, n)
			c := newWire(b, srv)
			c.do(b, "S SELECT INBOX\r\n", "S OK")
			mail := benchMail(1)
			cmd := fmt.Sprintf("T APPEND INBOX {%d+}\r\n%s\r\n", len(mail), mail)
			b.SetBytes(int64(len(mail)))
			b.ReportAllocs()
			begin := cpu(b)
			for b.Loop() {
				c.do(b, cmd, "T OK")
			}
			perMessage(b, begin, 1)
		})
	}
}

// BenchmarkRoundTrip measures NOOP. It shows the least time that a client needs to send a command and read the answer.
func BenchmarkRoundTrip(b *testing.B) {
	c := newWire(b, benchServer(b, 0))
	begin := cpu(b)
	for b.Loop() {
		c.do(b, "T NOOP\r\n", "T OK")
	}
	perMessage(b, begin, 1)
}

// BenchmarkAppendBig appends messages of 1 MiB.
func BenchmarkAppendBig(b *testing.B) {
	c := newWire(b, benchServer(b, 0))
	mail := append(benchMail(1), bytes.Repeat([]byte("seventy-six octets of text, as a line of base64 has them, and then a CRLF.\r\n"), 1<<20/76)...)
	cmd := fmt.Sprintf("T APPEND Big {%d+}\r\n%s\r\n", len(mail), mail)
	b.SetBytes(int64(len(mail)))
	begin := cpu(b)
	for i := 0; b.Loop(); i++ {
		if i%64 == 0 { // so that mail stored earlier does not affect the measurement
			c.do(b, "D DELETE Big\r\nC CREATE Big\r\n", "C OK")
		}
		c.do(b, cmd, "T OK")
	}
	b.ReportMetric(float64(cpu(b)-begin)/float64(b.N)/float64(len(mail))*1000, "cpu-ns/1000-octets")
}

// BenchmarkLine measures how long a loopback connection takes for 4 MiB that a goroutine writes. A FETCH of flags that
// returns as many octets cannot take less time.
func BenchmarkLine(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	const size = 4 << 20
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		chunk := bytes.Repeat([]byte("x"), 32<<10)
		one := make([]byte, 1)
		for {
			if _, err := c.Read(one); err != nil {
				return
			}
			for range size/len(chunk) - 1 {
				c.Write(chunk)
			}
			c.Write(append(chunk[:len(chunk)-7:len(chunk)-7], "T OK x\n"...))
		}
	}()
	c := &wireClient{c: dialTCP(b, l.Addr().String()), buf: make([]byte, 256<<10)}
	b.SetBytes(size)
	begin := cpu(b)
	for b.Loop() {
		c.do(b, "x", "T OK")
	}
	b.ReportMetric(float64(cpu(b)-begin)/float64(b.N)/size*1000, "cpu-ns/1000-octets")
}

// BenchmarkIdle reports a new message to many connections in IDLE, over pipes in memory. One iteration ends when the
// last client has read the report.
func BenchmarkIdle(b *testing.B) {
	for _, n := range []int{1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			srv, err := imaptest.New()
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(srv.Close)
			box := srv.Mailbox("alice", "INBOX")
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			clients := make([]net.Conn, n)
			buf := make([]byte, 4096)
			for i := range clients {
				client, server := imaptest.Pipe(512)
				go srv.ServeConn(server, "alice")
				clients[i] = client
				io.WriteString(client, "S SELECT INBOX\r\nI IDLE\r\n")
				for kept := ""; !bytes.Contains([]byte(kept), []byte("+ idling\r\n")); {
					k, err := client.Read(buf)
					if err != nil {
						b.Fatal(err)
					}
					kept += string(buf[:k])
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			told := make(chan struct{}, n)
			for _, c := range clients {
				go func() {
					buf := make([]byte, 4096)
					for {
						k, err := c.Read(buf)
						if err != nil {
							return
						}
						if bytes.Contains(buf[:k], []byte("EXISTS")) {
							told <- struct{}{}
						}
					}
				}()
			}
			mail := []byte("Subject: x\r\n\r\n")
			begin := cpu(b)
			for b.Loop() {
				box.Append(mail)
				for range n {
					<-told
				}
			}
			b.ReportMetric(float64(cpu(b)-begin)/float64(b.N)/float64(n), "cpu-ns/conn")
			b.ReportMetric(float64(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse)/float64(n), "B/conn")
			for _, c := range clients {
				c.Close()
			}
		})
	}
}

// BenchmarkStart starts a server with an empty mailbox and closes it: without a listener, with one, and by NewServer,
// which listens on two ports.
func BenchmarkStart(b *testing.B) {
	for _, listen := range []bool{false, true} {
		b.Run(map[bool]string{false: "New", true: "Listen"}[listen], func(b *testing.B) {
			for b.Loop() {
				srv, err := imaptest.New()
				if err != nil {
					b.Fatal(err)
				}
				if listen {
					if err := srv.Listen("127.0.0.1:0", ""); err != nil {
						b.Fatal(err)
					}
				}
				srv.Close()
			}
		})
	}
	b.Run("NewServer", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			done := make(chan *imaptest.Server, 1)
			b.StartTimer()
			srv := imaptest.NewServer(b)
			done <- srv
			srv.Close()
		}
	})
}
