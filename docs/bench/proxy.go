package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session/relay"
	"github.com/imapstack/imapstack/wire"
)

// A flow is the data that passes through a proxy. It is made before the run, so that neither the server nor the client
// slows the run down.
type flow struct {
	name, about string
	pieces      func() (piece []byte, n int) // the piece that is written, and how often
}

var flows = []flow{
	{"bodies", "20,000 × BODY[] of 20 KB", func() ([]byte, int) { return piece(50, "UID 9 BODY[] {20000}\r\n"+string(body)), 400 }},
	{"flags", "1,000,000 × FETCH (UID FLAGS)", func() ([]byte, int) { return piece(10_000, `UID 1000009 FLAGS (\Seen $Forwarded)`), 100 }},
	{"literals", "20 × BODY[] of 20 MB", func() ([]byte, int) {
		return piece(1, "UID 9 BODY[] {20000000}\r\n"+strings.Repeat(string(body), 1000)), 20
	}},
}

func piece(n int, items string) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "* %d FETCH (%s)\r\n", i+1, items)
	}
	return b.Bytes()
}

// ways are the proxies that are compared.
var ways = []struct {
	name string
	run  func(client, server *net.TCPConn)
}{
	{"blind splice", func(client, server *net.TCPConn) {
		go func() {
			io.Copy(server, client)
			server.CloseWrite()
		}()
		io.Copy(client, server)
	}},
	{"relay", func(client, server *net.TCPConn) { relayed(client, server, nil) }},
	{"relay, every response by itself", func(client, server *net.TCPConn) {
		relayed(client, server, func([]byte) bool { return true })
	}},
}

// relayed is a proxy that sees every command and the name of every response. If wants is not nil and returns true for
// the name of a response, the proxy handles that response by itself, and does not pass it on in a run with others.
func relayed(client, server *net.TCPConn, wants func([]byte) bool) {
	relay.New(relay.Config{
		Commands: parser.NewCommandReader(wire.NewReaderSize(client, wire.Limits{}, 8<<10)), Client: client,
		Responses: parser.NewReader(wire.NewReader(server, wire.Limits{})), BackEnd: server,
		Close:    func() { client.Close(); server.Close() },
		Command:  func(*relay.Command) error { return nil },
		Response: func(*relay.Response) error { return nil },
		Wants:    wants,
	}).Run()
}

// flowServer is the server's process. It answers each command with the flow.
func flowServer(name string) error {
	i := slices.IndexFunc(flows, func(f flow) bool { return f.name == name })
	b, n := flows[i].pieces()
	return listen(func(c *net.TCPConn) {
		in := bufio.NewReader(c)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			for range n {
				if _, err := c.Write(b); err != nil {
					return
				}
			}
			tag, _, _ := strings.Cut(line, " ")
			fmt.Fprintf(c, "%s OK done\r\n", tag)
		}
	})
}

// proxyServer is a proxy's process. At the end of its connection, it prints the processor time that the process has
// used, and the most memory.
func proxyServer(way, addr string) error {
	i := slices.IndexFunc(ways, func(w struct {
		name string
		run  func(client, server *net.TCPConn)
	}) bool {
		return w.name == way
	})
	return listen(func(c *net.TCPConn) {
		s, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		defer s.Close()
		ways[i].run(c, s.(*net.TCPConn))
	})
}

func listen(serve func(*net.TCPConn)) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			serve(c.(*net.TCPConn))
			json.NewEncoder(os.Stdout).Encode(result{CPU: cpuTime().Seconds(), RSS: peak()})
		}()
	}
}

// peak returns the most memory that the process has used, in bytes. It does not use getrusage, whose figure includes
// the memory of the parent process.
func peak() (octets uint64) {
	b, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := bytes.Cut(b, []byte("VmHWM:")); ok {
		fmt.Sscanf(string(rest), "%d", &octets)
	}
	return octets << 10
}

// child starts a process of this program. It returns the address that the process prints in its first line, a reader of
// the rest of its output, and a function that ends the process.
func child(args ...string) (addr string, out *bufio.Reader, stop func()) {
	self, err := os.Executable()
	if err != nil {
		fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fatal(err)
	}
	out = bufio.NewReader(pipe)
	if addr, err = out.ReadString('\n'); err != nil {
		fatal(err)
	}
	return strings.TrimSpace(addr), out, func() { cmd.Process.Kill(); cmd.Wait() }
}

// proxies prints the table of a flow.
func proxies(f flow, n int) {
	fmt.Printf("\n### proxy, %s: %s\n\n", f.name, f.about)
	fmt.Println("| proxy | wall s | speed, blind splice = 1 | CPU s | peak MB |")
	fmt.Println("|---|---|---|---|---|")
	b, times := f.pieces()
	want := int64(len(b))*int64(times) + int64(len("A OK done\r\n"))
	server, _, stop := child("-flowserver", f.name)
	defer stop()
	runs := make([][]result, len(ways))
	for range n {
		for i, w := range ways {
			runs[i] = append(runs[i], proxyRun(w.name, server, want))
		}
	}
	var blind float64
	for i, w := range ways {
		slices.SortFunc(runs[i], func(a, b result) int { return cmp.Compare(a.Wall, b.Wall) })
		r := runs[i][len(runs[i])/2]
		if i == 0 {
			blind = r.Wall
		}
		fmt.Printf("| %s | %.3f | %.2f | %.3f | %.1f |\n", w.name, r.Wall, blind/r.Wall, r.CPU, float64(r.RSS)/(1<<20))
	}
}

// proxyRun lets a client read a flow through a proxy.
func proxyRun(way, server string, want int64) (r result) {
	addr, out, stop := child("-proxy", way, "-addr", server)
	defer stop()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		fatal(err)
	}
	start := time.Now()
	io.WriteString(c, "A UID FETCH 1:* (ALL)\r\n")
	buf := make([]byte, 256<<10)
	var end []byte
	for got := int64(0); got < want; {
		n, err := c.Read(buf)
		if got += int64(n); err != nil || got > want {
			fatal(fmt.Errorf("%s: got %d octets, want %d: %v", way, got, want, err))
		}
		end = append(end[:0], buf[max(n-11, 0):n]...)
	}
	wall := time.Since(start).Seconds()
	if !bytes.HasSuffix([]byte("A OK done\r\n"), end) {
		fatal(fmt.Errorf("%s: the last octets are %q, want the tagged OK", way, end))
	}
	c.Close()
	if err := json.NewDecoder(out).Decode(&r); err != nil {
		fatal(err)
	}
	r.Wall = wall
	return r
}
