package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// A client is one of the libraries, or the floor, which only reads. The functions in dial, one for each way to connect,
// open a session that waits for a new message in INBOX. They call notify when the mailbox, which has 10 messages at
// first, has 11. The caller keeps the result, so that the session stays in memory.
type client struct {
	name string
	dial map[string]func(addr string, notify func()) (any, error)
}

var clients = []client{
	{"imapstack", map[string]func(string, func()) (any, error){
		"tcp": func(addr string, notify func()) (any, error) { return ours(transport.TCP(addr), false, notify) },
		"tls": func(addr string, notify func()) (any, error) {
			return ours(transport.TLS(addr, anybody), false, notify)
		},
		"deflate": func(addr string, notify func()) (any, error) { return ours(transport.TCP(addr), true, notify) },
	}},
	{"go-imap v2", map[string]func(string, func()) (any, error){
		"tcp": func(addr string, notify func()) (any, error) { return theirs(imapclient.DialInsecure, addr, notify) },
		"tls": func(addr string, notify func()) (any, error) { return theirs(imapclient.DialTLS, addr, notify) },
	}},
	{"only reading", map[string]func(string, func()) (any, error){
		"tcp": func(addr string, notify func()) (any, error) { return floor(net.Dial, addr, notify) },
		"tls": func(addr string, notify func()) (any, error) {
			return floor(func(network, addr string) (net.Conn, error) { return tls.Dial(network, addr, anybody) }, addr, notify)
		},
	}},
}

// anybody is a configuration that accepts every certificate, because no authority has signed the server's certificate.
// Each client copies it for its connections.
var anybody = &tls.Config{InsecureSkipVerify: true}

// ours waits with Watch, on one of the program's goroutines.
func ours(d transport.Dialer, deflate bool, notify func()) (any, error) {
	ctx := context.Background()
	s, err := session.Dial(ctx, d, nil)
	if err != nil {
		return nil, err
	}
	if _, err := commands.Login(s, "a", auth.NewSecret("b"), commands.AllowPlaintext()).Wait(ctx); err != nil {
		return nil, err
	}
	if deflate {
		if err := commands.Compress(ctx, s); err != nil {
			return nil, err
		}
	}
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		return nil, err
	}
	go func() {
		for r, err := range commands.Watch(ctx, s, commands.WatchOptions{}) {
			if err != nil {
				panic(err)
			}
			if r.Name == "EXISTS" && r.Num == 11 {
				notify()
			}
		}
	}()
	return s, nil
}

// theirs waits with Idle, on the client's goroutines.
func theirs(dial func(string, *imapclient.Options) (*imapclient.Client, error), addr string, notify func()) (any, error) {
	c, err := dial(addr, &imapclient.Options{TLSConfig: anybody.Clone(), UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil && *data.NumMessages == 11 {
				notify()
			}
		},
	}})
	if err != nil {
		return nil, err
	}
	if err := c.Login("a", "b").Wait(); err != nil {
		return nil, err
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return nil, err
	}
	idle, err := c.Idle()
	return []any{c, idle}, err
}

// floor waits in Read on one goroutine. It has only what every client needs: the connection, and an array to read into.
// It knows in advance what the server sends.
func floor(dial func(network, addr string) (net.Conn, error), addr string, notify func()) (any, error) {
	c, err := dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, 1024)
	for _, line := range []string{"", "1 LOGIN a b\r\n", "2 SELECT INBOX\r\n", "3 IDLE\r\n"} {
		if _, err := io.WriteString(c, line); err != nil {
			return nil, err
		}
		for at := 0; ; {
			n, err := c.Read(buf[at:])
			if err != nil {
				return nil, err
			}
			last := bytes.LastIndexByte(bytes.TrimSpace(buf[:at+n]), '\n') + 1
			if at += n; buf[at-1] == '\n' && (line == "" || buf[last] == line[0] || buf[last] == '+') {
				break
			}
		}
	}
	go wait(c, notify)
	return c, nil
}

func wait(c net.Conn, notify func()) {
	buf := make([]byte, 64)
	for {
		n, err := c.Read(buf)
		if err != nil {
			panic(err)
		}
		if bytes.HasPrefix(buf[:n], []byte("* 11 EXISTS")) {
			notify()
		}
	}
}

// dialers is the number of sessions that are opened at a time.
const dialers = 32

// measure opens the sessions, and measures the memory that they hold when all of them wait. Then it calls waiting, asks
// the server to report a new message to all sessions, and measures what the reports cost.
func measure(name, way, addrs string, sessions int, waiting func() error) (r result, err error) {
	addr := strings.Split(addrs, ",")
	target := addr[0]
	if way == "tls" {
		target = addr[1]
	}
	dial := clients[slices.IndexFunc(clients, func(c client) bool { return c.name == name })].dial[way]
	conn, err := net.Dial("tcp", addr[2])
	if err != nil {
		return r, err
	}
	answers := bufio.NewReader(conn)
	ask := func(what string) (n int, err error) {
		fmt.Fprintln(conn, what)
		_, err = fmt.Fscan(answers, &n)
		return n, err
	}

	kept := make([]any, sessions)
	notified := make(chan struct{}, sessions)
	heap, stack := held()
	before := runtime.NumGoroutine()
	jobs, failed := make(chan int), make(chan error, dialers)
	var all sync.WaitGroup
	for range dialers {
		all.Go(func() {
			for i := range jobs {
				var err error
				if kept[i], err = dial(target, func() { notified <- struct{}{} }); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	for i := range sessions {
		select {
		case jobs <- i:
		case err := <-failed:
			return r, err
		}
	}
	close(jobs)
	all.Wait()
	for n := 0; n < sessions; time.Sleep(50 * time.Millisecond) {
		if n, err = ask("COUNT"); err != nil {
			return r, err
		}
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return r, err
	}
	r.Peak = float64(u.Maxrss) * 1024 / float64(sessions)
	h, st := held()
	r.Heap, r.Stack = float64(h-heap)/float64(sessions), float64(st-stack)/float64(sessions)
	r.Goroutines = float64(runtime.NumGoroutine()-before) / float64(sessions)

	if err := waiting(); err != nil {
		return r, err
	}
	start, cpu := time.Now(), cpuTime()
	if _, err := ask("TELL"); err != nil {
		return r, err
	}
	for range sessions {
		select {
		case <-notified:
		case <-time.After(time.Minute):
			return r, fmt.Errorf("not all sessions got the report of the new message within a minute")
		}
	}
	r.Last, r.CPU = time.Since(start).Seconds(), (cpuTime() - cpu).Seconds()
	runtime.KeepAlive(kept)
	return r, nil
}

// held returns the sizes of the process's heap and stacks. A garbage collection halves a stack that is little used, so
// held runs the collector several times.
func held() (heap, stack int64) {
	var m runtime.MemStats
	for range 5 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), int64(m.StackInuse)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
