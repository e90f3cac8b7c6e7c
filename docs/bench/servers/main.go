// Servers compares Go servers that keep mail in memory: what it costs a server to report the flags of many messages,
// and what an idle connection costs. Each server has its own process. A client that only reads talks to it over
// loopback.
//
//	go run ./servers                 the median of five runs
//	go run ./servers -n 1 -idle 0
//	go run ./servers -old FILE       with imaptest as it is in another build of this program, of an older commit
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

const mail = "From: Jo <jo@example.com>\r\nSubject: x\r\n\r\nhello\r\n"

// servers are the functions that start a server on a listener, with the given number of messages in alice's INBOX.
var servers = []struct {
	name string
	run  func(l net.Listener, messages int) error
}{
	{"session/serve", func(l net.Listener, messages int) error {
		b := memory.New()
		if err := b.AddUser("alice", "secret"); err != nil {
			return err
		}
		for i := range messages {
			if _, err := b.Deliver("alice", "INBOX", []byte(mail), flags(i)...); err != nil {
				return err
			}
		}
		s := &serve.Server{Backend: b, Auth: b.Auth(), InsecureAuth: true, Logger: slog.New(slog.DiscardHandler)}
		return s.Serve(l)
	}},
	{"imaptest", func(l net.Listener, messages int) error {
		s, err := imaptest.New(imaptest.AllowPlain())
		if err != nil {
			return err
		}
		box := s.Mailbox("alice", "INBOX")
		for i := range messages {
			var list []parser.Flag
			for _, f := range flags(i) {
				list = append(list, parser.Flag(f))
			}
			if _, err := box.Append([]byte(mail), list...); err != nil {
				return err
			}
		}
		s.Serve(l)
		<-context.Background().Done()
		return nil
	}},
	{"go-imap v2", func(l net.Listener, messages int) error {
		mem, user := imapmemserver.New(), imapmemserver.NewUser("alice", "secret")
		mem.AddUser(user)
		if err := user.Create("INBOX", nil); err != nil {
			return err
		}
		for i := range messages {
			var list []imap.Flag
			for _, f := range flags(i) {
				list = append(list, imap.Flag(f))
			}
			if _, err := user.Append("INBOX", literal{strings.NewReader(mail)}, &imap.AppendOptions{Flags: list}); err != nil {
				return err
			}
		}
		s := imapserver.New(&imapserver.Options{
			NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
				return mem.NewSession(), nil, nil
			},
			Caps: imap.CapSet{imap.CapIMAP4rev1: {}}, InsecureAuth: true,
		})
		return s.Serve(l)
	}},
}

type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

func flags(i int) []string { return []string{`\Seen`, `\Answered`, `\Flagged`}[:i%4] }

func main() {
	child := flag.String("serve", "", "")
	n := flag.Int("n", 5, "number of runs; the table shows the median")
	messages := flag.Int("messages", 100_000, "number of messages in the mailbox")
	idle := flag.Int("idle", 10_000, "number of idle connections; with 0, they are not measured")
	old := flag.String("old", "", "also measure imaptest as it is in `FILE`, an older build of this program")
	flag.Parse()
	if *child != "" {
		if err := run(*child, *messages); err != nil {
			fmt.Fprintln(os.Stderr, "servers:", err)
			os.Exit(1)
		}
		return
	}
	fmt.Printf("%s, %d processors; FETCH 1:* (FLAGS) of %d messages; %d idle connections\n\n", runtime.Version(), runtime.NumCPU(), *messages, *idle)
	fmt.Println("| server | CPU of the server | of the first | octets | idle, KB each |")
	fmt.Println("|---|---|---|---|---|")
	type server struct{ name, program, kind string }
	all := []server{}
	for _, s := range servers {
		all = append(all, server{s.name, os.Args[0], s.name})
	}
	if *old != "" {
		all = append(all, server{"imaptest, older build", *old, "imaptest"})
	}
	var first float64
	for i, s := range all {
		r, err := measure(s.program, s.kind, *n, *messages, *idle)
		if err != nil {
			fmt.Fprintf(os.Stderr, "servers: %s: %v\n", s.name, err)
			os.Exit(1)
		}
		if i == 0 {
			first = r.cpu
		}
		fmt.Printf("| %s | %.0f ms | %.2f | %d | %.1f |\n", s.name, r.cpu*1000, r.cpu/first, r.octets, r.idle/1024)
	}
}

// run is the server's process. It prints its address. Then, for each line of input, it prints the processor time that
// it has used so far, and the size of its heap and stacks.
func run(name string, messages int) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	for _, s := range servers {
		if s.name == name {
			go func() {
				if err := s.run(l, messages); err != nil {
					fmt.Fprintln(os.Stderr, "servers:", err)
					os.Exit(1)
				}
			}()
		}
	}
	fmt.Println(l.Addr())
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			return err
		}
		cpu := time.Duration(u.Utime.Nano() + u.Stime.Nano())
		if in.Text() == "memory" {
			debug.FreeOSMemory()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Println(cpu.Seconds(), m.HeapInuse+m.StackInuse)
	}
	return nil
}

type result struct {
	cpu    float64
	octets int64
	idle   float64
}

// measure starts a server, and measures what it costs the server to answer FETCH and to hold idle connections.
func measure(program, name string, n, messages, idle int) (r result, err error) {
	cmd := exec.Command(program, "-serve", name, "-messages", strconv.Itoa(messages))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return r, err
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return r, err
	}
	if err := cmd.Start(); err != nil {
		return r, err
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	out := bufio.NewReader(pipe)
	addr, err := out.ReadString('\n')
	if err != nil {
		return r, err
	}
	addr = strings.TrimSpace(addr)
	used := func(what string) (cpu, memory float64) {
		fmt.Fprintln(in, what)
		line, e := out.ReadString('\n')
		if e == nil {
			_, e = fmt.Sscan(line, &cpu, &memory)
		}
		if e != nil && err == nil {
			err = e
		}
		return cpu, memory
	}
	c, err := dial(addr)
	if err != nil {
		return r, err
	}
	defer c.Close()
	if _, err := c.do("SELECT INBOX"); err != nil {
		return r, err
	}
	var runs []float64
	for i := range n + 1 {
		before, _ := used("cpu")
		if r.octets, err = c.do("FETCH 1:* (FLAGS)"); err != nil {
			return r, err
		}
		if after, _ := used("cpu"); i > 0 { // the first one is not counted, because it fills caches
			runs = append(runs, after-before)
		}
	}
	slices.Sort(runs)
	r.cpu = runs[len(runs)/2]
	if idle == 0 {
		return r, err
	}
	_, before := used("memory")
	for range idle {
		c, err := dial(addr)
		if err != nil {
			return r, err
		}
		defer c.Close()
	}
	time.Sleep(time.Second) // no connection sends anything during this time
	_, after := used("memory")
	r.idle = (after - before) / float64(idle)
	return r, err
}

// client logs in, and afterwards only reads.
type client struct {
	net.Conn
	buf [64 << 10]byte
}

func dial(addr string) (*client, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &client{Conn: nc}
	if _, err := nc.Read(c.buf[:]); err != nil {
		return nil, err
	}
	_, err = c.do("LOGIN alice secret")
	return c, err
}

// do sends a command and reads until its tagged answer, which comes last.
func (c *client) do(command string) (n int64, err error) {
	const tag = "zzzz9"
	if _, err := io.WriteString(c, tag+" "+command+"\r\n"); err != nil {
		return 0, err
	}
	var tail []byte
	for {
		k, err := c.Read(c.buf[:])
		if err != nil {
			return n, err
		}
		n += int64(k)
		tail = append(tail, c.buf[max(0, k-4000):k]...)
		tail = tail[max(0, len(tail)-8000):]
		if i := strings.LastIndex(string(tail), tag+" "); i >= 0 && strings.HasSuffix(string(tail), "\r\n") {
			if rest := string(tail[i+len(tag)+1:]); !strings.HasPrefix(rest, "OK") {
				return n, fmt.Errorf("%s: %s", command, rest)
			}
			return n, nil
		}
	}
}
